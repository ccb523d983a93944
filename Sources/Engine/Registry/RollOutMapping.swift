import Store

/// What is stored of a deployment as the roll-out machine sees it, and back.
extension DeploymentFacts {
    /// Who answers, what a roll back returns to, and what became of every version.
    var rollOut: RollOutState {
        var state = RollOutState(deployment: name)
        state.state = DeploymentState(rawValue: record.state) ?? .failed
        state.champion = record.champion
        state.lastKnownGood = record.lastKnownGood
        state.versions = versions.map { RollOutVersion($0) }
        state.nextNumber = nextNumber
        state.isChampionBroken = loadFailure != nil && record.champion != nil
        state.learningBase = memory.online?.base
        state.promotions = memory.policy.promotions
        return state
    }

    /// The rows that hold a state; versions that it no longer knows are not among them, nor those that are new to it.
    func stored(_ next: RollOutState) throws(StoreFailure) -> (record: DeploymentRecord, versions: [VersionSummary]) {
        var record = record
        record.state = next.state.rawValue
        record.champion = next.champion
        record.lastKnownGood = next.lastKnownGood
        var memory = memory
        memory.policy.promotions = next.promotions
        record.payload = try memory.stored()
        return (record, versions.compactMap { summary in next.version(summary.number).map { summary.following($0) } })
    }
}

extension DeploymentEntry {
    /// The rows that hold a state.
    func stored(_ next: RollOutState) throws(StoreFailure) -> (record: DeploymentRecord, versions: [VersionSummary]) {
        try facts.stored(next)
    }

    /// Takes what was stored.
    func take(_ next: RollOutState, _ record: DeploymentRecord, _ versions: [VersionSummary]) {
        self.record = record
        self.versions = versions
        self.nextNumber = next.nextNumber
        self.memory.policy.promotions = next.promotions
    }
}

extension RollOutVersion {
    package init(_ summary: VersionSummary) {
        self.init(
            number: summary.number, state: summary.state, isBlessed: summary.blessed, refusal: summary.refusal,
            isPinned: summary.isPinned, served: summary.served)
    }
}

extension VersionSummary {
    /// This version with what became of it; an archived one keeps its line: what it was, what its gates found, when it answered.
    package func following(_ version: RollOutVersion) -> VersionSummary {
        var summary = self
        summary.state = version.state
        summary.served = version.served
        if summary.isPinned != version.isPinned { summary.isPinned = version.isPinned }
        if version.state == .archived, state != .archived {
            summary.artefactHash = nil
            summary.importance = []
            summary.notes = []
        }
        return summary
    }
}
