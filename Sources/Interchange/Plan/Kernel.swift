/// One step of an evaluation: reads values of a frame, makes others.
///
/// What types its values have was settled when it was made; only their shapes are new each time. Conformances are not generic: a generic
/// one would be called through its unspecialised body, ten times slower.
protocol Kernel: Sendable {
    /// Makes the values.
    ///
    /// - Throws: `.shape`, `.value` for inputs that it cannot work with, `.tooLarge`. Never traps, whatever shapes and values it is given.
    func run(_ frame: Frame) throws(OnnxFault)
}

/// A value that a node reads, as far as it is known before anything is evaluated.
struct ValueInfo: Sendable {
    var name: String
    var slot: Int
    var type: ElementType
    /// Its elements, when they are the same in each evaluation.
    var constant: OnnxTensor?
    /// The keys, when it is a sequence of maps.
    var keys: OnnxElements?
}

/// What was made of a node.
struct BuiltNode {
    var kernel: any Kernel
    /// The types of what it makes, one an output.
    var types: [ElementType]
    /// The keys of the maps that it makes, if it makes maps.
    var keys: OnnxElements?

    init(_ kernel: any Kernel, _ types: ElementType..., keys: OnnxElements? = nil) {
        self.kernel = kernel
        self.types = types
        self.keys = keys
    }

    init(_ kernel: any Kernel, types: [ElementType]) {
        self.kernel = kernel
        self.types = types
    }
}

/// Makes another shape, or nothing at all, of a value's elements.
struct AliasKernel: Kernel {
    let input: Int
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) { try frame.alias(output, of: input, frame.shape(input)) }
}
