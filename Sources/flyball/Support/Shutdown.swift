import Dispatch
import Foundation

/// Waits for the signals that ask a process to end.
final class Shutdown: @unchecked Sendable {
    // Sendable by hand: the sources are made in `init` and only cancelled in `deinit`; Dispatch's own objects may be used from any thread.

    /// An orderly end takes at most this long, then the process goes as it is: every store survives that.
    static let patienceSeconds = 10

    private let sources: [any DispatchSourceSignal]

    /// Calls `body` at the first SIGTERM or SIGINT; a second one ends the process at once.
    init(_ body: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "flyball.signals")
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        let first = Once()
        for source in sources {
            source.setEventHandler {
                guard first.take() else { exit(1) }
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

/// Something that happens once.
private final class Once: @unchecked Sendable {
    // Sendable by hand: only touched on the signals' queue.
    private var isTaken = false

    func take() -> Bool {
        defer { isTaken = true }
        return !isTaken
    }
}
