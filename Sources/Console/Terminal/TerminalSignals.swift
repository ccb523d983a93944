import Dispatch
import Foundation
import Synchronization

/// What a terminal tells a process by signals: another size, and that it is gone.
///
/// Made before ncurses starts, which then leaves them alone.
package final class TerminalSignals: @unchecked Sendable {
    // Sendable by hand: the sources are made in `init` and only cancelled in `deinit`; Dispatch's own objects may be used from any thread.

    private let sources: [any DispatchSourceSignal]
    private let flags: Flags

    private final class Flags: Sendable {
        let isResized = Atomic(false)
        let isHungUp = Atomic(false)
    }

    /// - Parameter wake: called after each signal, so that the terminal's thread looks at the flags.
    package init(wake: TerminalWake) {
        // A reader that goes away is an error of one write. Nothing that happens at a terminal may stop the process: an engine serves in it.
        for number in [SIGPIPE, SIGXFSZ, SIGTSTP, SIGTTIN, SIGTTOU] { signal(number, SIG_IGN) }
        let queue = DispatchQueue(label: "flyball.terminal-signals", qos: .userInteractive)
        let flags = Flags()
        self.flags = flags
        sources = [SIGWINCH, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if number == SIGHUP {
                    flags.isHungUp.store(true, ordering: .releasing)
                } else {
                    flags.isResized.store(true, ordering: .releasing)
                }
                wake.call()
            }
            source.resume()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }

    /// Whether the size may have changed since the last call.
    func takeResize() -> Bool { flags.isResized.exchange(false, ordering: .acquiringAndReleasing) }

    /// Whether the terminal is gone.
    var isHungUp: Bool { flags.isHungUp.load(ordering: .acquiring) }
}
