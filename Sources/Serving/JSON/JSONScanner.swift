import Foundation

/// A strict JSON reader over bytes that it does not own: no trees, no allocation, exact error positions.
///
/// RFC 8259 to the letter: no comments, no trailing commas, no byte order mark, UTF-8 validated, lone surrogates and duplicate keys
/// refused, depth and members bounded. The bytes must outlive the scanner. Every read is bounds-checked, so that no input can trap.
package struct JSONScanner {
    /// Levels of arrays and objects.
    package static let maximumDepth = 32
    /// Members of an object that is skipped over (each is compared with all others, to find duplicates).
    package static let maximumMembers = 4_096

    let base: UnsafePointer<UInt8>
    let count: Int
    package private(set) var position = 0
    private var depth = 0

    /// Reads `bytes`, which must stay valid and unchanged.
    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        // An empty buffer may have no address; the count keeps every read away from this stand-in.
        base = bytes.baseAddress ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped
        count = bytes.count
    }

    // MARK: Structure

    /// The next byte that is not white space, not consumed; 0 at the end. (NUL is never valid outside of strings.)
    package mutating func peek() -> UInt8 {
        while position < count {
            let byte = base[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
        }
        return 0
    }

    /// Enters an object.
    package mutating func openObject() throws(JSONFailure) { try open(0x7B, .object) }

    /// Enters an array.
    package mutating func openArray() throws(JSONFailure) { try open(0x5B, .array) }

    private mutating func open(_ byte: UInt8, _ what: StaticText) throws(JSONFailure) {
        guard peek() == byte else { throw unexpected(what) }
        guard depth < Self.maximumDepth else { throw failure(.tooDeep) }
        depth += 1
        position += 1
    }

    /// The next key of the object that was entered, with its colon consumed; nil (and the object left) at its end.
    package mutating func nextKey(first: inout Bool) throws(JSONFailure) -> JSONText? {
        let byte = peek()
        if byte == 0x7D {
            position += 1
            depth -= 1
            return nil
        }
        if !first {
            guard byte == 0x2C else { throw unexpected(.commaOrBrace) }
            position += 1
        }
        first = false
        guard peek() == 0x22 else { throw unexpected(.string) }
        let key = try string()
        guard peek() == 0x3A else { throw unexpected(.colon) }
        position += 1
        return key
    }

    /// Whether another element of the array that was entered follows; false (and the array left) at its end.
    package mutating func nextElement(first: inout Bool) throws(JSONFailure) -> Bool {
        let byte = peek()
        if byte == 0x5D {
            position += 1
            depth -= 1
            return false
        }
        if !first {
            guard byte == 0x2C else { throw unexpected(.commaOrBracket) }
            position += 1
            guard peek() != 0x5D else { throw failure(.expected(.value)) }
        }
        first = false
        return true
    }

    /// Checks that nothing but white space is left.
    package mutating func end() throws(JSONFailure) {
        _ = peek()
        guard position == count else { throw failure(.trailingBytes) }
    }

    /// Goes back to a value that was skipped, or forward again.
    ///
    /// The position must be one that this scanner has had at the same depth.
    mutating func move(to offset: Int) { position = min(max(offset, 0), count) }

    // MARK: Values

    /// Reads `true` or `false`.
    package mutating func boolean() throws(JSONFailure) -> Bool {
        if peek() == 0x74 {
            try literal("true")
            return true
        }
        try literal("false")
        return false
    }

    /// Reads `null`.
    package mutating func null() throws(JSONFailure) { try literal("null") }

    private mutating func literal(_ text: StaticString) throws(JSONFailure) {
        let length = text.utf8CodeUnitCount
        guard count - position >= length else { throw position + 1 < count ? failure(.expected(.literal)) : failure(.unexpectedEnd) }
        for i in 0..<length where base[position + i] != text.utf8Start[i] { throw failure(.expected(.literal)) }
        position += length
    }

    /// Reads over any value, checking all of it.
    package mutating func skip() throws(JSONFailure) {
        switch peek() {
        case 0x7B:
            try openObject()
            try skipMembers()
        case 0x5B:
            try openArray()
            var first = true
            while try nextElement(first: &first) { try skip() }
        case 0x22: _ = try string()
        case 0x74, 0x66: _ = try boolean()
        case 0x6E: try null()
        case 0x2D, 0x30...0x39: _ = try number()
        case 0x4E, 0x49: throw failure(.notANumber)
        default: throw unexpected(.value)
        }
    }

    private mutating func skipMembers() throws(JSONFailure) {
        var first = true
        var keys = Set<String>()
        while let key = try nextKey(first: &first) {
            guard keys.count < Self.maximumMembers else { throw failure(.tooManyMembers) }
            guard keys.insert(text(key)).inserted else { throw JSONFailure(offset: key.start, reason: .duplicateKey) }
            try skip()
        }
    }

    // MARK: Failures

    func failure(_ reason: JSONFailure.Reason) -> JSONFailure { JSONFailure(offset: position, reason: reason) }

    /// The failure for a byte that does not fit: another one for the end of the text.
    func unexpected(_ what: StaticText) -> JSONFailure { failure(position < count ? .expected(what) : .unexpectedEnd) }

    /// Whether the next bytes are these.
    @inline(__always)
    func begins(with other: UnsafePointer<UInt8>, count length: Int) -> Bool {
        count - position >= length && memcmp(base + position, other, length) == 0
    }

    /// Takes the scan on to `offset`; used by the readers of strings and numbers in their own files.
    mutating func advance(to offset: Int) { position = offset }
}
