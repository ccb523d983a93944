import Store

/// What a roll back, pause or freeze leaves behind, kept beside the journal while the control store refuses it.
///
/// Its journal entry is kept with it. The next start takes both up before anything answers.
struct KeptChange: StoredRecord, Equatable {
    static let format = 1

    /// The boot epoch that an engine took whose registry could not count it.
    var epoch: Int64?
    /// Who answers in the deployment from then on; nil when that did not change.
    var answering: KeptAnswering?
    /// All freezes that hold from then on, but those that cannot be read; nil when none was set.
    var freezes: [Freeze]?
    /// Tokens that are worth nothing from then on; nil when none was revoked.
    var revoked: [String]?
}

/// Who answers in a deployment, and what became of the versions that a change has touched.
struct KeptAnswering: Codable, Equatable {
    /// A version that was touched.
    struct Version: Codable, Equatable {
        var number: UInt32
        var state: VersionState
        var served: [ServiceInterval]
    }

    var deployment: String
    var state: DeploymentState
    var champion: UInt32?
    var lastKnownGood: UInt32?
    var versions: [Version]
    /// Who has a part of the traffic from then on; nil of a release that knew of none.
    var challengers: [Challenger]?
    /// What requests get while it is paused; nil: 503.
    var pausedAnswer: PausedAnswer?

    init(_ next: RollOutState, changed: [RollOutVersion]) {
        deployment = next.deployment
        state = next.state
        champion = next.champion
        lastKnownGood = next.lastKnownGood
        challengers = next.challengers
        pausedAnswer = next.pausedAnswer
        versions = changed.map { Version(number: $0.number, state: $0.state, served: $0.served) }
    }

    /// The state that was stored before, with what was kept since.
    func following(_ former: RollOutState) -> RollOutState {
        var next = former
        next.state = state
        next.champion = champion
        next.lastKnownGood = lastKnownGood
        next.challengers = challengers ?? []
        next.pausedAnswer = pausedAnswer
        for version in versions {
            guard let index = next.index(of: version.number) else { continue }
            next.versions[index].state = version.state
            next.versions[index].served = version.served
        }
        return next
    }
}
