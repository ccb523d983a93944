import Learning
import Tabular

/// Scores inside a graph, and what is made of them: probabilities, corrected, and labels.
enum AnswerWriter {
    /// Adds all of a model to a graph; its outputs.
    ///
    /// - Parameter threshold: from which probability on a row is called positive, of two classes.
    static func add(
        _ form: ModelForm, _ inputs: ExportInputs, threshold: Double, _ graph: inout GraphWriter
    ) throws(OnnxFailure) -> [OnnxPort] {
        let answers = try answers(form, inputs, &graph)
        guard form.schema.target.task != .regression else {
            _ = graph.cast(answers, to: inputs.type, named: "prediction")
            return [OnnxPort(name: "prediction", kind: .tensor(inputs.type), shape: [nil, 1])]
        }
        let classes = form.schema.target.classes
        var probabilities = form.corrections.isEmpty ? answers : corrected(answers, form.corrections, &graph)
        if form.schema.target.task == .binary {
            probabilities = graph.beside([graph.add("Sub", [graph.number(1), probabilities]), probabilities])
        }
        let place =
            form.schema.target.task == .binary && threshold != DecisionThreshold.standard
            ? called(probabilities, from: threshold, &graph)
            : graph.add("ArgMax", [probabilities], ["axis": OnnxAttribute(1), "keepdims": OnnxAttribute(0)])
        _ = graph.add(
            "LabelEncoder", [place],
            [
                "keys_int64s": OnnxAttribute(Array(classes.indices)), "values_strings": OnnxAttribute(classes),
                "default_string": OnnxAttribute(""),
            ], domain: "ai.onnx.ml", named: "label")
        _ = graph.cast(probabilities, to: inputs.type, named: "probabilities")
        return [
            OnnxPort(name: "label", kind: .tensor(.string), shape: [nil]),
            OnnxPort(name: "probabilities", kind: .tensor(inputs.type), shape: [nil, classes.count]),
        ]
    }

    /// 1 for a row whose probability of the second class reaches the threshold, else 0.
    private static func called(_ probabilities: String, from threshold: Double, _ graph: inout GraphWriter) -> String {
        let positive = graph.add(
            "Gather", [probabilities, graph.constant("positive", [], .integers([1]))], ["axis": OnnxAttribute(1)])
        return graph.cast(graph.add("GreaterOrEqual", [positive, graph.number(threshold)]), to: .int64)
    }

    /// What the core answers, in double precision, `[rows, outputs]`: probabilities, of two classes the second's, or numbers.
    private static func answers(_ form: ModelForm, _ inputs: ExportInputs, _ graph: inout GraphWriter) throws(OnnxFailure) -> String {
        switch form.core {
        case .constants(let values): return constants(values, inputs, &graph)
        case .trees(let forest):
            let prepared = PreparedColumns(form, inputs, &graph)
            guard form.schema.index(of: .exposure) == nil else {
                throw .unfit("a rate that is multiplied with an exposure is not written as ONNX")
            }
            let raw = graph.cast(ForestWriter.add(forest, prepared, type: inputs.type, &graph), to: .double)
            return forest.isLogarithmic ? graph.add("Exp", [raw]) : linked(raw, form, &graph)
        case .linear(let design, let weights):
            let matrix = try Self.design(design, form, inputs, &graph)
            let outputs = weights.count
            let lines = matrix.order.flatMap { column in weights.map { $0[column] } }
            let product = graph.add("MatMul", [matrix.matrix, graph.matrix(matrix.order.count, lines)])
            let intercepts = weights.map { $0[design.columns] }
            let scores = graph.add("Add", [product, graph.constant("intercepts", [outputs], .doubles(intercepts))])
            return linked(scores, form, &graph)
        case .network(let design, let network):
            let matrix = try Self.design(design, form, inputs, &graph)
            return linked(layers(network, matrix, &graph), form, &graph, network)
        }
    }

    private static func design(
        _ design: DesignForm, _ form: ModelForm, _ inputs: ExportInputs, _ graph: inout GraphWriter
    ) throws(OnnxFailure) -> DesignWriter {
        let written = DesignWriter(design, PreparedColumns(form, inputs, &graph), &graph)
        guard !written.order.isEmpty else { throw .unfit("the model reads nothing of a row") }
        return written
    }

