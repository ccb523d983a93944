import Foundation
import Interchange
import Testing

@Suite("Hostile model files") struct HostileFileTests {
    private func failure(_ bytes: [UInt8], limits: OnnxLimits = OnnxLimits()) -> OnnxFailure? {
        do {
            _ = try OnnxEvaluator(bytes, limits: limits)
            return nil
        } catch { return error }
    }

    private func failure(_ model: OnnxModel) -> OnnxFailure? { failure(model.encode()) }

    private static let relu = OnnxNode("Relu", ["x"], ["y"])

    /// A model whose graph holds what `body` writes besides a node that reads `x` and makes `y`.
    private func raw(opset: UInt64 = 17, _ body: (inout RawMessage) -> Void) -> [UInt8] {
        RawMessage.of { model in
            model.data(
                7,
                RawMessage.of { graph in
                    body(&graph)
                    graph.data(
                        1,
                        RawMessage.of {
                            $0.text(1, "x")
                            $0.text(2, "y")
                            $0.text(4, "Relu")
                        })
                })
            model.data(8, RawMessage.of { $0.number(2, opset) })
        }
    }

    @Test("An empty file, random bytes and a file that ends early are damaged, at every length", .enabled(if: Shared.root != nil))
    func truncated() throws {
        #expect(failure([]) == .incomplete("no graph"))
        let whole = try Shared.bytes("logreg_binary_zipmap", "model.onnx")
        for length in whole.indices.dropFirst() {
            #expect(failure(Array(whole[..<length])) != nil || length > whole.count - 40, "\(length)")
        }
        let model = Built.model([Self.relu]).encode()
        for length in 1..<(model.count / 2) { #expect(failure(Array(model[..<length])) != nil) }
    }

    @Test("Any byte of a model may be changed, and nothing traps, neither reading nor answering", .enabled(if: Shared.root != nil))
    func changed() throws {
        var state: UInt64 = 7
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33)
        }
        var (read, answered) = (0, 0)
        for name in ["pipe_kbins_logreg", "tree_classifier", "svc_rbf_multi", "torch_embed_mlp", "lgbm_categorical", "kmeans"]
        where Shared.names.contains(name) {
            let whole = try Shared.bytes(name, "model.onnx")
            let expected = try Expected(name, model: try Shared.model(name))
            for _ in 0..<300 {
                var bytes = whole
                for _ in 0...(next() % 4) { bytes[next() % bytes.count] = UInt8(next() & 255) }
                guard let model = try? OnnxEvaluator(bytes) else { continue }
                read += 1
                if (try? model.run(expected.inputs)) != nil { answered += 1 }
            }
        }
        #expect(read > 100 && answered > 50)
    }

    @Test("A number of eleven bytes, one of too many bits and a cut one are damaged")
    func numbers() {
        let long = [UInt8](repeating: 0x80, count: 10) + [1]
        #expect(failure([0x08] + long) == .damaged("a number of more than 64 bits", at: 1))
        #expect(failure([0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x7F]) == .damaged("a number of more than 64 bits", at: 1))
        #expect(failure([0x08, 0xFF]) == .damaged("a number that is cut off", at: 1))
        #expect(failure([0x3A] + RawMessage.varint(UInt64.max)) == .damaged("a field that is longer than what holds it", at: 0))
        #expect(failure([0x0B]) == .damaged("a field of wire type 3", at: 0))
        #expect(failure([0x00, 0x00]) == .damaged("a field without a number", at: 0))
    }

    @Test("Dimensions that overflow, that are negative, and more of them than there are, are refused")
    func dimensions() {
        func tensor(_ lengths: [UInt64]) -> [UInt8] {
            raw { graph in
                graph.data(
                    5,
                    RawMessage.of { tensor in
                        for length in lengths { tensor.number(1, length) }
                        tensor.number(2, 1)
                        tensor.text(8, "w")
                        tensor.data(9, [0, 0, 0, 0])
                    })
            }
        }
        #expect(failure(tensor([1 << 62, 1 << 62])) != nil)
        #expect(failure(tensor([UInt64.max])) == .badTensor(name: "w", what: "dimensions [-1]"))
        #expect(failure(tensor([1 << 30, 1 << 30])) == .tooLarge(what: "elements in w", found: 1 << 60, limit: 1 << 26))
        #expect(failure(tensor([UInt64](repeating: 1, count: 9))) == .tooLarge(what: "dimensions in w", found: 9, limit: 8))
        #expect(failure(tensor([2])) == .badTensor(name: "w", what: "1 elements for [2]"))
    }

    @Test("Weights in another file are refused, whatever else the tensor says")
    func external() {
        let bytes = raw { graph in
            graph.data(
                5,
                RawMessage.of { tensor in
                    tensor.number(1, 1)
                    tensor.number(2, 1)
                    tensor.data(13, RawMessage.of { $0.text(1, "location") })
                    tensor.text(8, "w")
                    tensor.number(14, 1)
                })
        }
        #expect(failure(bytes) == .externalData(name: "w"))
    }

    @Test("A cycle, a value that nothing makes and a name twice are refused with the node")
    func graph() {
        let cycle = Built.model([OnnxNode("Relu", ["b"], ["a"]), OnnxNode("Relu", ["a"], ["b"]), OnnxNode("Add", ["x", "a"], ["y"])])
        let place = OnnxPlace(operation: "Relu", domain: "ai.onnx", opset: 17, node: "a")
        #expect(failure(cycle) == .cycle(name: "b", place))
        let missing = Built.model([OnnxNode("Add", ["x", "z"], ["y"])])
        #expect(failure(missing) == .missingValue(name: "z", OnnxPlace(operation: "Add", domain: "ai.onnx", opset: 17, node: "y")))
        #expect(failure(Built.model([OnnxNode("Relu", ["x"], ["y"]), OnnxNode("Abs", ["x"], ["y"])])) == .duplicate(name: "y"))
        #expect(failure(Built.model([], outputs: ["y"])) == .incomplete("no value for its output y"))
    }

    @Test("An unknown operator is refused with its name, domain, opset and node; so is a known one in another opset")
    func operators() {
        let place = OnnxPlace(operation: "Conv", domain: "ai.onnx", opset: 17, node: "y")
        #expect(failure(Built.model([OnnxNode("Conv", ["x"], ["y"])])) == .unknownOperator(place))
        #expect(failure(Built.model([OnnxNode("Conv", ["x"], ["y"])]))?.description.contains("Conv (ai.onnx 17, node y)") == true)
        let own = OnnxNode("Relu", domain: "com.example", ["x"], ["y"])
        #expect(failure(Built.model([own])) == .unknownOperator(OnnxPlace(operation: "Relu", domain: "com.example", opset: 0, node: "y")))
        let old = Built.model([OnnxNode("Add", ["x", "x"], ["y"])], opsets: ["ai.onnx": 6])
        #expect(
            failure(old)
                == .unsupportedOpset(OnnxPlace(operation: "Add", domain: "ai.onnx", opset: 6, node: "y"), supported: "from opset 7 on"))
        #expect(failure(Built.model([Self.relu], opsets: ["ai.onnx": 999])) == .badOpset(domain: "ai.onnx", version: 999, limit: 28))
        #expect(failure(Built.model([Self.relu], opsets: ["ai.onnx.ml": 3])) == .badOpset(domain: "ai.onnx", version: 0, limit: 0))
    }

    @Test("Ten thousand messages inside one another are passed over without going into them")
    func depth() {
        var inner: [UInt8] = []
        for _ in 0..<10_000 { inner = [0x0A] + RawMessage.varint(UInt64(inner.count)) + inner }
        #expect(failure(raw { $0.data(20, inner) }) == .incomplete("no inputs") || failure(raw { $0.data(20, inner) }) != nil)
        let attribute = OnnxNode("Relu", ["x"], ["y"], ["body": OnnxAttribute()])
        #expect(failure(Built.model([attribute])) == nil)
    }

    @Test("A file of more bytes, nodes or values than are taken is refused before it is worked on")
    func sizes() {
        var limits = OnnxLimits()
        limits.bytes = 10
        #expect(failure(Built.model([Self.relu]).encode(), limits: limits).map { "\($0)".contains("at most 10") } == true)
        limits = OnnxLimits()
        limits.nodes = 5
        let chain = (0..<6).map { OnnxNode("Relu", [$0 == 0 ? "x" : "v\($0)"], [$0 == 5 ? "y" : "v\($0 + 1)"]) }
        #expect(failure(Built.model(chain).encode(), limits: limits) == .tooLarge(what: "nodes", found: 6, limit: 5))
    }

    @Test("A graph that would fill the memory is stopped where it does, with the node")
    func memory() throws {
        let shape = OnnxInitializer(name: "s", tensor: OnnxTensor(shape: [3], elements: .integers([30_000, 30_000, 3])))
        let model = Built.model([OnnxNode("Expand", ["x", "s"], ["y"])], [shape])
        let evaluator = try Built.evaluator(model)
        let failure = #expect(throws: OnnxFailure.self) { try evaluator.run(Built.rows([1, 2, 3])) }
        #expect(failure.map { "\($0)".contains("Expand (ai.onnx 17, node y)") } == true)
        let huge = OnnxInitializer(
            name: "s", tensor: OnnxTensor(shape: [5], elements: .integers([0, 2_000_000_000, 2_000_000_000, 2_000_000_000, 3])))
        let empty = try Built.evaluator(Built.model([OnnxNode("Expand", ["x", "s"], ["y"])], [huge]))
        #expect(throws: OnnxFailure.self) { try empty.run(Built.rows([1, 2, 3])) }
    }

    @Test(
        "Trees that run in circles, share a root, lack a child or ask for an input beyond all bounds are refused",
        arguments: [
            ([1, 0, 0], [2, 0, 0], [0, 0, 0]), ([1, 1, 0], [2, 2, 0], [0, 0, 0]), ([1, 0, 0], [9, 0, 0], [0, 0, 0]),
            ([1, 0, 0], [2, 0, 0], [-1, 0, 0]), ([1, 0, 0], [2, 0, 0], [1 << 40, 0, 0]),
        ])
    func trees(_ yes: [Int], _ no: [Int], _ features: [Int]) {
        let isSound = yes == [1, 0, 0] && no == [2, 0, 0] && features == [0, 0, 0]
        let modes = yes == [1, 1, 0] ? ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF"] : ["BRANCH_LEQ", "LEAF", "LEAF"]
        let node = OnnxNode(
            "TreeEnsembleRegressor", domain: "ai.onnx.ml", ["x"], ["y"],
            [
                "nodes_treeids": OnnxAttribute([0, 0, 0]), "nodes_nodeids": OnnxAttribute([0, 1, 2]), "nodes_modes": OnnxAttribute(modes),
                "nodes_featureids": OnnxAttribute(features), "nodes_values": OnnxAttribute([0.5, 0, 0] as [Float]),
                "nodes_truenodeids": OnnxAttribute(yes), "nodes_falsenodeids": OnnxAttribute(no), "target_treeids": OnnxAttribute([0, 0]),
                "target_nodeids": OnnxAttribute([1, 2]), "target_ids": OnnxAttribute([0, 0]),
                "target_weights": OnnxAttribute([1, 2] as [Float]), "n_targets": OnnxAttribute(1),
            ])
        let found = failure(Built.model([node]))
        if case .unsupported = found { #expect(!isSound) } else { #expect(isSound && found == nil, "\(String(describing: found))") }
    }

    @Test("An input of another type, shape or name, and none at all, are said")
    func inputs() throws {
        let model = try Built.evaluator(Built.model([Self.relu]))
        #expect(throws: OnnxFailure.badInput(name: "x", what: "it is not given")) { try model.run([:]) }
        #expect(throws: OnnxFailure.self) { try model.run(["z": OnnxTensor(shape: [1], elements: .floats([1]))]) }
        #expect(throws: OnnxFailure.self) { try model.run(["x": OnnxTensor(shape: [1, 3], elements: .doubles([1, 2, 3]))]) }
        #expect(throws: OnnxFailure.self) { try model.run(["x": OnnxTensor(shape: [1, 4], elements: .floats([1, 2, 3, 4]))]) }
        #expect(throws: OnnxFailure.self) { try model.run(["x": OnnxTensor(shape: [2, 3], elements: .floats([1, 2, 3]))]) }
        #expect(try model.run(Built.rows([-1, 2, 3]))[0].tensor.elements == .floats([0, 2, 3]))
    }
}
