/// What the bytes of one cell look like, whatever its column; `CellReader` says what they mean in one.
package enum CellText {
    /// What a cell can be taken for.
    package enum Class {
        /// Blank.
        case blank
        /// A whole number up to 2⁵³.
        case integer
        case number
        /// Digits that a number cannot give back: `0100` is not 100.
        case leadingZero
        /// A whole number beyond 2⁵³, where a double no longer tells neighbours apart.
        case huge
        case boolean
        case text
    }

    /// The largest whole number up to which every one is a double.
    package static let largestExact = 9_007_199_254_740_992.0

    /// Classifies a cell.
    ///
    /// Spaces around it do not count. Complexity: O(bytes).
    @inline(__always)
    package static func classify(_ raw: UnsafeBufferPointer<UInt8>) -> Class {
        // Most cells of most files are short plain numbers: digits, perhaps a sign, perhaps one point.
        guard let base = raw.baseAddress, raw.count > 0 else { return .blank }
        var index = base[0] == 0x2D && raw.count > 1 ? 1 : 0
        let start = index
        var point = -1
        while index < raw.count {
            if base[index] &- 0x30 > 9 {
                if base[index] != 0x2E || point >= 0 { return classifySlowly(raw) }
                point = index
            }
            index += 1
        }
        if point < 0 {
            if start == 0, index > 1, base[0] == 0x30 { return .leadingZero }
            return index - start <= 15 ? .integer : isHuge(raw) ? .huge : .integer
        }
        return index - start > 1 ? .number : .text
    }

    /// Whether a cell could stand in a column of numbers, plain or not, or of times.
    @inline(never)
    static func isNumberOrTime(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        switch classify(bytes) {
        case .integer, .number, .leadingZero, .huge: true
        case .blank, .boolean: false
        case .text: TimeParser.looksLikeTime(bytes) || DecoratedNumber.parse(bytes) != nil
        }
    }

    @inline(never)
    private static func classifySlowly(_ raw: UnsafeBufferPointer<UInt8>) -> Class {
        let bytes = trimmed(raw)
        guard let first = bytes.first else { return .blank }
        if bytes.count < raw.count { return classify(bytes) }
        // Digits, signs and the point stand below 0x3A; the typographic minus begins with 0xE2, and boolean words with other bytes.
        if first < 0x3A || first == 0xE2, let isWhole = numberSyntax(bytes) {
            return isWhole ? .integer : isHuge(bytes) ? .huge : isWholeNumber(bytes) ? .integer : .number
        }
        if boolean(bytes) != nil { return .boolean }
        return isInfinity(bytes) ? .number : .text
    }

    private static func isWholeNumber(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.dropFirst(max(minusLength(bytes), bytes.first == 0x2B ? 1 : 0)).allSatisfy { $0 &- 0x30 <= 9 }
    }

    /// Whether bytes are a whole number in plain digits beyond 2⁵³.
    package static func isHuge(_ raw: UnsafeBufferPointer<UInt8>) -> Bool {
        let bytes = trimmed(raw)
        guard bytes.count >= 16 else { return false }
        let digits = UnsafeBufferPointer(rebasing: bytes[0] == 0x2D || bytes[0] == 0x2B ? bytes.dropFirst() : bytes[...])
        guard digits.allSatisfy({ $0 &- 0x30 <= 9 }) else { return false }
        // The double next to 2⁵³ + 1 is 2⁵³ itself: the digits are asked.
        let number = DecimalDigits(digits)
        return number.exponent > 0 || number.mantissa > 1 << 53
    }

    /// The value of `true`/`false` or `yes`/`no` in any letter case; nil for anything else.
    package static func boolean(_ raw: UnsafeBufferPointer<UInt8>) -> Bool? {
        let bytes = trimmed(raw)
        switch bytes.count {
        case 2: return equals(bytes, "no", folding: true) ? false : nil
        case 3: return equals(bytes, "yes", folding: true) ? true : nil
        case 4: return equals(bytes, "true", folding: true) ? true : nil
        case 5: return equals(bytes, "false", folding: true) ? false : nil
        default: return nil
        }
    }

    /// The number a cell holds, rounded to the nearest double; nil when it holds none, or none that is finite.
    ///
    /// Up to 15 digits without an exponent take the exact short way (Clinger 1990, "How to read floating point numbers accurately"), the rest that of
    /// `DecimalDigits`.
    @inline(__always)
    package static func number(_ raw: UnsafeBufferPointer<UInt8>) -> Double? {
        guard let base = raw.baseAddress, raw.count > 0 else { return nil }
        let isNegative = base[0] == 0x2D
        var index = isNegative ? 1 : 0
        let end = raw.count
        var mantissa: UInt64 = 0
        var point = -1
        let start = index
        while index < end {
            let digit = base[index] &- 0x30
            if digit <= 9 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
            } else if base[index] == 0x2E, point < 0 {
                point = index
            } else {
                return slowNumber(raw)
            }
            index += 1
        }
        let length = end - start
        if point < 0 {
            guard length > 0, length <= 15 else { return slowNumber(raw) }
            let whole = Double(mantissa)
            return isNegative ? -whole : whole
        }
        // Fifteen digits and a point: the mantissa is a whole double, and so is the power of ten; one division rounds once.
        guard length > 1, length <= 16 else { return slowNumber(raw) }
        let magnitude = Double(mantissa) / powersOfTen[end - 1 - point]
        return isNegative ? -magnitude : magnitude
    }

    /// The number of a cell that is nothing but a plain whole one: up to 15 digits, perhaps a minus, no zero in front; nil for any other.
    @inline(__always)
    static func wholeNumber(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return nil }
        let isNegative = base[0] == 0x2D
        var index = isNegative ? 1 : 0
        let length = bytes.count - index
        guard length > 0, length <= 15, base[index] != 0x30 || bytes.count == 1 else { return nil }
        var value: UInt64 = 0
        while index < bytes.count {
            let digit = base[index] &- 0x30
            if digit > 9 { return nil }
            value = value &* 10 &+ UInt64(digit)
            index += 1
        }
        return isNegative ? -Double(value) : Double(value)
    }

    /// Without spaces and tabs at both ends.
    package static func trimmed(_ text: String) -> String {
        var result = Substring(text)
        while let last = result.last, last == " " || last == "\t" { result.removeLast() }
        return String(result.drop { $0 == " " || $0 == "\t" })
    }

    /// Without spaces and tabs at both ends.
    @inline(__always)
    package static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = bytes.count
        if end == 0 || (bytes[0] > 0x20 && bytes[end - 1] > 0x20) { return bytes }
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return UnsafeBufferPointer(rebasing: bytes[start..<end])
    }

    private static let powersOfTen: [Double] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15]

    @inline(never)
    private static func slowNumber(_ raw: UnsafeBufferPointer<UInt8>) -> Double? {
        let bytes = trimmed(raw)
        guard bytes.count <= 1_024, numberSyntax(bytes) != nil else { return nil }
        let digits = UnsafeBufferPointer(rebasing: bytes.dropFirst(minusLength(bytes)))
        let value = DecimalDigits(digits).nearest(digits)
        guard value.isFinite else { return nil }
        return minusLength(bytes) > 0 ? -value : value
    }

    /// True for a whole number in plain digits, false for another decimal number, nil for anything else.
    private static func numberSyntax(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool? {
        var index = 0
        func skipDigits() -> Int {
            let start = index
            while index < bytes.count, bytes[index] &- 0x30 <= 9 { index += 1 }
            return index - start
        }
        index = minusLength(bytes)
        if index == 0, bytes.first == 0x2B { index = 1 }
        var digits = skipDigits()
        // Beyond fifteen digits a whole number may not be a double; it is read as a real number then.
        if index == bytes.count { return digits == 0 ? nil : digits <= 15 }
        if bytes[index] == 0x2E {
            index += 1
            digits += skipDigits()
        }
        guard digits > 0 else { return nil }
        if index < bytes.count, bytes[index] | 0x20 == 0x65 {
            index += 1
            if index < bytes.count, bytes[index] == 0x2D || bytes[index] == 0x2B { index += 1 }
            guard skipDigits() > 0 else { return nil }
        }
        return index == bytes.count ? false : nil
    }

    /// Bytes of the minus in front: the plain one, or U+2212 as typesetters and spreadsheets write it.
    private static func minusLength(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        if bytes.first == 0x2D { return 1 }
        return bytes.count > 3 && bytes[0] == 0xE2 && bytes[1] == 0x88 && bytes[2] == 0x92 ? 3 : 0
    }

    /// Infinities are numbers that no column may hold: classified as numbers, refused as values.
    private static func isInfinity(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = bytes.first, bytes.count <= 9 else { return false }
        let word = first == 0x2D || first == 0x2B ? UnsafeBufferPointer(rebasing: bytes.dropFirst()) : bytes
        return equals(word, "inf", folding: true) || equals(word, "infinity", folding: true)
    }

    private static func equals(_ bytes: UnsafeBufferPointer<UInt8>, _ word: StaticString, folding: Bool = false) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count {
            let byte = bytes[index]
            let folded = folding && byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            if folded != word.utf8Start[index] { return false }
        }
        return true
    }
}
