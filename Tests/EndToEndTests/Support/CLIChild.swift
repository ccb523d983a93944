import Foundation
import Synchronization

/// A process whose output is gathered while it runs.
///
/// Not Foundation's `Process`: that one learns of an end through a socket which other children inherit, and so waits, spinning, for as long as
/// any of them lives; a server of tmux lives on.
final class CLIChild: Sendable {
    let pid: pid_t
    private let arguments: [String]

    private struct State {
        var output = ""
        var errors = ""
        /// Exit status, or 128 and the signal's number, once it has ended.
        var status: Int32?
        var openPipes = 2
        var waiters: [CheckedContinuation<Void, Never>] = []

        var isOver: Bool { status != nil && openPipes == 0 }
    }

    private let state = Mutex(State())
    /// Pipes are made and closed on exec in two steps: whoever starts a child, of whatever kind, does so under this lock.
    static let spawning = Mutex(())

    init(_ program: String, _ arguments: [String], environment: [String: String], input: String? = nil) throws {
        let spawned = try Self.spawning.withLock { _ in try Spawned(program, arguments, environment, hasInput: input != nil) }
        pid = spawned.pid
        self.arguments = arguments
        gather(spawned.output) { $0.output += $1 }
        gather(spawned.errors) { $0.errors += $1 }
        let own = pid
        Thread { [self] in
            // Its pid stays taken until it has been waited for, so a signal never meets a stranger.
            var status: Int32 = 0
            while waitpid(own, &status, 0) < 0, errno == EINTR {}
            let number = status & 0x7F
            finish { $0.status = number == 0 ? status >> 8 & 0xFF : 128 + number }
        }.start()
        if let input, let descriptor = spawned.input {
            let bytes = Array(input.utf8)
            _ = write(descriptor, bytes, bytes.count)
            close(descriptor)
        }
    }

    private func gather(_ descriptor: Int32, _ take: @escaping @Sendable (inout State, String) -> Void) {
        Thread { [self] in
            var buffer = [UInt8](repeating: 0, count: 16_384)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                state.withLock { take(&$0, String(decoding: buffer[0..<count], as: UTF8.self)) }
            }
            close(descriptor)
            finish { $0.openPipes -= 1 }
        }.start()
    }

    private func finish(_ change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            change(&state)
            guard state.isOver else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    var isRunning: Bool { state.withLock { $0.status == nil } }
    var output: String { state.withLock { $0.output } }
    var errors: String { state.withLock { $0.errors } }

    func signal(_ number: Int32) { state.withLock { if $0.status == nil { Foundation.kill(pid, number) } } }

    /// Ends it without asking.
    func kill() { signal(SIGKILL) }

    /// Waits for the end.
    func end() async -> CLIResult {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isOver { return true }
                state.waiters.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
        return state.withLock { CLIResult(status: $0.status ?? -1, output: $0.output, errors: $0.errors) }
    }

    /// Waits for a line of standard output.
    func line(_ isWanted: (String) -> Bool) async throws -> String {
        try await cliEventually("a line of \(arguments)") {
            // The last piece may be half a line.
            let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = lines.first(where: { isWanted(String($0)) }) { return String(line) }
            if !isRunning { throw CLIUnexpected("\(arguments) ended: \(output)\(errors)") }
            return nil
        }
    }
}

/// A process just started, with our ends of its pipes.
private struct Spawned {
    var pid: pid_t = 0
    var input: Int32?
    var output: Int32
    var errors: Int32

    init(_ program: String, _ arguments: [String], _ environment: [String: String], hasInput: Bool) throws {
        let (outputEnd, theirOutput) = try Self.pipe()
        let (errorsEnd, theirErrors) = try Self.pipe()
        output = outputEnd
        errors = errorsEnd
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var theirInput: Int32?
        if hasInput {
            let (theirs, ours) = try Self.pipe()
            theirInput = theirs
            input = ours
            posix_spawn_file_actions_adddup2(&actions, theirs, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, theirOutput, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, theirErrors, STDERR_FILENO)
        // Signals as a shell would leave them, whatever the test's process has done to its own.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&defaults, number) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        // Threads of a pool block signals, and a child would inherit that: a server of tmux would not even end.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        let error = posix_spawn(&pid, program, &actions, &attributes, words, variables)
        for descriptor in [theirOutput, theirErrors] + (theirInput.map { [$0] } ?? []) { close(descriptor) }
        guard error == 0 else { throw CLIUnexpected("\(program) does not start: \(String(cString: strerror(error)))") }
    }

    /// A pipe that no child inherits except where it is put.
    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Foundation.pipe(&ends) == 0 else { throw CLIUnexpected("pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
