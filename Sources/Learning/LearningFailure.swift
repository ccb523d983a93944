public import Tabular

/// Why nothing was learnt. The description reads: what, where, what to do.
public enum LearningFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Somebody asked to stop.
    case cancelled
    /// The loss is no number any more.
    case diverged(iteration: Int)
    /// Too few rows.
    case tooFewRows(found: Int, needed: Int)
    /// All rows are of one class.
    case oneClass(name: String)
    /// No such algorithm.
    case unknownAlgorithm(name: String, nearest: String?, known: [String])
    /// The algorithm cannot predict that.
    case unsuited(algorithm: String, task: PredictionTask, instead: [String])
    /// No such setting.
    case unknownSetting(name: String, nearest: String?, known: [String])
    /// A setting is out of range.
    case badSetting(name: String, value: String, allowed: String)
    /// Nothing to learn from.
    case noFeatures
    /// The bytes are no model.
    case corruptArtefact(String)
    /// A model answers otherwise than when it was made.
    case goldenMismatch(row: Int, expected: Double, found: Double)

    /// One line.
    public var description: String {
        switch self {
        case .cancelled: "cancelled"
        case .diverged(let iteration): "training diverged at iteration \(iteration): nothing was registered: lower the learning rate or scale the data"
        case .tooFewRows(let found, let needed): "\(found) rows to learn from: at least \(needed) are needed: give more data"
        case .oneClass(let name): "every training row is of class \(SafeText.escape(name)): two classes are needed: widen the data"
        case .unknownAlgorithm(let name, let nearest, let known):
            "no such algorithm: \(SafeText.escape(name)): " + (nearest.map { "did you mean \($0)?" } ?? "choose one of \(known.joined(separator: ", "))")
        case .unsuited(let algorithm, let task, let instead):
            "\(algorithm) cannot learn a \(task.rawValue) target: "
                + (instead.isEmpty ? "choose another target" : "use \(instead.joined(separator: " or "))")
        case .unknownSetting(let name, let nearest, let known):
            "no such setting: \(SafeText.escape(name)): "
                + (nearest.map { "did you mean \($0)?" } ?? (known.isEmpty ? "it has none" : "there are \(known.joined(separator: ", "))"))
        case .badSetting(let name, let value, let allowed): "setting \(name) = \(SafeText.escape(value)): it must be \(allowed)"
        case .noFeatures: "no feature to learn from: every column is empty, constant or a time: exclude fewer columns"
        case .corruptArtefact(let what): "damaged model: \(what): train it again or restore a backup"
        case .goldenMismatch(let row, let expected, let found):
            "golden row \(row) gives \(found), not \(expected): the model or the program has changed: train it again"
        }
    }
}
