import CLinux
import Foundation

/// Calls a terminal's thread out of its wait, from any thread.
package final class TerminalWake: Sendable {
    /// Readable when somebody has called.
    package let descriptor: Int32

    /// - Returns: nil when the process has no descriptor left.
    package init?() {
        descriptor = flyball_eventfd()
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Calls.
    ///
    /// Calls before the thread has come back count as one.
    package func call() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Takes the calls so far.
    package func take() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
