import Crypto
import Learning
import Store
import Tabular

/// A copy of what a learner had learnt, held still, that answers the labels which come after it: as good as it is on those it will be as a
/// version, which does not move either.
struct OnlineTrial {
    /// Its model.
    let artefact: [UInt8]
    let artefactHash: String
    /// Decoded once: it answers, it is judged, it is explained.
    let model: Model
    private let predictor: any Predictor
    /// The last label that it has learnt, by its sequence number.
    let after: Int64
    /// Labels that it has learnt since the base.
    let learnt: Int
    /// Rows that it has learnt in all.
    let rowsLearnt: Int
    /// Of the base's model, and of the labels up to `after`.
    let digest: SHA256
    /// Of its own model, and of the labels after it: what the next version is known by if this one becomes the base.
    private(set) var next: SHA256
    /// The labels after it with its answers.
    private(set) var window: PrequentialWindow

    /// - Throws: `.diverged`, `.corruptArtefact`.
    init(
        _ learner: OnlineLearner, categories: Categories, after: Int64, learnt: Int, digest: SHA256
    ) throws(LearningFailure) {
        artefact = try learner.snapshot()
        artefactHash = HexText.encode(SHA256.hash(data: artefact))
        model = try Model.decode(artefact)
        predictor = model.predictor(categories: categories)
        self.after = after
        self.learnt = learnt
        self.digest = digest
        rowsLearnt = learner.rowsLearnt
        next = SHA256()
        next.update(data: Array(artefactHash.utf8))
        window = PrequentialWindow(schema: learner.schema, categories: categories)
    }

    /// Its answer to a row.
    func answer(_ row: [Double]) -> Double { predictor.answer(row) }

    /// Answers a label's row, before the learner learns it.
    mutating func judge(_ row: [Double], target: Double, words: [UInt64]) {
        window.add(row, target: target, answer: answer(row))
        note(words)
    }

    /// Takes a label into what the next version is known by.
    mutating func note(_ words: [UInt64]) { words.withUnsafeBytes { next.update(bufferPointer: $0) } }
}

/// The latest copies of a learner: the one that has answered enough labels to be judged, and the one after it, which will have.
struct OnlineTrials {
    /// With so many labels a difference that matters is seen; more would only make versions older.
    private static let enough = 2_000

    /// Labels that judge a copy: half of those between two versions, where that is no more than enough.
    private static func needed(_ policy: OnlinePolicy) -> Int { min(max(Training.minimumRows, policy.labels / 2), enough) }

    private var all: [OnlineTrial] = []

    /// Whether a copy is to be taken now: with enough labels, or half-way in time, and again whenever the last one has answered enough.
    func isCopyDue(_ policy: OnlinePolicy, fresh: Int, sinceAttempt: Int64) -> Bool {
        guard let last = all.last else {
            // Fewer labels than judge it would hardly make it another model.
            return fresh >= Self.needed(policy) || (sinceAttempt >= policy.interval / 2 && fresh >= Training.minimumRows)
        }
        return last.window.count >= Self.needed(policy)
    }

    mutating func add(_ trial: OnlineTrial) { all = all.suffix(1) + [trial] }

    mutating func judge(_ row: [Double], target: Double, words: [UInt64]) {
        for index in all.indices { all[index].judge(row, target: target, words: words) }
    }

    /// The latest copy that has answered enough labels; else one that has answered the fewest that anything is judged on.
    func best(_ policy: OnlinePolicy) -> OnlineTrial? {
        all.last { $0.window.count >= Self.needed(policy) } ?? all.last { $0.window.count >= Training.minimumRows }
    }

    /// The most labels that a copy has answered; 0 without one.
    var judged: Int { all.first?.window.count ?? 0 }

    /// Forgets a copy that was judged, and those before it.
    mutating func forget(upTo trial: OnlineTrial) { all.removeAll { $0.after <= trial.after } }
}
