import Foundation
import Interchange
import Learning
import Tabular
import Testing

/// How long answers take beside ONNX Runtime and beside our own trees: printed, and only where `$FLYBALL_ONNX_SPEED` is set as well.
@Suite(
    "Speed beside ONNX Runtime", .serialized,
    .enabled(if: OnnxRuntime.python != nil && ProcessInfo.processInfo.environment["FLYBALL_ONNX_SPEED"] != nil))
struct SpeedTests {
    private static let rows = 10_000

    /// The median of one row, and the least of all rows, in nanoseconds.
    private func measure(_ predictor: any Predictor, _ features: [Double]) -> (row: Double, batch: Double) {
        var results = [Double](repeating: 0, count: Self.rows * predictor.outputs)
        return features.withUnsafeBufferPointer { features in
            results.withUnsafeMutableBufferPointer { results in
                guard let features = features.baseAddress, let results = results.baseAddress else { return (0, 0) }
                let clock = ContinuousClock()
                func time(_ body: () -> Void) -> Double { clock.measure(body) / .nanoseconds(1) }
                // A call is too short for the clock: a hundred together.
                let single = (0..<60).map { round in
                    time { for row in 0..<100 { predictor.predict(features + (round * 100 + row) * predictor.width, into: results) } } / 100
                }.sorted()
                let batch = (0..<7).map { _ in time { predictor.predict(rows: features, count: Self.rows, into: results) } }.min() ?? 0
                return (single[30], batch)
            }
        }
    }

    private func random(_ count: Int) -> [Double] {
        var random = Trained.Random(state: 11)
        return (0..<count).map { _ in Double(Float(random.unit() * 6 - 3)) }
    }

    /// A model over columns of numbers as a fitted one.
    private func fitted(_ file: [UInt8]) throws -> (predictor: any Predictor, inputs: [OnnxPort], width: Int)? {
        let evaluator = try OnnxEvaluator(file)
        guard evaluator.inputs.allSatisfy({ $0.kind == .tensor(.float) && $0.shape?.count == 2 }) else { return nil }
        var features: [Feature] = []
        var wishes = BindingWishes()
        for port in evaluator.inputs {
            let names = (0..<(port.shape?[1] ?? 1)).map { "\(port.name)\($0)" }
            wishes.columns[port.name] = names
            features += names.map { Feature(name: $0, kind: .numeric) }
        }
        for task in PredictionTask.allCases {
            let classes = task == .binary ? ["0", "1"] : task == .multiclass ? ["0", "1", "2"] : []
            let schema = Schema(features: features, target: Target(name: "y", task: task, classes: classes))
            guard let found = try? BindingSearch.find(file, schema: schema, wishes: wishes) else { continue }
            let model = try OnnxFitted(file: file, binding: found.binding, schema: schema)
            return (model.predictor(schema: schema, categories: Categories()), evaluator.inputs, features.count)
        }
        return nil
    }

    @Test("One row and ten thousand through the shared models", .enabled(if: Shared.root != nil))
    func shared() throws {
        let cases = try OnnxRuntime.Cases()
        var own: [(name: String, row: Double, batch: Double)] = []
        for name in Shared.names {
            let file = try Shared.bytes(name, "model.onnx")
            guard let (predictor, inputs, width) = try fitted(file) else { continue }
            let features = random(Self.rows * width)
            let times = measure(predictor, features)
            own.append((name, times.row, times.batch))
            var given: [String: OnnxTensor] = [:]
            var first = 0
            for port in inputs {
                let columns = port.shape?[1] ?? 1
                let values = (0..<Self.rows).flatMap { row in (0..<columns).map { Float(features[row * width + first + $0]) } }
                given[port.name] = OnnxTensor(shape: [Self.rows, columns], elements: .floats(values))
                first += columns
            }
            try cases.add(name, file, given)
        }
        try cases.run("time")
        print("model: one row here, in ONNX Runtime (from Python), ns; 10,000 rows here, in ONNX Runtime, µs, and the ratio")
        for (name, row, batch) in own {
            let data = try Data(contentsOf: cases.root.appending(path: "\(name)/times.json"))
            let other = try JSONDecoder().decode([String: Double].self, from: data)
            let (otherRow, otherBatch) = (other["row"] ?? 0, other["batch"] ?? 0)
            print(
                "  \(name): \(Int(row)) \(Int(otherRow)); \(Int(batch / 1_000)) \(Int(otherBatch / 1_000)) \((batch / otherBatch * 100).rounded() / 100)"
            )
        }
    }

