/// A node as whoever makes a kernel of it sees it: attributes, inputs, and where its outputs go.
struct NodeContext {
    let node: OnnxNode
    let place: OnnxPlace
    /// The version of the operator that the opset means: that of the last change to it.
    let version: Int
    /// What it reads; nil for inputs that are left out.
    let inputs: [ValueInfo?]
    /// The slots of what it makes; outputs that nobody wants have one too.
    let outputs: [Int]
    let limits: OnnxLimits
    let texts: TextTable

    /// A refusal of this node.
    func refusal(_ what: String) -> OnnxFailure { .unsupported(place, what: what) }

    /// Whether an attribute is given.
    func has(_ name: String) -> Bool { node.attributes[name] != nil }

    /// A whole number.
    func integer(_ name: String, _ standard: Int) -> Int { node.attributes[name]?.integer.map { Int(clamping: $0) } ?? standard }

    /// A number.
    func float(_ name: String, _ standard: Float) -> Float { node.attributes[name]?.float ?? standard }

    /// A text.
    func text(_ name: String, _ standard: String) -> String { node.attributes[name]?.text ?? standard }

    /// Numbers.
    func floats(_ name: String) -> [Float] { node.attributes[name]?.floats ?? [] }

    /// Whole numbers.
    func integers(_ name: String) -> [Int] { node.attributes[name]?.integers.map { Int(clamping: $0) } ?? [] }

    /// Texts.
    func texts(_ name: String) -> [String] { node.attributes[name]?.texts ?? [] }

    /// A tensor.
    func tensor(_ name: String) -> OnnxTensor? { node.attributes[name]?.tensor }

    /// An input that must be there.
    func input(_ index: Int) throws(OnnxFailure) -> ValueInfo {
        guard let input = optional(index) else { throw refusal("it has no input \(index + 1)") }
        guard input.keys == nil else { throw refusal("it reads maps") }
        return input
    }

    /// An input that may be left out.
    func optional(_ index: Int) -> ValueInfo? { index < inputs.count ? inputs[index] : nil }

    /// An input of one of some types.
    func input(_ index: Int, _ allowed: ElementType...) throws(OnnxFailure) -> ValueInfo {
        let input = try input(index)
        try check(input, allowed)
        return input
    }

    /// Refuses a value of other types.
    func check(_ input: ValueInfo, _ allowed: [ElementType]) throws(OnnxFailure) {
        guard allowed.contains(input.type) else {
            throw refusal("it reads \(input.type.name): it takes \(allowed.map(\.name).joined(separator: ", "))")
        }
    }

    /// All inputs, which must be there and of one type.
    func alike() throws(OnnxFailure) -> [ValueInfo] {
        var all: [ValueInfo] = []
        for index in inputs.indices { all.append(try input(index)) }
        guard let first = all.first else { throw refusal("it has no inputs") }
        guard all.allSatisfy({ $0.type == first.type }) else { throw refusal("its inputs are of several types") }
        return all
    }

    /// The whole numbers of an input that must be constant, or of an attribute in older versions.
    func axes(input index: Int, attribute name: String) throws(OnnxFailure) -> [Int]? {
        if has(name) { return integers(name) }
        guard let input = optional(index) else { return nil }
        guard let constant = input.constant else { throw refusal("its \(name) are made while it is evaluated") }
        guard case .integers(let values) = constant.elements else { throw refusal("its \(name) are no whole numbers") }
        return values.map { Int(clamping: $0) }
    }

    /// The only output's slot.
    var output: Int { outputs.first ?? 0 }
}
