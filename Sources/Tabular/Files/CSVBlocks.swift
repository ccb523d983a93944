import Foundation

/// Cuts the text of a delimited file into blocks of whole records, so that several threads can split and read them.
///
/// The same rules and limits as `CSVRecordReader`. One thread at a time may use it; a block, once filled, needs it no more.
package final class CSVBlocks {
    fileprivate let scanner: CSVScanner
    private let blockBytes: Int
    /// What was read behind the latest block's last record.
    private var carried: [UInt8] = []
    private var line: Int
    private var isAtEnd = false
    /// The last text of the blocks so far.
    private var tail: [UInt8] = []
    /// Bytes of it that are kept: some thousand rows.
    private static let tailBytes = 64 << 10

    /// Opens a file and reads its header.
    package init(path: String, blockBytes: Int = 512 << 10) throws(TabularFailure) {
        self.blockBytes = max(1, blockBytes)
        scanner = try CSVScanner(path: path)
        line = scanner.nextLine
    }

    /// The column names, in the file's order.
    package var header: [String] { scanner.header }

    /// Fills a block with the next records, at least one; false at the end of a file that did not change meanwhile.
    ///
    /// When it throws, the block is empty: of a file that cannot be read on, the records of this block are lost. Complexity: O(bytes), for counting lines and looking for quotes.
    package func fill(_ block: CSVBlock) throws(TabularFailure) -> Bool {
        block.begin(count: 0, line: line, isWhole: true)
        block.before = tail
        var filled = carried.count
        var goal = max(blockBytes, filled)
        block.scanner.room(goal).copyBytes(from: carried)
        carried.removeAll(keepingCapacity: true)
        while true {
            let room = block.scanner.room(goal)
            while filled < goal, !isAtEnd {
                let count = try scanner.readText(into: UnsafeMutableRawBufferPointer(rebasing: room[filled..<goal]))
                filled += count
                isAtEnd = count == 0
            }
            let text = UnsafeRawBufferPointer(rebasing: room[..<filled])
            let end = isAtEnd ? filled : Self.recordsEnd(text)
            if end > 0 || isAtEnd {
                carried.append(contentsOf: text[end...])
                remember(UnsafeRawBufferPointer(rebasing: text[..<end]))
                block.begin(count: end, line: line, isWhole: true)
                let whole = UnsafeRawBufferPointer(rebasing: text[..<end])
                line += scanner.source.countsRecords ? Self.records(in: whole) : Self.count(of: 0x0A, in: whole)
                if end == 0 { try scanner.source.checkUnchanged() }
                return end > 0
            }
            if filled >= CSVScanner.longestRecord {
                // Splitting the record says what is wrong with it.
                block.begin(count: filled, line: line, isWhole: false)
                return true
            }
            goal = min(filled * 2, CSVScanner.longestRecord)
        }
    }

    /// Keeps the end of what came, from the start of a line on.
    private func remember(_ text: UnsafeRawBufferPointer) {
        if text.count < Self.tailBytes { tail.append(contentsOf: text) } else { tail = Array(text.suffix(Self.tailBytes)) }
        guard tail.count >= Self.tailBytes else { return }
        let cut = tail.suffix(Self.tailBytes)
        tail = Array(cut[(cut.firstIndex(of: 0x0A).map { $0 + 1 } ?? cut.endIndex)...])
    }

    /// Where the last whole record of a text ends that starts with a record; 0 when none does.
    ///
    /// A line end within quotes has an odd number of quotes before it, and only such a one: doubled quotes are two. In a text that breaks the
    /// rules this is wrong only behind the mistake, which comes first.
    private static func recordsEnd(_ text: UnsafeRawBufferPointer) -> Int {
        var isQuoted = count(of: 0x22, in: text) % 2 == 1
        var index = text.count
        while index > 0 {
            index -= 1
            if text[index] == 0x22 { isQuoted.toggle() }
            if text[index] == 0x0A, !isQuoted { return index + 1 }
        }
        return 0
    }

    /// Line ends outside of quotes.
    private static func records(in text: UnsafeRawBufferPointer) -> Int {
        var isQuoted = false
        var count = 0
        for byte in text {
            if byte == 0x22 { isQuoted.toggle() }
            if byte == 0x0A, !isQuoted { count += 1 }
        }
        return count
    }

    /// How often a byte occurs; `memchr` looks at many at a time.
    private static func count(of byte: Int32, in text: UnsafeRawBufferPointer) -> Int {
        guard var cursor = text.baseAddress else { return 0 }
        let end = cursor + text.count
        var count = 0
        while let found = memchr(cursor, byte, end - cursor) {
            count += 1
            cursor = UnsafeRawPointer(found) + 1
        }
        return count
    }
}

/// Records of a file in memory, split one after the other by the thread that owns the block.
package final class CSVBlock {
    fileprivate let scanner: CSVScanner
    /// Whether all of the text is UTF-8; nil before the first record.
    private var isUTF8: Bool?
    /// The end of the text before this block, whole lines: what the order of a file's rows tells reaches over the bounds of blocks.
    fileprivate(set) var before: [UInt8] = []
    /// Counts the block's fillings.
    private(set) var filling = 0

    /// An empty block, to be filled as often as one likes.
    package init(of blocks: CSVBlocks) { scanner = CSVScanner(blocksOf: blocks.scanner) }

    /// Hands over the fields of the records before this block, as far as they are kept and well-formed.
    func forEachRecordBefore(_ body: (CSVScanner.Record) -> Void) {
        let earlier = CSVScanner(blocksOf: scanner)
        earlier.room(before.count).copyBytes(from: before)
        earlier.begin(count: before.count, line: 1, isWhole: true)
        while (try? earlier.next()) == true { body(earlier.record) }
    }

    fileprivate func begin(count: Int, line: Int, isWhole: Bool) {
        filling += 1
        scanner.begin(count: count, line: line, isWhole: isWhole)
        isUTF8 = nil
    }

    /// Moves to the next record; false at the end of the block.
    ///
    /// - Throws: `raggedRow`, `malformed` (also for a field that is not UTF-8) or `tooLarge` with the place. Complexity: O(bytes).
    package func next() throws(TabularFailure) -> Bool {
        let isText = isUTF8 ?? Self.isUTF8(scanner.rest)
        isUTF8 = isText
        guard try scanner.next() else { return false }
        // Of a block that is not UTF-8 as a whole, some field is not: fields are cut at bytes below 0x80.
        if !isText { for index in scanner.header.indices { _ = try scanner.text(index) } }
        return true
    }

    /// Most texts are ASCII, which is seen at once.
    private static func isUTF8(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var all: UInt8 = 0
        for byte in text { all |= byte }
        return all < 0x80 || String(validating: text, as: UTF8.self) != nil
    }

    /// The record's fields, valid until the next one.
    var record: CSVScanner.Record { scanner.record }

    /// A place in the record, for messages; `column` counts from 0.
    package func location(column: Int) -> CellLocation { scanner.location(column) }

    /// Adds the record as a line of CSV without its end; fields are in quotes only where they must.
    package func append(to text: inout [UInt8]) {
        let record = scanner.record
        guard scanner.hasQuotes else { return text.append(contentsOf: scanner.recordText) }
        for index in 0..<record.count {
            if index > 0 { text.append(0x2C) }
            CSVText.append(record[index], to: &text)
        }
    }
}