    @Test("A row through 100 trees from a file takes at most 1.2 times what it takes through our own")
    func trees() throws {
        let rows = Trained.rows(.regression, count: 20_000, seed: 2, isPlain: true)
        let request = TrainingRequest(algorithm: "boosted-trees", settings: ["trees": "100", "leaves": "31"])
        let model = try Model.decode(try Training.run(rows, request: request, hooks: TrainingHooks()).artefact)
        let form = try #require(model.form)
        guard case .trees(let forest) = form.core else { return }
        let (predictor, _, width) = try #require(try fitted(Built.model([Self.node(forest)], width: 4).encode()))
        #expect(width == 4)
        let features = random(Self.rows * 4)
        let (own, other) = (measure(model.predictor(categories: Categories()), features), measure(predictor, features))
        print(
            "100 trees: one row \(Int(own.row)) ns by ours, \(Int(other.row)) from the file; 10,000 rows \(Int(own.batch / 1_000)) and \(Int(other.batch / 1_000)) µs"
        )
        #expect(other.row <= 1.2 * own.row)
    }

    /// Trees of numbers alone as an exporter writes them.
    private static func node(_ forest: ForestForm) -> OnnxNode {
        var lists: [String: [Int]] = [:]
        var (modes, values, weights): ([String], [Float], [Float]) = ([], [], [])
        for (tree, root) in forest.roots.enumerated() {
            var pending = [root]
            while let child = pending.popLast() {
                let isLeaf = child < 0
                func id(_ child: Int) -> Int { child >= 0 ? child : forest.nodes.count - child }
                lists["nodes_treeids", default: []].append(tree)
                lists["nodes_nodeids", default: []].append(id(child))
                lists["nodes_featureids", default: []].append(isLeaf ? 0 : forest.nodes[child].input)
                lists["nodes_truenodeids", default: []].append(isLeaf ? 0 : id(forest.nodes[child].left))
                lists["nodes_falsenodeids", default: []].append(isLeaf ? 0 : id(forest.nodes[child].right))
                lists["nodes_missing_value_tracks_true", default: []].append(isLeaf || !forest.nodes[child].missingIsLeft ? 0 : 1)
                modes.append(isLeaf ? "LEAF" : "BRANCH_LEQ")
                values.append(isLeaf ? 0 : Float(forest.nodes[child].threshold))
                if isLeaf {
                    lists["target_treeids", default: []].append(tree)
                    lists["target_nodeids", default: []].append(id(child))
                    lists["target_ids", default: []].append(0)
                    weights.append(Float(forest.leaves[-child - 1]))
                } else {
                    pending += [forest.nodes[child].right, forest.nodes[child].left]
                }
            }
        }
        var attributes = lists.mapValues { OnnxAttribute($0) }
        attributes["nodes_modes"] = OnnxAttribute(modes)
        attributes["nodes_values"] = OnnxAttribute(values)
        attributes["target_weights"] = OnnxAttribute(weights)
        attributes["n_targets"] = OnnxAttribute(1)
        attributes["base_values"] = OnnxAttribute([Float(forest.base[0])])
        return OnnxNode("TreeEnsembleRegressor", domain: "ai.onnx.ml", ["x"], ["y"], attributes)
    }
}
