import Engine
import Learning
import Monitoring
import Tabular

extension DeploymentPanels {
    /// What each version beside the champion has done with its part of the traffic since it got it.
    ///
    /// Two lines each: what it does, and how good that is and what comes next, which a narrow terminal must show too.
    func challengerLines() -> [StyledText] {
        (status.challengers ?? []).flatMap { present in
            [line(present), present.isLoaded ? prospect(present) : nil].compactMap(\.self)
        }
    }

    private func line(_ present: ChallengerStatus) -> StyledText {
        let plan = present.challenger.plan
        var line = StyledText("\(plan.kind.rawValue)  ", Style(.muted, on: .text))
        line.append("v\(present.challenger.version) \(ArmPlan.percent(plan.share))", Style(.strong, on: .text))
        if let key = plan.key { line.append(" by \(SafeText.escape(key))", .text) }
        line.append(
            " for \(DurationText.text(max(0, context.asOf - present.challenger.since)))", Style(.muted, on: .text))
        guard present.isLoaded else {
            line.append("  not in memory: it gets nothing", Style(.alert, on: .text))
            return line
        }
        if let seen = present.observed {
            let isOff = (present.splitOdds ?? 0) > ChallengerStatus.alarmingOdds
            line.append(
                "  seen \(ArmPlan.percent(seen.share)) (\(ArmPlan.percent(seen.lower)) to \(ArmPlan.percent(seen.upper)))"
                    + (present.keys.map { " of \(FigureText.exact($0)) keys" } ?? ""),
                Style(isOff ? .warn : .text, on: .text))
            if isOff { line.append(" chance does not explain it", Style(.warn, on: .text)) }
        }
        line.append("  \(FigureText.exact(present.answered)) \(plan.kind == .shadow ? "scored" : "answered")", .text)
        if present.failed > 0 {
            line.append("  \(FigureText.exact(present.failed)) failed", Style(.alert, on: .text))
        }
        if present.dropped > 0 { line.append("  \(FigureText.exact(present.dropped)) left out", Style(.warn, on: .text)) }
        if let distance = present.meanDistance { line.append("  differs by \(FigureText.figure(distance)) in the mean", .text) }
        if let own = present.meanScore, let other = present.championMeanScore {
            line.append("  mean \(FigureText.figure(own)), champion \(FigureText.figure(other))", Style(.muted, on: .text))
        }
        return line
    }

    /// How good its answers are, and what comes next; nil where nothing is known of either.
    private func prospect(_ present: ChallengerStatus) -> StyledText? {
        let plan = present.challenger.plan
        var line = StyledText([])
        if let quality = present.quality {
            let colour: Role =
                switch quality.figure.verdict {
                case .better: .ok
                case .worse: .alert
                case .same, .open: .text
                }
            line.append("  \(quality.words)", Style(colour, on: .text))
        }
        if let drift = present.drift {
            let colour: Role =
                switch drift.state {
                case .drift: .alert
                case .warn: .warn
                default: .muted
                }
            line.append("  \(SafeText.escape(drift.feature)) \(SafeText.escape(drift.words))", Style(colour, on: .text))
        }
        if let waits = present.waits {
            line.append("  waits: \(SafeText.escape(waits))", Style(.warn, on: .text))
        } else if let next = plan.steps.first(where: { $0 > plan.share }) ?? (plan.bake != nil && plan.share >= 1 ? 1 : nil),
            let bake = plan.bake
        {
            let left = max(0, present.challenger.since + bake - context.asOf)
            line.append("  \(plan.share >= 1 ? "promoted" : ArmPlan.percent(next)) in \(DurationText.text(left))", Style(.info, on: .text))
        }
        return line.spans.isEmpty ? nil : line
    }
}
