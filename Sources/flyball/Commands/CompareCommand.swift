import ArgumentParser
import Engine
import Learning
import Tabular

/// The verb `compare`.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Put two versions side by side.",
        discussion: """
            Metrics, calibration and slices are those of each version's own hold-out; the gate `against the champion` judges both on the same \
            rows. Importance is the share of a version's splits or weights; `flyball card` tells it on held-out rows.

            flyball compare flight-delay v1 v2
            flyball compare flight-delay v1 v2 --json
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The first version.") var first: VersionArgument
    @Argument(help: "The second version.") var second: VersionArgument
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .reading) { session in
            let a = try await session.version(first.number, of: name)
            let b = try await session.version(second.number, of: name)
            let found = ComparedFindings(
                a, b, reports: (await report(of: a, session), await report(of: b, session)))
            if json.isJSON { return try Output.json(ComparisonDocument(deployment: name, a, b, found)) }
            var table = TextTable(["", a.name, b.name, "DIFFERENCE"], rightAligned: [3])
            for (label, left, right) in Self.facts(a, b) { table.add([label, left, right, ""]) }
            for metric in ComparisonDocument.metrics(a, b) {
                table.add([metric.name, Self.text(a.metric(metric.name)), Self.text(b.metric(metric.name)), metric.text])
            }
            for section in found.sections {
                for line in [["", "", "", ""], [section.title, "", "", ""]] + section.rows { table.add(line) }
            }
            try table.print()
        }
    }

    /// What its training found; nil for a version of an earlier release.
    private func report(of version: VersionSummary, _ session: Session) async -> VersionReport? {
        let content = await session.link.history(.report(deployment: name, version: version.number)).content
        guard case .report(let report) = content else { return nil }
        return report
    }

    private static func facts(_ a: VersionSummary, _ b: VersionSummary) -> [(String, String, String)] {
        func settings(_ version: VersionSummary) -> String {
            version.settings.sorted { $0.key < $1.key }.filter { a.settings[$0.key] != b.settings[$0.key] }.map { "\($0.key)=\($0.value)" }
                .joined(separator: " ")
        }
        return [
            ("state", a.state.rawValue, b.state.rawValue), ("algorithm", a.algorithm, b.algorithm),
            ("settings that differ", settings(a), settings(b)),
            ("learnt from", a.source, b.source), ("rows", "\(a.trainRows)", "\(b.trainRows)"),
            ("gates", gates(a), gates(b)), ("created", TimeText.rfc3339(a.createdAt), TimeText.rfc3339(b.createdAt)),
        ]
    }

    private static func gates(_ version: VersionSummary) -> String {
        let gates = version.gates
        let telling = gates.first(where: \.refuses) ?? gates.first(where: \.undecided) ?? gates.first(where: \.warning)
        return version.gatesText + (telling.map { ": \($0.detail)" } ?? "")
    }

    static func text(_ metric: Metric?) -> String {
        guard let metric else { return "-" }
        guard let lower = metric.lower, let upper = metric.upper else { return FigureTexts.four(metric.value) }
        return "\(FigureTexts.four(metric.value)) (\(FigureTexts.four(lower)) to \(FigureTexts.four(upper)))"
    }
}

/// What `compare --json` prints.
struct ComparisonDocument: Encodable {
    struct Figure: Encodable {
        var name: String
        var a: Double
        var b: Double
        var difference: Double
        var higherIsBetter: Bool

        var text: String {
            let better = difference == 0 ? "" : (difference > 0) == higherIsBetter ? " better" : " worse"
            return (difference > 0 ? "+" : "") + FigureTexts.four(difference) + better
        }
    }

    var deployment: String
    var a: VersionDocument
    var b: VersionDocument
    var metrics: [Figure]
    var calibration: ComparedFindings.Pair<CalibrationReport>
    var slices: [ComparedFindings.Slice]
    var importance: [ComparedFindings.Share]

    init(deployment: String, _ a: VersionSummary, _ b: VersionSummary, _ found: ComparedFindings) {
        self.deployment = deployment
        self.a = VersionDocument(a)
        self.b = VersionDocument(b)
        metrics = Self.metrics(a, b)
        calibration = found.calibration
        slices = found.slices
        importance = found.importance
    }

    static func metrics(_ a: VersionSummary, _ b: VersionSummary) -> [Figure] {
        a.metrics.compactMap { left in
            b.metric(left.name).map {
                Figure(name: left.name, a: left.value, b: $0.value, difference: $0.value - left.value, higherIsBetter: left.higherIsBetter)
            }
        }
    }
}
