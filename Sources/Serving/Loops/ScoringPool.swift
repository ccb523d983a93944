import Dispatch
import Learning
import Synchronization

/// Scores batches that would keep an event loop from everybody else, on a few threads of its own.
///
/// What may wait is bounded by its memory; more is refused, as an event loop sheds what it cannot answer in time.
final class ScoringPool: Sendable {
    /// Rows that an event loop scores itself.
    static let rowsOnLoop = 256
    /// Values of rows that may wait, 64 MiB.
    private static let answeredValues = 8 << 20

    private let queues: [DispatchQueue]
    private let turn = Atomic(0)
    private let waiting = Atomic(0)

    init(threads: Int) {
        queues = (0..<max(1, threads)).map { DispatchQueue(label: "flyball.batches.\($0)", qos: .userInitiated) }
    }

    /// Scores rows, row-major, and hands both over with the time that it took, on a thread of the pool.
    ///
    /// Rows for whose scores nobody waits any more when their turn comes come back without scores: under overload the time goes to the others.
    ///
    /// - Returns: false, and nothing is done, when too much is waiting.
    func score(
        _ rows: [Double], count: Int, by predictor: any Predictor, unless isLate: @escaping @Sendable () -> Bool,
        then: @escaping @Sendable (_ rows: [Double], _ scores: [Double], _ nanoseconds: UInt64) -> Void
    ) -> Bool {
        guard waiting.add(rows.count, ordering: .relaxed).newValue <= Self.answeredValues else {
            waiting.subtract(rows.count, ordering: .relaxed)
            return false
        }
        queues[turn.wrappingAdd(1, ordering: .relaxed).newValue % queues.count].async { [self] in
            let started = DispatchTime.now().uptimeNanoseconds
            let wanted = isLate() ? 0 : count
            let scores = [Double](unsafeUninitializedCapacity: wanted * predictor.outputs) { scores, initialized in
                scores.initialize(repeating: .nan)
                if let scores = scores.baseAddress {
                    rows.withUnsafeBufferPointer { rows in
                        if wanted > 0, let rows = rows.baseAddress { predictor.predict(rows: rows, count: wanted, into: scores) }
                    }
                }
                initialized = scores.count
            }
            waiting.subtract(rows.count, ordering: .relaxed)
            then(rows, scores, DispatchTime.now().uptimeNanoseconds - started)
        }
        return true
    }
}
