import Engine
import Foundation
import Monitoring
import Tabular

/// The columns of the fleet and what stands in them.
struct FleetColumns {
    static let healthKey = "health"
    static let nameKey = "name"

    /// By which columns rows can be sorted, in the order of `<` and `>`.
    static let sortKeys = [nameKey, healthKey, "requests", "p99", "drift", "loop"]

    /// Most sorts begin with what asks for attention.
    static func sort(_ key: String) -> TableSort { TableSort(key: key, ascending: key == nameKey || key == healthKey) }

    /// The figure that a column sorts by.
    static func value(_ status: DeploymentStatus, key: String) -> Double? {
        switch key {
        case "requests": status.requestsPerSecond
        case "p99": status.latencyP99Milliseconds
        case "drift": status.drift?.worst?.psi
        case "loop": status.lastTurn.map { -Double($0) }
        default: nil
        }
    }

    static func columns(longestName: Int) -> [TableColumn] {
        [
            TableColumn("DEPLOYMENT", width: 14, flex: 1, maximum: max(14, min(64, longestName)), key: nameKey),
            TableColumn("HEALTH", width: 9, key: healthKey),
            TableColumn("CHAMP", width: 5, priority: 2),
            TableColumn("ROLL-OUT", width: 11, flex: 1, maximum: 24, priority: 6),
            TableColumn("REQ/S", width: 5, alignment: .right, priority: 1, key: "requests"),
            TableColumn("P99", width: 6, alignment: .right, priority: 3, key: "p99"),
            TableColumn("DRIFT", width: 7, alignment: .right, priority: 4, key: "drift"),
            TableColumn("QUALITY", width: 10, alignment: .right, priority: 8),
            TableColumn("LOOP", width: 7, alignment: .right, priority: 5, key: "loop"),
            TableColumn("POLICY", width: 7, priority: 9),
            TableColumn("LAST H", width: 8, flex: 2, maximum: 30, priority: 7),
        ]
    }

    let context: ScreenContext
    let glyphs: GlyphLevel

    func cells(_ status: DeploymentStatus) -> [TableCell] {
        let dash = TableCell(glyphs.set.dash, .muted)
        let hasTraffic = status.latencyP99Milliseconds != nil
        let drift = status.driftText(glyphs.set)
        let p99Role = role(of: "p99", status)
        return [
            TableCell(status.name, status.light == .alert ? .strong : .text),
            TableCell("\(status.light.glyph(glyphs)) \(status.healthWords)", status.light.role),
            status.champion.map { TableCell("v\($0)") } ?? dash,
            rollout(status) ?? dash,
            TableCell(FigureText.count(status.requestsPerSecond), status.requestsPerSecond > 0 ? .text : .muted),
            hasTraffic ? TableCell(FigureText.latency(nanoseconds: (status.latencyP99Milliseconds ?? 0) * 1e6), p99Role) : dash,
            TableCell(drift.text, drift.role),
            status.qualityText.map { TableCell($0.text, $0.role) } ?? dash,
            status.lastTurn.map { TableCell(ChromeTime.age($0, context), .muted) } ?? dash,
            TableCell(status.policy.automation, status.policy.automation == "auto" ? .text : .muted),
            .spark(spark(status)),
        ]
    }

    /// What moves: a challenger, a training, a version that waits for a person, a freeze.
    private func rollout(_ status: DeploymentStatus) -> TableCell? {
        let challengers = (status.challengers ?? []).map(\.challenger)
        if status.state == .paused, let answer = status.pausedAnswer {
            return TableCell("gets " + (answer.version.map { "v\($0)" } ?? answer.fallback.rawValue), .paused)
        }
        if let challenger = challengers.answering ?? challengers.first {
            let more = challengers.count > 1 ? " +\(challengers.count - 1)" : ""
            return TableCell(
                "\(challenger.plan.kind.rawValue) v\(challenger.version) \(ArmPlan.percent(challenger.plan.share))\(more)", .accent)
        }
        if let job = status.job, let running = context.snapshot.jobs.first(where: { $0.id == job }) {
            let share = Int((min(max(running.progress, 0), 1) * 100).rounded(.down))
            return running.state == .running
                ? TableCell("\(running.kind) \(share) %", .accent) : TableCell("\(running.kind) queued", .muted)
        }
        if let advised = status.advised { return TableCell("v\(advised) advised", .info) }
        let freezes = context.snapshot.frozen.filter { $0.deployment == status.name }
        guard let freeze = freezes.first else { return nil }
        return TableCell("no \(freeze.scope == .all || freezes.count > 1 ? "changes" : freeze.scope.rawValue)", .paused)
    }

    private func role(of signal: String, _ status: DeploymentStatus) -> Role {
        let light = status.health.reasons.filter { $0.signal == signal }.map(\.light).max() ?? .ok
        return light == .ok || light == .unknown ? .text : Light(light).role
    }

    private func spark(_ status: DeploymentStatus) -> [Double?] {
        let query = FleetHour.query(status.name, asOf: context.asOf)
        guard case .ready(let page) = context.pages[query], case .series(let points) = page.content else { return [] }
        return FleetHour.values(points, asOf: context.asOf)
    }
}

/// The last hour of a deployment in buckets of two minutes that do not slide with the clock.
enum FleetHour {
    static let bucket: Int64 = 120_000
    static let buckets = 30

    /// The question for the requests of the hour up to the end of the bucket in hand.
    static func query(_ name: String, asOf: Int64) -> HistoryQuery {
        let until = (asOf / bucket + 1) * bucket
        return .series(deployment: name, metric: .requests, from: until - Int64(buckets) * bucket, until: until, points: buckets)
    }

    /// One value a bucket, oldest first; a bucket without a point stays empty.
    static func values(_ points: [SeriesPoint], asOf: Int64) -> [Double?] {
        var values = [Double?](repeating: nil, count: buckets)
        let start = (asOf / bucket + 1 - Int64(buckets)) * bucket
        for point in points {
            let index = (point.time - start) / bucket
            if point.time >= start, index < Int64(buckets) { values[Int(index)] = point.mean }
        }
        return values
    }
}
