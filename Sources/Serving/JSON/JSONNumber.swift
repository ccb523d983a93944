/// A number as it stands in the scanned bytes.
package struct JSONNumber: Sendable {
    /// The first 19 significant digits.
    var mantissa: UInt64
    /// Power of ten that the mantissa is multiplied with.
    var exponent: Int
    /// Whether a minus stands in front.
    var isNegative: Bool
    /// Whether all digits are in the mantissa.
    var isExact: Bool
    /// Whether there is neither a point nor an exponent.
    package var isInteger: Bool
    /// Position of the first byte.
    package var start: Int
    /// Position behind the last byte.
    var end: Int

    /// The whole number, when it is written as one and fits.
    package var integer: Int64? {
        guard isInteger, isExact else { return nil }
        if isNegative { return mantissa <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- mantissa) : nil }
        return Int64(exactly: mantissa)
    }
}

/// Powers of ten that a Double holds exactly.
private let exactPowers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]

extension JSONScanner {
    /// Reads a number.
    ///
    /// Complexity: O(digits).
    package mutating func number() throws(JSONFailure) -> JSONNumber {
        _ = peek()
        let start = position
        var cursor = position
        var number = JSONNumber(mantissa: 0, exponent: 0, isNegative: false, isExact: true, isInteger: true, start: start, end: start)
        if cursor < count, base[cursor] == 0x2D {
            number.isNegative = true
            cursor += 1
        }
        let integerStart = cursor
        digits(&cursor, into: &number, fraction: false)
        guard cursor > integerStart else { throw malformed(at: cursor) }
        guard base[integerStart] != 0x30 || cursor == integerStart + 1 else { throw malformed(at: integerStart) }
        if cursor < count, base[cursor] == 0x2E {
            number.isInteger = false
            let fractionStart = cursor + 1
            cursor = fractionStart
            digits(&cursor, into: &number, fraction: true)
            guard cursor > fractionStart else { throw malformed(at: cursor) }
        }
        if cursor < count, base[cursor] | 0x20 == 0x65 {
            number.isInteger = false
            try exponent(&cursor, into: &number)
        }
        number.end = cursor
        advance(to: cursor)
        return number
    }

    private func malformed(at cursor: Int) -> JSONFailure {
        JSONFailure(offset: min(cursor, count), reason: cursor < count ? .invalidNumber : .unexpectedEnd)
    }

    private func digits(_ cursor: inout Int, into number: inout JSONNumber, fraction: Bool) {
        // 19 digits always fit 64 bits; what comes behind them only moves the exponent.
        let limit: UInt64 = 1_000_000_000_000_000_000
        while cursor < count {
            let digit = base[cursor] &- 0x30
            guard digit <= 9 else { return }
            if number.mantissa < limit {
                number.mantissa = number.mantissa * 10 + UInt64(digit)
                if fraction { number.exponent -= 1 }
            } else {
                if digit != 0 || !fraction { number.isExact = false }
                if !fraction { number.exponent += 1 }
            }
            cursor += 1
        }
    }

    private func exponent(_ cursor: inout Int, into number: inout JSONNumber) throws(JSONFailure) {
        cursor += 1
        var isNegative = false
        if cursor < count, base[cursor] == 0x2B || base[cursor] == 0x2D {
            isNegative = base[cursor] == 0x2D
            cursor += 1
        }
        let start = cursor
        var value = 0
        while cursor < count, base[cursor] &- 0x30 <= 9 {
            // Beyond this every number is 0 or out of range; the cap keeps the sum from overflowing.
            if value < 100_000 { value = value * 10 + Int(base[cursor] &- 0x30) }
            cursor += 1
        }
        guard cursor > start else { throw malformed(at: cursor) }
        number.exponent += isNegative ? -value : value
    }

    /// The nearest Double.
    ///
    /// A number too large for one is an error; one too small is 0.
    ///
    /// Up to 2⁵³ and with a power of ten up to 22, one correctly rounded operation on two exact Doubles gives the nearest Double
    /// (W. D. Clinger, "How to Read Floating Point Numbers Accurately", 1990); anything else goes the general way.
    package func double(_ number: JSONNumber) throws(JSONFailure) -> Double {
        if number.isExact, number.mantissa <= 1 << 53, number.exponent >= -22, number.exponent <= 22 {
            let magnitude = Double(number.mantissa)
            let value = number.exponent < 0 ? magnitude / exactPowers[-number.exponent] : magnitude * exactPowers[number.exponent]
            return number.isNegative ? -value : value
        }
        if number.mantissa == 0, number.isExact { return number.isNegative ? -0.0 : 0 }
        let text = String(decoding: UnsafeBufferPointer(start: base + number.start, count: number.end - number.start), as: UTF8.self)
        let value = Double(text) ?? (number.exponent < 0 ? 0 : .infinity)
        guard value.isFinite else { throw JSONFailure(offset: number.start, reason: .outOfRange) }
        return value
    }
}
