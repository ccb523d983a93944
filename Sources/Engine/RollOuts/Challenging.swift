/// Versions beside the champion: given a part of the traffic, given more or less of it, taken out.
extension RollOut {
    static func challenge(_ number: UInt32, _ plan: ArmPlan, _ state: RollOutState, _ ask: RollOutAsk) -> RollOutStep {
        var next = state
        let challenger = Challenger(version: number, plan: plan, since: ask.now, by: ask.who.journalName)
        let former = next.challengers.of(number)
        next.challengers.removeAll { $0.version == number }
        next.challengers.append(challenger)
        return RollOutStep(
            next: next, summary: challenger.words + (former.map { ", \($0.plan.words) before" } ?? ""),
            details: details(number, former, challenger), version: number, loading: number, effects: [.route])
    }

    static func share(_ number: UInt32, _ share: Double, _ state: RollOutState, _ ask: RollOutAsk) -> RollOutStep {
        var next = state
        guard let index = next.challengers.firstIndex(where: { $0.version == number }) else {
            return RollOutStep(next: state, summary: "", version: number)
        }
        let former = next.challengers[index]
        next.challengers[index].plan.share = share
        // Steps that a person has overtaken are behind it.
        next.challengers[index].plan.steps.removeAll { $0 <= share }
        // Behind the whole stands the promotion, after one bake more.
        if next.challengers[index].plan.steps.isEmpty, share < 1 { next.challengers[index].plan.bake = nil }
        next.challengers[index].since = ask.now
        next.challengers[index].by = ask.who.journalName
        return RollOutStep(
            next: next,
            summary: "v\(number) \(former.plan.kind.rawValue) \(ArmPlan.percent(former.plan.share)) → \(ArmPlan.percent(share))",
            details: details(number, former, next.challengers[index]), version: number, loading: number, effects: [.route])
    }

    static func abort(_ number: UInt32?, _ state: RollOutState, _ ask: RollOutAsk) -> RollOutStep {
        var next = state
        let gone = state.challengers.filter { number == nil || $0.version == number }
        next.challengers.removeAll { gone.contains($0) }
        var step = RollOutStep(
            next: next,
            summary: "took out \(gone.map(\.words).joined(separator: ", ")): \(state.champion.map { "v\($0)" } ?? "nobody") answers",
            version: gone.count == 1 ? gone.first?.version : nil, effects: [.route])
        step.details["aborted"] = gone.map { "v\($0.version)" }.joined(separator: " ")
        // Several taken out at once are no single challenge.
        if gone.count == 1, let plan = gone.first?.plan {
            step.details["version"] = "v\(gone[0].version)"
            step.details["was"] = try? encodeJSON(plan)
        }
        return step
    }

    private static func details(_ number: UInt32, _ former: Challenger?, _ now: Challenger) -> [String: String] {
        var details = ["version": "v\(number)", "arm": now.plan.kind.rawValue, "share": "\(now.plan.share)"]
        // A plan that has no JSON could not have been stored either; without it there is one way back less.
        if let former { details["was"] = try? encodeJSON(former.plan) }
        if let key = now.plan.key { details["key"] = key }
        return details
    }

    /// Another version is the champion: who challenged the former one by answering has nobody to be compared with.
    ///
    /// A shadow goes on: it disturbs nobody. The champion has no part beside itself.
    static func settleChallengers(_ state: inout RollOutState) {
        let champion = state.champion
        state.challengers.removeAll { $0.answers || $0.version == champion }
    }
}

extension RollOutRules {
    /// A version gets a part of the traffic.
    static func challenge(
        _ version: VersionFacts, _ plan: ArmPlan, of deployment: RollOutFacts, _ freezes: [Freeze], _ asker: Asker
    ) -> ActionFailure? {
        if let flaw = plan.flaw(columns: deployment.columns) { return flaw }
        let name = "\(deployment.name) v\(version.number)"
        guard deployment.champion != nil, deployment.state != .failed else {
            return .refused(what: "\(deployment.name) has no champion that answers", advice: "promote a version first")
        }
        if deployment.champion == version.number {
            return .refused(what: "\(name) is the champion", advice: "it has all that the others leave it")
        }
        // The rest is what a promotion asks: refused, archived and withdrawn versions get nothing, nor does anybody under a freeze.
        if let failure = promote(version, of: deployment, freezes, asker) { return failure }
        let others = deployment.challengers.filter { $0.version != version.number }
        if plan.kind != .shadow, let other = others.answering {
            return .refused(
                what: "\(deployment.name) v\(other.version) answers already (\(other.plan.words))",
                advice: "abort it first: two at once could not be told apart")
        }
        return others.count < Challenger.limit
            ? nil : .refused(what: "\(deployment.name) has \(others.count) versions beside its champion", advice: "abort one first")
    }

    /// A challenger gets more or less.
    static func share(
        _ number: UInt32, _ share: Double, of deployment: RollOutFacts, _ freezes: [Freeze], _ asker: Asker
    ) -> ActionFailure? {
        guard let challenger = deployment.challengers.of(number) else { return noChallenger(deployment, number) }
        guard share >= 0, share <= 1 else { return .invalid(what: "share \(share * 100)", advice: "give a percentage from 0 to 100") }
        if challenger.plan.share == share {
            return .refused(what: "\(deployment.name) v\(number) has \(ArmPlan.percent(share)) already", advice: "nothing to do")
        }
        // Less is always allowed: it is part of a way back.
        guard share > challenger.plan.share, let freeze = asker.freeze(freezes, of: deployment.name) else { return nil }
        return .refused(
            what: "\(freeze.scope.words) is frozen by \(freeze.by)", advice: "unfreeze it first; abort and a smaller share still work")
    }

    /// Challengers are taken out: always possible while there are any.
    static func abort(_ deployment: RollOutFacts, _ number: UInt32?) -> ActionFailure? {
        guard let number else {
            return deployment.challengers.isEmpty
                ? .refused(what: "\(deployment.name) has no version beside its champion", advice: "nothing to do") : nil
        }
        return deployment.challengers.of(number) == nil ? noChallenger(deployment, number) : nil
    }

    private static func noChallenger(_ deployment: RollOutFacts, _ number: UInt32) -> ActionFailure {
        let there = deployment.challengers.map { "v\($0.version)" }.joined(separator: ", ")
        return .refused(
            what: "\(deployment.name) v\(number) has no part of the traffic",
            advice: there.isEmpty ? "give it one: flyball promote \(deployment.name) v\(number) --canary 5" : "these have: \(there)")
    }
}
