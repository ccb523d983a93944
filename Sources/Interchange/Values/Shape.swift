/// The lengths of a tensor's dimensions, without an array: they are made for every value of every evaluation.
struct Shape: Sendable, Equatable {
    /// Dimensions that a tensor may have.
    static let mostDimensions = 8

    private var lengths = SIMD8<Int32>(repeating: 1)
    /// Number of dimensions; 0 for a single value.
    private(set) var rank = 0

    /// A single value.
    init() {}

    /// Lengths of at most `mostDimensions` dimensions, each of 0 to 2³¹ − 1; nil for others.
    init?(_ dimensions: some Collection<Int>) {
        guard dimensions.count <= Self.mostDimensions else { return nil }
        for length in dimensions {
            guard let length = Int32(exactly: length), length >= 0 else { return nil }
            lengths[rank] = length
            rank += 1
        }
    }

    /// One dimension.
    init(_ count: Int) {
        lengths[0] = Int32(clamping: count)
        rank = 1
    }

    /// Rows and columns.
    init(rows: Int, columns: Int) {
        lengths[0] = Int32(clamping: rows)
        lengths[1] = Int32(clamping: columns)
        rank = 2
    }

    /// The length of a dimension.
    subscript(_ axis: Int) -> Int {
        get { Int(lengths[axis & 7]) }
        set { lengths[axis & 7] = Int32(clamping: newValue) }
    }

    /// The lengths.
    var dimensions: [Int] { (0..<rank).map { self[$0] } }

    /// Number of elements; `Int.max` for more than a number holds.
    var count: Int { product(0, rank) }

    /// Refuses a shape whose lengths, those of 0 left out, come to more than 2²⁸.
    ///
    /// No product of some of them is too large for a number then, and no walk along an empty tensor takes long.
    func checkExtent() throws(OnnxFault) {
        let lengths = lengths.replacing(with: 1, where: lengths .< 1)
        var extent = 1
        for axis in 0..<rank {
            extent *= Int(lengths[axis & 7])
            guard extent <= 1 << 28 else { throw .shape("a tensor of \(text)") }
        }
    }

    /// The product of some dimensions' lengths.
    func product(_ from: Int, _ to: Int) -> Int {
        var product = 1
        var axis = from
        while axis < to {
            let (next, isOver) = product.multipliedReportingOverflow(by: Int(lengths[axis & 7]))
            if isOver { return Int.max }
            product = next
            axis += 1
        }
        return product
    }

    /// The dimension that a number means, which counts from the end when it is negative.
    func axis(_ number: Int) throws(OnnxFault) -> Int {
        let axis = number < 0 ? number + rank : number
        guard axis >= 0, axis < rank else { throw .shape("axis \(number) of a tensor with \(rank) dimensions") }
        return axis
    }

    /// Adds a dimension at the end.
    mutating func append(_ length: Int) throws(OnnxFault) {
        guard rank < Self.mostDimensions, let length = Int32(exactly: length), length >= 0 else {
            throw .shape("more than \(Self.mostDimensions) dimensions, or one of length \(length)")
        }
        lengths[rank] = length
        rank += 1
    }

    /// `[32, 8]`.
    var text: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }

    /// The shape that two shapes are stretched to: as many dimensions as the longer one, each of length 1 repeated.
    func stretched(with other: Shape) throws(OnnxFault) -> Shape {
        if self == other { return self }
        var result = rank >= other.rank ? self : other
        let shorter = rank >= other.rank ? other : self
        let offset = result.rank - shorter.rank
        for axis in 0..<shorter.rank {
            let (a, b) = (result[axis + offset], shorter[axis])
            if a == b || b == 1 { continue }
            guard a == 1 else { throw .shape("\(text) and \(other.text) do not go together") }
            result[axis + offset] = b
        }
        return result
    }
}
