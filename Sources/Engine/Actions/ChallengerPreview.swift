import Monitoring
import Tabular

/// The previews of what is done with challengers.
extension Preview {
    func challenge(_ number: UInt32, _ plan: ArmPlan) -> ActionPreview {
        let former = status?.challengers?.first { $0.challenger.version == number }?.challenger
        var lines = [Line("changes", "v\(number) gets \(plan.part)" + (former.map { ", \($0.plan.part) before" } ?? ""))]
        switch plan.kind {
        case .canary, .ab:
            lines.append(Line("affects", "\(rate); \(ArmPlan.percent(plan.share)) get v\(number), the others \(champion)"))
            if plan.key != nil { lines.append(Line("keys", "each stays with its version; requests without one get \(champion)")) }
            lines.append(Line("guard", "cut if it fails or is 3 times slower; \(champion) answers what it fails"))
        case .shadow:
            lines.append(Line("affects", "no answer: it scores \(ArmPlan.percent(plan.share)) of what \(champion) answers"))
        }
        if let then = plan.then {
            lines.append(Line("then", then))
            lines.append(Line("ends", plan.steps.last == 1 ? "behind 100 % it is promoted; a freeze holds it" : "at the last share"))
        }
        if let version = status?.versions.first(where: { $0.number == number }) { lines.append(gates(version)) }
        lines.append(Line("undo", former == nil ? "u takes v\(number) out again" : "u gives back what it had"))
        let verb = plan.kind == .shadow ? "shadow" : plan.kind.rawValue
        return ActionPreview(
            title: "Give v\(number) of \(name) \(plan.kind.rawValue) \(ArmPlan.percent(plan.share))", button: verb, lines: lines,
            warning: status?.state == .paused ? "\(name) is paused: v\(number) gets its part after a resume" : nil,
            expected: expectation(champion: true))
    }

    func share(_ number: UInt32, _ share: Double) -> ActionPreview {
        let present = status?.challengers?.first { $0.challenger.version == number }
        let former = present.map { ArmPlan.percent($0.challenger.plan.share) } ?? "its part"
        var lines = [
            Line("changes", "v\(number) \(present?.challenger.plan.kind.rawValue ?? "") \(former) → \(ArmPlan.percent(share))"),
            Line("affects", "\(rate); \(ArmPlan.percent(share)) get v\(number), none is dropped"),
        ]
        if let present { lines.append(Self.soFar(present)) }
        lines.append(Line("undo", "u gives it \(former) again"))
        return ActionPreview(
            title: "Give v\(number) of \(name) \(ArmPlan.percent(share))", button: "share", lines: lines,
            expected: expectation(champion: true))
    }

    func abort(_ number: UInt32?) -> ActionPreview {
        let gone = (status?.challengers ?? []).filter { number == nil || $0.challenger.version == number }
        var lines = [
            Line(
                "changes",
                "\(gone.map { "v\($0.challenger.version) \($0.challenger.plan.part)" }.joined(separator: ", ")) → \(champion) alone"),
            Line("affects", "\(rate); all get \(champion) from the next one on"),
        ]
        lines += gone.prefix(1).map(Self.soFar)
        lines.append(Line("undo", gone.count == 1 ? "u gives it the same part again" : "none: give each its part again"))
        return ActionPreview(
            title: "Take \(number.map { "v\($0)" } ?? "every challenger") out of \(name)", button: "abort", lines: lines,
            expected: expectation(champion: true))
    }

    func revoke(_ name: String) -> ActionPreview {
        let token = snapshot.system.access.tokens.first { $0.name == name }
        let used = token?.lastUsed.map { "last used \(DurationText.text(max(0, snapshot.asOf - $0))) ago" } ?? "not used yet"
        return ActionPreview(
            title: "Revoke the token \(SafeText.escape(name))", button: "revoke",
            lines: [
                Line("changes", "whoever sends it gets 401 from the next request on", isConcern: token?.lastUsed != nil),
                Line("token", (token?.scopes.map(\.rawValue).joined(separator: ", ") ?? "") + "; " + used),
                Line("undo", "none: make another one, and hand it out"),
            ])
    }

    private var rate: String { "\(Figures.short(status?.requestsPerSecond ?? 0)) requests/s" }

    /// What a challenger has done in its part.
    private static func soFar(_ present: ChallengerStatus) -> Line {
        Line("so far", "\(present.answered) answered, \(present.failed) failed", isConcern: present.failed > 0)
    }
}
