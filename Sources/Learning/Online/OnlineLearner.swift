public import Tabular

/// Learns label by label, for a job that runs as long as its deployment.
///
/// ```swift
/// let learner = try OnlineLearner(resuming: artefact, categories: categories)
/// let before = try learner.learn(row, target: 1)   // the answer from before the row was learnt
/// let bytes = learner.snapshot()                   // a version: register it, serve it, or resume from it
/// ```
/// Not shared: it belongs to one job. What it learns is the same whether it ran through or was resumed from a snapshot in between.
public final class OnlineLearner {
    /// The layout of its rows.
    public let schema: Schema
    private let categories: Categories
    private let core: any OnlineCore
    /// What the rows are coded by before they are learnt, and the same bound to the dictionary, with room for one row.
    private let coding: (own: RowCoding, bound: BoundCoding, room: Buffer<Double>)?
    /// The last rows seen, the oldest first: a snapshot's golden rows.
    private var recent: [Double]

    private init(_ knowledge: OnlineKnowledge, _ coding: RowCoding?, schema: Schema, categories: Categories, recent: [Double]) {
        self.schema = schema
        self.categories = categories
        self.recent = recent
        self.coding = coding.map {
            let bound = BoundCoding($0, schema, categories)
            return ($0, bound, Buffer(repeating: 0, count: bound.width))
        }
        core = knowledge.core(coding?.schema(schema) ?? schema, categories, isLogistic: schema.target.task == .binary)
    }

    /// Begins with rows of which only the layout is learnt: scales and categories.
    ///
    /// They are not learnt from as labelled rows.
    ///
    /// - Throws: what training on those rows throws: `.unknownAlgorithm`, `.unsuited`, `.badSetting`, `.noFeatures`, ….
    public convenience init(layoutOf rows: LabelledRows, settings given: [String: String] = [:]) throws(LearningFailure) {
        let isLogistic = rows.schema.target.task == .binary
        let type: any Estimator.Type = isLogistic ? OnlineLogistic.self : OnlineLinear.self
        try rows.check(for: type)
        let settings = try Settings(given, for: type.parameters)
        let layout = try DesignLayout(rows, minCount: settings.integer("min-count"), hooks: TrainingHooks())
        let (center, scale) = isLogistic ? (0, 1) : try OnlineLinear.unit(rows.targets)
        self.init(
            OnlineKnowledge(layout: layout, rates: OnlineRates(settings), center: center, scale: scale), nil, schema: rows.schema,
            categories: rows.categories, recent: [])
    }

    /// Begins with a schema of which no row is known: units and texts are learnt with the labels.
    ///
    /// - Throws: `.unsuited` for several classes and for numbers, whose unit nobody knows; `.badSetting`, `.noFeatures`, `.tooWide`.
    public convenience init(
        empty schema: Schema, categories: Categories, settings given: [String: String] = [:]
    ) throws(LearningFailure) {
        guard schema.target.task == .binary else {
            throw .unsuited(algorithm: OnlineLogistic.name, task: schema.target.task, instead: [])
        }
        try AlgorithmRegistry.check(OnlineLogistic.self, task: schema.target.task)
        let settings = try Settings(given, for: OnlineLogistic.parameters)
        let layout = try DesignLayout(empty: schema, minCount: settings.integer("min-count"))
        self.init(
            OnlineKnowledge(layout: layout, rates: OnlineRates(settings)), nil, schema: schema, categories: categories, recent: [])
    }

    /// Goes on from a version's bytes, be it a snapshot or what a training made.
    ///
    /// Coded times and categories in the order of their frequency keep their codes: those do not depend on labels.
    ///
    /// - Throws: `.corruptArtefact`; `.notOnline` for a version of another algorithm, calibrated, or with categories coded by the target.
    public convenience init(resuming artefact: [UInt8], categories: Categories) throws(LearningFailure) {
        let model = try Model.decode(artefact)
        guard let online = model.fitted as? any OnlineFitted else {
            throw .notOnline(why: "\(model.algorithm) learns all rows at once", instead: "train online-logistic or online-linear")
        }
        guard model.calibration == nil else {
            throw .notOnline(
                why: "it is calibrated, which does not follow what is learnt later", instead: "train one with calibration none")
        }
        guard model.coding?.isByLabels != true else {
            throw .notOnline(
                why: "its categories are coded by the target, which does not follow what is learnt later",
                instead: "train one with categories own or ordinal")
        }
        self.init(
            online.knowledge, model.coding, schema: model.schema, categories: categories,
            recent: model.golden.rows(schema: model.schema, categories: categories))
    }

