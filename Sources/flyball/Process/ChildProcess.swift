// Which module declares `sigset_t` depends on what is compiled together: this file sees both.
import CLinux
import Foundation

/// A process of this same program, or another, started in the launcher's own process group.
///
/// The group matters: the child shares the foreground with its launcher, so that it may set the terminal's modes, and is no leader, so that it
/// may leave the session later. Foundation's `Process` makes a new group and spoils both.
struct ChildProcess {
    let pid: pid_t

    /// How it ended.
    enum Ending: Equatable {
        case exited(Int32)
        case killed(signal: Int32)

        var description: String {
            switch self {
            case .exited(let status): "exit status \(status)"
            case .killed(let number): "signal \(number), \(String(cString: strsignal(number)).lowercased())"
            }
        }
    }

    /// This same program.
    static let ownProgram = "/proc/self/exe"

    /// Starts it.
    ///
    /// - Parameters:
    ///   - program: another program's path.
    ///   - arguments: without the program's name.
    ///   - standardOutput: what it writes its standard output to; nil: the launcher's own.
    ///   - standardError: what it writes its standard error to, from its first instruction; nil: the launcher's own.
    /// - Throws: `CommandFailure` when the system has no process left.
    static func start(program: String = ownProgram, arguments: [String], standardOutput: Int32? = nil, standardError: Int32?) throws
        -> ChildProcess
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let standardOutput { posix_spawn_file_actions_adddup2(&actions, standardOutput, STDOUT_FILENO) }
        if let standardError { posix_spawn_file_actions_adddup2(&actions, standardError, STDERR_FILENO) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // It begins with the signals as a program expects them, whatever the launcher has done to its own.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCHLD, SIGWINCH] { sigaddset(&defaults, number) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let name = program == ownProgram ? CommandLine.arguments.first ?? "flyball" : program
        let words = ([name] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        var error = posix_spawn(&pid, program, &actions, &attributes, words + [nil], environ)
        // A program that has just been written may still be open in a process that was being started meanwhile.
        for _ in 0..<20 where error == ETXTBSY {
            usleep(50_000)
            error = posix_spawn(&pid, program, &actions, &attributes, words + [nil], environ)
        }
        guard error == 0 else {
            throw CommandFailure("a process of \(name): \(String(cString: strerror(error))): end something and try again")
        }
        return ChildProcess(pid: pid)
    }

    /// Waits for its end.
    func wait() -> Ending {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { return .exited(0) }
        }
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: signal)
    }
}
