import Learning

/// Anything that may become a version, whatever made it: a training, online learning, later an import or a remote engine.
///
/// One value for all; `EngineCore.register` gives it its number, its gates' verdict and its journal row in one transaction.
struct Candidate: Sendable {
    /// The version as it will be listed; its number, state and time are given at its registration.
    var draft: VersionSummary
    /// Hex SHA-256 of its drift reference.
    var profileHash: String?
    /// Hex SHA-256 of what its making found.
    var reportHash: String?
    /// What thresholds make of its held-out rows; nil where it has none.
    var decisions: DecisionTable?
    /// Its model with its drift reference, where it is at hand and answers at once when nothing speaks against it.
    var loaded: LoadedVersion?
    /// The champion that it was compared with, if it answers at once.
    var comparedWith: UInt32?
    /// What is new in it, for the journal: `with 400 labels more`.
    var words: String?

    /// What the roll-out machine needs to know.
    var facts: CandidateFacts {
        CandidateFacts(refusal: draft.refusal, doubt: draft.doubt, answersAtOnce: loaded != nil, comparedWith: comparedWith, words: words)
    }

    /// The version, as a step of the machine registers it.
    ///
    /// It calls by what the champion's threshold was chosen by, found anew on its own held-out rows.
    func summary(_ version: RollOutVersion, at time: Int64, besides champion: VersionSummary?) -> VersionSummary {
        var summary = draft
        summary.number = version.number
        summary.createdAt = time
        summary.blessed = version.isBlessed
        if let champion, let former = champion.threshold {
            let own = threshold(like: former)
            summary.threshold = own
            summary.notes.append("calls from \(own.words): as v\(champion.number), on its own held-out rows")
        }
        return summary.following(version)
    }

    /// What was said stays; what was chosen is chosen again, and stays as said where nothing does what was wanted.
    private func threshold(like former: DecisionThreshold) -> DecisionThreshold {
        if former.basis == .value { return former }
        let own = try? decisions?.threshold(for: former.basis)
        return own ?? DecisionThreshold(former.value, .value)
    }
}
