/// The leading 128 bits of the powers of ten that doubles are read and written with.
///
/// Made by exact whole-number arithmetic when they are first asked for, in some ten microseconds: a table in the source would be twelve hundred numbers
/// that nobody reads.
enum PowersOfTen {
    /// Exponents that there are.
    static let exponents = -342...324
    /// Powers that 128 bits hold whole.
    static let whole = 0...55

    /// The greatest 128 bits, the first of them set, that times a power of two are no more than 10^exponent; the high word first.
    @inline(__always)
    static func floor(_ exponent: Int) -> (high: UInt64, low: UInt64) {
        let place = 2 * (exponent - exponents.lowerBound)
        return (words[place], words[place + 1])
    }

    /// The least 128 bits that times the same power of two are no less.
    @inline(__always)
    static func ceiling(_ exponent: Int) -> (high: UInt64, low: UInt64) {
        let (high, low) = floor(exponent)
        if whole.contains(exponent) { return (high, low) }
        let (above, overflow) = low.addingReportingOverflow(1)
        return (overflow ? high + 1 : high, above)
    }

    // Written before anybody has it, never changed or freed.
    nonisolated(unsafe) private static let words: UnsafePointer<UInt64> = {
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * exponents.count)
        func put(_ number: [UInt64], _ exponent: Int) {
            let (high, low) = leading(number)
            words[2 * (exponent - exponents.lowerBound)] = high
            words[2 * (exponent - exponents.lowerBound) + 1] = low
        }
        // Ten and five differ by a power of two only.
        var power: [UInt64] = [1]
        for exponent in 0...exponents.upperBound {
            put(power, exponent)
            multiplyByFive(&power)
        }
        // A floor divided and floored again is the floor of the whole quotient; 1,024 bits leave 128 behind the last of them.
        var quotient = [UInt64](repeating: 0, count: 16) + [1]
        for exponent in 1...(-exponents.lowerBound) {
            divideByFive(&quotient)
            put(quotient, -exponent)
        }
        return UnsafePointer(words)
    }()

    /// The first 128 bits of a number whose least word comes first.
    private static func leading(_ number: [UInt64]) -> (high: UInt64, low: UInt64) {
        let top = number.lastIndex { $0 != 0 } ?? 0
        func word(_ index: Int) -> UInt64 { index < 0 ? 0 : number[index] }
        let shift = UInt64(word(top).leadingZeroBitCount)
        func joined(_ index: Int) -> UInt64 { shift == 0 ? word(index) : word(index) << shift | word(index - 1) >> (64 - shift) }
        return (joined(top), joined(top - 1))
    }

    private static func multiplyByFive(_ number: inout [UInt64]) {
        var carry: UInt64 = 0
        for index in number.indices {
            let (high, low) = number[index].multipliedFullWidth(by: 5)
            let (sum, overflow) = low.addingReportingOverflow(carry)
            number[index] = sum
            carry = high + (overflow ? 1 : 0)
        }
        if carry > 0 { number.append(carry) }
    }

    private static func divideByFive(_ number: inout [UInt64]) {
        var rest: UInt64 = 0
        for index in number.indices.reversed() { (number[index], rest) = UInt64(5).dividingFullWidth((rest, number[index])) }
    }
}
