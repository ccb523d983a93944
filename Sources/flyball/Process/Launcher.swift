import Console
import Dispatch
import Foundation

/// Starts the process that has the screen, keeps watch over the terminal, and gives it back whatever happens to that process.
///
/// The shell waits for the launcher. When the operator leaves, or the terminal goes away, the launcher ends and the other process goes on.
struct Launcher {
    /// What to start.
    struct Job {
        /// Arguments of the process; `--channel N` is added.
        var arguments: [String]
        /// Where its standard error goes; nil: to the terminal.
        var logPath: String?
        /// What to call it when it ends badly.
        var what: String
        /// Whether to offer to start it again.
        var isRestartable: Bool
    }

    /// Runs the job, again if the operator says so after a bad end.
    ///
    /// - Returns: the exit status for the shell.
    static func run(_ job: Job) throws -> Int32 {
        guard let terminal = SavedTerminal(), let wake = TerminalWake() else { throw TerminalFailure.noTerminal }
        // Refusals that need no process to find out.
        let kind = try CursesTerminal.inspect(environment: ProcessInfo.processInfo.environment)
        if let fallback = kind.facts.fallback { Output.remark("flyball: \(fallback)") }
        let signals = LauncherSignals(wake: wake)
        while true {
            var watch = try Watch(job, terminal: terminal, wake: wake, signals: signals)
            switch watch.untilEnd() {
            case .done(let status): return status
            case .crashed where job.isRestartable && asks("Start it again? [Y/n] "): continue
            case .crashed: return 1
            }
        }
    }

    private static func asks(_ question: String) -> Bool {
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return false }
        // Keys that were meant for the screen do not answer.
        tcflush(STDIN_FILENO, TCIFLUSH)
        _ = question.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        guard let line = readLine() else { return false }
        return ["", "y", "yes"].contains(line.trimmingCharacters(in: .whitespaces).lowercased())
    }
}

/// The signals of a launcher: noted, then handled on its one thread.
final class LauncherSignals: @unchecked Sendable {
    // Sendable by hand: the sources are made in `init` and only cancelled in `deinit`; the pending signals are guarded by the queue.

    private let queue = DispatchQueue(label: "flyball.launcher-signals")
    private var sources: [any DispatchSourceSignal] = []
    private var pending: [Int32] = []

    init(wake: TerminalWake) {
        // The screen's process answers ctrl-c for both while it starts; a terminal that is another job's must not stop the restoring.
        for number in [SIGINT, SIGQUIT, SIGTTOU, SIGTTIN] { signal(number, SIG_IGN) }
        sources = [SIGTSTP, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [weak self] in
                self?.pending.append(number)
                wake.call()
            }
            source.resume()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }

    /// The signals since the last call, in order.
    func take() -> [Int32] {
        queue.sync {
            defer { pending = [] }
            return pending
        }
    }
}

/// One process under watch.
struct Watch {
    enum End: Equatable {
        case done(Int32)
        case crashed
    }

    private let job: Launcher.Job
    private let terminal: SavedTerminal
    private let wake: TerminalWake
    private let signals: LauncherSignals
    private let channel: Channel
    private let child: ChildProcess
    private var reader: Channel.Reader
    private var isScreenTaken = false
    private var isSuspending = false
    /// When the shell brought this job to the front again.
    private var resumedAt: ContinuousClock.Instant?

    /// The signal that stopped the whole group reaches this process too, and its notice may come only after it goes on: no wish of an operator is so quick.
    private static let echo = Duration.milliseconds(300)

    init(_ job: Launcher.Job, terminal: SavedTerminal, wake: TerminalWake, signals: LauncherSignals) throws {
        guard let (own, others) = Channel.pair() else { throw CommandFailure("socketpair: \(String(cString: strerror(errno))): try again") }
        self.job = job
        self.terminal = terminal
        self.wake = wake
        self.signals = signals
        channel = own
        reader = Channel.Reader(own)
        let log = job.logPath.map(EngineLog.openFile)
        defer { if let log { close(log) } }
        child = try ChildProcess.start(arguments: job.arguments + ["--channel", "\(others.descriptor)"], standardError: log)
        // `others` closes here: only the child holds that end, so that its end is seen as the end of the messages.
    }

    /// Handles messages and signals until the process has ended or needs no terminal any more.
    mutating func untilEnd() -> End {
        var descriptors = [
            pollfd(fd: channel.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            if poll(&descriptors, 2, -1) < 0 { continue }
            if descriptors[1].revents != 0 {
                wake.take()
                for number in signals.take() {
                    if let end = handle(signal: number) { return end }
                }
            }
            guard descriptors[0].revents != 0 else { continue }
            guard let reports = reader.next(ScreenReport.self) else { return lost() }
            for report in reports {
                if let end = handle(report) { return end }
            }
        }
    }

    private mutating func handle(signal number: Int32) -> End? {
        switch number {
        // The terminal is gone: the other process has been told by the same signal, and by the channel's end.
        case SIGHUP: return .done(128 + SIGHUP)
        case SIGTERM: kill(child.pid, SIGTERM)
        case SIGTSTP where !isSuspending:
            if let resumedAt, ContinuousClock.now - resumedAt < Self.echo { break }
            isSuspending = true
            channel.send(LauncherOrder.suspend)
        default: break
        }
        return nil
    }

    private mutating func handle(_ report: ScreenReport) -> End? {
        switch report {
        case .progress(let words): Output.remark(words)
        case .ready: isScreenTaken = true
        case .suspended: stopUntilContinued()
        case .detached(let pid):
            restoreIfNeeded()
            say("detached: the engine goes on as process \(pid): come back with `flyball attach`, end it with `flyball stop`")
            return .done(0)
        case .ended(let words):
            _ = child.wait()
            restoreIfNeeded()
            if !words.isEmpty { say(words) }
            return .done(0)
        case .failed(let words):
            _ = child.wait()
            restoreIfNeeded()
            say(words)
            return .done(1)
        }
        return nil
    }

    /// The process has gone without a word.
    private func lost() -> End {
        let ending = child.wait()
        terminal.restore(screen: isScreenTaken)
        // Interrupted before there was a screen: what the operator wanted.
        if !isScreenTaken, case .killed(let number) = ending, [SIGINT, SIGTERM, SIGHUP].contains(number) { return .done(128 + number) }
        say("\(job.what) ended unexpectedly (\(ending.description))" + (job.logPath.map { ": see \($0)" } ?? ""))
        return .crashed
    }

    /// A process that ended in order has restored the terminal, unless it was stopped.
    private func restoreIfNeeded() {
        if isScreenTaken && !terminal.isUntouched { terminal.restore(screen: true) }
    }

    /// Stops this job as ctrl-z does, and takes the screen again when the shell brings it to the front.
    ///
    /// The engine serves meanwhile.
    private mutating func stopUntilContinued() {
        if SavedTerminal.hasJobControl {
            isSuspending = true
            // Whoever started us in this group, such as make, stops too; the process with the screen does not.
            kill(0, SIGTSTP)
            repeat { kill(getpid(), SIGSTOP) } while !SavedTerminal.isOurs
        }
        _ = signals.take()
        isSuspending = false
        resumedAt = .now
        channel.send(LauncherOrder.resume)
    }

    private func say(_ words: String) { Output.remark("flyball: \(words)") }
}
