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
            The figures are realized: of the newest 1,000 answers of the champion that have a label. Intervals know that neighbours depend on \
            each other (block bootstrap). Maturity is the share of the answers in that time that have their label by now. The alert is raised when the \
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
        guard let quality = status.quality else {
            return Output.remark(
                "not enough data: \(name): \(QualityWatch.minimum) answers of its champion with their label are needed, judged every \(QualityWatch.step)"
            )
        }
        var table = TextTable(["FIGURE", "REALIZED", "FROM", "TO", "AT PROMOTION", "INTERVAL"], rightAligned: [1, 2, 3, 4])
        let promoted = status.versions.first { $0.number == quality.version }?.metrics ?? []
        for metric in quality.realized {
            let before = promoted.first { $0.name == metric.name }
            table.add([
                metric.name, FigureTexts.four(metric.value), metric.lower.map { FigureTexts.four($0) } ?? "-",
                metric.upper.map { FigureTexts.four($0) } ?? "-", before.map { FigureTexts.four($0.value) } ?? "-", metric.interval ?? "-",
            ])
        }
        try table.print()
        Output.remark(Self.words(quality))
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
    /// Always `realized`: from labels.
    var kind = "realized"
    var labels: Int64
    var quality: QualityStatus?

    init(_ status: DeploymentStatus) {
        deployment = status.name
        light = status.health.quality
        labels = status.labels.accepted
        quality = status.quality
    }
}
