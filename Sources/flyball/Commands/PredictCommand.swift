import ArgumentParser
import Dispatch
import Engine
import Foundation
import Learning
import Tabular

/// The verb `predict`.
struct PredictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Score a file: its columns come out with score and label added.",
        discussion: """
            Runs in this process on all cores and in constant memory, beside the live traffic: nothing is logged and no monitor sees it. \
            `score` is the probability of the positive class, or the predicted number; `label` is that class from the version's threshold on \
            (`flyball threshold`). With several classes it is the probability of the likeliest \
            one, which `label` names, and a column `score CLASS` for each class follows; --explain is then about the class in `label`. Of a version \
            trained with `--set interval=0.9`, `lower` and `upper` follow the number: 90 % of truths are expected between them.

            flyball predict flight-delay --data tomorrow.csv > scored.csv
            flyball predict flight-delay --data tomorrow.csv.gz --version v2 --output scored.csv
            flyball predict flight-delay --data tomorrow.csv --explain > why.csv
            flyball predict credit --data clients.csv --score-column risk > scored.csv
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Option(help: ArgumentHelp(DataHelp.text("The rows"), valueName: "file"), completion: .file()) var data: [String]
    @OptionGroup var dialect: DialectOptions
    @Option(
        help: ArgumentHelp("Where the result goes; it must not exist. Standard output when left out.", valueName: "file"),
        completion: .file())
    var output: String?
    @Option(help: ArgumentHelp("The version; the champion when left out.", valueName: "version")) var version: VersionArgument?
    @Flag(help: "Add the raw score's base and what each column adds to it (log-odds; the target's units for numbers).") var explain = false
    @Option(help: ArgumentHelp("The name of the score's column, where the file has one of that name.", valueName: "column"))
    var scoreColumn = AddedColumns.standard.score
    @Option(help: ArgumentHelp("The name of the class's column, likewise.", valueName: "column"))
    var labelColumn = AddedColumns.standard.label
    @Option(help: ArgumentHelp("The name of the column of --explain's base, likewise.", valueName: "column"))
    var baseColumn = AddedColumns.standard.base
    @OptionGroup var json: JSONOption

    func validate() throws {
        for (option, name) in [("--score-column", scoreColumn), ("--label-column", labelColumn), ("--base-column", baseColumn)]
        where name.isEmpty || name.contains(where: \.isNewline) { throw ValidationError("\(option) is a name on one line") }
        guard Set([scoreColumn, labelColumn, baseColumn]).count == 3 else {
            throw ValidationError("--score-column, --label-column and --base-column are three names")
        }
        if json.isJSON, output == nil { throw ValidationError("--json prints a summary: give the rows a file with --output") }
    }

    func run() async throws {
        let path = try dialect.reference(data)
        let (number, artefact, threshold) = try await Session.with(place, .reading) { session in
            let model = try await session.ask(.model(deployment: name, version: version?.number), \.asModel)
            return (model.version, Array(model.artefact), try await session.version(model.version, of: name).decidesFrom)
        }
        let (target, explains) = (output, explain)
        let columns = AddedColumns(score: scoreColumn, label: labelColumn, base: baseColumn)
        // Reading, scoring and writing block: a queue of their own.
        let rows = try await onQueue(DispatchQueue(label: "flyball.predict")) {
            Result { try Self.score(artefact, path: path, output: target, explains: explains, columns: columns, threshold: threshold) }
        }.get()
        if json.isJSON { return try Output.json(Summary(deployment: name, version: "v\(number)", rows: rows, output: output)) }
        Output.remark("\(rows) rows scored by \(SafeText.escape(name)) v\(number)")
    }

    private struct Summary: Encodable {
        var deployment: String
        var version: String
        var rows: Int
        var output: String?
    }

    private static func score(
        _ artefact: [UInt8], path: String, output: String?, explains: Bool, columns: AddedColumns, threshold: Double
    ) throws -> Int {
        let scoring = try BatchScoring(
            model: try Model.decode(artefact), path: path, explains: explains, columns: columns, threshold: threshold)
        guard let output else { return try scoring.run { try Output.write($0, to: STDOUT_FILENO) } }
        let file = try NewFile(output)
        let rows = try scoring.run { try file.write($0) }
        try file.finish()
        return rows
    }
}