    /// The row as the algorithm takes it.
    private func coded<Result>(_ row: [Double], _ body: (UnsafePointer<Double>) -> Result) -> Result? {
        row.withUnsafeBufferPointer { row in
            guard let base = row.baseAddress else { return nil }
            guard let coding else { return body(base) }
            coding.bound.write(base, to: coding.room.base)
            return body(coding.room.base)
        }
    }

    /// What it would have answered the row that it learnt last when that was answered, as far as it remembers earlier states: what a label
    /// that comes late is to be compared with.
    public var answeredThen: Double { core.answeredThen }

    /// Rows learnt in all.
    public var rowsLearnt: Int { core.rows }
    /// The mean loss of those rows, each before it was learnt: log loss, or half the square in standard deviations of the target.
    public var progressiveLoss: Double { core.meanLoss }

    /// The answer to a raw row: a probability, or a number in the target's unit.
    ///
    /// - Throws: `.misshapen`.
    public func predict(_ row: [Double]) throws(LearningFailure) -> Double {
        guard row.count == schema.width else { throw .misshapen(values: row.count, rows: 1, width: schema.width) }
        return coded(row) { core.predict($0) } ?? 0
    }

    /// Learns one labelled row; gives the answer from before it was learnt.
    ///
    /// `target` is a class index, or a number. Complexity: O(columns of the row).
    ///
    /// - Parameter timing: when the row was answered, and when its label came; nil: the label came at once.
    /// - Throws: `.misshapen`; `.badTarget`, the row being the number of rows learnt so far.
    @discardableResult
    public func learn(
        _ row: [Double], target: Double, timing: LabelTiming? = nil
    ) throws(LearningFailure) -> Double {
        guard row.count == schema.width else { throw .misshapen(values: row.count, rows: 1, width: schema.width) }
        guard target.isFinite, !core.isLogistic || target == 0 || target == 1 else {
            throw .badTarget(column: schema.target.name, row: core.rows, value: target)
        }
        recent += row
        if recent.count > 2 * GoldenRows.limit * schema.width { trim() }
        return coded(row) { core.learn($0, target: target, timing: timing) } ?? 0
    }

    private func trim() { recent.removeFirst(max(0, recent.count - GoldenRows.limit * schema.width)) }

    /// An immutable copy of the weights that answers as the learner would now, to be shared; the learner goes on unchanged.
    ///
    /// A version of what it has learnt (`snapshot`) answers otherwise: it stands still, and rates that follow the last labels do not.
    ///
    /// Complexity: O(columns).
    public var live: any Predictor {
        guard let coding else { return core.live }
        return CodedPredictor(core.live, coding.bound, width: schema.width)
    }

    /// What it has learnt as a version's bytes, proved by the last rows seen; the learner goes on unchanged.
    ///
    /// - Throws: `.diverged` when a weight is no number any more.
    public func snapshot() throws(LearningFailure) -> [UInt8] {
        let knowledge = core.knowledge
        guard knowledge.isFinite else { throw .diverged(iteration: core.rows) }
        trim()
        let count = recent.count / max(1, schema.width)
        let rows = LabelledRows(
            schema: schema, categories: categories, features: recent, targets: [Double](repeating: 0, count: count))
        let fitted: any FittedAlgorithm =
            core.isLogistic ? OnlineLogisticModel(knowledge: knowledge) : OnlineLinearModel(knowledge: knowledge)
        return Model(fitted: fitted, coding: coding?.own, calibration: nil, proving: rows).encode()
    }
}
