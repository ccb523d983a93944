public import Tabular

/// The last labelled rows, each with the answer that was given before it was learnt ("test, then train"; Gama, Sebastião and Rodrigues 2013):
/// a hold-out for what learns every row.
public struct PrequentialWindow: Sendable {
    /// Rows kept at most.
    public static let standardCapacity = 5_000

    private let schema: Schema
    private let categories: Categories
    private let capacity: Int
    private var features: [Double] = []
    private var targets: [Double] = []
    private var given: [Double] = []

    /// Makes an empty window over rows of that layout.
    public init(schema: Schema, categories: Categories, capacity: Int = standardCapacity) {
        self.schema = schema
        self.categories = categories
        self.capacity = max(1, capacity)
    }

    /// Rows kept now.
    public var count: Int { min(capacity, targets.count) }

    /// Adds a row in the layout of its schema; of any other, nothing.
    ///
    /// Complexity: O(width), amortised.
    public mutating func add(_ row: [Double], target: Double, answer: Double) {
        guard row.count == schema.width else { return }
        features += row
        targets.append(target)
        given.append(answer)
        if targets.count >= 2 * capacity { trim() }
    }

    private mutating func trim() {
        let surplus = targets.count - capacity
        guard surplus > 0 else { return }
        features.removeFirst(surplus * schema.width)
        targets.removeFirst(surplus)
        given.removeFirst(surplus)
    }

    /// The rows, the oldest first.
    public var rows: LabelledRows {
        LabelledRows(
            schema: schema, categories: categories, features: Array(features.suffix(count * schema.width)),
            targets: Array(targets.suffix(count)))
    }

    /// The answers from before each was learnt, in the order of the rows.
    public var answers: [Double] { Array(given.suffix(count)) }

    /// The figure by which versions are compared; nil where the rows do not allow it, such as an AUC of one class.
    ///
    /// Complexity: O(rows log rows).
    public var primary: Metric? {
        let task = schema.target.task
        let name = Evaluation.primary(task)
        return Evaluation.metrics(scores: answers, targets: Array(targets.suffix(count)), task: task).first { $0.name == name }
    }

    /// A model with its answers to these rows as the outcome of a training.
    ///
    /// The baseline is the best constant for those very rows.
    ///
    /// - Parameters:
    ///   - artefact: the model that gave the answers, none of whose rows are these.
    ///   - rowsLearnt: rows that it has learnt.
    ///   - settings: those that it learns with.
    /// - Throws: `.tooFewRows` below `Training.minimumRows`.
    public func outcome(
        of artefact: [UInt8], rowsLearnt: Int, settings: [String: String], seconds: Double
    ) throws(LearningFailure) -> TrainingOutcome {
        guard count >= Training.minimumRows else { throw .tooFewRows(found: count, needed: Training.minimumRows) }
        let rows = rows
        let answers = answers
        let target = schema.target
        let constants = Baseline.constants(rows)
        let constant = (0..<rows.count).flatMap { _ in constants }
        func figures(_ scores: [Double]) -> [Metric] {
            Evaluation.metrics(scores: scores, targets: rows.targets, task: target.task, classes: target.classes)
        }
        return TrainingOutcome(
            artefact: artefact, metrics: figures(answers), constant: ConstantFigures(values: constants, metrics: figures(constant)),
            trainRows: rowsLearnt,
            holdoutRows: rows.count, holdout: rows, holdoutScores: answers, settings: settings,
            calibration: CalibrationReport(method: "none", before: answers, after: answers, targets: rows.targets, task: target.task),
            slices: Evaluation.slices(rows, scores: answers), curve: [],
            notes: ["judged on the \(rows.count) labels that came after it"], fitSeconds: seconds, libraries: Lineage.libraries)
    }
}
