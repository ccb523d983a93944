import Engine
import Foundation
import Monitoring
import Store
import Tabular

/// The status for people.
struct StatusText {
    private let document: StatusDocument

    init(_ document: StatusDocument) { self.document = document }

    /// Engine, deployments, why a light is not green, freezes, operators.
    var lines: [String] {
        var lines = [engineLine]
        if let degraded = document.engine.degraded { lines.append("DEGRADED: \(SafeText.escape(degraded))") }
        for part in document.engine.standsStill ?? [] { lines.append("STANDS STILL: \(SafeText.escape(part)): see log/engine.log") }
        lines.append("jobs: \(document.jobs.running) running, \(document.jobs.queued) queued; alerts firing: \(document.firingAlerts)")
        if let backup = document.backup {
            lines.append(
                SafeText.escape("backup: \(backup.light.rawValue): \(backup.text)" + (backup.running ? "; one is being made or tried" : ""))
            )
        }
        for work in document.resources ?? [] where work.opening < 1 || work.heldBy != nil {
            lines.append(SafeText.escape("\(work.job.rawValue): \(work.words)"))
        }
        for limit in document.limits ?? [] where limit.pressing {
            let whole = limit.limit.map { " of \(GrowthStatus.text($0, limit.unit))" } ?? ""
            let day = limit.fullAt.map { ", full on \($0.prefix(10))" } ?? ""
            lines.append("limit: \(limit.thing.rawValue) \(GrowthStatus.text(limit.size, limit.unit))\(whole)\(day): then \(limit.atLimit)")
        }
        if document.deployments.isEmpty {
            lines.append("no deployment yet: `flyball deploy NAME --data F.csv --target COLUMN` makes one")
        } else {
            lines += table.lines
        }
        for deployment in document.deployments {
            if let failure = deployment.failure { lines.append(SafeText.escape("\(deployment.name) FAILED: \(failure)")) }
            if let fallback = deployment.fallback {
                lines.append(SafeText.escape("\(deployment.name) is paused: requests get \(fallback.rawValue)"))
            }
            for reason in deployment.health.reasons where reason.light == .warn || reason.light == .alert {
                lines.append(SafeText.escape("\(deployment.name): \(reason.text)"))
            }
        }
        for record in document.damaged ?? [] { lines.append("cannot be read, left as it is: " + SafeText.escape(record.text)) }
        let hidden = (document.damagedCount ?? 0) - (document.damaged ?? []).count
        if hidden > 0 { lines.append("and \(hidden) further records that cannot be read: `flyball doctor` lists all") }
        lines += document.deployments.flatMap(Self.challengers)
        lines += document.deployments.compactMap(Self.online)
        for freeze in document.frozen {
            lines.append(
                "frozen: \(freeze.scope.rawValue) of \(freeze.deployment ?? "all deployments") by \(SafeText.escape(freeze.by)) since \(freeze.since)"
            )
        }
        for person in document.operators {
            lines.append("operator: \(SafeText.escape(person.name)) (\(person.role.rawValue), \(person.origin)) since \(person.since)")
        }
        return lines
    }

    /// What has a part of a deployment's traffic beside its champion.
    private static func challengers(_ status: StatusDocument.DeploymentEntry) -> [String] {
        (status.challengers ?? []).map { present in
            let seen =
                present.observed.map {
                    ", seen \(ArmPlan.percent($0.share)) (\(ArmPlan.percent($0.lower)) to \(ArmPlan.percent($0.upper)))"
                        + (present.keys.map { " of \($0) keys" } ?? "")
                } ?? ""
            let key = present.key.map { " by \($0)" } ?? ""
            let next =
                present.bake.map { bake in
                    present.steps.isEmpty ? "" : ", then \(present.steps.map(ArmPlan.percent).joined(separator: ", ")) after \(bake) each"
                } ?? ""
            return SafeText.escape(
                "\(status.name): \(present.version) \(present.arm) \(ArmPlan.percent(present.share))\(key)\(seen): \(present.answered) "
                    + "\(present.arm == ArmPlan.Kind.shadow.rawValue ? "scored" : "answered"), \(present.failed) failed\(next)"
                    + (present.quality.map { "; \($0.words)" } ?? "")
                    + (present.drift.map { "; its inputs: \($0.feature) \($0.words)" } ?? "")
                    + (present.waits.map { "; waits: \($0)" } ?? "") + (present.loaded ? "" : ": not in memory: it gets nothing"))
        }
    }

    /// What a deployment learns label by label.
    private static func online(_ status: StatusDocument.DeploymentEntry) -> String? {
        guard let online = status.online else { return nil }
        let figure = online.primary.map { ", \($0.name) \(FigureTexts.four($0.value)) on the last \($0.n)" } ?? ""
        let held = online.held.map { ", holds: \($0)" } ?? ""
        return SafeText.escape("\(status.name): learns online: v\(online.base) and \(online.learnt) labels\(figure)\(held)\(live(online))")
    }

    /// Who answers live, and how those do that could.
    private static func live(_ online: OnlineStatus) -> String {
        guard online.answer == .live else { return "" }
        let who =
            online.stopped.map { "; the live learner is stopped: \($0)" } ?? online.answering.map { "; \($0) answers live" }
            ?? "; nothing answers live yet"
        let sides = (online.sides ?? []).map { side in
            "\(side.name) \(FigureTexts.four(side.loss))" + (side.right.map { " (\(FigureTexts.one($0 * 100)) % right)" } ?? "")
        }
        guard !sides.isEmpty else { return who }
        return "\(who); loss on the last \(online.sides?.first?.n ?? 0): " + sides.joined(separator: ", ")
    }

    private var engineLine: String {
        let engine = document.engine
        let times = [engine.startedAt, document.asOf].compactMap { text in PastTime.milliseconds(text, zone: .gmt, asOf: .max) }
        let up = DurationText.text(max(0, (times.last ?? 0) - (times.first ?? 0)))
        return "engine \(engine.version), process \(engine.pid), up \(up), "
            + (engine.http.map { (engine.certificateUntil == nil ? "http://" : "https://") + $0 } ?? "no HTTP listener")
            + (engine.grpc.map { ", gRPC on \($0)" } ?? "") + (engine.certificateUntil.map { ", certificate until \($0)" } ?? "")
    }

    private var table: TextTable {
        var table = TextTable(
            ["DEPLOYMENT", "STATE", "CHAMPION", "LAST GOOD", "REQ/S", "P99 MS", "PREDICTIONS", "LABELS", "SERVICE", "DATA"],
            rightAligned: [4, 5, 6, 7])
        for entry in document.deployments {
            table.add([
                entry.name, entry.state.rawValue, entry.champion ?? "-", entry.lastKnownGood ?? "-",
                FigureTexts.one(entry.requestsPerSecond),
                entry.latencyP99Milliseconds.map { FigureTexts.significant($0) } ?? "-", "\(entry.predictions)", "\(entry.labels)",
                entry.health.service.rawValue, entry.health.data.rawValue,
            ])
        }
        return table
    }
}
