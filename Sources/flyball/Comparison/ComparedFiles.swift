import ArgumentParser
import Console
import Dispatch
import Engine
import Foundation
import Monitoring
import Tabular

/// Two files that `drift` compares, and how.
struct ComparedFiles: ParsableArguments {
    @Option(
        help: ArgumentHelp("What is compared with: any file that holds a table.", valueName: "file"), completion: .file())
    var reference: String?
    @Option(help: ArgumentHelp("What is compared.", valueName: "file"), completion: .file()) var current: String?
    @OptionGroup var dialect: DialectOptions
    @Option(
        help: ArgumentHelp(
            "Words that stand for no value, in any letter case; '' for none but blank cells. Left out: \(MissingWords.standard.words.joined(separator: ",")).",
            valueName: "a,b"))
    var missing: String?
    @Option(help: ArgumentHelp("Columns that hold names, even where they look like numbers.", valueName: "a,b")) var categorical: [String] =
        []
    @Option(help: ArgumentHelp("Columns that are not looked at.", valueName: "a,b")) var exclude: [String] = []
    @Option(help: ArgumentHelp("The false discovery rate over all columns.", valueName: "share")) var alpha = 0.05
    @Option(help: ArgumentHelp("The least PSI beyond chance that is drift; a fifth of it is a warning.", valueName: "psi")) var effect =
        Drift.driftExcess
    @Flag(help: "Leave the histograms out.") var table = false
    @Flag(help: "Draw with ASCII only; so it is where the locale has no UTF-8.") var ascii = false

    /// Whether any of it was asked for.
    var isGiven: Bool { reference != nil || current != nil }

    func validate() throws {
        guard isGiven else { return }
        guard reference != nil, current != nil else { throw ValidationError("two files are compared: give both --reference and --current") }
        guard alpha > 0, alpha < 1 else { throw ValidationError("--alpha is a share between 0 and 1") }
        guard effect >= 0, effect.isFinite else { throw ValidationError("--effect is a number from 0 on") }
    }

    /// Reads both files, compares them and says what was found.
    func compare(asJSON isJSON: Bool) async throws {
        let paths = (try dialect.reference([reference ?? ""]), try dialect.reference([current ?? ""]))
        let words = missing.map { MissingWords(Given.words($0)) } ?? .standard
        let (names, left) = (categorical, exclude)
        let rules = ComparisonRules(alpha: alpha, effect: effect)
        // Reading blocks: a queue of its own.
        let comparison = try await onQueue(DispatchQueue(label: "flyball.compare")) {
            Result { try Self.compared(paths.0, paths.1, words: words, categorical: names, excluded: left, rules) }
        }.get()
        if isJSON { return try Output.json(FileComparisonDocument(comparison)) }
        try ComparisonText(comparison, glyphs: ascii || !TerminalLocale.namesUTF8(ProcessInfo.processInfo.environment) ? .ascii : .blocks)
            .print(histograms: !table)
    }

    private static func compared(
        _ reference: String, _ current: String, words: MissingWords, categorical: [String], excluded: [String], _ rules: ComparisonRules
    ) throws -> FileComparison {
        var header = try CSVRecordReader(path: reference).header
        header += try CSVRecordReader(path: current).header.filter { [known = Set(header)] in !known.contains($0) }
        func columns(_ texts: [String]) throws -> Set<String> {
            let names = ColumnNames.given(texts, of: header)
            for name in names where !header.contains(name) {
                throw TabularFailure.missingColumn(
                    name: name, file: "\(DataReference.title(of: reference)), \(DataReference.title(of: current))",
                    nearest: Names.nearest(to: name, in: header))
            }
            return Set(names)
        }
        let reading = FileReadingRules(words: words, categorical: try columns(categorical))
        let pair = try FilePair.read(reference: reference, current: current, rules: reading, excluded: try columns(excluded))
        return FileComparison(pair, rules: rules)
    }
}
