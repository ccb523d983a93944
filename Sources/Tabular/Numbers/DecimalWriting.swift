/// The shortest decimal that reads back as the same double.
///
/// R. Giulietti, "The Schubfach way to render doubles", 2021: of the decimals in the double's rounding interval the shortest, and of these the nearest. All
/// comes from three products with the leading 128 bits of a power of ten.
package struct ShortestDecimal: Sendable, Equatable {
    /// Its digits.
    package var digits: UInt64
    /// Power of ten that they are multiplied with.
    package var exponent: Int

    /// Of the magnitude of a finite double that is not 0.
    package init(_ value: Double) {
        let fraction = value.significandBitPattern
        let biased = Int(value.exponentBitPattern)
        let whole = biased == 0 ? fraction : fraction | 1 << 52
        let power = max(biased, 1) - 1_075
        // A whole number below 2⁵³ is its own shortest decimal, but for zeros at its end.
        if power <= 0, power > -53, whole & ((1 << UInt64(-power)) - 1) == 0 {
            (digits, exponent) = (whole >> UInt64(-power), 0)
        } else {
            (digits, exponent) = Self.shortest(whole, power, isLowerCloser: fraction == 0 && biased > 1)
        }
        while digits.isMultiple(of: 10) {
            digits /= 10
            exponent += 1
        }
    }

    /// Figures 4 and 6 of the paper, for the double `c` · 2^`q`; the names are its own.
    private static func shortest(_ c: UInt64, _ q: Int, isLowerCloser: Bool) -> (UInt64, Int) {
        let isOdd: UInt64 = c & 1
        // ⌊log10 2^q⌋, or ⌊log10 ¾ 2^q⌋ where the neighbour below is closer.
        let k = (q &* 1_262_611 - (isLowerCloser ? 524_031 : 0)) >> 22
        // ⌊log2 10^-k⌋
        let h = UInt64(q + (-k &* 1_741_647) >> 19 + 1)
        let g = PowersOfTen.ceiling(-k)
        let lower = rounded(g, (4 * c - 2 + (isLowerCloser ? 1 : 0)) << h) + isOdd
        let middle = rounded(g, (4 * c) << h)
        let upper = rounded(g, (4 * c + 2) << h) - isOdd
        let s = middle / 4
        if s >= 10 {
            // One digit less?
            let tens = s / 10
            let isBelowInside = lower <= 40 * tens
            let isAboveInside = 40 * tens + 40 <= upper
            if isBelowInside != isAboveInside { return (tens + (isAboveInside ? 1 : 0), k + 1) }
        }
        let isBelowInside = lower <= 4 * s
        let isAboveInside = 4 * s + 4 <= upper
        if isBelowInside != isAboveInside { return (s + (isAboveInside ? 1 : 0), k) }
        let half = 4 * s + 2
        return (s + (middle > half || (middle == half && s & 1 != 0) ? 1 : 0), k)
    }

    /// A product's leading word, its last bit set where anything follows.
    @inline(__always)
    private static func rounded(_ g: (high: UInt64, low: UInt64), _ value: UInt64) -> UInt64 {
        let below = g.low.multipliedFullWidth(by: value).high
        let above = g.high.multipliedFullWidth(by: value)
        let (sum, overflow) = above.low.addingReportingOverflow(below)
        return (above.high + (overflow ? 1 : 0)) | (sum > 1 ? 1 : 0)
    }
}

/// Writes doubles into bytes.
package enum DecimalText {
    /// Bytes that no double needs more than.
    package static let longest = 32

    /// Writes a finite double as Swift's `description` does; returns the bytes that it took, at most `longest`.
    ///
    /// No allocation.
    package static func write(_ value: Double, to start: UnsafeMutablePointer<UInt8>) -> Int {
        var out = start
        func append(_ byte: UInt8) {
            out.pointee = byte
            out += 1
        }
        if value.sign == .minus { append(0x2D) }
        guard value != 0 else {
            append(0x30)
            append(0x2E)
            append(0x30)
            return out - start
        }
        let decimal = ShortestDecimal(value)
        let count = Self.count(decimal.digits)
        // 0.d₁d₂… · 10^point
        let point = decimal.exponent + count
        if point < -3 || value.magnitude > 0x1p53 {
            out += put(decimal.digits, count, pointAfter: 1, to: out)
            writeExponent(point - 1, &out)
        } else if point <= 0 {
            append(0x30)
            append(0x2E)
            for _ in 0..<(-point) { append(0x30) }
            out += put(decimal.digits, count, pointAfter: count, to: out)
        } else if point >= count {
            out += put(decimal.digits, count, pointAfter: count, to: out)
            for _ in 0..<(point - count) { append(0x30) }
            append(0x2E)
            append(0x30)
        } else {
            out += put(decimal.digits, count, pointAfter: point, to: out)
        }
        return out - start
    }

    private static func writeExponent(_ exponent: Int, _ out: inout UnsafeMutablePointer<UInt8>) {
        out[0] = 0x65
        out[1] = exponent < 0 ? 0x2D : 0x2B
        out += 2
        let magnitude = exponent.magnitude
        if magnitude >= 100 {
            out.pointee = 0x30 + UInt8(truncatingIfNeeded: magnitude / 100)
            out += 1
        }
        out[0] = 0x30 + UInt8(truncatingIfNeeded: magnitude / 10 % 10)
        out[1] = 0x30 + UInt8(truncatingIfNeeded: magnitude % 10)
        out += 2
    }

    /// Digits of a whole number; of 0 there is one.
    @inline(__always)
    package static func count(_ value: UInt64) -> Int {
        // ⌊log10⌋ is what the bits say, or one less.
        let guess = ((64 - (value | 1).leadingZeroBitCount) &* 1_233) >> 12
        return guess + (value >= wholePowers[guess] ? 1 : 0) + (value == 0 ? 1 : 0)
    }

    private static let wholePowers: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000,
        1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000,
        1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    /// Writes so many digits with a point behind some of them, none behind all; returns the bytes.
    @inline(__always)
    private static func put(_ digits: UInt64, _ count: Int, pointAfter: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var rest = digits
        let hasPoint = pointAfter < count
        var place = count + (hasPoint ? 1 : 0)
        let end = place
        for index in stride(from: count, to: 0, by: -1) {
            if hasPoint, index == pointAfter {
                place -= 1
                out[place] = 0x2E
            }
            place -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            out[place] = 0x30 + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
        return end
    }

    /// Writes a whole number; returns its digits, at most 20.
    @inline(__always)
    package static func write(_ value: UInt64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let count = count(value)
        return put(value, count, pointAfter: count, to: out)
    }
}
