extension RollOutState {
    /// What the rules need to know of it.
    var facts: RollOutFacts {
        RollOutFacts(
            name: deployment, state: isChampionBroken ? .failed : state, champion: champion, lastKnownGood: lastKnownGood,
            learningBase: learningBase, newest: versions.last?.number, challengers: challengers, pausedAnswer: pausedAnswer)
    }
}

extension RollOutState {
    /// What would undo an action on it.
    package func inverse(of action: Action) -> Action? {
        var world = ActionWorld(asker: Asker(isAutomatic: false, hasReason: true))
        world.deployment = .found(facts)
        return action.inverse(before: world)
    }
}

extension RollOut {
    /// Why an event cannot happen in a state; nil when it can.
    static func refusal(of event: RollOutEvent, in state: RollOutState, _ ask: RollOutAsk) -> ActionFailure? {
        let asker = Asker(ask)
        let facts = state.facts
        switch event {
        case .register: return nil
        case .promote(let number):
            return on(number, state) { RollOutRules.promote($0, of: facts, ask.freezes, asker) }
                ?? RollOutRules.automaticPromotion(of: number, state, ask)
        case .rollback(nil): return RollOutRules.rollback(facts)
        case .rollback(let number?): return on(number, state) { RollOutRules.rollback(facts, to: $0, asker) }
        case .rollbackToTime(let time):
            guard let version = state.champion(at: time) else { return RollOutRules.nothingThen(state.deployment, time) }
            return RollOutRules.rollback(facts, to: version.facts, asker)
        case .challenge(let number, let plan):
            return on(number, state) { RollOutRules.challenge($0, plan, of: facts, ask.freezes, asker) }
        case .share(let number, let share): return RollOutRules.share(number, share, of: facts, ask.freezes, asker)
        case .abort(let number): return RollOutRules.abort(facts, number)
        case .pause(let answer): return RollOutRules.pause(facts, answer)
        case .resume: return RollOutRules.resume(facts, ask.freezes)
        case .archive(let number): return on(number, state) { RollOutRules.archive($0, of: facts, ask.freezes, asker) }
        case .pin(let number): return on(number, state) { RollOutRules.pin($0, of: facts) }
        case .unpin(let number): return on(number, state) { RollOutRules.unpin($0, of: facts) }
        }
    }

    private static func on(_ number: UInt32, _ state: RollOutState, _ check: (VersionFacts) -> ActionFailure?) -> ActionFailure? {
        guard let version = state.version(number) else { return missing(number, of: state.facts) }
        return check(version.facts)
    }

    static func missing(_ number: UInt32, of deployment: RollOutFacts) -> ActionFailure {
        .notFound(kind: "version", name: "\(deployment.name) v\(number)", nearest: deployment.newest.map { "v\($0)" })
    }

    /// Versions that a policy which keeps the newest so many would archive now, oldest first.
    package static func due(_ state: RollOutState, keeping keep: Int) -> [UInt32] {
        let policy = RollOutAsk(who: .policy("versions"), reason: nil, now: 0)
        return state.versions.filter { $0.state != .archived }.dropLast(keep).map(\.number)
            .filter { refusal(of: .archive($0), in: state, policy) == nil }
    }
}
