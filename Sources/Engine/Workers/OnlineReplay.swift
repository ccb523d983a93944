import Crypto
import Learning
import Store
import Tabular

/// What came of learning a version's labels once more.
public struct OnlineReplayed: Codable, Sendable, Equatable {
    /// SHA-256 of the bytes that came out.
    public var hash: String
    /// Labels that were learnt now; the version's own number stands in its `OnlineOrigin`.
    public var labels: Int
}

/// Learns the labels of a version that was learnt online once more, from its base: the same bytes come out.
///
/// Labels that were corrected since, and rows that the log has dropped since, are missing; then other bytes do.
struct OnlineReplay {
    let deployment: String
    let origin: OnlineOrigin
    /// The base's model.
    let baseHash: String
    let categories: Categories
    let faults: [ClosedRange<Int64>]
    let stores: EngineStores

    /// Complexity: O(labels).
    func run() throws -> OnlineReplayed {
        let learner = try OnlineLearner(resuming: try stores.control.read { try $0.artefact(baseHash) }, categories: categories)
        var after = origin.after
        var learnt = 0
        while after < origin.until {
            let labels = try stores.labels.labels(deployment: deployment, afterSequence: after, limit: OnlineSession.batch)
                .filter { $0.sequence <= origin.until }
            guard let last = labels.last else { break }
            let rows = try stores.telemetry.rows(of: labels.map(\.id), deployment: deployment)
            for label in labels {
                guard let row = rows[label.id], row.features.count == learner.schema.width,
                    !faults.contains(where: { $0.contains(row.time) })
                else { continue }
                try learner.learn(row.features, target: label.value, timing: LabelTiming(label, row))
                learnt += 1
            }
            after = last.sequence
        }
        let hash = HexText.encode(SHA256.hash(data: try learner.snapshot()))
        return OnlineReplayed(hash: hash, labels: learnt)
    }
}
