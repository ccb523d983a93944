import ArgumentParser
import Console
import Dispatch
import Engine
import Foundation
import Tabular

/// The verb `describe`.
struct DescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show what would be understood of a file, and what its columns hold.",
        discussion: """
            Every column with its kind, its cells without a value, the cells that do not fit and the first of them, and whether an import would \
            leave it out and why; below, each column's values with a histogram. Nothing is deployed, and no workspace is needed. What to predict \
            is not known yet: the target is a column like the others. A file may be of any size.

            flyball describe customers.csv
            flyball describe 'day-*.parquet' --time at --json
            flyball describe sqlite:shop.db?orders
            zcat export.gz | flyball describe - --separator ';' --decimal ,
            """)

    @Argument(help: ArgumentHelp(DataHelp.text("The data"), valueName: "file"), completion: .file()) var files: [String]
    @OptionGroup var dialect: DialectOptions
    @Option(help: ArgumentHelp("The column that orders the rows.", valueName: "column")) var time: String?
    @Option(
        help: ArgumentHelp(
            "Words that stand for no value, in any letter case; '' for none but blank cells. Left out: \(MissingWords.standard.words.joined(separator: ",")).",
            valueName: "a,b"))
    var missing: String?
    @Option(help: ArgumentHelp("Columns that hold names, even where they look like numbers.", valueName: "a,b")) var categorical: [String] =
        []
    @Flag(help: "Leave the columns' values out.") var table = false
    @Flag(help: "Draw with ASCII only; so it is where the locale has no UTF-8.") var ascii = false
    @OptionGroup var json: JSONOption

    func run() async throws {
        let path = try dialect.reference(files)
        let words = missing.map { MissingWords(Given.words($0)) } ?? .standard
        let (names, order) = (categorical, time)
        // Reading blocks: a queue of its own.
        let description = try await onQueue(DispatchQueue(label: "flyball.describe")) {
            Result { try Self.described(path, words: words, categorical: names, time: order) }
        }.get()
        if json.isJSON { return try Output.json(description) }
        let isPlain = ascii || !TerminalLocale.namesUTF8(ProcessInfo.processInfo.environment)
        try DescriptionText(description, glyphs: isPlain ? .ascii : .blocks).print(values: !table)
    }

    private static func described(
        _ path: String, words: MissingWords, categorical: [String], time: String?
    ) throws -> TableDescription {
        let names = categorical.isEmpty ? [] : ColumnNames.given(categorical, of: try CSVRecordReader(path: path).header)
        return try TableDescription.read(path: path, words: words, categorical: Set(names), time: time)
    }
}
