import Console
import Foundation
import Synchronization

/// The process that has the screen: its terminal's thread, and the channel to its launcher.
final class ScreenProcess: Sendable {
    /// How long an end from elsewhere waits for the terminal's thread, which a stopped terminal may hold for ever.
    ///
    /// The launcher restores then.
    private static let patience = Duration.milliseconds(250)

    /// Calls the terminal's thread when there is something to draw.
    let wake: TerminalWake
    /// What the terminal can do.
    let kind: TerminalKind
    private let signals: TerminalSignals
    private let channel: Channel
    private let loop: TerminalLoop
    private let outcome = Outcome()

    /// How the screen was left.
    enum Ending: Sendable {
        case console(ConsoleEnding)
        case failed(String)
    }

    /// Looks at the terminal and begins to listen to the launcher.
    ///
    /// - Throws: `TerminalFailure` when there is none that can show a console.
    init(channel descriptor: Int32) throws {
        guard let wake = TerminalWake() else {
            throw CommandFailure("eventfd: \(String(cString: strerror(errno))): close some files and try again")
        }
        self.wake = wake
        // Before ncurses and before anything else of this process can be stopped by its terminal.
        signals = TerminalSignals(wake: wake)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        // Started as /proc/self/exe, it would go by the name of exe.
        try? Data("flyball".utf8).write(to: URL(fileURLWithPath: "/proc/self/comm"))
        channel = Channel(descriptor)
        loop = TerminalLoop(wake: wake)
        kind = try CursesTerminal.inspect(environment: ProcessInfo.processInfo.environment)
        Thread.detachNewThread { [channel, loop] in
            var reader = Channel.Reader(channel)
            while let orders = reader.next(LauncherOrder.self) {
                for order in orders { loop.suspend(order == .suspend) }
            }
            // The launcher is gone, and with it whoever gave us the terminal.
            loop.end(.hangup)
        }
    }

    /// The size and the kind of the terminal, for a console to open on.
    var opening: ConsoleOpening {
        var window = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0 && window.ws_row > 0 && window.ws_col > 0
        return ConsoleOpening(
            width: isKnown ? Int(window.ws_col) : 80, height: isKnown ? Int(window.ws_row) : 24, timeZone: TimeZone.current.identifier,
            terminal: kind.facts)
    }

    /// Shows a console until it is left.
    ///
    /// The terminal is as it was found then, unless it is stopped.
    func show(_ model: any ConsoleModel, themes: ThemeCatalog, theme: String) async -> Ending {
        let thread = Thread { [self] in outcome.set(draw(model, themes: themes, theme: theme)) }
        thread.name = "flyball.terminal"
        thread.stackSize = 4 << 20
        thread.qualityOfService = .userInteractive
        thread.start()
        return await outcome.value()
    }

    private func draw(_ model: any ConsoleModel, themes: ThemeCatalog, theme: String) -> Ending {
        let terminal: CursesTerminal
        do throws(TerminalFailure) {
            terminal = try CursesTerminal(kind: kind, wake: wake, signals: signals, themes: themes, theme: theme)
        } catch {
            model.close()
            return .failed(error.description)
        }
        channel.send(ScreenReport.ready)
        switch loop.run(model, on: terminal, onSuspend: { [channel] in channel.send(ScreenReport.suspended) }) {
        case .console(let ending): return .console(ending)
        case .broken(let failure): return .failed(failure.description)
        }
    }

    /// Ends the screen from elsewhere: at once, or when the terminal's thread does not answer, a moment later without it.
    func end(_ ending: ConsoleEnding) async {
        loop.end(ending)
        try? await Task.sleep(for: ScreenProcess.patience)
        outcome.set(.console(ending))
    }

    /// Leaves the terminal to the shell and goes on without one.
    ///
    /// Standard error stays where it is: in the log.
    func leaveTerminal() {
        let nowhere = open("/dev/null", O_RDWR)
        if nowhere >= 0 {
            dup2(nowhere, STDIN_FILENO)
            dup2(nowhere, STDOUT_FILENO)
            if isatty(STDERR_FILENO) == 1 { dup2(nowhere, STDERR_FILENO) }
            close(nowhere)
        }
        setsid()
    }

    /// Tells the launcher.
    func report(_ report: ScreenReport) { channel.send(report) }

    /// The ending, waited for once.
    private final class Outcome: Sendable {
        private struct State {
            var ending: Ending?
            var waiting: CheckedContinuation<Ending, Never>?
        }
        private let state = Mutex(State())

        func set(_ ending: Ending) {
            let waiting = state.withLock { state in
                if state.ending == nil { state.ending = ending }
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.resume(returning: ending)
        }

        func value() async -> Ending {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    if state.ending == nil { state.waiting = continuation }
                    return state.ending
                }
                if let ready { continuation.resume(returning: ready) }
            }
        }
    }
}
