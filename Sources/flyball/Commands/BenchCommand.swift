import ArgumentParser
import Console
import Dispatch
import Engine
import Foundation
import Learning
import Monitoring
import Serving
import Tabular

/// The verb `bench`.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure this machine, each figure next to a named peer or floor of the same run.",
        discussion: """
            flyball bench
            flyball bench csv --data flights-2013.csv.gz --json
            """)

    @Argument(
        help: ArgumentHelp("What to measure: \(BenchSuite.all.map(\.name).joined(separator: ", ")); all when left out.", valueName: "suite")
    )
    var suites: [String] = []
    @Option(
        help: ArgumentHelp(
            "A file to measure csv with; for linear and predict the flights, for drift the flights or the market.", valueName: "file"),
        completion: .file())
    var data: String?
    @OptionGroup var json: JSONOption

    func run() async throws {
        let chosen = try suites.isEmpty ? BenchSuite.all : suites.map { try Self.suite($0) }
        let path = try data.map { text throws(CommandFailure) in try Given.readableFile(text) }
        var documents: [Document] = []
        for suite in chosen {
            if !json.isJSON { Output.remark("measuring \(suite.name) …") }
            for figure in try await suite.run(path) { documents.append(Document(suite: suite.name, figure)) }
        }
        if json.isJSON { return try Output.json(documents) }
        var table = TextTable(["SUITE", "FIGURE", "VALUE", "UNIT", "RATIO", "AGAINST"], rightAligned: [2, 4])
        for entry in documents {
            table.add([
                entry.suite, entry.name, FigureTexts.significant(entry.value), entry.unit,
                entry.ratio.map { FigureTexts.significant($0) } ?? "-", entry.against,
            ])
        }
        try table.print()
    }

    private static func suite(_ name: String) throws(CommandFailure) -> BenchSuite {
        if let suite = BenchSuite.all.first(where: { $0.name == name }) { return suite }
        let names = BenchSuite.all.map(\.name)
        let hint = Names.nearest(to: name, in: names).map { "did you mean \($0)?" } ?? "there are \(names.joined(separator: ", "))"
        throw .usage("no such suite: \(SafeText.escape(name)): \(hint)")
    }

    /// A figure as `bench --json` prints it.
    private struct Document: Encodable {
        var suite: String
        var name: String
        var value: Double
        var unit: String
        var against: String
        var ratio: Double?

        init(suite: String, _ figure: BenchmarkFigure) {
            self.suite = suite
            name = figure.name
            value = figure.value
            unit = figure.unit
            against = figure.against
            ratio = figure.ratio
        }
    }
}

/// A group of figures that are measured together.
struct BenchSuite: Sendable {
    /// The name on the command line.
    var name: String
    /// Measures; the path is the operator's own file, if one was given.
    var run: @Sendable (_ path: String?) async throws -> [BenchmarkFigure]

    /// The rows of a flights file, to be told late from on time.
    private static func flights(_ path: String) throws -> LabelledRows {
        let options = ImportOptions(
            target: "late", positive: "yes", timeColumn: "time", zone: "America/New_York", excluded: ["dep_delay"])
        return try CSVImport.read(path: path, options: options).rows
    }

    /// False alarms and power of the drift verdicts: on made-up streams, or on the flights or the electricity market where a file is given.
    private static func drift(_ path: String?) throws -> [BenchmarkFigure] {
        guard let path else { return DriftBenchmark.streams() }
        let market = ImportOptions(target: "class", positive: "up")
        if let rows = try? CSVImport.read(path: path, options: market).rows { return DriftBenchmark.electricity(rows) }
        return DriftBenchmark.flights(try flights(path))
    }

    /// All that there are.
    static let all: [BenchSuite] = [
        BenchSuite(name: "csv") { path in
            await onQueue(DispatchQueue(label: "flyball.bench")) { CSVBenchmark.run(path: path) }
        },
        BenchSuite(name: "serving") { _ in await ServingBenchmark.run() },
        BenchSuite(name: "shadow") { _ in await ShadowBenchmark.run() },
        BenchSuite(name: "trees") { _ in
            await onQueue(DispatchQueue(label: "flyball.bench")) { LearningBenchmark.trees(threads: 2) }
        },
        BenchSuite(name: "linear") { path in
            try await onQueue(DispatchQueue(label: "flyball.bench")) {
                Result { LearningBenchmark.linear(try path.map(flights), threads: 2) }
            }.get()
        },
        BenchSuite(name: "predict") { path in
            try await onQueue(DispatchQueue(label: "flyball.bench")) { Result { try PredictBenchmark.run(path: path) } }.get()
        },
        BenchSuite(name: "online") { path in
            await onQueue(DispatchQueue(label: "flyball.bench")) {
                // The electricity market's file, or rows that are made up.
                let options = ImportOptions(target: "class", positive: "up")
                let rows = path.flatMap { try? CSVImport.read(path: $0, options: options).rows }
                return rows.map { LearningBenchmark.prequential($0) } ?? LearningBenchmark.online()
            }
        },
        BenchSuite(name: "drift") { path in
            try await onQueue(DispatchQueue(label: "flyball.bench")) { Result { try drift(path) } }.get()
        },
        BenchSuite(name: "backup") { _ in try await BackupBenchmark.run() },
        BenchSuite(name: "isolation") { _ in try await IsolationBenchmark.run() },
        BenchSuite(name: "overload") { _ in try await OverloadBenchmark.run() },
        BenchSuite(name: "gates") { _ in
            try await onQueue(DispatchQueue(label: "flyball.bench")) { Result { try GateBenchmark.run() } }.get()
        },
        BenchSuite(name: "console") { _ in await onQueue(DispatchQueue(label: "flyball.bench")) { ConsoleBenchmark.run() } },
    ]
}
