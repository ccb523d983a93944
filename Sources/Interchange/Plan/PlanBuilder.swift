/// Makes a plan of a parsed model: nodes become kernels, constants are evaluated, what no output needs is left out, chains are fused.
struct PlanBuilder {
    /// A node's kernel with what it reads and makes.
    struct Step {
        var kernel: any Kernel
        var reads: [Int]
        var makes: [Int]
        var place: OnnxPlace
    }

    /// The largest constant that is worth evaluating beforehand, in bytes.
    private static let mostFolded = 64 << 20

    private let model: OnnxModel
    private let limits: OnnxLimits
    private var texts = TextTable()
    private var values: [String: ValueInfo] = [:]
    private var slots = 0
    private var steps: [Step] = []
    private var constants: Set<Int> = []
    /// Names of everything that some node makes.
    private var made: Set<String> = []

    /// A plan of the model that makes the named outputs, or all.
    ///
    /// - Throws: whatever is wrong with the model. Complexity: O(bytes of the model).
    static func plan(_ model: OnnxModel, outputs: [String]?, limits: OnnxLimits) throws(OnnxFailure) -> Plan {
        var builder = PlanBuilder(model: model, limits: limits)
        return try builder.build(outputs)
    }

    private init(model: OnnxModel, limits: OnnxLimits) {
        self.model = model
        self.limits = limits
    }

    private mutating func build(_ wanted: [String]?) throws(OnnxFailure) -> Plan {
        try checkOpsets()
        internTexts()
        for node in model.nodes { made.formUnion(node.outputs) }
        let frame = Frame(count: slotsNeeded, constants: ConstantMemory(), texts: texts, budget: limits.memory)
        try addInitializers(frame)
        let inputs = try addInputs()
        for (index, node) in model.nodes.enumerated() { try add(node, index, frame) }
        let outputs = try collectOutputs(wanted)
        let live = Fusing.fuse(Self.needed(steps, outputs.map(\.slot)), keeping: Set(outputs.map(\.slot)))
        let memory = ConstantMemory()
        let read = Set(live.flatMap(\.reads)).union(outputs.map(\.slot))
        for slot in constants.intersection(read).sorted() { memory.take(slot, from: frame) }
        return Plan(
            steps: live.map { PlanStep(kernel: $0.kernel, place: $0.place) }, slots: slots, constants: memory, texts: texts, inputs: inputs,
            outputs: outputs, memory: limits.memory)
    }

    /// An upper bound: a slot for each value that has a name, and for each output that has none.
    private var slotsNeeded: Int {
        model.initializers.count + model.inputs.count + model.nodes.reduce(0) { $0 + max(1, $1.outputs.count) }
    }

    private func checkOpsets() throws(OnnxFailure) {
        for (domain, version) in model.opsets.sorted(by: { $0.key < $1.key }) {
            guard let newest = OperatorTable.newest[domain] else { continue }
            guard (1...newest).contains(version) else { throw .badOpset(domain: domain, version: version, limit: newest) }
        }
    }

    /// Before anything is evaluated: frames number other texts behind these.
    private mutating func internTexts() {
        func all(_ tensor: OnnxTensor?) -> [String] {
            if case .texts(let texts) = tensor?.elements { return texts }
            return []
        }
        for initializer in model.initializers { for text in all(initializer.tensor) { _ = texts.intern(text) } }
        for node in model.nodes {
            for attribute in node.attributes.values.sorted(by: { $0.texts.count < $1.texts.count }) {
                for text in attribute.texts + all(attribute.tensor) + (attribute.text.map { [$0] } ?? []) { _ = texts.intern(text) }
            }
        }
    }

    private mutating func newSlot() -> Int {
        defer { slots += 1 }
        return slots
    }

    private mutating func define(_ info: ValueInfo) throws(OnnxFailure) {
        guard values[info.name] == nil else { throw .duplicate(name: info.name) }
        values[info.name] = info
    }

    private mutating func addInitializers(_ frame: Frame) throws(OnnxFailure) {
        for initializer in model.initializers {
            let slot = newSlot()
            do { try frame.put(slot, initializer.tensor) } catch {
                throw .badTensor(name: initializer.name, what: error.text)
            }
            constants.insert(slot)
            try define(
                ValueInfo(name: initializer.name, slot: slot, type: initializer.tensor.elements.type, constant: initializer.tensor))
        }
    }

