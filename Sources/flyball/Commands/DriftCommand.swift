import ArgumentParser
import Engine
import Monitoring
import Tabular

/// The verb `drift`.
struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift", abstract: "Show how far the live traffic of a deployment has moved from its training data.",
        discussion: """
            The figures are those of the last closed window: PSI with the value that chance alone would exceed at that number of rows. \
            `warn` and `drift` need both: significance, and an excess over chance of 0.02 and 0.1.

            flyball drift flight-delay
            flyball drift flight-delay --json
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @OptionGroup var json: JSONOption

    func run() async throws {
        let status = try await Session(link: Session.running(place), isRunning: true).deployment(name)
        if json.isJSON { return try Output.json(DriftDocument(status)) }
        guard let report = status.drift else {
            return Output.remark("not enough data: \(name): " + Self.fill(status))
        }
        var table = TextTable(
            ["FEATURE", "PSI", "EXCESS", "THRESHOLD", "P", "N", "MISSING", "IN TRAINING", "VERDICT"], rightAligned: [1, 2, 3, 4, 5, 6, 7])
        for feature in report.features.sorted(by: { $0.excess > $1.excess }) {
            table.add([
                feature.feature, FigureTexts.four(feature.psi), FigureTexts.four(feature.excess), FigureTexts.four(feature.threshold),
                FigureTexts.four(feature.pValue), "\(feature.n)", "\(FigureTexts.one(feature.missing * 100)) %",
                "\(FigureTexts.one(feature.referenceMissing * 100)) %", feature.state.rawValue,
            ])
        }
        try table.print()
        Output.remark(
            "window \(TimeText.rfc3339(report.windowStart)) to \(TimeText.rfc3339(report.windowEnd)), \(report.n) rows; "
                + Self.fill(status))
    }

    private static func fill(_ status: DeploymentStatus) -> String {
        guard let fill = status.windowFill else { return "no window is open: it has no champion, or no traffic yet" }
        let time = "\(DurationText.text(fill.milliseconds)) of \(DurationText.text(fill.millisecondsNeeded))"
        return "the open window has \(fill.rows) of \(fill.rowsNeeded) rows and \(time)"
    }
}

/// What `drift --json` prints.
struct DriftDocument: Encodable {
    struct ColumnEntry: Encodable {
        var name: String
        var kind: String?
        var psi: Double
        var excess: Double
        var threshold: Double
        var pValue: Double
        var degreesOfFreedom: Int
        var n: Int
        var missingReference: Double
        var missingCurrent: Double
        var missingVerdict: String
        var verdict: String
    }

    var deployment: String
    var rowsReference: Int
    var rowsCurrent: Int
    var windowStart: String?
    var windowEnd: String?
    var columns: [ColumnEntry]

    init(_ status: DeploymentStatus) {
        deployment = status.name
        rowsReference = status.drift?.features.first?.m ?? 0
        rowsCurrent = status.drift?.n ?? 0
        windowStart = status.drift.map { TimeText.rfc3339($0.windowStart) }
        windowEnd = status.drift.map { TimeText.rfc3339($0.windowEnd) }
        columns = (status.drift?.features ?? []).map { feature in
            ColumnEntry(
                name: feature.feature, kind: status.schema?.features.first { $0.name == feature.feature }?.kind.rawValue, psi: feature.psi,
                excess: feature.excess, threshold: feature.threshold, pValue: feature.pValue, degreesOfFreedom: feature.degreesOfFreedom,
                n: feature.n, missingReference: feature.referenceMissing, missingCurrent: feature.missing,
                missingVerdict: feature.missingState.rawValue, verdict: feature.state.rawValue)
        }
    }
}
