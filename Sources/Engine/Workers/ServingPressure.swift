import Foundation
import Synchronization

/// How near serving is to its latency budget: training reads it each iteration and makes room.
final class ServingPressure: Sendable {
    /// Length of one pause of a training, microseconds.
    static let pauseMicroseconds: UInt32 = 20_000
    /// Share of the latency budget from which training makes room.
    static let threshold = 0.8

    private let isHigh = Atomic(false)
    private let yielded = Atomic<Int64>(0)

    /// Takes the worst p99 of the last seconds against the budget, both in milliseconds.
    func update(p99: Double, budget: Double) { isHigh.store(p99 >= budget * Self.threshold, ordering: .relaxed) }

    /// How long trainings have waited altogether, milliseconds.
    var yieldedMilliseconds: Int64 { yielded.load(ordering: .relaxed) }

    /// Called by a training between iterations: sleeps once while serving is pressed, so that training slows down but never stops.
    func breathe() {
        guard isHigh.load(ordering: .relaxed) else { return }
        usleep(Self.pauseMicroseconds)
        yielded.add(Int64(Self.pauseMicroseconds / 1_000), ordering: .relaxed)
    }
}
