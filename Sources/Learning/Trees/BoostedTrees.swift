import Foundation
public import Tabular

/// Gradient boosting of leaf-wise histogram trees, for two classes (log loss) and numbers (squared loss).
///
/// Second-order gains and leaf values (Chen and Guestrin 2016), leaf-wise growth on histograms with subtraction and category subsets sorted
/// by gradient ratio (Ke et al. 2017).
public struct BoostedTrees: Estimator {
    /// `boosted-trees`
    public static let name = "boosted-trees"
    /// One sentence.
    public static let summary = "boosted decision trees: strong on tables, takes missing values and categories as they are"
    /// Two classes and numbers.
    public static let tasks: [PredictionTask] = [.binary, .regression]
    /// Size, speed and regularisation.
    public static let parameters = [
        ParameterSpec(name: "trees", summary: "number of trees", kind: .integer(1...10_000), defaultText: "100"),
        ParameterSpec(name: "leaves", summary: "most leaves a tree", kind: .integer(2...1_024), defaultText: "31"),
        ParameterSpec(name: "learning-rate", summary: "share of each tree's answer that is added", kind: .real(0.001...1), defaultText: "0.1"),
        ParameterSpec(name: "min-leaf", summary: "fewest rows a leaf", kind: .integer(1...1_000_000), defaultText: "20"),
        ParameterSpec(name: "l2", summary: "penalty λ on leaf values", kind: .real(0...1_000_000), defaultText: "1.0"),
        ParameterSpec(name: "bins", summary: "most bins a feature", kind: .integer(4...255), defaultText: "255"),
        ParameterSpec(
            name: "patience", summary: "trees without a better validation loss after which it stops; 0: never", kind: .integer(0...10_000), defaultText: "0"),
    ]

    private let settings: Settings

    /// Takes settings.
    public init(settings: [String: String]) throws(LearningFailure) { self.settings = try Settings(settings, for: Self.parameters) }

    /// Learns. Complexity: O(trees · rows · features · depth) and O(features · rows log rows) for the bins.
    public func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm {
        try AlgorithmRegistry.check(Self.self, task: rows.schema.target.task)
        hooks.report(TrainingProgress(stage: "binning", iteration: 0, iterations: 0, trainLoss: nil, validationLoss: nil, fraction: 0.02, secondsLeft: nil))
        let binning = try Binning(rows, limit: settings.integer("bins"), hooks: hooks)
        guard binning.features.contains(where: { $0 != nil }) else { throw .noFeatures }
        let task = rows.schema.target.task
        let loss = TreeLoss(task: task)
        let base = loss.start(rows.targets)
        guard base.isFinite else { throw .diverged(iteration: 0) }
        var scores = [Double](repeating: base, count: rows.count)
        var heldScores = [Double](repeating: base, count: validation?.count ?? 0)
        let held = validation.map { (rows: $0, columns: binning.columns($0)) }
        let grower = TreeGrower(
            columns: binning.columns(rows), binning: binning, leaves: settings.integer("leaves"), minLeaf: settings.integer("min-leaf"),
            lambda: settings.real("l2"), rate: settings.real("learning-rate"))
        var trees: [GrownTree] = []
        var best = (loss: Double.infinity, trees: 0)
        let wanted = settings.integer("trees")
        let patience = settings.integer("patience")
        let clock = ContinuousClock.now
        for iteration in 1...wanted {
            try hooks.checkpoint()
            let (gradients, hessians) = loss.derivatives(scores, rows.targets)
            let tree = try grower.grow(gradients: gradients, hessians: hessians, hooks: hooks, scores: &scores)
            trees.append(tree)
            if let held { tree.add(to: &heldScores, columns: held.columns, binning: binning) }
            let trainLoss = loss.mean(scores, rows.targets)
            guard trainLoss.isFinite else { throw .diverged(iteration: iteration) }
            let heldLoss = held.map { loss.mean(heldScores, $0.rows.targets) }
            let elapsed = ContinuousClock.now - clock
            let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
            hooks.report(
                TrainingProgress(
                    stage: "fitting", iteration: iteration, iterations: wanted, trainLoss: trainLoss, validationLoss: heldLoss,
                    fraction: 0.05 + 0.8 * Double(iteration) / Double(wanted), secondsLeft: seconds / Double(iteration) * Double(wanted - iteration)))
            if let heldLoss, heldLoss < best.loss { best = (heldLoss, iteration) }
            if patience > 0, held != nil, iteration - best.trees >= patience { break }
            if tree.isStump { break }
        }
        var notes: [String] = []
        if patience > 0, held != nil, best.trees < trees.count {
            notes.append("stopped early: the validation loss was best after \(best.trees) trees")
            trees.removeLast(trees.count - best.trees)
        }
        return TreeEnsemble(binning: binning, base: base, task: task, trees: trees, notes: notes)
    }
}

/// Loss, gradient and curvature of a task.
struct TreeLoss: Sendable {
    let task: PredictionTask

    /// The constant score with the least loss.
    func start(_ targets: [Double]) -> Double {
        let mean = targets.reduce(0, +) / Double(max(1, targets.count))
        guard task == .binary else { return mean }
        let rate = min(max(mean, 1e-9), 1 - 1e-9)
        return log(rate / (1 - rate))
    }

    func derivatives(_ scores: [Double], _ targets: [Double]) -> (gradients: [Double], hessians: [Double]) {
        var gradients = [Double](repeating: 0, count: scores.count)
        var hessians = [Double](repeating: 1, count: scores.count)
        if task == .binary {
            for index in scores.indices {
                let p = Sigmoid.value(scores[index])
                gradients[index] = p - targets[index]
                hessians[index] = max(p * (1 - p), 1e-16)
            }
        } else {
            for index in scores.indices { gradients[index] = scores[index] - targets[index] }
        }
        return (gradients, hessians)
    }

    /// Mean loss: log loss, or half the mean square.
    func mean(_ scores: [Double], _ targets: [Double]) -> Double {
        guard !scores.isEmpty else { return 0 }
        var sum = 0.0
        if task == .binary {
            for index in scores.indices { sum += Sigmoid.loss(scores[index], target: targets[index]) }
        } else {
            for index in scores.indices {
                let error = scores[index] - targets[index]
                sum += error * error / 2
            }
        }
        return sum / Double(scores.count)
    }
}