    /// Older writers name each initializer among the inputs too.
    private mutating func addInputs() throws(OnnxFailure) -> [PlanInput] {
        var inputs: [PlanInput] = []
        for input in model.inputs where values[input.name]?.constant == nil {
            guard case .tensor(let type) = input.kind else { throw .unsupportedType(name: input.name, type: "no tensor") }
            let slot = newSlot()
            try define(ValueInfo(name: input.name, slot: slot, type: type))
            inputs.append(PlanInput(name: input.name, slot: slot, type: type, shape: input.shape))
        }
        guard !inputs.isEmpty else { throw .incomplete("no inputs") }
        return inputs
    }

    private mutating func add(_ node: OnnxNode, _ index: Int, _ frame: Frame) throws(OnnxFailure) {
        let opset = model.opsets[node.domain] ?? 0
        let place = OnnxPlace(
            operation: node.operation, domain: node.domain, opset: opset, node: node.name.isEmpty ? "#\(index)" : node.name)
        if opset == 0, OperatorTable.newest[node.domain] != nil { throw .badOpset(domain: node.domain, version: 0, limit: 0) }
        let (spec, version) = try OperatorTable.find(node, opset: opset, place: place)
        if node.attributes.values.contains(where: \.hasGraph) { throw .unsupported(place, what: "it holds a graph of its own") }
        var inputs: [ValueInfo?] = []
        for name in node.inputs {
            if name.isEmpty {
                inputs.append(nil)
            } else if let value = values[name] {
                inputs.append(value)
            } else {
                throw made.contains(name) ? .cycle(name: name, place) : .missingValue(name: name, place)
            }
        }
        let outputs = (0..<max(1, node.outputs.count)).map { _ in newSlot() }
        let context = NodeContext(
            node: node, place: place, version: version, inputs: inputs, outputs: outputs, limits: limits, texts: texts)
        let built = try spec.make(context)
        let step = Step(kernel: built.kernel, reads: inputs.compactMap { $0?.slot }, makes: outputs, place: place)
        let isConstant = fold(step, inputs, frame)
        if !isConstant { steps.append(step) }
        for (position, name) in node.outputs.enumerated() where !name.isEmpty {
            guard position < built.types.count else { throw .unsupported(place, what: "it makes no output \(position + 1)") }
            try define(
                ValueInfo(
                    name: name, slot: outputs[position], type: built.types[position],
                    constant: isConstant ? frame.tensor(outputs[position]) : nil, keys: built.keys))
        }
    }

    /// Evaluates a node whose inputs are all constant; false when there are others, or when it cannot be done beforehand.
    private mutating func fold(_ step: Step, _ inputs: [ValueInfo?], _ frame: Frame) -> Bool {
        guard inputs.allSatisfy({ $0 == nil || $0?.constant != nil }) else { return false }
        // A fault is said when the model is evaluated, with the place.
        guard (try? step.kernel.run(frame)) != nil, frame.ownTexts.isEmpty else {
            frame.forgetTexts()
            return false
        }
        let bytes = step.makes.reduce(0) { $0 + frame.shape($1).count * frame.type($1).size }
        guard bytes <= Self.mostFolded else { return false }
        constants.formUnion(step.makes)
        return true
    }

    private func collectOutputs(_ wanted: [String]?) throws(OnnxFailure) -> [PlanOutput] {
        guard !model.outputs.isEmpty else { throw .incomplete("no outputs") }
        var outputs: [PlanOutput] = []
        for port in model.outputs where wanted?.contains(port.name) ?? true {
            guard let value = values[port.name] else { throw .incomplete("no value for its output \(port.name)") }
            outputs.append(PlanOutput(name: port.name, slot: value.slot, type: value.type, keys: value.keys))
        }
        return outputs
    }

    /// The steps that some slots need, in their order.
    private static func needed(_ steps: [Step], _ slots: [Int]) -> [Step] {
        var wanted = Set(slots)
        var kept: [Step] = []
        for step in steps.reversed() where step.makes.contains(where: { wanted.contains($0) }) {
            wanted.formUnion(step.reads)
            kept.append(step)
        }
        return kept.reversed()
    }
}
