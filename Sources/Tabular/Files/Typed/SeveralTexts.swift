import Synchronization

/// Several files with the same columns as one table, one behind the other.
final class SeveralTexts: TextSource {
    /// Where the rows of a file begin in this text.
    private struct Start {
        var line: Int
        var file: String
        /// The line of the file.
        var ownLine: Int
        var countsRecords: Bool
    }

    private let paths: [String]
    private let open: (String) throws(TabularFailure) -> any TextSource
    private let sizes: [Int64]
    /// Reads the part's header; the part's text goes on where the header ends.
    private var scanner: CSVScanner
    private let header: [String]
    private let firstFile: String
    private var part = 0
    private var line = 2
    private var isQuoted = false
    private var endsLine = true
    private var pending: [UInt8]
    /// Threads that split blocks ask for places while another reads on.
    private let starts = Mutex<[Start]>([])

    let name: String
    let countsRecords: Bool

    /// - Parameters:
    ///   - paths: two or more.
    ///   - first: the text of the first, opened.
    ///   - open: opens one of the others.
    /// - Throws: what is wrong with the first, or a file that cannot be opened at all.
    init(
        _ paths: [String], first: any TextSource, open: @escaping (String) throws(TabularFailure) -> any TextSource
    ) throws(TabularFailure) {
        self.paths = paths
        self.open = open
        var sizes: [Int64] = []
        for path in paths { sizes.append(try ReadableFile(path: path).size) }
        self.sizes = sizes
        name = "\(first.name) and \(paths.count - 1) more"
        firstFile = first.name
        countsRecords = first.countsRecords
        scanner = try CSVScanner(first)
        header = scanner.header
        pending = Self.line(header)
        begin()
    }

    private static func line(_ header: [String]) -> [UInt8] { Array(header.map(CSVText.bytes).joined(separator: [0x2C])) + [0x0A] }

    var size: Int64 { sizes.reduce(0, +) }
    var bytesRead: Int64 { sizes[..<part].reduce(0, +) + scanner.source.bytesRead }

    func restart() throws(TabularFailure) {
        if part == 0 { try scanner.restart() } else { scanner = try CSVScanner(open(paths[0])) }
        guard scanner.header == header else { throw otherColumns() }
        (part, line, isQuoted, endsLine) = (0, 2, false, true)
        pending = Self.line(header)
        starts.withLock { $0.removeAll() }
        begin()
    }

    func checkUnchanged() throws(TabularFailure) { try scanner.source.checkUnchanged() }

    func place(line: Int) -> (file: String, row: Int) {
        starts.withLock { starts in
            guard let start = starts.last(where: { $0.line <= line }) else { return (firstFile, max(1, line)) }
            let own = start.ownLine + line - start.line
            return (start.file, start.countsRecords ? max(1, own - 1) : own)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int {
        if !pending.isEmpty {
            let count = min(buffer.count, pending.count)
            buffer.copyBytes(from: pending[..<count])
            pending.removeFirst(count)
            return count
        }
        while true {
            let count = try scanner.readText(into: buffer)
            if count > 0 {
                note(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                return count
            }
            try scanner.source.checkUnchanged()
            guard part + 1 < paths.count else { return 0 }
            part += 1
            scanner = try CSVScanner(open(paths[part]))
            guard scanner.header == header else { throw otherColumns() }
            let hadLineEnd = endsLine
            if !hadLineEnd { line += 1 }
            (isQuoted, endsLine) = (false, true)
            begin()
            if !hadLineEnd {
                buffer[0] = 0x0A
                return 1
            }
        }
    }

    private func begin() {
        let start = Start(
            line: line, file: scanner.source.name, ownLine: scanner.nextLine, countsRecords: scanner.source.countsRecords)
        starts.withLock { $0.append(start) }
    }

    /// Counts lines as the scanner of this text will.
    private func note(_ text: UnsafeRawBufferPointer) {
        for byte in text {
            if byte == 0x0A, !(countsRecords && isQuoted) { line += 1 }
            if countsRecords, byte == 0x22 { isQuoted.toggle() }
        }
        endsLine = text.last == 0x0A
    }

    private func otherColumns() -> TabularFailure {
        let found = scanner.header
        let missing = header.filter { !found.contains($0) }.prefix(3).map { "'\(SafeText.escape($0))' is missing" }
        let extra = found.filter { !header.contains($0) }.prefix(3).map { "'\(SafeText.escape($0))' is not there" }
        let parts = missing + extra
        return .malformed(
            what:
                "the columns are not those of \(SafeText.escape(firstFile)): \(parts.isEmpty ? "they stand in another order" : parts.joined(separator: ", "))",
            at: CellLocation(file: scanner.source.name, row: 1), remedy: "give all files the same first line, or pass them one by one")
    }
}
