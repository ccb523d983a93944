import COpenBLAS
public import Tabular

/// Linear regression with an L2 penalty, by the normal equations and Cholesky's factorisation.
///
/// Minimises λ ‖w‖² + Σ c (w·x + b − y)², c being the weight of a row, the intercept b not penalised: what scikit-learn's `Ridge` minimises with α = λ.
public struct Ridge: Estimator {
    /// `ridge`.
    public static let name = "ridge"
    /// One sentence.
    public static let summary = "linear regression with a penalty: quick, exact, easy to read"
    /// Numbers.
    public static let tasks: [PredictionTask] = [.regression]
    /// Weights.
    public static var fitted: any FittedAlgorithm.Type { RidgeModel.self }
    /// The penalty.
    public static let parameters = [
        ParameterSpec(
            name: "l2", summary: "strength λ of the penalty on the weights", kind: .real(0.000_001...1_000_000), defaultText: "1.0",
            search: .logarithmic(0.001...10_000)),
        DesignLayout.minCount,
    ]

    private let settings: Settings

    /// Takes settings.
    public init(settings: [String: String]) throws(LearningFailure) { self.settings = try Settings(settings, for: Self.parameters) }

    /// Learns.
    ///
    /// Complexity: O(rows · columns²) in BLAS; memory O(columns²).
    public func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm {
        try rows.check(for: Self.self)
        let layout = try DesignLayout(rows, minCount: settings.integer("min-count"), hooks: hooks)
        let bound = BoundLayout(layout, rows.schema, rows.categories)
        var equations = NormalEquations(
            size: layout.columns + 1, center: Baseline.constants(rows)[0], weights: rows.values(of: .weight) ?? [])
        for start in stride(from: 0, to: rows.count, by: NormalEquations.blockRows) {
            try hooks.checkpoint()
            equations.add(rows, bound, from: start)
        }
        guard let weights = equations.solve(penalty: settings.real("l2")) else { throw .diverged(iteration: 1) }
        let model = RidgeModel(LinearWeights(layout: layout, weights: weights))
        let own = try loss(model, rows, hooks)
        guard own.isFinite else { throw .diverged(iteration: 1) }
        hooks.report(
            TrainingProgress(
                stage: "fitting", iteration: 1, iterations: 1, trainLoss: own,
                validationLoss: try validation.map { rows throws(LearningFailure) in try loss(model, rows, hooks) }, fraction: 0.85,
                secondsLeft: 0))
        return model
    }

    /// Two matrices of the columns' products.
    public func memoryNeeded(rows: Int, schema: Schema) -> Int {
        MemoryEstimate.cells(MemoryEstimate.columns(schema), MemoryEstimate.columns(schema), bytes: 8 * 2)
    }

    /// Half the mean square of the errors.
    private func loss(_ model: RidgeModel, _ rows: LabelledRows, _ hooks: TrainingHooks) throws(LearningFailure) -> Double {
        try hooks.checkpoint()
        let scores = model.predictor(schema: rows.schema, categories: rows.categories).scores(rows.features, count: rows.count)
        return zip(scores, rows.targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(2 * max(1, rows.count))
    }
}

/// XᵀX and Xᵀ(y − c), summed block by block through `dsyrk`; the last column is the constant 1.
private struct NormalEquations {
    static let blockRows = 512

    private let size: Int
    /// Taken from each target, so that sums stay near zero.
    private let center: Double
    /// One a row; empty where all count once.
    private let weights: [Double]
    private var dense: [Double]
    private var products: [Double]
    private var right: [Double]

    init(size: Int, center: Double, weights: [Double]) {
        self.weights = weights
        self.size = size
        self.center = center
        dense = [Double](repeating: 0, count: Self.blockRows * size)
        products = [Double](repeating: 0, count: size * size)
        right = [Double](repeating: 0, count: size)
    }

    mutating func add(_ rows: LabelledRows, _ layout: BoundLayout, from start: Int) {
        let size = size
        let count = min(Self.blockRows, rows.count - start)
        dense.withUnsafeMutableBufferPointer { dense in
            right.withUnsafeMutableBufferPointer { right in
                rows.features.withUnsafeBufferPointer { features in
                    guard let base = features.baseAddress else { return }
                    for row in 0..<count {
                        let line = UnsafeMutableBufferPointer(rebasing: dense[(row * size)..<((row + 1) * size)])
                        line.update(repeating: 0)
                        // A row that counts twice is two of √2 times its size: so in the products of both sides.
                        let root = weights.isEmpty ? 1 : weights[start + row].squareRoot()
                        let target = (rows.targets[start + row] - center) * root
                        layout.forEach(base + (start + row) * rows.schema.width) {
                            line[$0] = $1 * root
                            right[$0] += target * ($1 * root)
                        }
                        line[size - 1] = root
                        right[size - 1] += target * root
                    }
                }
            }
        }
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, Int32(size), Int32(count), 1, dense, Int32(size), 1, &products, Int32(size))
    }

    /// The weights and the intercept; nil when the numbers are beyond what doubles hold.
    func solve(penalty: Double) -> [Double]? {
        var matrix = products
        for column in 0..<(size - 1) { matrix[column * size + column] += penalty }
        guard var weights = Cholesky.solve(matrix, right, size: size) else { return nil }
        weights[size - 1] += center
        return weights
    }
}
