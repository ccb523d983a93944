public import Tabular

/// What somebody says about how a model is to be asked.
public struct BindingWishes: Sendable {
    /// By input the columns that fill it.
    public var columns: [String: [String]] = [:]
    /// The output that is read.
    public var output: String?
    /// How it is read.
    public var reading: OnnxBinding.Reading?
    /// The model's names of the classes, in the order of its answers.
    public var classes: [String] = []

    /// Nothing is said.
    public init() {}
}

/// Finds how a model is asked about rows of a schema: inputs by their names, answers by what they look like.
public struct BindingSearch {
    private let model: OnnxModel
    private let evaluator: OnnxEvaluator
    private let schema: Schema
    private let wishes: BindingWishes
    private var notes: [String] = []

    /// The binding of a file, with remarks about what was taken for granted.
    ///
    /// - Throws: what is wrong with the file; `.unfit` for what cannot be found or does not fit. Complexity: O(bytes).
    public static func find(
        _ file: [UInt8], schema: Schema, wishes: BindingWishes
    ) throws(OnnxFailure) -> (binding: OnnxBinding, notes: [String]) {
        let model = try OnnxEvaluator.parse(file, limits: OnnxLimits())
        var search = BindingSearch(
            model: model, evaluator: try OnnxEvaluator(model, outputs: nil, limits: OnnxLimits()), schema: schema, wishes: wishes)
        let binding = try search.find()
        return (binding, search.notes)
    }

    private init(model: OnnxModel, evaluator: OnnxEvaluator, schema: Schema, wishes: BindingWishes) {
        self.model = model
        self.evaluator = evaluator
        self.schema = schema
        self.wishes = wishes
    }

    private mutating func find() throws(OnnxFailure) -> OnnxBinding {
        let inputs = try findInputs()
        let answers = try probe(inputs)
        let place = try findOutput()
        return try read(evaluator.outputs[place].name, answers[place], inputs)
    }

    // MARK: Inputs

    private mutating func findInputs() throws(OnnxFailure) -> [OnnxBinding.Input] {
        for name in wishes.columns.keys where !evaluator.inputs.contains(where: { $0.name == name }) {
            throw .unfit("the model has no input \(SafeText.escape(name)): it has \(Self.list(evaluator.inputs.map(\.name)))")
        }
        var found: [String: [String]] = [:]
        var open: [OnnxPort] = []
        for port in evaluator.inputs {
            if let columns = wishes.columns[port.name] {
                found[port.name] = columns
            } else if schema.index(of: port.name) != nil, (port.shape?.count == 2 ? port.shape?[1] ?? 1 : 1) == 1 {
                // A table of several columns that is called as one of them is not that one.
                found[port.name] = [port.name]
            } else {
                open.append(port)
            }
        }
        if let port = open.first {
            guard open.count == 1 else {
                throw .unfit("no columns are called as the inputs \(Self.list(open.map(\.name))): say which with --map INPUT=COLUMN")
            }
            let taken = Set(found.values.joined())
            // Instants are no numbers to learn from.
            let left = schema.features.filter { $0.kind != .time && !taken.contains($0.name) }.map(\.name)
            let wanted = port.shape?.count == 2 ? port.shape?[1] : port.shape?.count == 1 ? 1 : nil
            guard wanted == nil || wanted == left.count else {
                throw .unfit(
                    "the model's input \(SafeText.escape(port.name)) has \(wanted ?? 0) columns, the deployment \(left.count): say which with --map \(SafeText.escape(port.name))=A,B,…"
                )
            }
            found[port.name] = left
            notes.append("\(SafeText.escape(port.name)) reads \(Self.list(left)), in this order")
        }
        return evaluator.inputs.map { OnnxBinding.Input(name: $0.name, features: found[$0.name] ?? []) }
    }

    static func list(_ names: [String]) -> String {
        let shown = names.prefix(12).map { SafeText.escape($0) }.joined(separator: ", ")
        return names.count > 12 ? "\(shown) and \(names.count - 12) more" : shown
    }

    /// The model's answers to rows of nothing: what they look like.
    private func probe(_ inputs: [OnnxBinding.Input]) throws(OnnxFailure) -> [OnnxValue] {
        var given: [String: OnnxTensor] = [:]
        for (port, input) in zip(evaluator.inputs, inputs) {
            let rows = port.shape?.first.flatMap { $0 } == 1 ? 1 : 2
            let isFlat = port.shape?.count == 1
            let count = isFlat ? rows : rows * input.features.count
            let elements: OnnxElements
            switch port.kind {
            case .tensor(.string): elements = .texts([String](repeating: "", count: count))
            case .tensor(.double): elements = .doubles([Double](repeating: 0, count: count))
            case .tensor(.int64): elements = .integers([Int64](repeating: 0, count: count))
            case .tensor(.int32): elements = .shortIntegers([Int32](repeating: 0, count: count))
            case .tensor(.bool): elements = .booleans([Bool](repeating: false, count: count))
            default: elements = .floats([Float](repeating: 0, count: count))
            }
            given[port.name] = OnnxTensor(shape: isFlat ? [rows] : [rows, input.features.count], elements: elements)
        }
        return try evaluator.run(given)
    }

