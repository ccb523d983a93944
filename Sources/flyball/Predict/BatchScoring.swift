import Foundation
import Learning
import Tabular

/// The names of the columns that batch scoring adds.
struct AddedColumns: Sendable {
    static let standard = AddedColumns(score: "score", label: "label", base: "base")

    /// The ends of an answer's interval.
    static let bounds = ["lower", "upper"]

    /// The score; before the name of a class, the column of its probability.
    var score: String
    var label: String
    /// The base of an explanation.
    var base: String

    /// In their order, for a model.
    func names(_ schema: Schema, explains: Bool, hasInterval: Bool = false) -> [String] {
        var names = schema.target.task == .regression ? [score] : [score, label]
        if hasInterval { names += Self.bounds }
        if schema.target.task == .multiclass { names += schema.target.classes.map { "\(score) \($0)" } }
        if explains { names += [base] + schema.features.map { "why \($0.name)" } }
        return names
    }

    /// What to do about a file that has a column of one of the names.
    func remedy(_ name: String) -> String {
        switch name {
        case label: "give the added column another name with --label-column"
        case base: "give the added column another name with --base-column"
        case _ where Self.bounds.contains(name): "rename it, since the version's intervals add a column of that name"
        case _ where name.hasPrefix("why "): "rename it, since --explain adds a column of that name"
        default: "give the added columns another name with --score-column"
        }
    }
}

/// Scores a file in constant memory on all cores: the input's columns come out as they went in, with `score`, for classes `label`, and for
/// several classes the score of each added.
struct BatchScoring {
    /// Each thread holds a block and its answers: about two megabytes, and up to twelve where a record is as long as may be.
    private static let mostThreads = 16

    private let predictor: any Predictor
    /// Says what each feature adds to the raw score; nil when nobody asked.
    private let explainer: ModelExplainer?
    private let schema: Schema
    /// From which score on a row is called positive, of two classes.
    private let threshold: Double
    private let interval: PredictionInterval?
    /// Names of the columns behind the file's own.
    private let added: [String]
    private let blocks: CSVBlocks
    /// Each thread reads with a copy.
    private let cells: RowCells

    /// Opens the file and finds the model's inputs among its columns.
    ///
    /// - Throws: `LearningFailure` for a model that cannot be explained, `TabularFailure` for a file that has not what the model wants.
    init(
        model: Model, path: String, explains: Bool = false, columns: AddedColumns = .standard,
        threshold: Double = DecisionThreshold.standard
    ) throws {
        self.threshold = threshold
        let categories = Categories()
        schema = model.schema
        interval = schema.target.task == .regression ? model.interval : nil
        predictor = model.predictor(categories: categories)
        explainer = explains ? try model.explainer(categories: categories) : nil
        blocks = try CSVBlocks(path: path)
        let file = DataReference.title(of: path)
        added = columns.names(schema, explains: explains, hasInterval: interval != nil)
        let taken = Set(blocks.header)
        for name in added where taken.contains(name) {
            throw CommandFailure(
                "the file has a column '\(SafeText.escape(name))' already: \(SafeText.escape(file)): \(columns.remedy(name))")
        }
        // Binding the model has put all its texts into the dictionary: what is not in there now, the model has never seen.
        cells = try RowCells(schema: schema, header: blocks.header, file: file, categories: categories)
    }

    /// Reads to the end; hands out CSV in whole lines and in the file's order, header first, one call at a time but on any thread.
    ///
    /// Once only. Returns the number of rows. Blocks the caller, which helps.
    ///
    /// - Throws: the failure that comes first in the file, after the answers to all rows before it are handed out; or what `write` throws.
    func run(_ write: @escaping ([UInt8]) throws -> Void) throws -> Int {
        try write(header)
        let threads = min(ProcessInfo.processInfo.activeProcessorCount, Self.mostThreads)
        let workers = (0..<threads).map { _ in
            BlockScoring(
                of: blocks, cells: cells, schema: schema, predictor: predictor, interval: interval, explainer: explainer,
                threshold: threshold)
        }
        return try ScoringLine(blocks, workers: workers, writer: write).run()
    }

    private var header: [UInt8] { Array((blocks.header + added).map(CSVText.bytes).joined(separator: [0x2C])) + [0x0A] }
}
