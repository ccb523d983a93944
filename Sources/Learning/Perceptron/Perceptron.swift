import Foundation
public import Tabular

/// A multilayer perceptron: one or two layers of rectified units, Adam, single precision.
///
/// With patience, the last 15 % of the training rows choose the epoch whose weights are kept; they are not learnt from.
public struct Perceptron: Estimator {
    /// `perceptron`.
    public static let name = "perceptron"
    /// One sentence.
    public static let summary = "neural network of one or two hidden layers: smooth relations between many numbers"
    /// All.
    public static let tasks: [PredictionTask] = PredictionTask.allCases
    /// Layers.
    public static var fitted: any FittedAlgorithm.Type { PerceptronModel.self }
    /// Layers, rates and stopping.
    public static let parameters = [
        ParameterSpec(
            name: "units", summary: "units of the first hidden layer", kind: .integer(1...2_048), defaultText: "64",
            search: .logarithmic(16...256)),
        ParameterSpec(
            name: "second-units", summary: "units of the second hidden layer; 0: none", kind: .integer(0...2_048), defaultText: "32",
            search: .zeroOrLogarithmic(8...64)),
        ParameterSpec(
            name: "epochs", summary: "most passes over the rows", kind: .integer(1...2_000), defaultText: "30", search: .linear(10...60)),
        ParameterSpec(
            name: "batch", summary: "rows of a step; 0: a hundredth of the rows, from 16 to 512", kind: .integer(0...65_536),
            defaultText: "0"),
        ParameterSpec(
            name: "learning-rate", summary: "size of Adam's steps", kind: .real(0.000_001...1_000), defaultText: "0.002",
            search: .logarithmic(0.0003...0.02)),
        ParameterSpec(
            name: "schedule", summary: "constant: the rate stays; cosine: it falls to zero over the epochs",
            kind: .choice(["constant", "cosine"]), defaultText: "cosine"),
        ParameterSpec(
            name: "decay", summary: "weight decay of AdamW", kind: .real(0...10), defaultText: "0.01", search: .logarithmic(0.0001...1)),
        ParameterSpec(
            name: "patience",
            summary: "epochs without a better loss on the last 15 % of the training rows after which it stops; 0: all epochs, all rows",
            kind: .integer(0...2_000), defaultText: "5"),
        ClassWeights.parameter, DesignLayout.minCount,
    ]

    private let settings: Settings

    /// Takes settings.
    public init(settings: [String: String]) throws(LearningFailure) { self.settings = try Settings(settings, for: Self.parameters) }

    /// Learns.
    ///
    /// Complexity: O(epochs · rows · weights) in BLAS.
    ///
    /// - Throws: `.diverged` when the loss is no number or far above that of a constant answer.
    public func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm {
        try rows.check(for: Self.self)
        // Blocks of rows are spread over our own threads; OpenBLAS sums in another order with more.
        LinearAlgebra.useOneThread()
        let layout = try DesignLayout(rows, minCount: settings.integer("min-count"), hooks: hooks)
        let units = rows.schema.target.task == .regression ? try OnlineLinear.unit(rows.targets) : (center: 0, scale: 1)
        let data = PerceptronData(
            rows: rows, layout: BoundLayout(layout, rows.schema, rows.categories), center: units.center, scale: units.scale,
            weightByClass: try ClassWeights.scaled(settings.text("class-weights"), rows))
        let hidden = [settings.integer("units"), settings.integer("second-units")].filter { $0 > 0 }
        let shape = NetworkShape(sizes: [layout.columns] + hidden + [rows.schema.target.outputs])
        let trainer = NetworkTrainer(
            shape, head: NetworkHead(rows.schema.target.task), batch: batch(rows.count), seed: seed,
            team: WorkerTeam(threads: hooks.threads))
        let run = PerceptronRun(settings: settings, trainer: trainer, seed: seed, hooks: hooks)
        let (parameters, remarks) = try run.train(data, validation: validation)
        guard parameters.allSatisfy(\.isFinite) else { throw .diverged(iteration: settings.integer("epochs")) }
        return PerceptronModel(
            layout: layout, shape: shape, parameters: parameters, center: units.center, scale: units.scale, remarks: remarks)
    }

    /// The rows in single precision, and for each parameter Adam's memory and a gradient a block.
    public func memoryNeeded(rows: Int, schema: Schema) -> Int {
        let columns = MemoryEstimate.columns(schema)
        let units = settings.integer("units")
        let second = settings.integer("second-units")
        let parameters = columns * units + units * max(second, 1) + max(units, second) * schema.target.outputs
        let whole = MemoryEstimate.cells(rows, columns, bytes: 4)
        return min(whole, MemoryEstimate.sparse(rows, schema)) + MemoryEstimate.cells(parameters, 1, bytes: 4 * 8)
    }

    /// Few rows need small steps to make enough of them.
    private func batch(_ rows: Int) -> Int {
        let asked = settings.integer("batch")
        return min(asked > 0 ? asked : min(max(rows / 100, 16), 512), max(1, rows))
    }
}

/// Rows on their way into a network.
struct PerceptronData {
    let rows: LabelledRows
    let layout: BoundLayout
    let center: Double
    let scale: Double
    let weightByClass: [Double]

    func network(_ rows: LabelledRows, weighted: Bool, hooks: TrainingHooks) throws(LearningFailure) -> NetworkRows {
        try NetworkRows(
            rows, layout, targets: rows.targets.map { ($0 - center) / scale }, weightByClass: weighted ? weightByClass : [],
            weightByRow: weighted ? Self.scaled(rows.values(of: .weight) ?? []) : [], hooks: hooks)
    }

    /// With a mean of 1, so that the loss keeps its size.
    private static func scaled(_ weights: [Double]) -> [Double] {
        let mean = weights.reduce(0, +) / Double(max(1, weights.count))
        return mean > 0 ? weights.map { $0 / mean } : weights
    }
}
