import ArgumentParser
import Engine
import Learning
import Tabular

/// The verb `compare`.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Put two versions side by side.",
        discussion: """
            Both are scored anew on rows that neither has learnt: the newest labelled traffic that came when both were there, or the later \
            one's held-out rows. Better and worse are said only where the whole 95 % interval of the difference says it; where there are no \
            such rows nothing is subtracted. Metrics, calibration and slices below are those of each version's own hold-out, and those are not the \
            same rows. Importance is the share of a version's splits or weights; `flyball card` tells it on held-out rows.

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
            let paired = await paired(session)
            if json.isJSON { return try Output.json(ComparisonDocument(deployment: name, a, b, found, paired)) }
            var table = TextTable(["", a.name, b.name, "DIFFERENCE"], rightAligned: [3])
            for (label, left, right) in Self.facts(a, b) { table.add([label, left, right, ""]) }
            for section in [Self.section(paired), Self.metrics(a, b)] + found.sections {
                for line in [["", "", "", ""], [section.title, "", "", ""]] + section.rows { table.add(line) }
            }
            try table.print()
        }
    }

    /// Both on the same rows: scored aside by the engine, which is asked until it knows.
    private func paired(_ session: Session) async -> PairedComparison {
        let clock = ContinuousClock()
        let end = clock.now + Self.patience
        while true {
            switch await session.link.history(.pair(deployment: name, first: first.number, second: second.number)).content {
            case .pair(.some(let found)): return found
            case .failed(let reason): return PairedComparison(first: first.number, second: second.number, lack: reason)
            case .pair(nil) where clock.now < end: try? await Task.sleep(for: .milliseconds(50))
            default:
                let reason = "scoring both takes longer than \(Self.patience): ask again later"
                return PairedComparison(first: first.number, second: second.number, lack: reason)
            }
        }
    }

    /// How long the engine is asked.
    private static let patience = Duration.seconds(120)

    private static func section(_ paired: PairedComparison) -> ComparedFindings.Section {
        if let lack = paired.lack { return ("SAME ROWS: \(SafeText.escape(lack))", []) }
        let rows = paired.figures.map { figure in
            let range = "(\(FigureTexts.four(figure.lower)) to \(FigureTexts.four(figure.upper)))"
            let sign = figure.difference > 0 ? "+" : ""
            return [
                figure.name, FigureTexts.four(figure.first), FigureTexts.four(figure.second),
                figure.verdict == .same ? "the same" : "\(sign)\(FigureTexts.four(figure.difference)) \(range) \(figure.verdict.rawValue)",
            ]
        }
        return ("SAME ROWS: \(SafeText.escape(paired.source))", rows)
    }

    /// Of the hold-outs that they have each: nothing is subtracted.
    private static func metrics(_ a: VersionSummary, _ b: VersionSummary) -> ComparedFindings.Section {
        let names = a.metrics.map(\.name).filter { b.metric($0) != nil }
        return ("EACH ON ITS OWN HELD-OUT ROWS", names.map { [$0, text(a.metric($0)), text(b.metric($0)), ""] })
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
    /// A figure of each version on its own held-out rows, which are not the same ones.
    struct Figure: Encodable {
        var name: String
        var a: Double
        var b: Double
        var higherIsBetter: Bool
    }

    /// A figure of both on the same rows; the difference is b less a.
    struct Paired: Encodable {
        var name: String
        var a: Double
        var b: Double
        var difference: Double
        var lower: Double
        var upper: Double
        var higherIsBetter: Bool
        var verdict: PairedFigure.Verdict

        init(_ figure: PairedFigure) {
            name = figure.name
            (a, b) = (figure.first, figure.second)
            (difference, lower, upper) = (figure.difference, figure.lower, figure.upper)
            (higherIsBetter, verdict) = (figure.higherIsBetter, figure.verdict)
        }
    }

    /// Both on rows that neither has learnt.
    struct SameRows: Encodable {
        var rows: Int
        var source: String
        var figures: [Paired]
        /// Why nothing is compared.
        var lack: String?
    }

    var deployment: String
    var a: VersionDocument
    var b: VersionDocument
    var sameRows: SameRows
    var metrics: [Figure]
    var calibration: ComparedFindings.Pair<CalibrationReport>
    var slices: [ComparedFindings.Slice]
    var importance: [ComparedFindings.Share]

    init(deployment: String, _ a: VersionSummary, _ b: VersionSummary, _ found: ComparedFindings, _ paired: PairedComparison) {
        self.deployment = deployment
        self.a = VersionDocument(a)
        self.b = VersionDocument(b)
        sameRows = SameRows(
            rows: paired.rows, source: paired.source, figures: paired.figures.map(Paired.init), lack: paired.lack)
        metrics = a.metrics.compactMap { left in
            b.metric(left.name).map { Figure(name: left.name, a: left.value, b: $0.value, higherIsBetter: left.higherIsBetter) }
        }
        calibration = found.calibration
        slices = found.slices
        importance = found.importance
    }
}
