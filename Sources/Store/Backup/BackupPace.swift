import Foundation
import Synchronization

/// How fast a backup goes, how far it is, and whether it should go on; for the one thread that makes it and anybody who looks.
package final class BackupPace: Sendable {
    /// Bytes a second; 0: as fast as can be.
    private let bytesPerSecond: Int64
    /// Called before each step: waits while there is something better to do.
    private let breathe: @Sendable () -> Void
    private let isCancelled = Atomic(false)
    private let spent = Atomic<Int64>(0)
    private let expected = Atomic<Int64>(0)
    private let started = ContinuousClock.now
    /// One wait, so that somebody who wants it to stop need not wait long.
    private static let napMicroseconds: Int64 = 50_000

    package init(bytesPerSecond: Int64 = 0, breathe: @escaping @Sendable () -> Void = {}) {
        self.bytesPerSecond = max(0, bytesPerSecond)
        self.breathe = breathe
    }

    /// It stops before its next step.
    package func cancel() { isCancelled.store(true, ordering: .relaxed) }

    /// Bytes so far, and in all as far as is known.
    package var progress: (done: Int64, total: Int64) {
        let done = spent.load(ordering: .relaxed)
        return (done, max(done, expected.load(ordering: .relaxed)))
    }

    func expect(_ bytes: Int64) { expected.add(bytes, ordering: .relaxed) }

    /// Counts bytes that were moved, and waits until they may have been.
    func spend(_ bytes: Int) throws(BackupFailure) {
        let done = spent.add(Int64(bytes), ordering: .relaxed).newValue
        try check()
        breathe()
        guard bytesPerSecond > 0 else { return }
        while true {
            let elapsed = (ContinuousClock.now - started) / .microseconds(1)
            let due = Double(done) / Double(bytesPerSecond) * 1e6 - elapsed
            if due <= 0 { return }
            usleep(UInt32(min(due, Double(Self.napMicroseconds))))
            try check()
        }
    }

    private func check() throws(BackupFailure) { if isCancelled.load(ordering: .relaxed) { throw .cancelled } }
}
