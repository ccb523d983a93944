import Engine
import Foundation
import Learning
import Monitoring
import Reports
import Store
import Synchronization
import Testing

@Suite("Reports") struct ReportTests {
    private static let now: Int64 = 1_700_000_000_000
    private static let day: Int64 = 86_400_000

    private static func row(_ sequence: Int64, _ time: Int64, _ summary: String, reason: String? = nil) -> JournalRow {
        JournalRow(
            sequence: sequence,
            entry: JournalEntry(
                time: time, actor: "oncall (uid 1001)", uid: 1_001, role: "operator", verb: "promote", deployment: "churn",
                summary: summary,
                reason: reason, details: "{}"),
            hash: String(repeating: "a", count: 64), previousHash: String(repeating: "0", count: 64))
    }

    private static func version(_ number: UInt32, _ state: VersionState, at time: Int64, served: [ServiceInterval] = []) -> VersionSummary {
        VersionSummary(
            number: number, state: state, algorithm: "trees", createdAt: time,
            metrics: [Metric(name: "AUC", value: 0.81, lower: 0.79, upper: 0.83, n: 2_000, higherIsBetter: true, interval: "DeLong 95 %")],
            blessed: true,
            gates: [GateResult(name: "golden inference", passed: true, detail: "")], dataHash: "d1", artefactHash: "a1",
            createdBy: "oncall",
            source: "import abc", settings: [:], seed: 7, trainRows: 8_000, holdoutRows: 2_000, fitSeconds: 1, importance: [],
            served: served)
    }

    private static var facts: ReportFacts {
        var status = DeploymentStatus(name: "churn")
        status.state = .live
        status.champion = 2
        var facts = ReportFacts(deployment: status, engine: EngineStatus(), from: now - day, until: now)
        facts.engine.workspace = "bench"
        facts.engine.version = "1"
        // An hour each; from the fifth to the ninth there was nothing.
        let points = (0..<24).filter { !(5...9).contains($0) }.map {
            SeriesPoint(time: now - day + Int64($0) * 3_600_000, mean: Double($0), low: 0, high: 30, n: 3_600)
        }
        facts.series = [.requests: points, .latencyP99: points, .latencyP50: points]
        facts.versions = [
            version(2, .champion, at: now - day / 2, served: [ServiceInterval(from: now - day / 3, until: nil)]),
            version(1, .lastKnownGood, at: now - 9 * day, served: [ServiceInterval(from: now - 9 * day, until: now - day / 3)]),
        ]
        facts.journal = [row(12, now - day / 3, "promoted v2", reason: "better on the newest rows")]
        facts.alerts = [
            Alert(
                id: 1, deployment: "churn", kind: .drift, severity: .warning, state: .resolved, title: "age drifted", reasons: [],
                raisedAt: now - day / 2, onset: now - day / 2, resolvedAt: now - day / 4, runbook: "")
        ]
        facts.verdict = JournalVerdict(rows: 12, firstBad: nil, problem: nil, guarantee: "no row was changed or left out", checkpoint: nil)
        return facts
    }

    @Test("a report says in sentences what happened, then shows it") func page() throws {
        let html = try ReportPage(Self.facts).html()
        // 0 to 23 a second for an hour each, without 5 to 9: (276 - 35) · 3,600 requests.
        for words in [
            "<h1>churn</h1>", "It answered about 867\u{202F}600 requests; none failed",
            "v2 answers since 2023-11-14 14:13 UTC; 2 versions answered in turn.",
            "One alert stood in this time, none still does.", "Time to answer", "promoted v2", "better on the newest rows",
            "AUC 0.81 (0.79 to 0.83)", "12 rows are whole", "oncall (uid 1001)", "age drifted",
        ] { #expect(html.contains(words), "«\(words)» is missing") }
        // The gap divides the lines.
        #expect(html.components(separatedBy: "<polyline").count - 1 == 2 * 3)
        #expect(!html.contains("Drift of the worst input"), "a chart without data is left out")
    }

    @Test("it needs nothing from elsewhere, and what comes from outside makes no markup") func hostile() throws {
        var facts = Self.facts
        facts.deployment.name = "<script>alert(1)</script>\u{202E}"
        facts.journal = [Self.row(1, Self.now - 5, "</td><img src=x onerror=y>", reason: "\"><b>")]
        facts.missing = ["{{name}} & <i>"]
        let html = try ReportPage(facts).html()
        for markup in ["<script", "<img", "<b>", "<i>", "\u{202E}", "http://", "https://", "src="] where markup != "src=" {
            #expect(!html.contains(markup), "\(markup) is in the page")
        }
        #expect(html.contains("&lt;script&gt;"))
        #expect(html.contains("{{name}} &amp; &lt;i&gt;"))
    }

    @Test("a broken chain, an unreadable part and a cut journal are said, not hidden") func honest() throws {
        var facts = Self.facts
        facts.verdict = JournalVerdict(rows: 9, firstBad: 4, problem: "its hash does not fit", guarantee: "", checkpoint: nil)
        facts.missing = ["alerts: the store does not answer"]
        facts.isJournalCut = true
        let html = try ReportPage(facts).html()
        #expect(html.contains("chain is broken at row 4: its hash does not fit"))
        #expect(html.contains("Not in this report: alerts: the store does not answer"))
        #expect(html.contains("older ones are left out"))
    }

    /// An engine with a journal of so many rows, a minute apart, the newest now.
    private final class ScriptedEngine: EngineLink {
        let rows: Int64
        let failing: Bool
        let asked = Mutex<[HistoryQuery]>([])

        init(rows: Int64, failing: Bool = false) { (self.rows, self.failing) = (rows, failing) }

        func perform(_: ActionRequest) async -> Result<Receipt, ActionFailure> { .failure(.unavailable("a report changes nothing")) }

        func history(_ query: HistoryQuery) async -> HistoryPage {
            asked.withLock { $0.append(query) }
            return HistoryPage(asOf: ReportTests.now, content: answer(query))
        }

        private func answer(_ query: HistoryQuery) -> HistoryContent {
            switch query {
            case .deployment("churn"): return .deployment(DeploymentStatus(name: "churn"))
            case .journal(let before, let limit, _):
                let newest = (before ?? rows + 1) - 1
                let page = stride(from: newest, through: max(1, newest - Int64(limit) + 1), by: -1)
                return .journal(page.map { ReportTests.row($0, ReportTests.now - (rows - $0) * 60_000, "row \($0)") })
            case .versions: return .versions([])
            case .series where !failing: return .series([])
            case .alerts: return .alerts([])
            case .engine: return .engine(EngineStatus())
            default: return .failed("not in this script")
            }
        }
    }

    @Test("the journal is read back to the beginning of the period and no further, and to a bound") func paging() async throws {
        let engine = ScriptedEngine(rows: 5_000)
        let facts = try await ReportFacts.gather("churn", span: 700 * 60_000, link: engine)
        #expect(facts.journal.map(\.sequence) == Array((4_300...5_000).reversed()))
        #expect(!facts.isJournalCut)
        #expect(facts.missing == ["the walk along the journal: not in this script"])
        let all = try await ReportFacts.gather("churn", span: ReportFacts.longest, link: engine)
        #expect(all.journal.count == 2_000 && all.isJournalCut)
        let failing = try await ReportFacts.gather("churn", span: 60_000, link: ScriptedEngine(rows: 3, failing: true))
        #expect(failing.missing.count == 1 + SeriesMetric.allCases.count)
        await #expect(throws: ReportFailure.self) { try await ReportFacts.gather("other", span: 60_000, link: engine) }
    }
}
