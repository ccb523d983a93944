/// Splits the text of a file into records and fields, in constant memory.
///
/// Comma-separated, fields in double quotes with quotes doubled inside, lines ended by LF or CRLF, a byte order mark skipped, lines without
/// anything but blanks skipped, blanks around fields no part of them (those within quotes are). Fields are ranges of one buffer: valid until the next record. Complexity: O(bytes).
final class CSVScanner {
    /// Bytes of the longest record.
    static let longestRecord = 4 << 20
    /// Columns of the widest file.
    static let mostColumns = 10_000
    /// Values that one import holds.
    static let mostValues = 1 << 30
    private static let firstCapacity = 256 << 10

    let source: any TextSource
    /// The line on which the record starts, from 1.
    private(set) var row = 0
    private(set) var header: [String] = []

    // Plain memory and not arrays: a class's array costs an exclusivity check per field, which doubled the time of a whole import.
    private let fields: UnsafeMutablePointer<Field>
    private var fieldCount = 0
    private var hasDoubledQuotes = false
    /// Whether a field of the record stood in quotes.
    private(set) var hasQuotes = false
    private var buffer: UnsafeMutablePointer<UInt8>
    private var capacity = firstCapacity
    private var position = 0
    private var filled = 0
    private var isAtEnd = false
    /// Where the record stands in the buffer.
    private var recordRange = 0..<0
    /// Bytes of text that records have used up.
    private var consumed: Int64 = 0
    /// The line on which the next record starts, if no empty lines come before it.
    private(set) var nextLine = 1
    /// Whether the text comes from the source; else somebody else puts it into the buffer, block by block.
    private let readsSource: Bool

    /// Opens a file, or whatever a `DataReference` says, and reads its header.
    convenience init(path: String) throws(TabularFailure) { try self.init(DataFiles.open(path)) }

    /// Reads the header of a text; its names are trimmed and unique, and only the first may be empty: an index.
    init(_ text: any TextSource) throws(TabularFailure) {
        source = text
        readsSource = true
        buffer = .allocate(capacity: Self.firstCapacity + CSVBytes.margin)
        fields = Self.roomForFields()
        try readHeader()
    }

    /// Splits blocks of the text of another, which has read the header.
    ///
    /// It never reads the source that it shares with the other, and asks it for nothing that changes.
    init(blocksOf other: CSVScanner) {
        source = other.source
        header = other.header
        readsSource = false
        buffer = .allocate(capacity: Self.firstCapacity + CSVBytes.margin)
        fields = Self.roomForFields()
        isAtEnd = true
    }

    private static func roomForFields() -> UnsafeMutablePointer<Field> {
        let fields = UnsafeMutablePointer<Field>.allocate(capacity: mostColumns + 1)
        fields.initialize(repeating: Field(start: 0, end: 0, hasDoubledQuotes: false), count: mostColumns + 1)
        return fields
    }

    deinit {
        buffer.deallocate()
        fields.deallocate()
    }

    /// The record that `next` found.
    var record: Record { Record(base: UnsafePointer(buffer), fields: UnsafePointer(fields), count: fieldCount) }

