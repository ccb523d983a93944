import Foundation

/// What is done to scores at the end.
enum PostTransform: String, Sendable {
    case none = "NONE"
    case logistic = "LOGISTIC"
    case softmax = "SOFTMAX"
    case softmaxZero = "SOFTMAX_ZERO"
    case probit = "PROBIT"

    /// Transforms scores in place.
    func apply(_ scores: UnsafeMutablePointer<Float>, _ count: Int) {
        switch self {
        case .none: break
        case .logistic: for index in 0..<count { scores[index] = Self.logistic(scores[index]) }
        case .softmax: Self.softmax(scores, count, skipsZero: false)
        case .softmaxZero: Self.softmax(scores, count, skipsZero: true)
        case .probit: for index in 0..<count { scores[index] = Self.probit(scores[index]) }
        }
    }

    /// 1 / (1 + e⁻ˣ), symmetric to the last bit.
    @inline(__always)
    static func logistic(_ x: Float) -> Float {
        let value = 1 / (1 + exp(-abs(x)))
        return x < 0 ? 1 - value : value
    }

    private static func softmax(_ scores: UnsafeMutablePointer<Float>, _ count: Int, skipsZero: Bool) {
        var largest = -Float.infinity
        for index in 0..<count { largest = max(largest, scores[index]) }
        var sum: Float = 0
        let least = exp(-largest)
        for index in 0..<count {
            let isZero = skipsZero && abs(scores[index]) <= 0.000_000_1
            scores[index] = isZero ? scores[index] * least : exp(scores[index] - largest)
            sum += scores[index]
        }
        for index in 0..<count { scores[index] /= sum }
    }

    /// √2 erf⁻¹(2 x − 1), by Winitzki's approximation, as ONNX Runtime has it.
    private static func probit(_ x: Float) -> Float {
        let y = 2 * x - 1
        let sign: Float = y < 0 ? -1 : 1
        let logarithm = log((1 - y) * (1 + y))
        let v = 2 / (Float.pi * 0.147) + 0.5 * logarithm
        let w = 1 / 0.147 * logarithm
        return 1.414_213_6 * sign * (-v + (v * v - w).squareRoot()).squareRoot()
    }
}

/// The names of classes, texts or whole numbers.
struct ClassLabels: Sendable {
    private let texts: [Int32]
    private let numbers: [Int64]

    var count: Int { max(texts.count, numbers.count) }
    var type: ElementType { texts.isEmpty ? .int64 : .string }

    /// The labels of a node's attributes.
    init(_ context: NodeContext, texts textName: String, numbers numberName: String) {
        texts = context.texts(textName).map { context.texts.number(of: $0) ?? TextTable.unknown }
        numbers = context.integers(numberName).map { Int64($0) }
    }

    /// Writes the label of a class into a tensor of labels; of a class that has none, its number.
    @inline(__always)
    func write(_ label: Int, at row: Int, to target: UnsafeMutableRawPointer) {
        if texts.isEmpty {
            target.storeBytes(of: label < numbers.count ? numbers[label] : Int64(label), toByteOffset: row * 8, as: Int64.self)
        } else {
            target.storeBytes(of: label < texts.count ? texts[label] : TextTable.unknown, toByteOffset: row * 4, as: Int32.self)
        }
    }
}

/// Rows and columns of what classical models read.
struct RowsShape {
    let rows: Int
    let columns: Int

    /// One dimension is one row.
    init(_ shape: Shape) throws(OnnxFault) {
        guard (1...2).contains(shape.rank) else { throw .shape("rows and columns are needed, not \(shape.text)") }
        rows = shape.rank == 1 ? 1 : shape[0]
        columns = shape[shape.rank - 1]
    }
}
