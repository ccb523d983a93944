import Store

/// What is stored of a deployment as the roll-out machine sees it, and back.
extension DeploymentFacts {
    /// Who answers, what a roll back returns to, and what became of every version.
    var rollOut: RollOutState {
        var state = RollOutState(deployment: name)
        state.state = DeploymentState(rawValue: record.state) ?? .failed
        state.champion = record.champion
        state.lastKnownGood = record.lastKnownGood
        state.versions = versions.standings
        state.nextNumber = nextNumber
        state.isChampionBroken = loadFailure != nil && record.champion != nil
        state.learningBase = memory.online?.base
        state.promotions = memory.policy.promotions
        state.challengers = memory.challengers ?? []
        // A pause is told by the registry's row: what stands beside one that is over says nothing.
        state.pausedAnswer = state.state == .paused ? memory.pausedAnswer : nil
        return state
    }

    /// What is to be written for a state: the deployment's row, and what has changed of versions that are there already.
    func stored(_ next: RollOutState) throws(StoreFailure) -> (record: DeploymentRecord, changed: [RollOutVersion]) {
        var record = record
        record.state = next.state.rawValue
        record.champion = next.champion
        record.lastKnownGood = next.lastKnownGood
        var memory = memory
        memory.policy.promotions = next.promotions
        memory.challengers = next.challengers.isEmpty ? nil : next.challengers
        memory.pausedAnswer = next.pausedAnswer
        record.payload = try memory.stored()
        return (record, versions.changed(next.versions))
    }
}

extension DeploymentEntry {
    /// Takes what was stored.
    func take(_ next: RollOutState, _ record: DeploymentRecord, adding new: VersionSummary?) {
        write { facts in
            facts.record = record
            if let new { facts.versions.append(new) }
            facts.versions.follow(next.versions)
            facts.nextNumber = next.nextNumber
            facts.memory.policy.promotions = next.promotions
            facts.memory.challengers = next.challengers.isEmpty ? nil : next.challengers
            facts.memory.pausedAnswer = next.pausedAnswer
        }
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
