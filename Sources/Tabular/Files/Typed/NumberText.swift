/// Numbers of files that know types, as cells.
enum NumberText {
    /// A whole number in digits.
    @inline(__always)
    static func append(_ value: Int64, to text: inout [UInt8]) {
        if value < 0 { text.append(0x2D) }
        append(value.magnitude, to: &text)
    }

    /// A whole number in digits.
    @inline(__always)
    static func append(_ value: UInt64, to text: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { room in
            guard let start = room.baseAddress else { return }
            let count = DecimalText.write(value, to: start)
            text.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
        }
    }

    /// A number in the fewest digits that give it back; nothing for NaN, which is no value; `inf` and `-inf`, which no column holds.
    @inline(__always)
    static func append(_ value: Double, to text: inout [UInt8]) {
        if value.isNaN { return }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { room in
            guard value.isFinite, let start = room.baseAddress else {
                text.append(contentsOf: Array((value < 0 ? "-inf" : "inf").utf8))
                return
            }
            let count = DecimalText.write(value, to: start)
            text.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
        }
    }

    /// The same of a number of half the width: the fewest digits among its own kind, as a CSV of it has them.
    static func append(_ value: Float, to text: inout [UInt8]) {
        if value.isNaN { return }
        var digits = value.description
        digits.withUTF8 { text.append(contentsOf: $0) }
    }

    /// A number of a quarter of the width (IEEE 754 binary16), from its bits; exactly, as a `Float`.
    static func float(ofHalf bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Float(bits & 0x3FF)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1 + fraction * 0x1p-10) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }
}
