import Foundation
import Learning
import Tabular
import Testing

@Suite("Contributions of trees") struct TreeSHAPTests {
    @Test("A model's contributions equal XGBoost 3.2.0's, where both have no choice between equal splits (Tests/Oracles/trees.py)")
    func model() throws {
        let figures: Golden.Trees = try Golden.read("trees")
        for figure in figures.cases where figure.trees == 1 {
            let columns = (0..<4).map { column in figure.features.map { $0[column] ?? .nan } }
            let rows = Made.numbers(figure.task == "binary" ? .binary : .regression, columns, targets: figure.targets)
            let settings = [
                "trees": "1", "leaves": "\(figure.leaves)", "min-leaf": "\(figure.minLeaf)", "learning-rate": "\(figure.rate)",
                "l2": "\(figure.l2)",
            ]
            let fitted = try BoostedTrees(settings: settings).fit(rows, validation: nil, seed: 0, hooks: TrainingHooks())
            let explainer = try Model(fitted: fitted, proving: rows).explainer(categories: rows.categories)
            #expect(explainer.method == "exact, trees")
            for (row, expected) in figure.contributions.enumerated() {
                let output = try #require(explainer.explain(Array(rows.features[(row * 4)..<(row * 4 + 4)])).outputs.first)
                #expect(zip(output.contributions + [output.base], expected).allSatisfy { abs($0 - $1) < 1e-4 }, "row \(row)")
            }
        }
    }

    @Test("Contributions of all trees that XGBoost 3.2.0 grew, missing values included, equal its own (Tests/Oracles/trees.py)")
    func xgboost() throws {
        let figures: Golden.Trees = try Golden.read("trees")
        for (number, figure) in figures.cases.enumerated() {
            let shaps = figure.dumps.map(shap)
            let mean = figure.targets.reduce(0, +) / Double(figure.targets.count)
            let start = figure.task == "binary" ? log(mean / (1 - mean)) : mean
            for (row, expected) in figure.contributions.enumerated() {
                var found = [0, 0, 0, 0, start]
                for (dump, shap) in zip(figure.dumps, shaps) {
                    let parts = contributions(shap, features: 4) { node in
                        // XGBoost compares in single precision.
                        let node = dump.nodes[node]
                        let value = figure.features[row][Int(node.feature)]
                        return value.map { Float($0) < Float(node.threshold) } ?? node.missingLeft
                    }
                    for feature in 0..<4 { found[feature] += parts[feature] }
                    found[4] += shap.average(root: 0)
                }
                #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "case \(number), row \(row)")
            }
        }
    }

    @Test("Contributions of a tree that LightGBM 4.7.0 grew, rows counted as it does, equal its own (Tests/Oracles/trees.py)")
    func lightgbm() throws {
        let figures: Golden.Trees = try Golden.read("trees")
        let tree = figures.lightgbm.tree
        let shap = shap(tree)
        for (row, expected) in zip(figures.lightgbm.features, figures.lightgbm.contributions) {
            var found = contributions(shap, features: 5) { row[Int(tree.nodes[$0].feature)] <= tree.nodes[$0].threshold }
            found.append(shap.average(root: 0))
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    private func shap(_ tree: Golden.Trees.Dump) -> TreeSHAP {
        TreeSHAP(
            left: tree.nodes.map(\.left), right: tree.nodes.map(\.right), features: tree.nodes.map(\.feature),
            leafCovers: tree.leaves.map(\.cover), leaves: tree.leaves.map(\.value))
    }

    @Test("Contributions are Shapley's by their definition, over all subsets of features, for trees that ask for a feature again and again")
    func definition() {
        var random = Made.Random(state: 41)
        for _ in 0..<60 {
            let tree = Grown(features: 1 + random.below(5), nodes: 1 + random.below(14), &random)
            let goesLeft = tree.left.map { _ in random.below(2) == 0 }
            let found = contributions(tree.shap, features: tree.count) { goesLeft[$0] }
            for feature in 0..<tree.count {
                #expect(abs(found[feature] - tree.shapley(feature, goesLeft)) < 1e-9)
            }
            #expect(abs(tree.shap.average(root: 0) - tree.value(0, known: 0, goesLeft)) < 1e-9)
        }
    }

    private func contributions(_ shap: TreeSHAP, features: Int, goesLeft: (Int) -> Bool) -> [Double] {
        var found = [Double](repeating: 0, count: features)
        found.withUnsafeMutableBufferPointer { found in
            guard let result = found.baseAddress else { return }
            shap.add(root: 0, to: result, goesLeft: goesLeft)
        }
        return found
    }
}

/// A tree of any shape, with the values that Shapley's definition asks for.
private struct Grown {
    let count: Int
    var left: [Int32] = []
    var right: [Int32] = []
    var features: [Int32] = []
    var covers: [Double] = []
    var leaves: [Double] = []

    init(features count: Int, nodes: Int, _ random: inout Made.Random) {
        self.count = count
        // Sides that have no child yet.
        var open: [(node: Int, isLeft: Bool)] = []
        for node in 0..<nodes {
            if node > 0 {
                let side = open.remove(at: random.below(open.count))
                if side.isLeft { left[side.node] = Int32(node) } else { right[side.node] = Int32(node) }
            }
            left.append(0)
            right.append(0)
            features.append(Int32(random.below(count)))
            open += [(node, true), (node, false)]
        }
        for side in open {
            leaves.append(random.normal() * 10)
            covers.append(Double(1 + random.below(20)))
            let leaf = Int32(-leaves.count)
            if side.isLeft { left[side.node] = leaf } else { right[side.node] = leaf }
        }
    }

    var shap: TreeSHAP { TreeSHAP(left: left, right: right, features: features, leafCovers: covers, leaves: leaves) }

    private func cover(_ child: Int32) -> Double {
        child < 0 ? covers[-Int(child) - 1] : cover(left[Int(child)]) + cover(right[Int(child)])
    }

    /// The tree's answer when the features in a set of bits are known.
    func value(_ child: Int32, known: Int, _ goesLeft: [Bool]) -> Double {
        if child < 0 { return leaves[-Int(child) - 1] }
        let node = Int(child)
        if known >> Int(features[node]) & 1 == 1 { return value(goesLeft[node] ? left[node] : right[node], known: known, goesLeft) }
        let (a, b) = (cover(left[node]), cover(right[node]))
        return (a * value(left[node], known: known, goesLeft) + b * value(right[node], known: known, goesLeft)) / (a + b)
    }

    /// Σ |S|! (n − |S| − 1)! / n! · (v(S ∪ i) − v(S)).
    func shapley(_ feature: Int, _ goesLeft: [Bool]) -> Double {
        func factorial(_ n: Int) -> Double { n < 2 ? 1 : Double(n) * factorial(n - 1) }
        var sum = 0.0
        for set in 0..<(1 << count) where set >> feature & 1 == 0 {
            let size = set.nonzeroBitCount
            let weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            sum += weight * (value(0, known: set | 1 << feature, goesLeft) - value(0, known: set, goesLeft))
        }
        return sum
    }
}
