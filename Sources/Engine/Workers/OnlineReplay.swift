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

/// What came of giving a live answer once more.
public struct AnswerReplayed: Codable, Sendable, Equatable {
    /// The prediction.
    public var id: String
    /// Whose learner answered, and of how many labels: `v7+48210`.
    public var answeredBy: String
    /// What was answered.
    public var answered: [Double]
    /// What comes out now.
    public var reproduced: [Double]
    /// Labels that were there to be learnt; fewer than the answer says where some have gone or were corrected.
    public var labels: Int

    /// Whether both are the same, bit for bit.
    public var isIdentical: Bool { answered.map(\.bitPattern) == reproduced.map(\.bitPattern) }
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
        let (learner, learnt) = try learner(after: .max)
        let hash = HexText.encode(SHA256.hash(data: try learner.snapshot()))
        return OnlineReplayed(hash: hash, labels: learnt)
    }

    /// Gives a row its live answer once more.
    ///
    /// Complexity: O(labels).
    func run(answering row: LoggedRow, learnt wanted: UInt32, id: RowID) throws -> AnswerReplayed {
        let (learner, learnt) = try learner(after: Int(wanted))
        var scores = [Double](repeating: .nan, count: row.scores.count)
        let live = learner.live
        guard row.features.count == live.width, scores.count == live.outputs else {
            throw StoreFailure.invalid("\(id.text) was answered under another schema")
        }
        scores.withUnsafeMutableBufferPointer { scores in
            row.features.withUnsafeBufferPointer { features in
                guard let scores = scores.baseAddress, let features = features.baseAddress else { return }
                live.predict(features, into: scores)
            }
        }
        return AnswerReplayed(
            id: id.text, answeredBy: VersionName.text(row.version, learnt: wanted), answered: row.scores, reproduced: scores,
            labels: learnt)
    }

    /// The learner after so many labels, or after all of the origin's, with the labels that were there.
    private func learner(after wanted: Int) throws -> (OnlineLearner, labels: Int) {
        let learner = try OnlineLearner(resuming: try stores.control.read { try $0.artefact(baseHash) }, categories: categories)
        var after = origin.after
        var learnt = 0
        while after < origin.until, learnt < wanted {
            let labels = try stores.labels.labels(deployment: deployment, afterSequence: after, limit: OnlineSession.batch)
                .filter { $0.sequence <= origin.until }
            guard let last = labels.last else { break }
            let rows = try stores.telemetry.rows(of: labels.map(\.id), deployment: deployment)
            for label in labels where learnt < wanted {
                guard let row = rows[label.id], row.features.count == learner.schema.width,
                    !faults.contains(where: { $0.contains(row.time) })
                else { continue }
                try learner.learn(row.features, target: label.value, timing: LabelTiming(label, row))
                learnt += 1
            }
            after = last.sequence
        }
        return (learner, learnt)
    }
}
