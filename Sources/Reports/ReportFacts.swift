package import Engine
package import Monitoring
package import Store
import Tabular

/// Why there is no report.
package struct ReportFailure: Error, Sendable, CustomStringConvertible {
    package var description: String

    package init(description: String) { self.description = description }
}

/// Everything that a report says of one deployment over a period, as it was when it was asked for.
package struct ReportFacts: Sendable {
    package var deployment: DeploymentStatus
    package var engine: EngineStatus
    /// The period, UTC milliseconds.
    package var from: Int64
    package var until: Int64
    /// Each metric in equal buckets over the period.
    package var series: [SeriesMetric: [SeriesPoint]]
    /// Versions that were made or answered in the period, and those that have a role now; newest first.
    package var versions: [VersionSummary]
    /// Journal rows of the deployment in the period, newest first.
    package var journal: [JournalRow]
    /// Whether older rows of the period were left out.
    package var isJournalCut: Bool
    /// Alerts that stood in the period, newest first.
    package var alerts: [Alert]
    /// What a walk along the whole journal's chain found.
    package var verdict: JournalVerdict?
    /// Parts that could not be had, and why: they are said on the page, not left out silently.
    package var missing: [String]

    package init(
        deployment: DeploymentStatus, engine: EngineStatus, from: Int64, until: Int64, series: [SeriesMetric: [SeriesPoint]] = [:],
        versions: [VersionSummary] = [], journal: [JournalRow] = [], isJournalCut: Bool = false, alerts: [Alert] = [],
        verdict: JournalVerdict? = nil, missing: [String] = []
    ) {
        self.deployment = deployment
        self.engine = engine
        self.from = from
        self.until = until
        self.series = series
        self.versions = versions
        self.journal = journal
        self.isJournalCut = isJournalCut
        self.alerts = alerts
        self.verdict = verdict
        self.missing = missing
    }
}

extension ReportFacts {
    /// Buckets of a chart.
    private static let points = 240
    private static let journalPage = 500
    /// More than a reader reads; what is older is said to be left out.
    private static let journalRows = 2_000
    private static let alertRows = 1_000
    private static let versionPage = 100
    /// The longest period, milliseconds: what telemetry keeps by default, and a year of decisions.
    package static let longest: Int64 = 366 * 86_400_000
    /// The period when nobody names one: a day, milliseconds.
    package static let usualSpan: Int64 = 86_400_000

    /// Asks an engine for everything.
    ///
    /// - Parameter span: how far the period reaches back from now, milliseconds, 1 s to `longest`.
    /// - Throws: `ReportFailure` for a deployment that is not there; any other part that cannot be had is noted in `missing`.
    package static func gather(_ name: String, span: Int64, link: any EngineLink) async throws(ReportFailure) -> ReportFacts {
        let page = await link.history(.deployment(name))
        guard case .deployment(let status) = page.content else {
            throw ReportFailure(description: words(page.content) ?? "\(SafeText.escape(name)): no such deployment")
        }
        let length = min(max(span, 1_000), longest)
        var facts = ReportFacts(deployment: status, engine: EngineStatus(), from: page.asOf - length, until: page.asOf)
        if case .engine(let engine) = await link.history(.engine).content { facts.engine = engine }
        for metric in SeriesMetric.allCases {
            let query = HistoryQuery.series(deployment: name, metric: metric, from: facts.from, until: facts.until, points: points)
            switch await link.history(query).content {
            case .series(let points): facts.series[metric] = points
            case let other: facts.miss("the chart of \(metric.rawValue)", other)
            }
        }
        await facts.gatherVersions(link)
        await facts.gatherJournal(link)
        switch await link.history(.alerts(limit: alertRows)).content {
        case .alerts(let all):
            facts.alerts = all.filter { alert in
                alert.deployment == name && alert.raisedAt < facts.until && (alert.resolvedAt ?? .max) >= facts.from
            }
        case let other: facts.miss("alerts", other)
        }
        switch await link.history(.verifyJournal(checkpoint: nil)).content {
        case .verification(let verdict): facts.verdict = verdict
        case let other: facts.miss("the walk along the journal", other)
        }
        return facts
    }

    private mutating func gatherVersions(_ link: any EngineLink) async {
        var before: UInt32?
        while true {
            let query = HistoryQuery.versions(deployment: deployment.name, before: before, limit: Self.versionPage)
            guard case .versions(let page) = await link.history(query).content else {
                versions = deployment.versions
                missing.append("older versions: they cannot be read now")
                return
            }
            versions += page.filter(concerns)
            // Versions come newest first: once a whole page was made before the period, only those with a role are still of interest.
            guard let last = page.last, page.count == Self.versionPage, last.createdAt >= from else { break }
            before = last.number
        }
        let known = Set(versions.map(\.number))
        versions += deployment.versions.filter { !known.contains($0.number) && concerns($0) }
    }

    private func concerns(_ version: VersionSummary) -> Bool {
        version.createdAt >= from || [.champion, .lastKnownGood, .candidate].contains(version.state)
            || version.served.contains { ($0.until ?? .max) >= from }
    }

    private mutating func gatherJournal(_ link: any EngineLink) async {
        var before: Int64?
        while journal.count < Self.journalRows {
            let query = HistoryQuery.journal(before: before, limit: Self.journalPage, deployment: deployment.name)
            let content = await link.history(query).content
            guard case .journal(let page) = content else { return miss("journal rows", content) }
            let inside = page.filter { $0.entry.time >= from }
            journal += inside
            guard let last = page.last, inside.count == page.count, page.count == Self.journalPage else { return }
            before = last.sequence
        }
        isJournalCut = true
    }

    private mutating func miss(_ part: String, _ content: HistoryContent) {
        missing.append("\(part): \(Self.words(content) ?? "the engine answered something else")")
    }

    private static func words(_ content: HistoryContent) -> String? {
        if case .failed(let words) = content { words } else { nil }
    }
}
