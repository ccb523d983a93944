import CLinux
import Dispatch
import Foundation
import Synchronization

/// Catches the signals that ask a process to end, from the moment it is made; what they ask for may be said later.
///
/// There is one in a process.
final class Shutdown: Sendable {
    /// An orderly end takes at most this long, then the process goes as it is: every store survives that.
    static let patienceSeconds = 10

    private let wish = Wish()

    /// Calls `body` at the first SIGTERM or SIGINT; a second one, unless it is the first's echo, ends the process at once.
    ///
    /// - Parameter reopensLog: whether SIGUSR1 opens the engine's log anew, for whoever has moved the file away.
    init(reopensLog: Bool = false, _ body: (@Sendable () -> Void)? = nil) {
        if let body { wish.begin(body) }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (reading, wish) = (ends[0], wish)
        // Its own thread: neither a busy queue nor a full pool keeps an operator from ending the process.
        let thread = Thread { Self.take(from: reading, wish) }
        thread.name = "flyball.signals"
        thread.start()
        for number in [SIGTERM, SIGINT] + (reopensLog ? [SIGUSR1] : []) { _ = flyball_catch(number, ends[1]) }
    }

    /// What to do when somebody asks for the end; at once when somebody has.
    func begin(_ body: @escaping @Sendable () -> Void) { wish.begin(body) }

    private static func take(from descriptor: Int32, _ wish: Wish) {
        var number: UInt8 = 0
        while true {
            let count = read(descriptor, &number, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return }
            if Int32(number) == SIGUSR1 { EngineLog.reopen() } else { wish.ask() }
        }
    }

    /// A terminal that goes away takes nothing with it.
    static func outliveTerminal() { signal(SIGHUP, SIG_IGN) }

    deinit { wish.forget() }
}

/// That the process should end, and what that means for it.
private final class Wish: Sendable {
    /// What comes so soon after the first is the same wish: a terminal signals a whole group, and wrappers such as timeout(1) pass it on once more.
    private static let sameWishSeconds = 0.5

    private struct State {
        var body: (@Sendable () -> Void)?
        var asked: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    func begin(_ body: @escaping @Sendable () -> Void) {
        let isAsked = state.withLock { state in
            state.body = body
            return state.asked != nil
        }
        if isAsked { body() }
    }

    func forget() { state.withLock { $0.body = nil } }

    func ask() {
        let (former, body) = state.withLock { state in
            defer { state.asked = state.asked ?? .now }
            return (state.asked, state.body)
        }
        if let former {
            if (ContinuousClock.now - former) / .seconds(1) >= Self.sameWishSeconds { exit(1) }
            return
        }
        DispatchQueue.global(qos: .userInitiated).asyncAfter(deadline: .now() + .seconds(Shutdown.patienceSeconds)) {
            Output.remark("flyball: not stopped within \(Shutdown.patienceSeconds) s: ended as it was; nothing acknowledged is lost")
            exit(1)
        }
        body?()
    }
}
