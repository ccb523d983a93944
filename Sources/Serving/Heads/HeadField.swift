/// Reads header and trailer lines: `name: value` (RFC 9112, 5).
enum HeadField {
    /// Name and value, blanks around the value left out.
    static func split(_ head: UnsafeRawBufferPointer, _ line: HeadPiece) throws(HeadFailure) -> (name: HeadPiece, value: HeadPiece) {
        var place = line.start
        while place < line.end, isToken(head[place]) { place += 1 }
        guard place > line.start, place < line.end, head[place] == 0x3A else { throw misread(head, line, place) }
        let name = HeadPiece(start: line.start, end: place)
        var start = place + 1
        var end = line.end
        while start < end, isBlank(head[start]) { start += 1 }
        while end > start, isBlank(head[end - 1]) { end -= 1 }
        guard isValue(head, start, end) else { throw .malformed("a control character in a header") }
        return (name, HeadPiece(start: start, end: end))
    }

    private static func misread(_ head: UnsafeRawBufferPointer, _ line: HeadPiece, _ place: Int) -> HeadFailure {
        if place == line.start, place < line.end, isBlank(head[place]) { return .malformed("a header line that begins with a blank") }
        if place < line.end, isBlank(head[place]) { return .malformed("a blank before the colon of a header") }
        return .malformed("a line that is no header: NAME: VALUE is wanted")
    }

    /// Letters, digits and the marks of a token (RFC 9110, 5.6.2), as bits.
    @inline(__always)
    private static func isToken(_ byte: UInt8) -> Bool {
        let bits: UInt64 = byte < 64 ? 0x03FF_6CFA_0000_0000 : byte < 128 ? 0x57FF_FFFF_C7FF_FFFE : 0
        return bits >> UInt64(byte & 63) & 1 != 0
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Whether there is no control character but the tab: no NUL, no lone CR.
    @inline(__always)
    static func isValue(_ head: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        var place = start
        while place + 8 <= end {
            let word = head.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            // A byte below 0x20, or 0x7F: by the trick for a zero byte (Hacker's Delight, 6-1). A tab looks like one, and is looked at below.
            let low = (word &- 0x2020_2020_2020_2020) & ~word
            let last = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let delete = (last &- 0x0101_0101_0101_0101) & ~last
            if (low | delete) & 0x8080_8080_8080_8080 != 0 { break }
            place += 8
        }
        while place < end {
            let byte = head[place]
            guard byte >= 0x20 && byte != 0x7F || byte == 0x09 else { return false }
            place += 1
        }
        return true
    }

    /// Whether a piece is that text in small letters, letter case ignored.
    @inline(__always)
    static func same(_ head: UnsafeRawBufferPointer, _ piece: HeadPiece, _ lowercase: StaticString) -> Bool {
        guard piece.count == lowercase.utf8CodeUnitCount else { return false }
        for index in 0..<piece.count {
            let byte = head[piece.start + index]
            let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            if lower != lowercase.utf8Start[index] { return false }
        }
        return true
    }

    /// The words of a list with commas.
    @inline(__always)
    static func words(_ head: UnsafeRawBufferPointer, _ value: HeadPiece, _ body: (HeadPiece) -> Void) {
        var start = value.start
        while start < value.end {
            var end = start
            while end < value.end, head[end] != 0x2C { end += 1 }
            var word = HeadPiece(start: start, end: end)
            while word.start < word.end, isBlank(head[word.start]) { word.start += 1 }
            while word.end > word.start, isBlank(head[word.end - 1]) { word.end -= 1 }
            body(word)
            start = end + 1
        }
    }
}
