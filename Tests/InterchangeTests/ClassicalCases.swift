import Interchange

/// Nodes of ai.onnx.ml with attributes of every kind, over rows of three numbers.
enum ClassicalCases {
    static let transforms = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"]

    static func all(_ random: inout Trained.Random) -> [(String, OnnxNode)] {
        var cases: [(String, OnnxNode)] = []
        for transform in transforms {
            for lines in 1...3 {
                // Of single scores ONNX Runtime writes the probit into places of other rows.
                if transform == "PROBIT" && lines == 1 { continue }
                cases.append(("linear-\(lines)-\(transform)", linear(lines, transform, labels: max(2, lines), &random)))
                if transform != "PROBIT" { cases.append(("regressor-\(lines)-\(transform)", regressor(lines, transform, &random))) }
            }
            for way in trees where transform != "PROBIT" || !["binary-0", "binary-0-share", "binary-0-base1"].contains(way) {
                cases.append(("trees-\(way)-\(transform)", forest(way, transform, isClassifier: true, &random)))
                if transform == "NONE" { cases.append(("sums-\(way)", forest(way, transform, isClassifier: false, &random))) }
            }
        }
        for kernel in ["LINEAR", "POLY", "RBF", "SIGMOID"] {
            for classes in 2...4 {
                cases.append(("vectors-\(kernel)-\(classes)", vectors(kernel, classes, isProbable: false, &random)))
                cases.append(("vectors-\(kernel)-\(classes)-probable", vectors(kernel, classes, isProbable: true, &random)))
            }
            cases.append(("vector-sum-\(kernel)", vectorSum(kernel, isOneClass: false, &random)))
            cases.append(("vector-one-\(kernel)", vectorSum(kernel, isOneClass: true, &random)))
        }
        for norm in ["MAX", "L1", "L2"] { cases.append(("norm-\(norm)", node("Normalizer", ["norm": OnnxAttribute(norm)]))) }
        cases.append(("scaler", node("Scaler", ["offset": OnnxAttribute([1, 2, 3] as [Float]), "scale": OnnxAttribute([2] as [Float])])))
        cases.append(("binarizer", node("Binarizer", ["threshold": OnnxAttribute(Float(0.5))])))
        cases.append(
            (
                "imputer",
                node(
                    "Imputer",
                    ["imputed_value_floats": OnnxAttribute([7, 8, 9] as [Float]), "replaced_value_float": OnnxAttribute(Float(1))])
            ))
        return cases
    }

    private static func node(_ operation: String, _ attributes: [String: OnnxAttribute], _ outputs: [String] = ["y"]) -> OnnxNode {
        OnnxNode(operation, domain: "ai.onnx.ml", ["x"], outputs, attributes)
    }

    private static func numbers(_ count: Int, _ random: inout Trained.Random) -> OnnxAttribute {
        OnnxAttribute((0..<count).map { _ in Float(random.unit() * 2 - 1) })
    }

    private static func linear(_ lines: Int, _ transform: String, labels: Int, _ random: inout Trained.Random) -> OnnxNode {
        node(
            "LinearClassifier",
            [
                "coefficients": numbers(3 * lines, &random), "intercepts": numbers(lines, &random),
                "classlabels_ints": OnnxAttribute((0..<labels).map { $0 + 5 }), "post_transform": OnnxAttribute(transform),
            ], ["label", "y"])
    }

    private static func regressor(_ lines: Int, _ transform: String, _ random: inout Trained.Random) -> OnnxNode {
        node(
            "LinearRegressor",
            [
                "coefficients": numbers(3 * lines, &random), "intercepts": numbers(lines, &random), "targets": OnnxAttribute(lines),
                "post_transform": OnnxAttribute(transform),
            ])
    }

