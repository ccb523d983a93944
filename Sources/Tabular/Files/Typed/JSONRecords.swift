/// Reads flat JSON objects one after the other, in constant memory: RFC 8259, with nothing but blanks, or an array's signs, between them.
///
/// Names get numbers in the order in which they first come, and keep them through a restart.
final class JSONRecords {
    private static let bufferBytes = 256 << 10

    private let bytes: any ByteStream
    private let buffer: UnsafeMutableRawBufferPointer
    private var position = 0
    private var filled = 0
    private var isAtEnd = false

    private var interner = ByteInterner(limit: CSVScanner.mostColumns)
    /// The object's texts, one behind the other.
    private var text: [UInt8] = []
    /// By number of name: where its text stands, and in which object.
    private var cells: [(start: Int, end: Int, record: Int, hasValue: Bool)] = []
    private var record = 0
    private var isArray = false
    private var isFirst = true

    init(_ bytes: any ByteStream) {
        self.bytes = bytes
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 16)
    }

    deinit { buffer.deallocate() }

    var file: ReadableFile { bytes.file }
    /// Names so far.
    var names: [String] { interner.texts }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    func restart() throws(TabularFailure) {
        try bytes.restart()
        (position, filled, isAtEnd) = (0, 0, false)
        record = 0
        isArray = false
        isFirst = true
        for index in cells.indices { cells[index].record = -1 }
    }

    /// Where the text of a name stands in the object that `next` found; nil where it has none, or `null`.
    func cell(_ name: Int) -> Range<Int>? {
        guard name < cells.count, cells[name].record == record, cells[name].hasValue else { return nil }
        return cells[name].start..<cells[name].end
    }

    func withCell(_ range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        text.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// Moves to the next object; false at the end of the file.
    ///
    /// - Throws: `malformed` with the number of the object. Complexity: O(bytes).
    func next() throws(TabularFailure) -> Bool {
        if isFirst {
            try begin()
        } else if isArray {
            try skipBlanks()
            let byte = try peek()
            if byte == 0x2C { position += 1 } else if byte != 0x5D { throw malformed("objects of an array without a comma between them") }
        }
        try skipBlanks()
        isFirst = false
        guard let byte = try peek() else {
            if isArray { throw malformed("an array that does not end") }
            return false
        }
        if isArray, byte == 0x5D {
            position += 1
            try skipBlanks()
            guard try peek() == nil else { throw malformed("text behind the array") }
            isArray = false
            return false
        }
        record += 1
        guard byte == 0x7B else { throw malformed("a line that is no JSON object") }
        position += 1
        try object()
        return true
    }

    private func begin() throws(TabularFailure) {
        try refill()
        if filled >= 3, buffer[0] == 0xEF, buffer[1] == 0xBB, buffer[2] == 0xBF { position = 3 }
        try skipBlanks()
        if try peek() == 0x5B {
            position += 1
            isArray = true
        }
    }

    private func object() throws(TabularFailure) {
        text.removeAll(keepingCapacity: true)
        try skipBlanks()
        if try peek() == 0x7D {
            position += 1
            return
        }
        while true {
            try skipBlanks()
            guard try take() == 0x22 else { throw malformed("a name without quotes") }
            let start = text.count
            try string()
            let index = try number(ofName: start)
            text.removeLast(text.count - start)
            try skipBlanks()
            guard try take() == 0x3A else { throw malformed("a name without a colon behind it") }
            try skipBlanks()
            let begin = text.count
            let hasValue = try value(of: index)
            cells[index] = (begin, text.count, record, hasValue)
            guard text.count <= CSVScanner.longestRecord else {
                throw .tooLarge(what: "an object that does not end", limit: "4 MiB", at: location)
            }
            try skipBlanks()
            switch try take() {
            case 0x2C: continue
            case 0x7D: return
            default: throw malformed("an object that goes on without a comma")
            }
        }
    }

    /// The number of the name that stands in `text` from a place on.
    private func number(ofName start: Int) throws(TabularFailure) -> Int {
        let answer = text.withUnsafeBufferPointer { interner.code(of: UnsafeBufferPointer(rebasing: $0[start...])) }
        switch answer {
        case .known(let code):
            let index = Int(code)
            guard cells[index].record != record else {
                throw malformed("the name '\(SafeText.escape(interner.texts[index]))' twice in one object")
            }
            return index
        case .new:
            cells.append((0, 0, -1, false))
            return cells.count - 1
        case .full: throw .tooLarge(what: "too many names", limit: "\(CSVScanner.mostColumns)", at: location)
        }
    }

    /// Adds a value's text; false for null.
    private func value(of index: Int) throws(TabularFailure) -> Bool {
        guard let byte = try peek() else { throw malformed("the file ends in an object") }
        switch byte {
        case 0x22:
            position += 1
            try string()
            return true
        case 0x7B, 0x5B:
            let what = byte == 0x7B ? "an object" : "a list"
            throw .malformed(
                what: "the value of '\(SafeText.escape(interner.texts[index]))' is \(what), and no cell", at: location,
                remedy: "write each of its values under a name of its own")
        case 0x6E:
            try word("null")
            return false
        case 0x74:
            try word("true")
            return true
        case 0x66:
            try word("false")
            return true
        default:
            try number()
            return true
        }
    }

    private func word(_ word: StaticString) throws(TabularFailure) {
        let start = text.count
        while let byte = try peek(), byte &- 0x61 < 26 {
            text.append(byte)
            position += 1
            if text.count - start > 5 { break }
        }
        let found = text[start...].elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        guard found else { throw malformed("a word that is neither true, false nor null") }
        if word.utf8Start.pointee == 0x6E { text.removeLast(text.count - start) }
    }

    /// `-12.5e3`, as it is written.
    private func number() throws(TabularFailure) {
        func digits() throws(TabularFailure) -> Int {
            var count = 0
            while let byte = try peek(), byte &- 0x30 <= 9 {
                text.append(byte)
                position += 1
                count += 1
                if count > CSVScanner.longestRecord { break }
            }
            return count
        }
        func sign(_ signs: UInt8...) throws(TabularFailure) -> Bool {
            guard let byte = try peek(), signs.contains(byte) else { return false }
            text.append(byte)
            position += 1
            return true
        }
        _ = try sign(0x2D)
        let whole = text.count
        guard try digits() > 0 else { throw malformed("a value that is neither a number, a text, true, false nor null") }
        guard text[whole] != 0x30 || text.count == whole + 1 else { throw malformed("a number with a zero in front") }
        if try sign(0x2E) { guard try digits() > 0 else { throw malformed("a number that ends with a point") } }
        if try sign(0x65, 0x45) {
            _ = try sign(0x2B, 0x2D)
            guard try digits() > 0 else { throw malformed("a number without its exponent") }
        }
    }

    /// The rest of a string whose first quote is read, without its escapes.
    private func string() throws(TabularFailure) {
        while true {
            let next = try peek()
            guard next != nil else { throw malformed("a text that is never closed") }
            // Nearly all of a text are plain bytes: as many as stand there at once.
            var end = position
            while end < filled, buffer[end] != 0x22, buffer[end] != 0x5C, buffer[end] >= 0x20 { end += 1 }
            text.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[position..<end]))
            position = end
            guard text.count <= CSVScanner.longestRecord else {
                throw .tooLarge(what: "a text that does not end", limit: "4 MiB", at: location)
            }
            guard position < filled else { continue }
            let byte = buffer[position]
            position += 1
            if byte == 0x22 { return }
            guard byte == 0x5C else { throw malformed("a control character in a text") }
            try escape()
        }
    }

    private func escape() throws(TabularFailure) {
        switch try take() {
        case 0x22: text.append(0x22)
        case 0x5C: text.append(0x5C)
        case 0x2F: text.append(0x2F)
        case 0x62: text.append(0x08)
        case 0x66: text.append(0x0C)
        case 0x6E: text.append(0x0A)
        case 0x72: text.append(0x0D)
        case 0x74: text.append(0x09)
        case 0x75:
            var unit = try hexadecimal()
            if unit >> 10 == 0x36 {
                let isPair = try take() == 0x5C
                guard isPair, try take() == 0x75 else { throw malformed("half of a surrogate pair") }
                let low = try hexadecimal()
                guard low >> 10 == 0x37 else { throw malformed("half of a surrogate pair") }
                unit = 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = Unicode.Scalar(unit) else { throw malformed("half of a surrogate pair") }
            text.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw malformed("an escape that JSON does not know")
        }
    }

    private func hexadecimal() throws(TabularFailure) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = try take(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw malformed("an escape \\u without four digits")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    // MARK: Bytes

    private func skipBlanks() throws(TabularFailure) {
        while let byte = try peek(), Self.isBlank(byte) { position += 1 }
    }

    @inline(__always)
    private func peek() throws(TabularFailure) -> UInt8? {
        if position == filled {
            if isAtEnd { return nil }
            try refill()
            if isAtEnd { return nil }
        }
        return buffer[position]
    }

    @inline(__always)
    private func take() throws(TabularFailure) -> UInt8? {
        let byte = try peek()
        if byte != nil { position += 1 }
        return byte
    }

    /// Reads on; only when all is used up.
    private func refill() throws(TabularFailure) {
        filled = try bytes.read(into: buffer)
        position = 0
        isAtEnd = filled == 0
    }

    private var location: CellLocation { CellLocation(file: bytes.file.name, row: max(1, record)) }

    private func malformed(_ what: String) -> TabularFailure {
        .malformed(what: what, at: location, remedy: "write one JSON object a line, as JSON lines have it")
    }
}
