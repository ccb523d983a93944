import Engine
import Foundation
import Learning
import Monitoring
import Mustache
import Store
import Tabular

/// A report as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere.
package struct ReportPage: Sendable {
    private let facts: ReportFacts

    package init(_ facts: ReportFacts) { self.facts = facts }

    /// The page; light or dark as the reader's system is, and printable.
    ///
    /// - Throws: `ReportFailure` when the template is broken, which its test would have found.
    package func html() throws(ReportFailure) -> String {
        do { return try MustacheTemplate(string: ReportTemplate.page).render(content) } catch {
            throw ReportFailure(description: "the report's template: \(error)")
        }
    }

    /// What the template is filled with: texts, which it escapes, and drawings, which are escaped already.
    private var content: [String: Any] {
        let status = facts.deployment
        let (figures, columns, lineage) = (figures, columns, lineage)
        return [
            "hasFigures": !figures.isEmpty, "hasColumns": !columns.isEmpty, "hasLineage": !lineage.isEmpty,
            "hasAlerts": !facts.alerts.isEmpty,
            "hasEvents": !facts.journal.isEmpty,
            "name": plain(status.name), "from": ReportText.time(facts.from), "until": ReportText.time(facts.until),
            "workspace": plain(facts.engine.workspace), "version": plain(facts.engine.version), "isDemo": facts.engine.isDemo,
            "sentences": ReportText.summary(facts).map(plain), "missing": facts.missing.map(plain),
            "lights": lights,
            "reasons": status.health.reasons.filter { $0.light > .ok }.map { ["text": plain($0.text), "light": $0.light.rawValue] },
            "charts": charts.filter(\.hasData).map { chart in
                [
                    "title": plain(chart.title), "unit": chart.unit, "svg": chart.svg,
                    "names": chart.lines.count > 1 ? chart.lines.map { ["name": $0.name, "style": $0.style] } : [],
                ] as [String: Any]
            },
            "figures": figures, "columns": columns, "versions": versions, "lineage": lineage,
            "alerts": facts.alerts.map(alert), "events": facts.journal.map(event), "isCut": facts.isJournalCut,
            "shown": "\(facts.journal.count)", "chain": chain, "isIntact": facts.verdict?.isIntact ?? false,
        ]
    }

    private func plain(_ text: String) -> String { SafeText.escape(text) }

    private var lights: [[String: String]] {
        let health = facts.deployment.health
        return [("service", health.service), ("data", health.data), ("quality", health.quality), ("freshness", health.freshness)].map {
            ["name": $0.0, "light": $0.1.rawValue]
        }
    }

    // MARK: Charts

    private var charts: [ReportChart] {
        let events = facts.journal.filter { $0.entry.verb != "alert resolved" }.prefix(200).map {
            ReportEvent(time: $0.entry.time, text: "\($0.entry.verb): \($0.entry.summary)")
        }
        func chart(_ title: String, _ unit: String, _ lines: [(String, String, SeriesMetric)], fromZero: Bool = true) -> ReportChart {
            ReportChart(
                title: title, unit: unit, lines: lines.map { .init(name: $0.0, style: $0.1, points: facts.series[$0.2] ?? []) },
                from: facts.from, until: facts.until, events: events, fromZero: fromZero)
        }
        return [
            chart("Requests", "a second", [("answered", "a", .requests), ("failed", "b", .errors)]),
            chart("Time to answer", "milliseconds", [("median", "a", .latencyP50), ("99th percentile", "b", .latencyP99)]),
            chart("Mean score", "", [("mean score", "a", .score)], fromZero: false),
            chart("Drift of the worst input", "PSI", [("PSI", "a", .drift), ("usual at most", "b", .driftThreshold)]),
            chart("Labels", "a second", [("labels", "a", .labels)]),
        ]
    }

    // MARK: Tables

    private var figures: [[String: String]] {
        let status = facts.deployment
        var rows = (status.quality?.realized ?? []).map { metric in
            [
                "name": plain(metric.name), "kind": "realized", "value": ReportText.figure(metric.value, metric.lower, metric.upper),
                "n": ReportText.grouped(Int64(metric.n)),
            ]
        }
        for (kind, figures, n) in [
            ("estimated", status.qualityEstimate?.estimated ?? [], status.qualityEstimate?.n ?? 0),
            ("both", status.qualityEstimate?.both ?? [], status.qualityEstimate?.labels ?? 0),
        ] {
            rows += figures.map {
                [
                    "name": plain($0.name), "kind": kind, "value": ReportText.figure($0.value, $0.lower, $0.upper),
                    "n": ReportText.grouped(Int64(n)),
                ]
            }
        }
        return rows
    }

    private var columns: [[String: String]] {
        (facts.deployment.drift?.inOrder ?? []).prefix(30).map { column in
            [
                "name": plain(column.feature), "psi": Figures.short(column.psi), "usual": Figures.short(column.threshold),
                "state": column.state.rawValue, "missing": "\(Figures.short(column.missing * 100)) %",
                "before": "\(Figures.short(column.referenceMissing * 100)) %",
            ]
        }
    }

    private var versions: [[String: String]] {
        facts.versions.prefix(100).map { version in
            let primary = version.metrics.first
            let answered = version.served.last.map { "\(ReportText.time($0.from)) to \($0.until.map(ReportText.time) ?? "now")" } ?? "never"
            let gates = version.gates.filter { $0.verdict != "passed" }.map { "\($0.name): \($0.verdict)" }
            return [
                "name": version.name, "state": version.state.rawValue, "algorithm": plain(version.algorithm),
                "made": "\(ReportText.time(version.createdAt)) by \(plain(version.createdBy))", "source": plain(version.source),
                "figure": primary.map { "\(plain($0.name)) \(ReportText.figure($0.value, $0.lower, $0.upper))" } ?? "-",
                "answered": answered,
                "gates": gates.isEmpty ? "all passed" : plain(gates.joined(separator: "; ")),
            ]
        }
    }

    /// Where what answers now comes from, down to the bytes.
    private var lineage: [[String: String]] {
        guard let number = facts.deployment.champion, let version = facts.versions.first(where: { $0.number == number }) else { return [] }
        var rows = [
            ("version", version.name), ("algorithm", version.algorithm), ("learnt from", version.source),
            (
                "rows",
                "\(ReportText.grouped(Int64(version.trainRows))) to learn, \(ReportText.grouped(Int64(version.holdoutRows))) held out"
            ),
            ("data (SHA-256)", version.dataHash), ("artefact (SHA-256)", version.artefactHash ?? "-"), ("seed", "\(version.seed)"),
        ]
        rows += version.libraries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return rows.map { ["what": plain($0.0), "which": plain($0.1)] }
    }

    private func alert(_ alert: Alert) -> [String: String] {
        let end =
            alert.resolvedAt.map(ReportText.time)
            ?? (alert.state == .acknowledged ? "open, \(alert.acknowledgedBy ?? "somebody") is on it" : "open")
        return [
            "from": ReportText.time(alert.raisedAt), "until": plain(end), "severity": alert.severity.rawValue, "title": plain(alert.title),
            "note": plain(alert.note ?? ""),
        ]
    }

    private func event(_ row: JournalRow) -> [String: String] {
        [
            "sequence": "\(row.sequence)", "time": ReportText.time(row.entry.time), "actor": plain(row.entry.actor),
            "what": plain(row.entry.summary), "why": plain(row.entry.reason ?? ""), "hash": String(row.hash.prefix(12)),
        ]
    }

    private var chain: String {
        guard let verdict = facts.verdict else { return "The journal's chain was not walked." }
        guard verdict.isIntact else {
            return "The journal's chain is broken at row \(verdict.firstBad ?? 0): \(plain(verdict.problem ?? "its hash does not fit"))"
        }
        let newest = verdict.checkpoint.map { " Row \($0.sequence) has the hash \($0.hash)." } ?? ""
        return "The journal's \(ReportText.grouped(verdict.rows)) rows are whole: \(plain(verdict.guarantee)).\(newest)"
    }
}