    private static func vectors(_ kernel: String, _ classes: Int, isProbable: Bool, _ random: inout Trained.Random) -> OnnxNode {
        let perClass = (0..<classes).map { $0 + 2 }
        let count = perClass.reduce(0, +)
        let pairs = classes * (classes - 1) / 2
        var attributes = [
            "kernel_type": OnnxAttribute(kernel), "kernel_params": OnnxAttribute([0.3, 0.5, 3] as [Float]),
            "vectors_per_class": OnnxAttribute(perClass), "support_vectors": numbers(3 * count, &random),
            "coefficients": numbers(count * (classes - 1), &random), "rho": numbers(pairs, &random),
            "classlabels_ints": OnnxAttribute(Array(0..<classes)), "post_transform": OnnxAttribute("NONE"),
        ]
        if isProbable {
            attributes["prob_a"] = OnnxAttribute((0..<pairs).map { _ in Float(-1 - random.unit()) })
            attributes["prob_b"] = numbers(pairs, &random)
        }
        return node("SVMClassifier", attributes, ["label", "y"])
    }

    private static func vectorSum(_ kernel: String, isOneClass: Bool, _ random: inout Trained.Random) -> OnnxNode {
        node(
            "SVMRegressor",
            [
                "kernel_type": OnnxAttribute(kernel), "kernel_params": OnnxAttribute([0.3, 0.5, 3] as [Float]),
                "n_supports": OnnxAttribute(11),
                "support_vectors": numbers(33, &random), "coefficients": numbers(11, &random), "rho": numbers(1, &random),
                "one_class": OnnxAttribute(isOneClass ? 1 : 0), "post_transform": OnnxAttribute("NONE"),
            ])
    }

    /// Which outputs the trees speak of, and with which sign.
    static let trees = [
        "binary-0", "binary-1", "binary-0-share", "binary-1-share", "binary-both", "binary-0-base1", "binary-0-base2", "binary-1-base1",
        "binary-1-base2", "binary-both-base2", "three", "three-base",
    ]

    private static func forest(_ way: String, _ transform: String, isClassifier: Bool, _ random: inout Trained.Random) -> OnnxNode {
        let outputs = way.hasPrefix("three") ? 3 : 2
        let prefix = isClassifier ? "class" : "target"
        let modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
        var lists: [String: [Int]] = [:]
        var (kinds, values, weights): ([String], [Float], [Float]) = ([], [], [])
        for tree in 0..<6 {
            for id in 0..<7 {
                let isLeaf = id > 2
                lists["nodes_treeids", default: []].append(tree)
                lists["nodes_nodeids", default: []].append(id)
                lists["nodes_featureids", default: []].append(isLeaf ? 0 : random.below(3))
                lists["nodes_truenodeids", default: []].append(isLeaf ? 0 : 2 * id + 1)
                lists["nodes_falsenodeids", default: []].append(isLeaf ? 0 : 2 * id + 2)
                lists["nodes_missing_value_tracks_true", default: []].append(isLeaf ? 0 : random.below(2))
                kinds.append(isLeaf ? "LEAF" : modes[tree])
                values.append(isLeaf ? 0 : Float(random.below(5)) - 2)
                guard isLeaf else { continue }
                for output in Self.outputs(way, outputs, tree) {
                    lists["\(prefix)_treeids", default: []].append(tree)
                    lists["\(prefix)_nodeids", default: []].append(id)
                    lists["\(prefix)_ids", default: []].append(output)
                    weights.append(Float(way.contains("share") ? random.unit() / 6 : random.unit() * 2 - 1))
                }
            }
        }
        var attributes = lists.mapValues { OnnxAttribute($0) }
        attributes["nodes_modes"] = OnnxAttribute(kinds)
        attributes["nodes_values"] = OnnxAttribute(values)
        attributes["\(prefix)_weights"] = OnnxAttribute(weights)
        attributes["post_transform"] = OnnxAttribute(transform)
        if isClassifier {
            attributes["classlabels_int64s"] = OnnxAttribute(Array(0..<outputs))
        } else {
            attributes["n_targets"] = OnnxAttribute(outputs)
        }
        if way.contains("base1"), isClassifier { attributes["base_values"] = numbers(1, &random) }
        if way.contains("base2") || way == "three-base" { attributes["base_values"] = numbers(outputs, &random) }
        return node("TreeEnsemble\(isClassifier ? "Classifier" : "Regressor")", attributes, isClassifier ? ["label", "y"] : ["y"])
    }

    private static func outputs(_ way: String, _ outputs: Int, _ tree: Int) -> [Int] {
        if way.hasPrefix("binary-0") { return [0] }
        if way.hasPrefix("binary-1") { return [1] }
        return way == "three" ? [tree % 3] : Array(0..<outputs)
    }
}
