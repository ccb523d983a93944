import Learning
import Store
import Tabular

/// Reads the labels that have come since the last look, and what was answered to the rows that they belong to.
struct TruthReader: Sendable {
    /// Labels of one reading.
    static let batch = 5_000
    /// A label waits this long for its row to be logged, milliseconds.
    static let patience: Int64 = 5_000

    /// What a reading needs to know.
    struct Order: Sendable {
        var deployment: String
        /// The last label that was looked at; nil: begin with the newest that are judged together.
        var after: Int64?
        /// Versions whose answers are judged.
        var versions: Set<UInt32>
        /// Whether a challenger stands beside the champion, so that its answers are wanted too.
        var hasChallengers = false
        /// What the reading is for: what comes after another champion has begun counts for nothing.
        var epoch: Int
    }

    /// What it found.
    struct Batch: Sendable {
        var after: Int64
        var rows: [JudgedRow] = []
        /// All answers with their truth, whoever gave them; none where nobody challenges.
        var arms: [ArmRow] = []
        /// Whether there is more to read at once.
        var isBehind = false
    }

    let stores: EngineStores

    /// Reads; rows that a label waits for are read the next time.
    ///
    /// Blocks. Complexity: O(labels), and the decoding of each block that has one of them.
    func read(_ order: Order, now: Int64) throws(StoreFailure) -> Batch {
        let newest = QualityWatch.window
        let after: Int64
        if let known = order.after {
            after = known
        } else {
            after = try stores.labels.sequence(deployment: order.deployment, beforeNewest: newest)
        }
        var batch = Batch(after: after)
        let labels = try stores.labels.labels(deployment: order.deployment, afterSequence: after, limit: Self.batch)
        let rows = try stores.telemetry.rows(of: labels.map(\.id), deployment: order.deployment)
        for label in labels {
            let row = rows[label.id]
            if row == nil, now.subtractingClamped(label.received) < Self.patience {
                batch.isBehind = true
                return batch
            }
            batch.after = label.sequence
            guard let row, row.scores.allSatisfy(\.isFinite) else { continue }
            let judged = JudgedRow(time: row.time, received: label.received, scores: row.scores, target: label.value)
            if order.hasChallengers { batch.arms.append(ArmRow(version: row.version, row: judged, beside: row.beside)) }
            if order.versions.contains(row.version) { batch.rows.append(judged) }
        }
        batch.isBehind = labels.count == Self.batch
        return batch
    }
}
