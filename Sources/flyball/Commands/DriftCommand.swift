import ArgumentParser
import Engine
import Monitoring
import Tabular

/// The verb `drift`.
struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Show how far the live traffic of a deployment has moved from its training data, or one file from another.",
        discussion: """
            The figures are those of the last closed window. USUAL is the greatest PSI that healthy windows of its length have, learnt from how \
            much the stretches of the training differ. Two verdicts: unlike training, and changing now (against the 16 windows before). \
            Both need significance, and an excess over what is expected of 0.02 to warn and of 0.1 for drift. Columns that run with the \
            calendar are shown and never alarmed. A version of an earlier release has no such table, and is judged as if rows were independent.

            With --reference and --current two files of any size are compared, without a workspace: every statistic of each column, cells that do not \
            fit, texts that are new, columns that are stuck, rows that repeat. Rows of files are taken for independent; a column is called drifted \
            when it is significant under one false discovery rate (--alpha) and its PSI exceeds what chance gives by --effect.

            flyball drift flight-delay
            flyball drift flight-delay --json
            flyball drift --reference january.csv --current july.csv.gz
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment; left out for two files.") var name: String?
    @OptionGroup var files: ComparedFiles
    @OptionGroup var json: JSONOption

    func validate() throws {
        if name != nil, files.isGiven { throw ValidationError("name a deployment, or two files with --reference and --current") }
        if name == nil, !files.isGiven { throw ValidationError("name a deployment, or two files with --reference and --current") }
    }

    func run() async throws {
        guard let name else { return try await files.compare(asJSON: json.isJSON) }
        let status = try await Session(link: Session.running(place), isRunning: true).deployment(name)
        if json.isJSON { return try Output.json(DriftDocument(status)) }
        guard let report = status.drift else {
            return Output.remark("not enough data: \(name): " + Self.fill(status))
        }
        var table = TextTable(
            ["FEATURE", "PSI", "EXCESS", "USUAL", "P", "N", "MISSING", "IN TRAINING", "VERDICT"], rightAligned: [1, 2, 3, 4, 5, 6, 7])
        for feature in report.inOrder {
            table.add([
                feature.feature, FigureTexts.four(feature.psi), FigureTexts.four(feature.excess), FigureTexts.four(feature.threshold),
                FigureTexts.four(feature.pValue), "\(feature.n)", "\(FigureTexts.one(feature.missing * 100)) %",
                "\(FigureTexts.one(feature.referenceMissing * 100)) %",
                ([feature.words(in: report)] + [feature.changingWords].compactMap(\.self)).joined(separator: "; "),
            ])
        }
        try table.print()
        for long in report.long ?? [] { Output.remark(long.words) }
        if !report.hasTable {
            Output.remark(
                "v\(status.champion ?? 0) has no table of healthy stretches: judged as if rows were independent; train a new version")
        }
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
        var words: String
        /// Both verdicts in full; absent for a version without a table of healthy stretches.
        var details: ColumnVerdict?
        var calendar: String?
        var changing: String?
    }

    var deployment: String
    var rowsReference: Int
    var rowsCurrent: Int
    var windowStart: String?
    var windowEnd: String?
    var alpha: Double?
    /// Whether windows are judged by how much healthy stretches of the training differ; false: as if rows were independent.
    var judgedByStretches: Bool
    var clean: Bool?
    var long: [LongVerdict]
    var learningFromTraffic: OrderProgress?
    var columns: [ColumnEntry]

    init(_ status: DeploymentStatus) {
        deployment = status.name
        rowsReference = status.drift?.features.first?.m ?? 0
        rowsCurrent = status.drift?.n ?? 0
        windowStart = status.drift.map { TimeText.rfc3339($0.windowStart) }
        windowEnd = status.drift.map { TimeText.rfc3339($0.windowEnd) }
        alpha = status.drift?.alpha
        judgedByStretches = status.drift?.hasTable ?? false
        clean = status.drift?.isClean
        long = status.drift?.long ?? []
        learningFromTraffic = status.drift?.learning
        columns = (status.drift?.features ?? []).map { feature in
            ColumnEntry(
                name: feature.feature, kind: status.schema?.features.first { $0.name == feature.feature }?.kind.rawValue, psi: feature.psi,
                excess: feature.excess, threshold: feature.threshold, pValue: feature.pValue, degreesOfFreedom: feature.degreesOfFreedom,
                n: feature.n, missingReference: feature.referenceMissing, missingCurrent: feature.missing,
                missingVerdict: feature.missingState.rawValue, verdict: feature.state.rawValue,
                words: status.drift.map { feature.words(in: $0) } ?? "", details: feature.verdict, calendar: feature.calendar,
                changing: feature.verdict?.changing?.state.rawValue)
        }
    }
}
