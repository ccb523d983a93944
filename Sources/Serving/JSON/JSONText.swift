/// A string in the scanned bytes, without its quotes.
package struct JSONText: Sendable {
    /// Position of the first byte.
    package var start: Int
    /// Position behind the last byte.
    package var end: Int
    /// Whether the bytes are the text itself: no escapes.
    package var isPlain: Bool

    /// Number of bytes as written.
    var length: Int { end - start }
}

extension JSONScanner {
    /// Reads a string: escapes and UTF-8 are checked, nothing is copied.
    ///
    /// Complexity: O(length).
    package mutating func string() throws(JSONFailure) -> JSONText {
        guard peek() == 0x22 else { throw unexpected(.string) }
        let start = position + 1
        var cursor = start
        var isPlain = true
        while cursor < count {
            let byte = base[cursor]
            if byte == 0x22 {
                advance(to: cursor + 1)
                return JSONText(start: start, end: cursor, isPlain: isPlain)
            }
            if byte == 0x5C {
                isPlain = false
                cursor = try escape(at: cursor)
            } else if byte < 0x20 {
                throw JSONFailure(offset: cursor, reason: .controlCharacter)
            } else if byte < 0x80 {
                cursor += 1
            } else {
                cursor = try multibyte(at: cursor)
            }
        }
        throw JSONFailure(offset: count, reason: .unexpectedEnd)
    }

    /// Checks the escape at `cursor`; returns the position behind it.
    private func escape(at cursor: Int) throws(JSONFailure) -> Int {
        guard cursor + 1 < count else { throw JSONFailure(offset: count, reason: .unexpectedEnd) }
        switch base[cursor + 1] {
        case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: return cursor + 2
        case 0x75: break
        default: throw JSONFailure(offset: cursor, reason: .invalidEscape)
        }
        guard let unit = hexadecimal(at: cursor + 2) else { throw JSONFailure(offset: cursor, reason: .invalidEscape) }
        if unit & 0xFC00 == 0xD800 {
            guard cursor + 7 < count, base[cursor + 6] == 0x5C, base[cursor + 7] == 0x75, let low = hexadecimal(at: cursor + 8),
                low & 0xFC00 == 0xDC00
            else { throw JSONFailure(offset: cursor, reason: .loneSurrogate) }
            return cursor + 12
        }
        guard unit & 0xFC00 != 0xDC00 else { throw JSONFailure(offset: cursor, reason: .loneSurrogate) }
        return cursor + 6
    }

    private func hexadecimal(at offset: Int) -> UInt32? {
        guard offset + 4 <= count else { return nil }
        var value: UInt32 = 0
        for i in 0..<4 {
            switch base[offset + i] {
            case let byte where byte >= 0x30 && byte <= 0x39: value = value << 4 | UInt32(byte - 0x30)
            case let byte where byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66: value = value << 4 | UInt32((byte | 0x20) - 0x57)
            default: return nil
            }
        }
        return value
    }

    /// Checks one UTF-8 sequence of two to four bytes (RFC 3629: shortest form, no surrogates, at most U+10FFFF).
    private func multibyte(at cursor: Int) throws(JSONFailure) -> Int {
        let lead = base[cursor]
        let length: Int
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0:
            length = 3
            low = 0xA0
        case 0xED:
            length = 3
            high = 0x9F
        case 0xE1...0xEF: length = 3
        case 0xF0:
            length = 4
            low = 0x90
        case 0xF1...0xF3: length = 4
        case 0xF4:
            length = 4
            high = 0x8F
        default: throw JSONFailure(offset: cursor, reason: .invalidUTF8)
        }
        guard cursor + length <= count, base[cursor + 1] >= low, base[cursor + 1] <= high else {
            throw JSONFailure(offset: cursor, reason: .invalidUTF8)
        }
        for i in 2..<max(length, 2) where base[cursor + i] & 0xC0 != 0x80 { throw JSONFailure(offset: cursor, reason: .invalidUTF8) }
        return cursor + length
    }

    // MARK: Use

    /// Whether the string is exactly this ASCII text.
    ///
    /// An escaped spelling of it is the same text.
    package func equals(_ text: JSONText, _ other: StaticString) -> Bool {
        guard text.isPlain, text.length == other.utf8CodeUnitCount else { return text.isPlain ? false : self.text(text) == "\(other)" }
        for i in 0..<text.length where base[text.start + i] != other.utf8Start[i] { return false }
        return true
    }

    /// The bytes of a plain string.
    func bytes(_ text: JSONText) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base + text.start, count: text.length) }

    /// The string itself, escapes resolved.
    package func text(_ text: JSONText) -> String {
        if text.isPlain { return String(decoding: bytes(text), as: UTF8.self) }
        var result = String.UnicodeScalarView()
        var cursor = text.start
        while cursor < text.end {
            guard base[cursor] == 0x5C else {
                var stop = cursor
                while stop < text.end, base[stop] != 0x5C { stop += 1 }
                result.append(
                    contentsOf: String(decoding: UnsafeBufferPointer(start: base + cursor, count: stop - cursor), as: UTF8.self)
                        .unicodeScalars)
                cursor = stop
                continue
            }
            let (scalar, length) = unescaped(at: cursor)
            result.append(scalar)
            cursor += length
        }
        return String(result)
    }

    /// The scalar of a checked escape and the bytes that it takes.
    private func unescaped(at cursor: Int) -> (Unicode.Scalar, Int) {
        switch base[cursor + 1] {
        case 0x62: return ("\u{8}", 2)
        case 0x66: return ("\u{C}", 2)
        case 0x6E: return ("\n", 2)
        case 0x72: return ("\r", 2)
        case 0x74: return ("\t", 2)
        case 0x75:
            let unit = hexadecimal(at: cursor + 2) ?? 0xFFFD
            guard unit & 0xFC00 == 0xD800, let low = hexadecimal(at: cursor + 8) else { return (Unicode.Scalar(unit) ?? "\u{FFFD}", 6) }
            let value = 0x10000 + ((unit & 0x3FF) << 10 | (low & 0x3FF))
            return (Unicode.Scalar(value) ?? "\u{FFFD}", 12)
        case let byte: return (Unicode.Scalar(byte), 2)
        }
    }
}
