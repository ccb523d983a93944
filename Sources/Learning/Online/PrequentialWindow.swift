public import Tabular

/// The last rows that an online learner has learnt, each with the answer from before it was learnt: a hold-out for a model that learns every
/// row ("test, then train"; Gama, Sebastião and Rodrigues 2013).
public struct PrequentialWindow: Sendable {
    /// Rows kept at most.
    public static let standardCapacity = 5_000

    private let schema: Schema
    private let categories: CategoryDictionary
    private let capacity: Int
    private var features: [Double] = []
    private var targets: [Double] = []
    private var given: [Double] = []
    private var positions: [Int64] = []

    /// Makes an empty window over rows of that layout.
    public init(schema: Schema, categories: CategoryDictionary, capacity: Int = standardCapacity) {
        self.schema = schema
        self.categories = categories
        self.capacity = max(1, capacity)
    }

    /// Rows kept now.
    public var count: Int { min(capacity, targets.count) }

    /// Adds a row in the layout of its schema; of any other, nothing.
    ///
    /// `position` grows from row to row. Complexity: O(width), amortised.
    public mutating func add(_ row: [Double], target: Double, answer: Double, position: Int64) {
        guard row.count == schema.width else { return }
        features += row
        targets.append(target)
        given.append(answer)
        positions.append(position)
        if targets.count >= 2 * capacity { trim() }
    }

    private mutating func trim() {
        let surplus = targets.count - capacity
        guard surplus > 0 else { return }
        features.removeFirst(surplus * schema.width)
        targets.removeFirst(surplus)
        given.removeFirst(surplus)
        positions.removeFirst(surplus)
    }

    /// The same window without the rows up to a position: what a version that has learnt those is judged by.
    public func after(_ position: Int64) -> PrequentialWindow {
        var rest = self
        let first = positions.firstIndex { $0 > position } ?? positions.count
        rest.features.removeFirst(first * schema.width)
        rest.targets.removeFirst(first)
        rest.given.removeFirst(first)
        rest.positions.removeFirst(first)
        return rest
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
}

extension OnlineLearner {
    /// What it has learnt as the outcome of a training, judged by the answers from before each row was learnt.
    ///
    /// `settings` are those of the version that it went on from; the baseline is the best constant for those very rows.
    ///
    /// - Throws: `.diverged`; `.tooFewRows` below `Training.minimumRows`.
    public func outcome(
        judgedBy window: PrequentialWindow, settings: [String: String], seconds: Double
    ) throws(LearningFailure) -> TrainingOutcome {
        guard window.count >= Training.minimumRows else { throw .tooFewRows(found: window.count, needed: Training.minimumRows) }
        let artefact = try snapshot()
        let rows = window.rows
        let answers = window.answers
        let target = schema.target
        let constants = Baseline.constants(rows)
        let constant = (0..<rows.count).flatMap { _ in constants }
        func figures(_ scores: [Double]) -> [Metric] {
            Evaluation.metrics(scores: scores, targets: rows.targets, task: target.task, classes: target.classes)
        }
        return TrainingOutcome(
            artefact: artefact, metrics: figures(answers), baselineMetrics: figures(constant), trainRows: rowsLearnt,
            holdoutRows: rows.count, holdout: rows, holdoutScores: answers, settings: settings,
            calibration: CalibrationReport(method: "none", before: answers, after: answers, targets: rows.targets, task: target.task),
            slices: Evaluation.slices(rows, scores: answers), curve: [],
            notes: ["figures of the last \(rows.count) rows, each answered before it was learnt"], fitSeconds: seconds, libraries: [:])
    }
}