    /// Scores as answers: the logistic function, the softmax function, or nothing.
    private static func linked(
        _ scores: String, _ form: ModelForm, _ graph: inout GraphWriter, _ network: NetworkForm? = nil
    ) -> String {
        switch form.schema.target.task {
        case .binary: return graph.add("Sigmoid", [scores])
        case .multiclass: return graph.add("Softmax", [scores], ["axis": OnnxAttribute(-1)])
        case .regression:
            guard let network else { return scores }
            let scaled = graph.add("Mul", [scores, graph.number(network.scale)])
            return graph.add("Add", [scaled, graph.number(network.center)])
        }
    }

    /// Rectified layers in single precision, as the model has them.
    private static func layers(_ network: NetworkForm, _ matrix: DesignWriter, _ graph: inout GraphWriter) -> String {
        let bounds = [graph.number(-NetworkForm.farthest), graph.number(NetworkForm.farthest)]
        var last = graph.cast(graph.add("Clip", [matrix.matrix] + bounds), to: .float)
        for (index, layer) in network.layers.enumerated() {
            var weights = layer.weights
            if index == 0 {
                weights = matrix.order.flatMap { layer.weights[($0 * layer.outputs)..<(($0 + 1) * layer.outputs)] }
            }
            let rows = weights.count / max(1, layer.outputs)
            let factor = graph.constant("weights", [rows, layer.outputs], .floats(weights))
            let bias = graph.constant("biases", [layer.outputs], .floats(layer.biases))
            last = graph.add("Gemm", [last, factor, bias])
            if index < network.layers.count - 1 { last = graph.add("Relu", [last]) }
        }
        return graph.cast(last, to: .double)
    }

    /// As many lines of constants as there are rows.
    private static func constants(_ values: [Double], _ inputs: ExportInputs, _ graph: inout GraphWriter) -> String {
        let shape = graph.add("Shape", [inputs.ports[0].name])
        let rows = graph.add(
            "Gather", [shape, graph.constant("first", [1], .integers([0]))], ["axis": OnnxAttribute(0)])
        let form = graph.add("Concat", [rows, graph.constant("one", [1], .integers([1]))], ["axis": OnnxAttribute(0)])
        let zeros = graph.add(
            "ConstantOfShape", [form], ["value": OnnxAttribute(OnnxTensor(shape: [1], elements: .doubles([0])))])
        return graph.add("Add", [zeros, graph.line(values)])
    }

    /// Probabilities corrected, each by its own map, and shared out anew among several classes.
    private static func corrected(_ answers: String, _ maps: [CorrectionForm], _ graph: inout GraphWriter) -> String {
        let columns = maps.enumerated().map { index, map in
            corrected(maps.count == 1 ? answers : graph.columns(answers, [index]), map, &graph)
        }
        guard columns.count > 1 else { return columns[0] }
        let all = graph.beside(columns)
        let sum = graph.add("ReduceSum", [all, graph.constant("axes", [1], .integers([1]))])
        let isSome = graph.add("Greater", [sum, graph.number(0)])
        let shares = graph.add("Div", [all, graph.add("Where", [isSome, sum, graph.number(1)])])
        return graph.add("Where", [isSome, shares, graph.number(1 / Double(columns.count))])
    }

    private static func corrected(_ probability: String, _ map: CorrectionForm, _ graph: inout GraphWriter) -> String {
        switch map {
        case .curve(let slope, let shift, let nearest):
            let kept = graph.add("Clip", [probability, graph.number(nearest), graph.number(1 - nearest)])
            let other = graph.add("Log", [graph.add("Sub", [graph.number(1), kept])])
            let odds = graph.add("Sub", [graph.add("Log", [kept]), other])
            let score = graph.add("Add", [graph.add("Mul", [odds, graph.number(slope)]), graph.number(shift)])
            return graph.add("Sigmoid", [score])
        case .lines(let from, let to):
            // A sum of ramps: each stretch adds what the probability has climbed of it.
            guard from.count > 1 else {
                let nothing = graph.add("Mul", [probability, graph.number(0)])
                return graph.add("Add", [nothing, graph.number(to.first ?? 0)])
            }
            let widths = zip(from, from.dropFirst()).map { $1 - $0 }
            let slopes = zip(zip(to, to.dropFirst()), widths).map { ($0.1 - $0.0) / $1 }
            let climbed = graph.add("Sub", [probability, graph.line(Array(from.dropLast()))])
            let floored = graph.add("Max", [climbed, graph.number(0)])
            let within = graph.add("Min", [floored, graph.line(widths)])
            let sum = graph.add("MatMul", [within, graph.matrix(slopes.count, slopes)])
            return graph.add("Add", [sum, graph.number(to[0])])
        }
    }
}