    // MARK: Answers

    private func findOutput() throws(OnnxFailure) -> Int {
        if let name = wishes.output {
            if let place = evaluator.outputs.firstIndex(where: { $0.name == name }) { return place }
            throw .unfit("the model has no output \(SafeText.escape(name)): it has \(Self.list(evaluator.outputs.map(\.name)))")
        }
        let reals = evaluator.outputs.indices.filter { place in
            switch evaluator.outputs[place].kind {
            case .tensor(let type): type.isReal
            case .other: true
            }
        }
        let likely =
            reals.first { evaluator.outputs[$0].kind == .other } ?? reals.first { evaluator.outputs[$0].name.lowercased().contains("prob") }
        return likely ?? reals.first ?? 0
    }

    private mutating func read(_ output: String, _ answer: OnnxValue, _ inputs: [OnnxBinding.Input]) throws(OnnxFailure) -> OnnxBinding {
        let tensor = answer.tensor
        let rows = max(1, tensor.shape.first ?? 1)
        let width = tensor.elements.count / rows
        guard width > 0 else { throw .unfit("the model answers nothing") }
        var binding = OnnxBinding(inputs: inputs, output: output, reading: wishes.reading ?? .plain, columns: [0])
        let target = schema.target
        guard target.task != .regression else {
            guard width == 1 else { throw .unfit("the model answers \(width) numbers a row: the deployment predicts one") }
            return binding
        }
        let isLabel = tensor.elements.type == .string || tensor.elements.type == .int64 || tensor.elements.type == .int32
        if isLabel || binding.reading == .label {
            binding.reading = .label
            binding.columns = []
            binding.labels = try labels(of: max(target.classes.count, 2), answer)
            notes.append("the model says classes, no probabilities: each answer is certain")
            return binding
        }
        let needed = target.classes.count
        if target.task == .binary, width == 1 {
            binding.reading = wishes.reading ?? single(tensor)
        } else {
            guard width == needed else { throw .unfit("the model answers \(width) classes: the deployment has \(needed)") }
            let order = try order(of: width, answer)
            binding.columns = target.task == .binary ? [order[1]] : order
            binding.reading = wishes.reading ?? several(tensor, rows, width)
        }
        return binding
    }

    /// For each class of the schema its column.
    private mutating func order(of width: Int, _ answer: OnnxValue) throws(OnnxFailure) -> [Int] {
        let classes = schema.target.classes
        let known = knownLabels(width, answer)
        let places = classes.compactMap { known?.firstIndex(of: $0) }
        if places.count == classes.count { return places }
        // Numbers from 0 on say nothing but an order.
        guard known == nil || known == classes.indices.map(String.init) else {
            throw .unfit(
                "the model's classes are \(Self.list(known ?? [])), the deployment's \(Self.list(classes)): name the model's with --classes"
            )
        }
        notes.append("the model's classes are taken for \(Self.list(classes)), in this order")
        return Array(classes.indices)
    }

    private mutating func labels(of count: Int, _ answer: OnnxValue) throws(OnnxFailure) -> [String] {
        let order = try order(of: count, answer)
        let known = knownLabels(count, answer) ?? order.map(String.init)
        return order.map { known[$0] }
    }

    /// What the model calls its classes, in the order of its answers; nil when it does not say.
    private func knownLabels(_ width: Int, _ answer: OnnxValue) -> [String]? {
        if wishes.classes.count == width { return wishes.classes }
        if case .maps(let keys, _) = answer { return keys.labels }
        if let text = model.metadata["flyball.classes"], let own = ClassText.list(text), own.count == width { return own }
        for node in model.nodes.reversed() {
            for name in ["classlabels_strings", "classlabels_ints", "classlabels_int64s"] {
                guard let attribute = node.attributes[name] else { continue }
                let labels = attribute.texts.isEmpty ? attribute.integers.map { "\($0)" } : attribute.texts
                if labels.count == width { return labels }
            }
        }
        // The nets of scikit-learn keep them as a constant.
        return model.initializers.first { initializer in
            let isList = initializer.tensor.elements.type == .string || initializer.tensor.elements.type == .int64
            return isList && initializer.tensor.elements.count == width && initializer.name.lowercased().contains("class")
        }?.tensor.elements.labels
    }

    private mutating func single(_ tensor: OnnxTensor) -> OnnxBinding.Reading {
        let values = tensor.elements.numbers ?? []
        if values.allSatisfy({ (0...1).contains($0) }) { return .plain }
        notes.append("the model's answers are scores, not probabilities: the logistic function is taken of them")
        return .logistic
    }

    private mutating func several(_ tensor: OnnxTensor, _ rows: Int, _ width: Int) -> OnnxBinding.Reading {
        let values = tensor.elements.numbers ?? []
        let areShares = (0..<rows).allSatisfy { row in
            let own = values[(row * width)..<((row + 1) * width)]
            return own.allSatisfy { (-0.000_1...1.000_1).contains($0) } && abs(own.reduce(0, +) - 1) < 0.001
        }
        if areShares { return .plain }
        notes.append("the model's answers are scores, not probabilities: the softmax function is taken of them")
        return .softmax
    }
}
