import Interchange

extension FuzzTarget {
    /// Files of models from elsewhere.
    static let interchange = [
        FuzzTarget(name: "onnx", seeds: { OnnxSeeds.all.map { $0.encode() } }) {
            var limits = OnnxLimits()
            limits.bytes = 1 << 20
            limits.memory = 1 << 20
            limits.elements = 1 << 18
            limits.treeNodes = 100_000
            return { bytes in
                // Whatever is read is asked, too: shapes show only then.
                guard let model = try? OnnxEvaluator(Array(bytes), limits: limits) else { return }
                var given: [String: OnnxTensor] = [:]
                for port in model.inputs {
                    let shape = (port.shape ?? [2, 3]).map { min($0 ?? 2, 64) }
                    let count = shape.reduce(1, *)
                    guard case .tensor(let type) = port.kind, count <= 1 << 12 else { return }
                    given[port.name] = OnnxTensor(shape: shape, elements: OnnxSeeds.elements(type, count))
                }
                _ = try? model.run(given)
            }
        }
    ]
}

/// Sound models of all sorts of operators, from which others are bred.
private enum OnnxSeeds {
    static func elements(_ type: ElementType, _ count: Int) -> OnnxElements {
        switch type {
        case .float: .floats((0..<count).map { Float($0 % 7) - 3 })
        case .double: .doubles((0..<count).map { Double($0 % 7) - 3 })
        case .int64: .integers((0..<count).map { Int64($0 % 7) - 3 })
        case .int32: .shortIntegers((0..<count).map { Int32($0 % 7) - 3 })
        case .bool: .booleans((0..<count).map { $0 % 2 == 0 })
        case .string: .texts((0..<count).map { $0 % 2 == 0 ? "a" : "b" })
        }
    }

    private static func model(_ nodes: [OnnxNode], _ constants: [(String, [Int], OnnxElements)] = [], type: ElementType = .float)
        -> OnnxModel
    {
        var model = OnnxModel()
        model.format = 8
        model.opsets = ["ai.onnx": 17, "ai.onnx.ml": 3]
        model.nodes = nodes
        model.initializers = constants.map { OnnxInitializer(name: $0.0, tensor: OnnxTensor(shape: $0.1, elements: $0.2)) }
        model.inputs = [OnnxPort(name: "x", kind: .tensor(type), shape: [nil, 3])]
        model.outputs = [OnnxPort(name: "y", kind: .tensor(.float), shape: nil)]
        return model
    }

    private static func classical(_ operation: String, _ attributes: [String: OnnxAttribute], type: ElementType = .float) -> OnnxModel {
        model([OnnxNode(operation, domain: "ai.onnx.ml", ["x"], ["y"], attributes)], type: type)
    }

    static var all: [OnnxModel] {
        let floats: [Float] = [1, -2, 3, 0.5, 2, 1]
        var models = ["Relu", "Softmax", "ReduceSum", "ArgMax", "Transpose", "Shape", "Flatten"].map { model([OnnxNode($0, ["x"], ["y"])]) }
        models.append(
            model(
                [OnnxNode("Gemm", ["x", "w", "b"], ["h"]), OnnxNode("Tanh", ["h"], ["t"]), OnnxNode("Mul", ["t", "t"], ["y"])],
                [("w", [3, 2], .floats(floats)), ("b", [2], .floats([1, 2]))]))
        models.append(model([OnnxNode("Reshape", ["x", "s"], ["y"])], [("s", [2], .integers([-1, 1]))]))
        models.append(model([OnnxNode("Gather", ["x", "s"], ["y"], ["axis": OnnxAttribute(1)])], [("s", [2], .integers([0, 2]))]))
        models.append(model([OnnxNode("Expand", ["x", "s"], ["y"])], [("s", [3], .integers([2, 1, 3]))]))
        models.append(model([OnnxNode("TopK", ["x", "s"], ["y", "i"])], [("s", [1], .integers([2]))]))
        models.append(
            model(
                [OnnxNode("Slice", ["x", "a", "e"], ["y"])], [("a", [2], .integers([0, 1])), ("e", [2], .integers([1, 3]))]))
        models.append(
            classical("OneHotEncoder", ["cats_strings": OnnxAttribute(["a", "c"]), "zeros": OnnxAttribute(1)], type: .string))
        models.append(
            classical(
                "LinearClassifier",
                [
                    "coefficients": OnnxAttribute(floats), "intercepts": OnnxAttribute([1, 2] as [Float]),
                    "classlabels_ints": OnnxAttribute([0, 1]), "post_transform": OnnxAttribute("SOFTMAX"),
                ]))
        models.append(
            classical(
                "TreeEnsembleRegressor",
                [
                    "nodes_treeids": OnnxAttribute([0, 0, 0]), "nodes_nodeids": OnnxAttribute([0, 1, 2]),
                    "nodes_modes": OnnxAttribute(["BRANCH_EQ", "LEAF", "LEAF"]), "nodes_featureids": OnnxAttribute([1, 0, 0]),
                    "nodes_values": OnnxAttribute([0.5, 0, 0] as [Float]), "nodes_truenodeids": OnnxAttribute([1, 0, 0]),
                    "nodes_falsenodeids": OnnxAttribute([2, 0, 0]), "target_treeids": OnnxAttribute([0, 0]),
                    "target_nodeids": OnnxAttribute([1, 2]), "target_ids": OnnxAttribute([0, 0]),
                    "target_weights": OnnxAttribute([1, 2] as [Float]), "n_targets": OnnxAttribute(1),
                ]))
        models.append(
            classical(
                "SVMRegressor",
                [
                    "kernel_type": OnnxAttribute("RBF"), "kernel_params": OnnxAttribute([0.3, 0, 3] as [Float]),
                    "n_supports": OnnxAttribute(2),
                    "support_vectors": OnnxAttribute(floats), "coefficients": OnnxAttribute([1, 2] as [Float]),
                    "rho": OnnxAttribute([1] as [Float]),
                ]))
        return models
    }
}
