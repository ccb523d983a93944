import Tabular

/// What the rules need to know of a deployment: the same of the engine's own state and of a snapshot.
struct RollOutFacts: Sendable, Equatable {
    /// Its name.
    var name: String
    /// Whether it answers.
    var state: DeploymentState
    /// The version that answers.
    var champion: UInt32?
    /// What a roll back returns to.
    var lastKnownGood: UInt32?
    /// The version whose weights online learning goes on from.
    var learningBase: UInt32?
    /// Its newest version, named where a number is none.
    var newest: UInt32?
    /// Versions with a part of the traffic beside the champion.
    var challengers: [Challenger] = []
    /// Its columns, where they are known.
    var columns: [String]?
    /// Whether it has a schema: its first import came about.
    var hasSchema = true
    /// Its running or waiting job.
    var job: Int64?
    /// Its online learning; nil where its champion does not learn so.
    var online: OnlineStatus?
    /// The champion's algorithm.
    var algorithm: String?
    /// What requests get while it is paused; nil: 503.
    var pausedAnswer: PausedAnswer?
    /// What it predicts, where that is known.
    var target: Target?
    /// The constant that is right on average of what its champion learnt from; nil where none is known.
    var prior: [Double]?
}

/// What the rules need to know of a version.
struct VersionFacts: Sendable, Equatable {
    /// 7 for `v7`.
    var number: UInt32
    /// What became of it.
    var state: VersionState
    /// Whether every gate passed.
    var isBlessed: Bool
    /// The gate that refused it, with what it said.
    var refusal: String?
    /// Whether a person keeps it.
    var isPinned: Bool
    /// Whether it has ever answered.
    var hasServed: Bool
}

/// Who asks, as far as rules care.
struct Asker: Sendable, Equatable {
    /// Whether the engine acts by itself.
    var isAutomatic: Bool
    /// Whether a reason is given; before anybody is asked for one, it can still be given.
    var hasReason: Bool

    init(isAutomatic: Bool, hasReason: Bool) {
        self.isAutomatic = isAutomatic
        self.hasReason = hasReason
    }

    init(_ who: Operator, reason: String?) {
        self.init(isAutomatic: who.isAutomatic, hasReason: reason?.contains { !$0.isWhitespace } == true)
    }

    init(_ ask: RollOutAsk) { self.init(ask.who, reason: ask.reason) }

    /// The freeze that stops this asker from changing what answers.
    func freeze(_ freezes: [Freeze], of deployment: String) -> Freeze? {
        freezes.first { freeze in
            freeze.stops(.traffic, in: deployment) || (isAutomatic && freeze.stops(.promotion, in: deployment))
        }
    }
}

/// Why something cannot be done with a version or a deployment now: one rule each, which the console asks before a key and the engine before
/// it acts.
enum RollOutRules {
    static func promote(
        _ version: VersionFacts, of deployment: RollOutFacts, _ freezes: [Freeze], _ asker: Asker
    ) -> ActionFailure? {
        let name = "\(deployment.name) v\(version.number)"
        if deployment.champion == version.number {
            return .refused(what: "\(name) is the champion already", advice: "nothing to do")
        }
        if version.state == .archived { return archived(name) }
        if version.state == .refused || !version.isBlessed {
            return .refused(what: "\(name) was refused by the gate \(version.refusal ?? "load")", advice: "train another version")
        }
        if let freeze = asker.freeze(freezes, of: deployment.name) {
            return .refused(
                what: "\(freeze.scope.words) is frozen by \(freeze.by)", advice: "unfreeze it first; roll back and pause still work")
        }
        return withdrawn(version, name, asker)
    }

    /// A version that was rolled back answers again only by a person's word, who says why.
    private static func withdrawn(_ version: VersionFacts, _ name: String, _ asker: Asker) -> ActionFailure? {
        guard version.state == .withdrawn else { return nil }
        if asker.isAutomatic { return .refused(what: "\(name) was rolled back once", advice: "only a person can promote it again") }
        return asker.hasReason ? nil : .refused(what: "\(name) was rolled back once", advice: "give a reason why it may answer again")
    }

    private static func archived(_ name: String) -> ActionFailure {
        .refused(what: "\(name) is archived", advice: "its model is gone: train another version")
    }

    /// To last-known-good.
    static func rollback(_ deployment: RollOutFacts) -> ActionFailure? {
        if deployment.champion == nil { return noChampion(deployment.name) }
        guard let target = deployment.lastKnownGood, target != deployment.champion else { return nothingEarlier(deployment.name) }
        return nil
    }

