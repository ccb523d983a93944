/// The elements of a tensor, row-major.
public enum OnnxElements: Sendable, Equatable {
    /// Single precision.
    case floats([Float])
    /// Double precision.
    case doubles([Double])
    /// Whole numbers of 64 bits.
    case integers([Int64])
    /// Whole numbers of 32 bits.
    case shortIntegers([Int32])
    /// True or false.
    case booleans([Bool])
    /// Texts.
    case texts([String])

    /// What they are.
    public var type: ElementType {
        switch self {
        case .floats: .float
        case .doubles: .double
        case .integers: .int64
        case .shortIntegers: .int32
        case .booleans: .bool
        case .texts: .string
        }
    }

    /// How many there are.
    public var count: Int {
        switch self {
        case .floats(let values): values.count
        case .doubles(let values): values.count
        case .integers(let values): values.count
        case .shortIntegers(let values): values.count
        case .booleans(let values): values.count
        case .texts(let values): values.count
        }
    }

    /// The numbers as doubles, truth as 1 and 0; nil for texts.
    ///
    /// Complexity: O(count).
    public var numbers: [Double]? {
        switch self {
        case .floats(let values): values.map(Double.init)
        case .doubles(let values): values
        case .integers(let values): values.map(Double.init)
        case .shortIntegers(let values): values.map(Double.init)
        case .booleans(let values): values.map { $0 ? 1 : 0 }
        case .texts: nil
        }
    }

    /// Each element as a text: numbers as they are written, classes as they are called.
    ///
    /// Complexity: O(count).
    public var labels: [String] {
        switch self {
        case .floats(let values): values.map { "\($0)" }
        case .doubles(let values): values.map { "\($0)" }
        case .integers(let values): values.map { "\($0)" }
        case .shortIntegers(let values): values.map { "\($0)" }
        case .booleans(let values): values.map { "\($0)" }
        case .texts(let values): values
        }
    }
}

/// A tensor: a shape and its elements, row-major.
public struct OnnxTensor: Sendable, Equatable {
    /// Lengths of the dimensions; none for a single value.
    public var shape: [Int]
    /// The elements.
    public var elements: OnnxElements

    /// Makes a tensor.
    public init(shape: [Int], elements: OnnxElements) {
        self.shape = shape
        self.elements = elements
    }
}

/// What a model answers with.
public enum OnnxValue: Sendable, Equatable {
    /// A tensor.
    case tensor(OnnxTensor)
    /// A sequence of maps, one a row, that all have the same keys: the values are `[rows, keys]`.
    case maps(keys: OnnxElements, values: OnnxTensor)

    /// The tensor, or the maps' values.
    public var tensor: OnnxTensor {
        switch self {
        case .tensor(let tensor), .maps(_, let tensor): tensor
        }
    }
}
