package import Tabular

/// A number as it stands in the scanned bytes.
package struct JSONNumber: Sendable {
    /// Its magnitude.
    package var digits: DecimalDigits
    /// Whether a minus stands in front.
    package var isNegative: Bool
    /// Whether there is neither a point nor an exponent.
    package var isInteger: Bool
    /// Position of the first byte.
    package var start: Int
    /// Position behind the last byte.
    var end: Int

    /// The whole number, when it is written as one and fits.
    package var integer: Int64? {
        guard isInteger, digits.exponent == 0 else { return nil }
        if isNegative { return digits.mantissa <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- digits.mantissa) : nil }
        return Int64(exactly: digits.mantissa)
    }
}

extension JSONScanner {
    /// Reads a number.
    ///
    /// Complexity: O(digits).
    package mutating func number() throws(JSONFailure) -> JSONNumber {
        _ = peek()
        let start = position
        var cursor = position
        var number = JSONNumber(
            digits: DecimalDigits(mantissa: 0, exponent: 0), isNegative: false, isInteger: true, start: start, end: start)
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
        while cursor < count {
            let digit = base[cursor] &- 0x30
            guard digit <= 9 else { return }
            number.digits.append(digit, isFraction: fraction)
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
        number.digits.exponent += isNegative ? -value : value
    }

    /// The nearest Double.
    ///
    /// A number too large for one is an error; one too small is 0.
    package func double(_ number: JSONNumber) throws(JSONFailure) -> Double {
        let first = number.start + (number.isNegative ? 1 : 0)
        let value = number.digits.nearest(UnsafeBufferPointer(start: base + first, count: number.end - first))
        guard value.isFinite else { throw JSONFailure(offset: number.start, reason: .outOfRange) }
        return number.isNegative ? -value : value
    }
}