    /// To a named version.
    static func rollback(_ deployment: RollOutFacts, to version: VersionFacts, _ asker: Asker) -> ActionFailure? {
        if deployment.champion == nil { return noChampion(deployment.name) }
        if deployment.champion == version.number {
            return .refused(what: "v\(version.number) is the champion already", advice: "nothing to do")
        }
        let name = "\(deployment.name) v\(version.number)"
        if version.state == .archived { return archived(name) }
        if !version.hasServed { return .refused(what: "v\(version.number) never served", advice: "promote it instead") }
        return withdrawn(version, name, asker)
    }

    private static func noChampion(_ name: String) -> ActionFailure {
        .refused(what: "\(name) has no champion", advice: "train a version first")
    }

    static func nothingEarlier(_ name: String) -> ActionFailure {
        .refused(
            what: "\(name) has no earlier version that served and was not withdrawn", advice: "pause it, or promote another version")
    }

    /// To a time at which nothing answered that is still known.
    static func nothingThen(_ name: String, _ time: Int64) -> ActionFailure {
        .refused(
            what: "no version that is kept of \(name) answered at \(TimeText.rfc3339(time))",
            advice: "name a version, or a time at which it answered")
    }

    static func resume(_ deployment: RollOutFacts, _ freezes: [Freeze]) -> ActionFailure? {
        guard deployment.state == .paused else {
            return .refused(what: "\(deployment.name) is \(deployment.state.rawValue), not paused", advice: "nothing to do")
        }
        return freezes.first { $0.stops(.traffic, in: deployment.name) }.map {
            .refused(what: "\($0.scope.words) is frozen by \($0.by)", advice: "unfreeze it first")
        }
    }

    static func archive(
        _ version: VersionFacts, of deployment: RollOutFacts, _ freezes: [Freeze], _ asker: Asker
    ) -> ActionFailure? {
        let name = "\(deployment.name) v\(version.number)"
        if version.state == .archived { return .refused(what: "\(name) is archived already", advice: "nothing to do") }
        if deployment.champion == version.number {
            return .refused(what: "\(name) is the champion", advice: "promote another version first")
        }
        if deployment.lastKnownGood == version.number {
            return .refused(what: "\(name) is what a roll back returns to", advice: "archive it when another version is")
        }
        if deployment.pausedAnswer?.version == version.number {
            return .refused(
                what: "\(name) answers while \(deployment.name) is paused", advice: "resume it, or pause it with another fallback")
        }
        if let challenger = deployment.challengers.of(version.number) {
            return .refused(what: "\(name) has a part of the traffic (\(challenger.plan.words))", advice: "abort it first")
        }
        if version.isPinned { return .refused(what: "\(name) is pinned", advice: "unpin it first") }
        if deployment.learningBase == version.number {
            return .refused(what: "\(name) is what \(deployment.name) goes on learning from", advice: "promote another version first")
        }
        if asker.isAutomatic, let freeze = asker.freeze(freezes, of: deployment.name) {
            return .refused(what: "\(freeze.scope.words) is frozen by \(freeze.by)", advice: "policies wait until it is lifted")
        }
        return nil
    }

    static func pin(_ version: VersionFacts, of deployment: RollOutFacts) -> ActionFailure? {
        let name = "\(deployment.name) v\(version.number)"
        if version.state == .archived { return archived(name) }
        return version.isPinned ? .refused(what: "\(name) is pinned already", advice: "nothing to do") : nil
    }

    static func unpin(_ version: VersionFacts, of deployment: RollOutFacts) -> ActionFailure? {
        version.isPinned ? nil : .refused(what: "\(deployment.name) v\(version.number) is not pinned", advice: "nothing to do")
    }

    /// What policies may promote in a day, and where.
    static func automaticPromotion(of number: UInt32, _ state: RollOutState, _ ask: RollOutAsk) -> ActionFailure? {
        // The first champion is what somebody ordered.
        guard ask.who.isAutomatic, state.champion != nil else { return nil }
        guard state.state == .live, !state.isChampionBroken else {
            return .refused(
                what: "\(state.deployment) is \(state.isChampionBroken ? "failed" : state.state.rawValue)", advice: "a person promotes it")
        }
        if let challenger = state.challengers.answering, challenger.version != number {
            return .refused(what: "\(challenger.words) is under way", advice: "promote or abort it first")
        }
        let today = state.promotions.count { $0 > ask.now - 86_400_000 }
        return today < ask.promotionsPerDay
            ? nil : .refused(what: "\(ask.promotionsPerDay) automatic promotions today already", advice: "a person promotes it")
    }
}
