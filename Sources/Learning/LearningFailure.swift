public import Tabular

/// Why nothing was learnt.
///
/// The description reads: what, where, what to do.
public enum LearningFailure: Error, Sendable, Equatable, Codable, CustomStringConvertible {
    /// Somebody asked to stop.
    case cancelled
    /// The loss is no number any more.
    case diverged(iteration: Int)
    /// Too few rows.
    case tooFewRows(found: Int, needed: Int)
    /// All rows are of one class.
    case oneClass(name: String)
    /// A target that is no number, or no class of the schema; `row` counts from 0.
    case badTarget(column: String, row: Int, value: Double)
    /// A weight or an exposure that is none; `row` counts from 0.
    case badRole(column: String, role: String, row: Int, value: Double)
    /// A column of weights or exposures that the algorithm would overlook.
    case overlookedRole(algorithm: String, column: String, role: String, instead: [String])
    /// The values are not rows times width.
    case misshapen(values: Int, rows: Int, width: Int)
    /// A column that the model reads is not there.
    case missingFeature(name: String)
    /// A column holds something else than the model reads.
    case otherKind(name: String, found: FeatureKind, needed: FeatureKind)
    /// More columns than the algorithm can hold.
    case tooWide(columns: Int, limit: Int, instead: String)
    /// No such algorithm.
    case unknownAlgorithm(name: String, nearest: String?, known: [String])
    /// Two kinds of model want the same name.
    case nameTaken(String)
    /// The algorithm cannot predict that.
    case unsuited(algorithm: String, task: PredictionTask, instead: [String])
    /// No such setting.
    case unknownSetting(name: String, nearest: String?, known: [String])
    /// A setting is out of range.
    case badSetting(name: String, value: String, allowed: String)
    /// A search with no setting to vary, because the algorithm has none or because all are given.
    case nothingToSearch(algorithm: String, isGiven: Bool)
    /// The training would take more memory than it may; bytes.
    case overBudget(needed: Int, budget: Int)
    /// The rows cannot be divided as asked; why, and what to do.
    case indivisible(why: String, advice: String)
    /// Nothing to learn from.
    case noFeatures
    /// A schema whose times are in a zone that this machine does not know.
    case unknownZone(name: String)
    /// A version that does not learn online; why, and which does.
    case notOnline(why: String, instead: String)
    /// The bytes are no model.
    case corruptArtefact(String)
    /// A model answers otherwise than when it was made.
    case goldenMismatch(row: Int, expected: Double, found: Double)

    /// One line.
    public var description: String {
        switch self {
        case .cancelled: "cancelled"
        case .diverged(let iteration):
            "training diverged at iteration \(iteration): nothing was registered: lower the learning rate or scale the data"
        case .tooFewRows(let found, let needed): "\(found) rows to learn from: at least \(needed) are needed: give more data"
        case .oneClass(let name): "every training row is of class \(SafeText.escape(name)): two classes are needed: widen the data"
        case .badTarget(let column, let row, let value):
            "target \(SafeText.escape(column)) is \(value): row \(row): it must be a finite number or one of the classes: correct or leave out the row"
        case .badRole(let column, let role, let row, let value):
            "\(role) \(SafeText.escape(column)) is \(value): row \(row): it must be a finite number, \(role == "weight" ? "0 or more, and not 0 in every row" : "above 0"): correct or leave out the row"
        case .overlookedRole(let algorithm, let column, let role, let instead):
            "\(algorithm) does not look at the \(role) column \(SafeText.escape(column)): "
                + (instead.isEmpty ? "leave the column out" : "use \(instead.joined(separator: " or "))")
        case .misshapen(let values, let rows, let width):
            "\(values) values are not \(rows) rows of \(width): give each row one value a column of the schema"
        case .missingFeature(let name): "no column \(SafeText.escape(name)): the model reads it: add the column, or train without it"
        case .otherKind(let name, let found, let needed):
            "column \(SafeText.escape(name)) is \(found.rawValue): the model reads \(needed.rawValue): convert it, or train on it as it is"
        case .tooWide(let columns, let limit, let instead):
            "\(columns) columns to learn from: at most \(limit) fit this algorithm: exclude some, or use \(instead)"
        case .unknownAlgorithm(let name, let nearest, let known):
            "no such algorithm: \(SafeText.escape(name)): "
                + (nearest.map { "did you mean \($0)?" } ?? "choose one of \(known.joined(separator: ", "))")
        case .nameTaken(let name):
            "the name \(SafeText.escape(name)) is that of another kind of model: choose another one"
        case .unsuited(let algorithm, let task, let instead):
            "\(algorithm) cannot learn a \(task.rawValue) target: "
                + (instead.isEmpty ? "choose another target" : "use \(instead.joined(separator: " or "))")
        case .unknownSetting(let name, let nearest, let known):
            "no such setting: \(SafeText.escape(name)): "
                + (nearest.map { "did you mean \($0)?" } ?? (known.isEmpty ? "it has none" : "there are \(known.joined(separator: ", "))"))
        case .badSetting(let name, let value, let allowed): "setting \(name) = \(SafeText.escape(value)): it must be \(allowed)"
        case .nothingToSearch(let algorithm, let isGiven):
            isGiven
                ? "nothing to search: every setting of \(algorithm) that a search varies is given: leave one open"
                : "nothing to search: \(algorithm) has no setting that a search varies: train it without, or use another algorithm"
        case .overBudget(let needed, let budget):
            "training needs about \(needed >> 20) MiB: its budget is \(budget >> 20) MiB: give fewer rows or columns, or a larger budget"
        case .indivisible(let why, let advice): "rows cannot be divided: \(why): \(advice)"
        case .noFeatures: "no feature to learn from: every column is empty or constant: exclude fewer columns"
        case .unknownZone(let name):
            "no such time zone: \(SafeText.escape(name)): hours, weekdays and months are read in it: install the zone data (tzdata), or correct the zone"
        case .notOnline(let why, let instead): "the version does not go on learning: \(why): \(instead)"
        case .corruptArtefact(let what): "damaged model: \(what): train it again or restore a backup"
        case .goldenMismatch(let row, let expected, let found):
            "golden row \(row) gives \(found), not \(expected): the model or the program has changed: train it again"
        }
    }
}
