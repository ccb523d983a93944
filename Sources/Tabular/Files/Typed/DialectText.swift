/// CSV with another separator or with decimal commas, rewritten as CSV with commas and points; lines stay where they are.
///
/// What is wrong with the text's quotes comes through, so that the scanner names it with its place.
final class DialectText: TextSource {
    private enum State {
        case start
        case unquoted
        case quoted
        case afterQuote
    }

    private static let inputSize = 128 << 10

    private let bytes: any ByteStream
    private let separator: UInt8
    private let hasDecimalComma: Bool
    private let input: UnsafeMutableRawBufferPointer
    private var output: [UInt8] = []
    private var given = 0
    private var cell: [UInt8] = []
    private var state = State.start
    private var column = 0
    private var line = 1
    private var isHeader = true
    private var isAtEnd = false
    private var decimals: DecimalCommas

    init(_ bytes: any ByteStream, separator: UInt8, hasDecimalComma: Bool) {
        self.bytes = bytes
        self.separator = separator
        self.hasDecimalComma = hasDecimalComma
        decimals = DecimalCommas(file: bytes.file.name)
        input = .allocate(byteCount: Self.inputSize, alignment: 16)
    }

    deinit { input.deallocate() }

    var name: String { bytes.file.name }
    var size: Int64 { bytes.file.size }
    var bytesRead: Int64 { bytes.file.bytesRead }

    func checkUnchanged() throws(TabularFailure) { try bytes.file.checkUnchanged() }

    func restart() throws(TabularFailure) {
        try bytes.restart()
        output.removeAll(keepingCapacity: true)
        cell.removeAll(keepingCapacity: true)
        (given, state, column, line, isHeader, isAtEnd) = (0, .start, 0, 1, true, false)
        decimals = DecimalCommas(file: name)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int {
        while given == output.count {
            if isAtEnd { return 0 }
            output.removeAll(keepingCapacity: true)
            given = 0
            let count = try bytes.read(into: input)
            if count == 0 { try finish() } else { try rewrite(UnsafeRawBufferPointer(rebasing: input[..<count])) }
        }
        let count = min(buffer.count, output.count - given)
        output.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[given..<(given + count)])) }
        given += count
        return count
    }

    private func rewrite(_ text: UnsafeRawBufferPointer) throws(TabularFailure) {
        for byte in text {
            switch state {
            case .start where byte == 0x22:
                cell.removeAll(keepingCapacity: true)
                state = .quoted
            case .start, .unquoted:
                if byte == separator || byte == 0x0A {
                    try endCell(isQuoted: false, with: byte)
                } else {
                    cell.append(byte)
                    if !CSVBytes.isBlank(byte) { state = .unquoted }
                }
            case .quoted:
                if byte == 0x22 { state = .afterQuote } else { cell.append(byte) }
            case .afterQuote:
                if byte == 0x22 {
                    cell.append(byte)
                    state = .quoted
                } else if byte == separator || byte == 0x0A {
                    try endCell(isQuoted: true, with: byte)
                } else if !CSVBytes.isBlank(byte), byte != 0x0D {
                    // Text after a closing quote: the scanner says so.
                    writeQuoted()
                    cell = [byte]
                    state = .unquoted
                }
            }
            if cell.count > CSVScanner.longestRecord {
                throw .tooLarge(
                    what: "a field that does not end, perhaps an unclosed quote", limit: "4 MiB",
                    at: CellLocation(file: name, row: line, column: column + 1))
            }
        }
    }

    private func finish() throws(TabularFailure) {
        isAtEnd = true
        switch state {
        case .quoted:
            output.append(0x22)
            output.append(contentsOf: cell)
        case .afterQuote: try endCell(isQuoted: true, with: nil)
        case .start, .unquoted: try endCell(isQuoted: false, with: nil)
        }
    }

    /// Writes the cell and what ends it.
    private func endCell(isQuoted: Bool, with end: UInt8?) throws(TabularFailure) {
        if hasDecimalComma, !isHeader { try decimals.rewrite(&cell, line: line, column: column) }
        if isQuoted {
            writeQuoted()
        } else {
            // The carriage return of the line's end is no part of the cell; blanks around it need no quotes.
            let hasReturn = end == 0x0A && cell.last == 0x0D
            if hasReturn { cell.removeLast() }
            if cell.contains(0x2C), !cell.contains(0x22) { writeQuoted() } else { output.append(contentsOf: cell) }
            if hasReturn { output.append(0x0D) }
        }
        if let end { output.append(end == 0x0A ? 0x0A : 0x2C) }
        if end == 0x0A {
            if column > 0 || !cell.isEmpty { isHeader = false }
            line += 1 + (isQuoted ? cell.count { $0 == 0x0A } : 0)
            column = 0
        } else {
            column += 1
        }
        cell.removeAll(keepingCapacity: true)
        state = .start
    }

    private func writeQuoted() {
        output.append(0x22)
        for byte in cell {
            if byte == 0x22 { output.append(0x22) }
            output.append(byte)
        }
        output.append(0x22)
    }
}

/// Rewrites numbers with decimal commas as numbers with points: `3,14` as `3.14`, `1.234,56` as `1,234.56`.
///
/// A point before three digits separates thousands then. A point that cannot (`3.5`) in a column that also has decimal commas or thousands so
/// separated is a mistake, and an error with its place; in any other column it stays. Texts that are no numbers stay as they are.
struct DecimalCommas {
    private enum Evidence {
        case none
        /// Numbers as this way of writing has them.
        case commas
        /// The first with a decimal point.
        case point(text: String, line: Int)
    }

    private let file: String
    private var columns: [Evidence] = []
    private var swapped: [UInt8] = []

    init(file: String) { self.file = file }

    /// Rewrites a cell where it is such a number; throws `badValue` for a decimal point among decimal commas.
    mutating func rewrite(_ cell: inout [UInt8], line: Int, column: Int) throws(TabularFailure) {
        guard cell.count <= 64, cell.contains(where: { $0 == 0x2C || $0 == 0x2E }), cell.contains(where: { $0 &- 0x30 <= 9 }) else {
            return
        }
        swapped.removeAll(keepingCapacity: true)
        for byte in cell { swapped.append(byte == 0x2C ? 0x2E : byte == 0x2E ? 0x2C : byte) }
        let isNumber = swapped.withUnsafeBufferPointer { bytes in
            let text = CellText.trimmed(bytes)
            if CellText.number(text) != nil { return true }
            if case .number = DecoratedNumber.parse(text) { return true }
            return false
        }
        let isPoint = !isNumber && cell.withUnsafeBufferPointer { CellText.number($0) != nil }
        guard isNumber || isPoint else { return }
        while columns.count <= column, columns.count <= CSVScanner.mostColumns { columns.append(.none) }
        guard column < columns.count else { return }
        switch (columns[column], isNumber) {
        case (.none, true): columns[column] = .commas
        case (.none, false): columns[column] = .point(text: String(decoding: cell, as: UTF8.self), line: line)
        case (.commas, false): throw mistake(String(decoding: cell, as: UTF8.self), line, column)
        case (.point(let text, let line), true): throw mistake(text, line, column)
        default: break
        }
        if isNumber { swap(&cell, &swapped) }
    }

    private func mistake(_ text: String, _ line: Int, _ column: Int) -> TabularFailure {
        .badValue(
            text: text, expected: "a number with a decimal comma, as others of its column are",
            at: CellLocation(file: file, row: line, column: column + 1),
            remedy: "write all numbers of the column in one way")
    }
}
