import Tabular

/// What a challenger in steps does next by itself, and why it does not where something is in its way.
///
/// A function of values: asked four times a second, it costs neither a journal row nor a line of the log.
package enum CanaryStep: Sendable, Equatable {
    /// Its present share has not been held for the bake, or nothing follows it.
    case notDue
    /// The next share, or behind the whole the promotion.
    case take(RollOutEvent)
    /// It is due, and this is in its way.
    case waits(String)

    /// What comes next for a challenger.
    ///
    /// - Parameters:
    ///   - answered: requests that it has answered with its present share.
    ///   - hasSplitAlert: whether its split is said not to be the one that was asked for.
    ///   - worse: what labels say of it where they show that it answers worse than the champion; nil where they do not.
    package static func next(
        of challenger: Challenger, answered: Int64, hasSplitAlert: Bool, worse: String? = nil, _ state: RollOutState, _ ask: RollOutAsk
    ) -> CanaryStep {
        let (plan, number) = (challenger.plan, challenger.version)
        guard let bake = plan.bake, ask.now - challenger.since >= bake, let event = event(plan, number) else { return .notDue }
        guard state.state == .live, !state.isChampionBroken else {
            return .waits("\(state.deployment) is \(state.isChampionBroken ? "failed" : state.state.rawValue)")
        }
        if hasSplitAlert { return .waits("its split is not the one that was asked for: see its alert") }
        if let worse { return .waits("its answers are worse than the champion's: \(worse)") }
        if answered == 0 { return .waits("no request has fallen to it yet") }
        return RollOut.refusal(of: event, in: state, ask).map { .waits($0.description) } ?? .take(event)
    }

    private static func event(_ plan: ArmPlan, _ number: UInt32) -> RollOutEvent? {
        if plan.share >= 1 { return .promote(number) }
        return plan.steps.first { $0 > plan.share }.map { .share(number, $0) }
    }
}

extension Challenger {
    /// Why its next step waits.
    package struct Hold: Sendable, Equatable {
        /// The challenger with the share that it stays at.
        package var challenger: Challenger
        /// In a sentence.
        package var reason: String
        /// Not tried again before, UTC milliseconds; nil: as soon as nothing is in its way.
        package var until: Int64?

        package init(_ challenger: Challenger, _ reason: String, until: Int64? = nil) {
            self.challenger = challenger
            self.reason = reason
            self.until = until
        }
    }
}
