import Engine
import Tabular

extension TensorRows {
    /// Appends an element without a value.
    @inline(__always)
    package mutating func missing() throws(TensorFailure) { try put(.nan) }

    /// Appends a truth.
    package mutating func truth(_ value: Bool) throws(TensorFailure) { try put(value ? 1 : 0) }

    /// Appends a number.
    ///
    /// - Parameters:
    ///   - value: the nearest double.
    ///   - whole: the same as a whole number, where it is written as one and fits.
    ///   - digits: its bytes as they are written, without point and exponent; nil where it has one.
    @inline(__always)
    package mutating func number(
        _ value: Double, whole: @autoclosure () -> Int64?, digits: @autoclosure () -> UnsafeBufferPointer<UInt8>?
    ) throws(TensorFailure) {
        if datatype == .fp64, kind == .numeric, !plan.hasMissingNumbers { return try put(value) }
        try checkedNumber(value, whole(), digits())
    }

    private mutating func checkedNumber(
        _ value: Double, _ whole: Int64?, _ digits: UnsafeBufferPointer<UInt8>?
    ) throws(TensorFailure) {
        guard isInside(value, whole, digits) else { throw .element("out of the range of \(datatype.rawValue)") }
        guard !datatype.isInteger || value == value.rounded(.towardZero) else {
            throw .element("\(datatype.rawValue) holds whole numbers only")
        }
        if plan.hasMissingNumbers, plan.cells.isMissing(value, at: position) { return try put(.nan) }
        switch kind {
        case .boolean:
            guard value == 0 || value == 1 else { throw .element("a boolean is 0 or 1, true or false") }
            try put(value)
        case .time:
            guard let time = whole ?? Int64(exactly: value), let milliseconds = UnixTime.milliseconds(time) else {
                throw .element("no time: Unix seconds, milliseconds, microseconds or nanoseconds are wanted")
            }
            try put(Double(milliseconds))
        case .categorical:
            // The number is its name, however long.
            guard let digits else { throw .element("a name in plain digits is wanted") }
            try put(code(of: digits))
        case .numeric, .integer:
            guard !datatype.isInteger || Self.isExact(whole, value) else {
                throw .element(
                    "beyond 2^53 whole numbers cannot be told apart: send FP64 if it is a quantity; if it is a name, deploy the column as "
                        + "categorical and send BYTES")
            }
            try put(value)
        }
    }

    /// The code of a category; that of the first row may be what the request is known again by.
    private func code(of name: UnsafeBufferPointer<UInt8>) -> Double {
        if position == lane.keyColumn, start == 0 { buffer.key = SplitHash.bytes(name) }
        return Double(lane.code(of: String(decoding: name, as: UTF8.self), at: position))
    }

    /// Whether the datatype holds the number; of 64 bits the digits are asked, since a double may round beyond the bound.
    private func isInside(_ value: Double, _ whole: Int64?, _ digits: UnsafeBufferPointer<UInt8>?) -> Bool {
        guard let digits else { return datatype.range.contains(value) }
        switch datatype {
        case .int64: return whole != nil
        case .uint64 where value > 0x1p63: return UInt64(String(decoding: digits, as: UTF8.self)) != nil
        default: return datatype.range.contains(value)
        }
    }

    /// Whether a double gives the whole number back, and no neighbour of it.
    private static func isExact(_ whole: Int64?, _ value: Double) -> Bool {
        whole.map { $0.magnitude <= 1 << 53 } ?? (value.magnitude <= CellText.largestExact)
    }

    /// Appends a text: a category, or a cell as a file would have it.
    package mutating func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(TensorFailure) {
        guard bytes.count <= Self.maximumCategoryBytes else {
            throw .element("\(bytes.count) bytes: a category has at most \(Self.maximumCategoryBytes)")
        }
        switch plan.cells.meaning(bytes, at: position) {
        case .value(let value): try put(value)
        case .name(let name): try put(code(of: name))
        case .blank, .word: try put(.nan)
        case .misfit: throw .element("not a time: write 2013-04-01T10:00:00Z")
        }
    }
}
