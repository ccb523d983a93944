public import Tabular

/// An algorithm that learns.
///
/// One file each, found by `AlgorithmRegistry`; the command line, the screen and the checks all read it there.
public protocol Estimator: Sendable {
    /// Its name, as people write it.
    static var name: String { get }
    /// What it is, in a sentence.
    static var summary: String { get }
    /// What it can predict.
    static var tasks: [PredictionTask] { get }
    /// Its settings.
    static var parameters: [ParameterSpec] { get }
    /// What it learns, to be read back from an artefact.
    static var fitted: any FittedAlgorithm.Type { get }
    /// What it makes of columns that say how much a row counts; a training on rows with another such column is refused.
    static var roles: Set<FeatureRole> { get }
    /// Takes settings; one that is unknown or out of range is an error. What is not given takes its default.
    init(settings: [String: String]) throws(LearningFailure)
    /// Learns. The same rows, settings and seed give the same result, bit for bit, however loaded the machine is.
    ///
    /// NaN and infinities in features count as missing. `validation` is only watched: it changes the reported loss, never the result, so that
    /// a version can be judged on it.
    func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm
    /// Bytes that `fit` takes beside the rows themselves, about.
    func memoryNeeded(rows: Int, schema: Schema) -> Int
}

extension Estimator {
    /// Weights.
    public static var roles: Set<FeatureRole> { [.weight] }
    /// A copy of the rows.
    public func memoryNeeded(rows: Int, schema: Schema) -> Int { MemoryEstimate.cells(rows, schema.width, bytes: 8) }
}

/// What an algorithm has learnt.
public protocol FittedAlgorithm: Sendable {
    /// The algorithm's name.
    static var name: String { get }
    /// Writes what was learnt.
    func encode(into writer: inout ArtefactWriter)
    /// Reads it back; bytes that cannot be it are an error, never a trap.
    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure)
    /// Binds category texts to a dictionary's codes, adding those that it lacks.
    func predictor(schema: Schema, categories: Categories) -> any Predictor
    /// How much each feature matters; any scale, one value a feature.
    func importance(schema: Schema) -> [Double]
    /// Remarks of the training.
    var notes: [String] { get }
    /// What splits raw scores exactly into what each feature adds; nil where only sampling can. Binds categories as `predictor` does.
    func explainer(schema: Schema, categories: Categories) -> (any Explainer)?
}

extension FittedAlgorithm {
    /// Nothing exact: scores are explained by sampling.
    public func explainer(schema: Schema, categories: Categories) -> (any Explainer)? { nil }
}

/// What a setting may be.
public struct ParameterSpec: Sendable, Equatable {
    /// The values that it takes.
    public enum Kind: Sendable, Equatable {
        /// Whole numbers.
        case integer(ClosedRange<Int>)
        /// Real numbers.
        case real(ClosedRange<Double>)
        /// One of some words.
        case choice([String])
        /// Numeric columns with the way that answers go with them, such as `distance=+,age=-`, or `none`.
        case directions
        /// Groups of columns, such as `age,income;region,shop`, or `none`.
        case groups
        /// `none`, `balanced`, or weights of classes, such as `yes=3,no=1`.
        case weights
        /// Any text up to so many bytes.
        case text(Int)
    }

    /// Its name.
    public var name: String
    /// What it does.
    public var summary: String
    /// What it may be.
    public var kind: Kind
    /// Its default, as text.
    public var defaultText: String
    /// Where a search looks for it; nil: a search leaves it as it is.
    public var search: SearchRange?

    /// Makes a description.
    public init(name: String, summary: String, kind: Kind, defaultText: String, search: SearchRange? = nil) {
        self.search = search
        self.name = name
        self.summary = summary
        self.kind = kind
        self.defaultText = defaultText
    }

    /// The allowed values in words.
    public var allowed: String {
        switch kind {
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .real(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .directions: "none, or columns with a sign, such as distance=+,age=-"
        case .groups: "none, or groups of columns, such as age,income;region,shop"
        case .weights: "none, balanced, or weights of classes, such as yes=3,no=1"
        case .text(let most): "a text of at most \(most) bytes"
        }
    }
}

/// Settings of an algorithm, each one checked.
public struct Settings: Sendable, Equatable {
    /// Every setting with its text.
    public let texts: [String: String]

    /// Takes given settings and the defaults of the others.
    public init(_ given: [String: String], for specs: [ParameterSpec]) throws(LearningFailure) {
        var texts: [String: String] = [:]
        for spec in specs { texts[spec.name] = given[spec.name] ?? spec.defaultText }
        for name in given.keys.sorted() where texts[name] == nil {
            throw .unknownSetting(name: name, nearest: Names.nearest(to: name, in: specs.map(\.name)), known: specs.map(\.name))
        }
        for spec in specs {
            let text = texts[spec.name] ?? ""
            let fits =
                switch spec.kind {
                case .integer(let range): Int(text).map { range.contains($0) } ?? false
                case .real(let range): Double(text).map { range.contains($0) && !text.contains("x") } ?? false
                case .choice(let words): words.contains(text)
                case .directions: Directions.parse(text) != nil
                case .groups: ColumnGroups.parse(text) != nil
                case .weights: ClassWeights.parse(text) != nil
                case .text(let most): text.utf8.count <= most
                }
            guard fits else { throw .badSetting(name: spec.name, value: text, allowed: spec.allowed) }
        }
        self.texts = texts
    }

    /// A text that was checked when the settings were made.
    public func text(_ name: String) -> String { texts[name] ?? "" }
    /// A whole number that was checked when the settings were made.
    public func integer(_ name: String) -> Int { texts[name].flatMap { Int($0) } ?? 0 }
    /// A real number that was checked when the settings were made.
    public func real(_ name: String) -> Double { texts[name].flatMap { Double($0) } ?? 0 }
}