    /// The record as it stands in the file, its line end left out; with quotes undone where it `hasQuotes`.
    var recordText: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: buffer + recordRange.lowerBound, count: recordRange.count) }

    /// The file's name, for messages.
    var file: String { source.name }

    /// Back to the first record after the header.
    func restart() throws(TabularFailure) {
        try source.restart()
        position = 0
        filled = 0
        consumed = 0
        isAtEnd = false
        nextLine = 1
        header = []
        try readHeader()
    }

    /// About how many records the file has, judged by those read so far; 0 before the first.
    var estimatedRecords: Int {
        let recordsRead = nextLine - 2
        guard recordsRead > 0, consumed > 0, source.bytesRead > 0 else { return 0 }
        let textPerByte = Double(consumed + Int64(filled - position)) / Double(source.bytesRead)
        let records = Double(source.size) * textPerByte / (Double(consumed) / Double(recordsRead))
        return Int(min(records * 1.1, 1e9))
    }

    /// A place in the current record; `column` counts from 0.
    func location(_ column: Int? = nil) -> CellLocation { location(row: row, column) }

    /// A place in a record that starts on a line; `column` counts from 0.
    func location(row: Int, _ column: Int? = nil) -> CellLocation {
        let name = column.flatMap { header.indices.contains($0) && !header[$0].isEmpty ? header[$0] : nil }
        let place = source.place(line: row)
        return CellLocation(file: place.file, row: place.row, column: column.map { $0 + 1 }, name: name)
    }

    /// The text of a field; throws `malformed` when it is not UTF-8.
    func text(_ index: Int) throws(TabularFailure) -> String {
        guard let text = String(validating: record[index], as: UTF8.self) else {
            throw .malformed(
                what: "bytes that are not UTF-8", at: location(index), remedy: "convert the file to UTF-8, for instance with iconv")
        }
        return text
    }

    /// Moves to the next record, which has as many fields as the header; false at the end of a block, or of a file that did not change meanwhile.
    func next() throws(TabularFailure) -> Bool {
        guard try nextRecord() else {
            if readsSource { try source.checkUnchanged() }
            return false
        }
        guard fieldCount == header.count else {
            throw .raggedRow(found: fieldCount, expected: header.count, at: location())
        }
        return true
    }

    // MARK: Blocks

    /// Reads on behind the records so far without splitting; 0 at the end of the text.
    func readText(into room: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int {
        guard position < filled else { return try source.read(into: room) }
        let count = min(room.count, filled - position)
        room.copyMemory(from: UnsafeRawBufferPointer(start: buffer + position, count: count))
        position += count
        return count
    }

    /// The buffer, of at least so many bytes, to be filled; what is in it stays.
    func room(_ bytes: Int) -> UnsafeMutableRawBufferPointer {
        while capacity < bytes { grow(keeping: capacity) }
        return UnsafeMutableRawBufferPointer(start: buffer, count: capacity)
    }

    /// Starts over with the buffer's first `count` bytes, which begin with the record on `line`.
    ///
    /// A whole block ends where a record does; one that is not begins with a record that does not end within the limit.
    func begin(count: Int, line: Int, isWhole: Bool) {
        precondition(!readsSource && count <= capacity)
        position = 0
        filled = count
        nextLine = line
        isAtEnd = isWhole
    }

    /// The bytes of the block that no record has used up.
    var rest: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: buffer + position, count: filled - position) }

    private func grow(keeping count: Int) {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2 + CSVBytes.margin)
        larger.update(from: buffer, count: count)
        buffer.deallocate()
        buffer = larger
        capacity *= 2
    }

    private func readHeader() throws(TabularFailure) {
        try skipByteOrderMark()
        guard try nextRecord() else { throw .noRows(file: file, why: "the file is empty") }
        var names: [String] = []
        for index in 0..<fieldCount { names.append(CellText.trimmed(try text(index))) }
        try CSVHeader.check(names, at: location)
        header = names
    }

    private func skipByteOrderMark() throws(TabularFailure) {
        try refill()
        let start = UnsafeBufferPointer(start: buffer, count: min(filled, FileSignature.length))
        if let found = FileSignature.found(start) {
            row = 1
            throw .malformed(what: "the file is \(found.what), and no CSV", at: location(), remedy: found.remedy)
        }
        if filled >= 3, buffer[0] == 0xEF, buffer[1] == 0xBB, buffer[2] == 0xBF { position = 3 }
    }

    // MARK: Records

    private enum Outcome {
        case complete(next: Int)
        case needsMore
    }

    private func nextRecord() throws(TabularFailure) -> Bool {
        while true {
            try skipEmptyLines()
            if position == filled {
                if isAtEnd { return false }
                try refill()
                continue
            }
            row = nextLine
            switch try scan() {
            case .complete(let next):
                consumed += Int64(next - position)
                position = next
                undoDoubledQuotes()
                return true
            case .needsMore:
                guard readsSource, filled - position < Self.longestRecord else {
                    throw .tooLarge(what: "a record that does not end, perhaps an unclosed quote", limit: "4 MiB", at: location())
                }
                try refill()
            }
        }
    }

    private func skipEmptyLines() throws(TabularFailure) {
        while position < filled {
            var end = position
            while end < filled, CSVBytes.isBlank(buffer[end]) { end += 1 }
            let mayGoOn = end == filled || (buffer[end] == 0x0D && end + 1 == filled)
            if mayGoOn, !isAtEnd {
                guard filled - position < Self.longestRecord else { return }
                try refill()
                continue
            }
            if end == filled {
                // Blanks behind the last line.
                position = filled
            } else if buffer[end] == 0x0A {
                position = end + 1
            } else if buffer[end] == 0x0D, end + 1 < filled, buffer[end + 1] == 0x0A {
                position = end + 2
            } else {
                return
            }
            nextLine += 1
        }
    }

    /// Moves the unfinished record to the front of the buffer, grows the buffer when it is full of it, and reads on.
    private func refill() throws(TabularFailure) {
        guard readsSource else {
            isAtEnd = true
            return
        }
        let kept = filled - position
        if position > 0 {
            buffer.update(from: buffer + position, count: kept)
            position = 0
            filled = kept
        }
        if filled == capacity { grow(keeping: filled) }
        // Short reads are common from gzip: fill the buffer, so that few records are scanned twice.
        while filled < capacity, !isAtEnd {
            let count = try source.read(into: UnsafeMutableRawBufferPointer(start: buffer + filled, count: capacity - filled))
            filled += count
            isAtEnd = count == 0
        }
    }

    /// Finds the fields of the record at `position`.
    ///
    /// Line count and fields are only right when it is complete.
    private func scan() throws(TabularFailure) -> Outcome {
        let base = buffer
        let filled = self.filled
        let fields = self.fields
        // Ends the last field of the data without a question about its end at each byte; the buffer has room for it.
        base[filled] = 0
        var count = 0
        var cursor = position
        var line = nextLine
        hasDoubledQuotes = false
        hasQuotes = false
        while true {
            guard count < Self.mostColumns else { throw .tooLarge(what: "too many columns", limit: "\(Self.mostColumns)", at: location()) }
            // Nearly every field begins with a letter, a digit or a sign.
            if base[cursor] <= 0x22 { while cursor < filled, CSVBytes.isBlank(base[cursor]) { cursor += 1 } }
            if base[cursor] == 0x22, cursor < filled {
                fieldCount = count + 1
                hasQuotes = true
                guard let field = try quotedField(base, from: cursor, line: &line) else { return .needsMore }
                fields[count] = field
                cursor = field.end + 1
                while cursor < filled, CSVBytes.isBlank(base[cursor]) { cursor += 1 }
            } else {
                let start = cursor
                cursor = CSVBytes.structural(base, from: cursor)
                var end = cursor
                while end > start, CSVBytes.isBlank(base[end - 1]) { end -= 1 }
                fields[count] = Field(start: start, end: end, hasDoubledQuotes: false)
            }
            count += 1
            if base[cursor] == 0x2C, cursor < filled {
                cursor += 1
                continue
            }
            fieldCount = count
            return try endOfRecord(base, cursor, line: line)
        }
    }

    /// What follows the last field found: a line end, the end of the data, or a mistake.
    private func endOfRecord(_ base: UnsafeMutablePointer<UInt8>, _ cursor: Int, line: Int) throws(TabularFailure) -> Outcome {
        recordRange = position..<cursor
        guard cursor < filled else { return endOfData(line: line) }
        switch base[cursor] {
        case 0x0A:
            nextLine = line + 1
            return .complete(next: cursor + 1)
        case 0x0D:
            if cursor + 1 == filled, !isAtEnd { return .needsMore }
            guard cursor + 1 < filled, base[cursor + 1] == 0x0A else {
                throw malformed("a carriage return without a line feed", "convert the line ends to LF or CRLF")
            }
            nextLine = line + 1
            return .complete(next: cursor + 2)
        case 0x22:
            throw malformed("a quote inside an unquoted field", "put quotes around the whole field and double the ones inside")
        case 0x00:
            throw malformed("a NUL byte", "pass a text file; convert UTF-16 to UTF-8")
        default:
            throw malformed("text after a closing quote", "double the quotes inside a quoted field")
        }
    }

    private func endOfData(line: Int) -> Outcome {
        guard isAtEnd else { return .needsMore }
        nextLine = line + 1
        return .complete(next: filled)
    }

    /// The field that starts with the quote at `start`; nil when it may go on past the data at hand.
    private func quotedField(_ base: UnsafeMutablePointer<UInt8>, from start: Int, line: inout Int) throws(TabularFailure) -> Field? {
        var cursor = start + 1
        var isDoubled = false
        while cursor < filled {
            let byte = base[cursor]
            if byte == 0x22 {
                if cursor + 1 == filled, !isAtEnd { return nil }
                guard cursor + 1 < filled, base[cursor + 1] == 0x22 else {
                    if isDoubled { hasDoubledQuotes = true }
                    return Field(start: start + 1, end: cursor, hasDoubledQuotes: isDoubled)
                }
                isDoubled = true
                cursor += 2
                continue
            }
            if byte == 0x0A, !source.countsRecords { line += 1 }
            if byte == 0 { throw malformed("a NUL byte", "pass a text file; convert UTF-16 to UTF-8") }
            cursor += 1
        }
        if isAtEnd { throw malformed("a quote that is never closed", "close it, or double quotes that belong to the text") }
        return nil
    }

    /// Compacts fields in place once the record is complete, when it will not be scanned again.
    private func undoDoubledQuotes() {
        guard hasDoubledQuotes else { return }
        for index in 0..<fieldCount where fields[index].hasDoubledQuotes {
            var target = fields[index].start
            var cursor = target
            while cursor < fields[index].end {
                let byte = buffer[cursor]
                buffer[target] = byte
                target += 1
                cursor += byte == 0x22 ? 2 : 1
            }
            fields[index].end = target
        }
    }

    /// A failure at the field that was found last.
    private func malformed(_ what: String, _ remedy: String) -> TabularFailure {
        .malformed(what: what, at: location(max(fieldCount - 1, 0)), remedy: remedy)
    }
}
