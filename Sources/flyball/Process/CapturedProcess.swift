import Foundation

/// What a process wrote, and how it ended.
struct CapturedProcess {
    let output: Data
    let ending: ChildProcess.Ending
    /// Whether it was ended because it took longer than it was given.
    let wasTooSlow: Bool

    /// Runs a program to its end; blocks.
    ///
    /// - Parameters:
    ///   - program: its path; this same program when left out.
    ///   - arguments: without the program's name.
    ///   - limit: bytes of its standard output that are kept.
    ///   - seconds: after this long it is killed; nil: never.
    /// - Throws: `CommandFailure` when it cannot be started.
    static func run(
        program: String = ChildProcess.ownProgram, _ arguments: [String], limit: Int, seconds: Double? = nil
    ) throws -> CapturedProcess {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw CommandFailure("a pipe: \(String(cString: strerror(errno))): close something and try again") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let child: ChildProcess
        do {
            child = try ChildProcess.start(program: program, arguments: arguments, standardOutput: ends[1], standardError: nil)
        } catch {
            close(ends[1])
            throw error
        }
        close(ends[1])
        let deadline = seconds.map { ContinuousClock.now + .milliseconds(Int($0 * 1_000)) }
        var output = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while output.count < limit {
            if let deadline {
                let left = max(0, Int32(clamping: Int((deadline - .now) / .milliseconds(1))))
                var descriptor = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
                let ready = poll(&descriptor, 1, left)
                if ready < 0, errno == EINTR { continue }
                if ready <= 0 { break }
            }
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            output += buffer[0..<count]
        }
        let isLate = deadline.map { ContinuousClock.now >= $0 } ?? false
        // What has more to say than is kept, or is too slow, is not waited for.
        if output.count >= limit || isLate { kill(child.pid, SIGKILL) }
        let ending = child.wait()
        return CapturedProcess(output: output, ending: ending, wasTooSlow: isLate && ending != .exited(0))
    }
}
