/// The digits of a number as it is written: up to 19 of them, and where the point stands.
package struct DecimalDigits: Sendable {
    /// The first 19 significant digits.
    package var mantissa: UInt64
    /// Power of ten that the mantissa is multiplied with.
    package var exponent: Int
    /// Whether digits other than zero stand behind those.
    package var isCut: Bool

    package init(mantissa: UInt64, exponent: Int, isCut: Bool = false) {
        self.mantissa = mantissa
        self.exponent = exponent
        self.isCut = isCut
    }

    /// Takes one more digit; one that has no room any more only moves the point.
    @inline(__always)
    package mutating func append(_ digit: UInt8, isFraction: Bool) {
        // 19 digits always fit 64 bits.
        if mantissa < 1_000_000_000_000_000_000 {
            mantissa = mantissa * 10 + UInt64(digit)
            if isFraction { exponent -= 1 }
        } else {
            if digit != 0 { isCut = true }
            if !isFraction { exponent += 1 }
        }
    }

    /// Reads `12`, `1.5`, `.5`, `5.`, `1e-3`; whoever calls has seen that the bytes are so, and nothing else is read.
    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.init(mantissa: 0, exponent: 0)
        var index = bytes.first == 0x2B ? 1 : 0
        var isFraction = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte &- 0x30 <= 9 {
                append(byte &- 0x30, isFraction: isFraction)
            } else if byte == 0x2E {
                isFraction = true
            } else {
                break
            }
            index += 1
        }
        if index < bytes.count, bytes[index] | 0x20 == 0x65 { exponent += Self.exponent(bytes, from: index + 1) }
    }

    private static func exponent(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard start < bytes.count else { return 0 }
        let isNegative = bytes[start] == 0x2D
        var value = 0
        for byte in bytes[start...] where byte &- 0x30 <= 9 {
            // Beyond this every number is 0 or infinite; the cap keeps the sum from overflowing.
            if value < 100_000 { value = value * 10 + Int(byte &- 0x30) }
        }
        return isNegative ? -value : value
    }

    /// The nearest double, ties to even; infinite where there is none.
    ///
    /// - Parameter text: the bytes that the digits were read from, without a sign; asked only where 19 digits do not decide.
    package func nearest(_ text: @autoclosure () -> UnsafeBufferPointer<UInt8>) -> Double {
        // Up to 2⁵³ and with a power of ten up to 22, one rounded operation on two exact doubles gives the nearest one (W. D. Clinger, "How to read
        // floating point numbers accurately", 1990).
        if !isCut, mantissa <= 1 << 53, exponent >= -22, exponent <= 22 {
            let magnitude = Double(mantissa)
            return exponent < 0 ? magnitude / Self.exactPowers[-exponent] : magnitude * Self.exactPowers[exponent]
        }
        let low = Self.nearest(mantissa, exponent)
        guard isCut else { return low }
        // The number lies between these two mantissas.
        if Self.nearest(mantissa + 1, exponent) == low { return low }
        return Double(String(decoding: text(), as: UTF8.self)) ?? low
    }

    private static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// The double nearest to `mantissa` · 10^`exponent`.
    ///
    /// By one or two multiplications of 64 bits with the leading bits of the power of ten: D. Lemire, "Number parsing at a gigabyte per second", Software:
    /// Practice and Experience 51 (2021), algorithm 1, after M. Eisel. That the 128 bits always decide is shown by N. Mushtak and D. Lemire, "Fast number
    /// parsing without fallback", 2023.
    private static func nearest(_ mantissa: UInt64, _ exponent: Int) -> Double {
        guard mantissa > 0, exponent >= -342 else { return 0 }
        guard exponent <= 308 else { return .infinity }
        let shift = UInt64(mantissa.leadingZeroBitCount)
        let (high, low) = product(mantissa << shift, exponent)
        let upper = high >> 63
        // 52 bits, the hidden one and two to round by.
        let kept = upper + 9
        var bits = high >> kept
        // ⌊log2 10^exponent⌋ + 63, exact over the range.
        var power = (217_706 &* exponent) >> 16 + 63 + Int(upper) - Int(shift) + 1_023
        if power <= 0 { return subnormal(bits, power) }
        // Between two doubles exactly in the middle: the even one.
        if low <= 1, exponent >= -4, exponent <= 23, bits & 3 == 1, bits << kept == high { bits &= ~1 }
        bits = (bits + (bits & 1)) >> 1
        if bits >= 1 << 53 {
            bits = 1 << 52
            power += 1
        }
        guard power < 0x7FF else { return .infinity }
        return Double(bitPattern: UInt64(power) << 52 | (bits & (1 << 52 - 1)))
    }

    private static func subnormal(_ bits: UInt64, _ power: Int) -> Double {
        guard -power + 1 < 64 else { return 0 }
        var bits = bits >> UInt64(-power + 1)
        bits = (bits + (bits & 1)) >> 1
        // One that rounds up to the least normal double has its bit where the exponent stands.
        return Double(bitPattern: bits)
    }

    /// The leading 128 bits of a mantissa, its first bit set, times a power of ten.
    @inline(__always)
    private static func product(_ mantissa: UInt64, _ exponent: Int) -> (high: UInt64, low: UInt64) {
        // The paper's table has the reciprocals of what 64 bits hold rounded up, everything else down.
        let power = exponent < 0 && exponent >= -27 ? PowersOfTen.ceiling(exponent) : PowersOfTen.floor(exponent)
        var (high, low) = mantissa.multipliedFullWidth(by: power.high)
        // Only where the bits behind those that count are all ones can the second word change them.
        if high & 0x1FF == 0x1FF {
            let second = mantissa.multipliedFullWidth(by: power.low).high
            let (sum, overflow) = low.addingReportingOverflow(second)
            low = sum
            if overflow { high += 1 }
        }
        return (high, low)
    }
}
