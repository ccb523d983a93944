import ArgumentParser
import Engine
import Learning
import Monitoring
import Tabular

/// The verb `quality`.
struct QualityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quality", abstract: "Show how good a deployment's answers were, where their truth has come.",
        discussion: """
            Three kinds. REALIZED: of the newest 1,000 answers of the champion that have a label; intervals know that neighbours depend on \
            each other (block bootstrap). ESTIMATED: what the probabilities of its newest 4,000 answers promise, labels or not; to be believed \
            where scores are calibrated, which is said, and blind to a changed relation between inputs and truth. BOTH: those promises corrected by \
            the labels that have come; valid whatever the promises are worth, where labels come at random. Maturity is the share of the answers in that time that have their label by now. The alert is raised when the \
            primary figure is below its value at promotion by more than the margin (on_quality_drop of the policy, else 0.02), significantly.

            flyball quality flight-delay
            flyball quality flight-delay --json
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @OptionGroup var json: JSONOption

    func run() async throws {
        let status = try await Session(link: Session.running(place), isRunning: true).deployment(name)
        if json.isJSON { return try Output.json(QualityDocument(status)) }
        guard status.quality != nil || status.qualityEstimate != nil else {
            return Output.remark(
                "not enough data: \(name): \(QualityWatch.minimum) answers of its champion with their label are needed, judged every \(QualityWatch.step)"
            )
        }
        try QualityTable(status).table.print()
        if let quality = status.quality { Output.remark("realized: " + Self.words(quality)) }
        if let estimate = status.qualityEstimate { Output.remark("estimated: " + Self.words(estimate)) }
    }

    private static func words(_ estimate: QualityEstimate) -> String {
        let both = estimate.both.isEmpty ? "" : "; both: with the newest \(Figures.grouped(estimate.labels)) labels"
        return
            "v\(estimate.version), \(Figures.grouped(estimate.n)) answers from \(TimeText.rfc3339(estimate.from)) to \(TimeText.rfc3339(estimate.until)), \(estimate.calibration)\(both)"
    }

    private static func words(_ quality: QualityStatus) -> String {
        let maturity = quality.maturity.map { ", \(FigureTexts.one($0 * 100)) % of the answers of that time" } ?? ""
        let alert = quality.since.map { "; below the margin since \(TimeText.rfc3339($0))" } ?? ""
        return
            "v\(quality.version), \(quality.n) answers from \(TimeText.rfc3339(quality.from)) to \(TimeText.rfc3339(quality.until)) with their label\(maturity); "
            + "labels come after \(DurationText.text(quality.labelDelayMilliseconds))\(alert)"
    }
}

/// What `quality --json` prints.
struct QualityDocument: Encodable {
    var deployment: String
    /// `ok`, `warn`, `alert`, `unknown`.
    var light: Light
    /// What `quality` is: from labels.
    ///
    /// The kind of each figure is in `figures`.
    var kind = "realized"
    /// All figures: `realized`, `estimated`, `both`.
    var figures: [MarkedFigure]
    var labels: Int64
    var quality: QualityStatus?
    var estimate: QualityEstimate?

    init(_ status: DeploymentStatus) {
        deployment = status.name
        light = status.health.quality
        labels = status.labels.accepted
        quality = status.quality
        estimate = status.qualityEstimate
        figures = MarkedFigure.all(of: status)
    }
}

/// A figure with where it is from.
struct MarkedFigure: Encodable {
    enum Kind: String, Encodable { case realized, estimated, both }

    var name: String
    var kind: Kind
    var value: Double
    var lower: Double?
    var upper: Double?

    /// Every figure of a deployment's answers.
    static func all(of status: DeploymentStatus) -> [MarkedFigure] {
        func marked(_ figures: [QualityFigure], _ kind: Kind) -> [MarkedFigure] {
            figures.map { MarkedFigure(name: $0.name, kind: kind, value: $0.value, lower: $0.lower, upper: $0.upper) }
        }
        let realized = (status.quality?.realized ?? []).map {
            MarkedFigure(name: $0.name, kind: .realized, value: $0.value, lower: $0.lower, upper: $0.upper)
        }
        return realized + marked(status.qualityEstimate?.estimated ?? [], .estimated) + marked(status.qualityEstimate?.both ?? [], .both)
    }
}

/// Figures side by side: a line a name, a column a kind.
struct QualityTable {
    let table: TextTable

    init(_ status: DeploymentStatus) {
        var table = TextTable(
            ["FIGURE", "REALIZED", "INTERVAL", "ESTIMATED", "INTERVAL", "BOTH", "INTERVAL", "AT PROMOTION"], rightAligned: [1, 3, 5, 7])
        let figures = MarkedFigure.all(of: status)
        let promoted = status.versions.first { $0.number == (status.quality?.version ?? status.qualityEstimate?.version) }?.metrics ?? []
        var names: [String] = []
        for figure in figures where !names.contains(figure.name) { names.append(figure.name) }
        for name in names {
            func cells(_ kind: MarkedFigure.Kind) -> [String] {
                guard let figure = figures.first(where: { $0.name == name && $0.kind == kind }) else { return ["-", ""] }
                let ends = [figure.lower, figure.upper].compactMap(\.self).map { FigureTexts.four($0) }
                return [FigureTexts.four(figure.value), ends.count == 2 ? ends.joined(separator: " to ") : ""]
            }
            let before = promoted.first { $0.name == name }.map { FigureTexts.four($0.value) } ?? "-"
            table.add([name] + cells(.realized) + cells(.estimated) + cells(.both) + [before])
        }
        self.table = table
    }
}
