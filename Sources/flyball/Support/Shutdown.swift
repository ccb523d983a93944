import Dispatch
import Foundation

/// Waits for the signals that ask a process to end.
final class Shutdown: @unchecked Sendable {
    // Sendable by hand: the sources are made in `init` and only cancelled in `deinit`; Dispatch's own objects may be used from any thread.

    /// An orderly end takes at most this long, then the process goes as it is: every store survives that.
    static let patienceSeconds = 10

    private let sources: [any DispatchSourceSignal]

    /// What comes so soon after the first is the same wish: a terminal signals a whole group, and wrappers such as timeout(1) pass it on once more.
    private static let sameWishSeconds = 0.5

    /// Calls `body` at the first SIGTERM or SIGINT; a second one, unless it is the first's echo, ends the process at once.
    init(_ body: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "flyball.signals")
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        let asked = FirstMoment()
        for source in sources {
            source.setEventHandler {
                if let seconds = asked.secondsSince() {
                    if seconds < Self.sameWishSeconds { return }
                    exit(1)
                }
                queue.asyncAfter(deadline: .now() + .seconds(Self.patienceSeconds)) {
                    Output.remark("flyball: not stopped within \(Self.patienceSeconds) s: ended as it was; nothing acknowledged is lost")
                    exit(1)
                }
                body()
            }
            source.resume()
        }
    }

    /// A terminal that goes away takes nothing with it.
    static func outliveTerminal() { signal(SIGHUP, SIG_IGN) }

    deinit { for source in sources { source.cancel() } }
}

/// When something was first asked for.
private final class FirstMoment: @unchecked Sendable {
    // Sendable by hand: only touched on the signals' queue.
    private var moment: ContinuousClock.Instant?

    /// Seconds since the first call; nil at the first.
    func secondsSince() -> Double? {
        guard let moment else {
            moment = .now
            return nil
        }
        return (ContinuousClock.now - moment) / .seconds(1)
    }
}
