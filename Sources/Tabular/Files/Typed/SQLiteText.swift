import CSQLite

/// A table or view of an SQLite database as CSV, read only and as it is at the time of opening.
final class SQLiteText: TextSource {
    static let signature = Array("SQLite format 3\0".utf8)
    /// Tables that a message names.
    private static let mostNamed = 12

    private let file: ReadableFile
    private let handle: UnsafeMutableRawPointer
    private let columns: Int
    private var header: [String] = []
    private var text = RowText()
    private var record = 0
    private var isAtEnd = false

    /// Opens the database and finds the table; throws `badOption` with the nearest name, or `unreadable` with SQLite's words.
    init(_ file: ReadableFile, table: String) throws(TabularFailure) {
        self.file = file
        handle = try Self.opened(file)
        let quoted = "\"" + table.replacing("\"", with: "\"\"") + "\""
        guard let names = Self.tables(handle) else {
            let failure = Self.failure(file, handle)
            flyball_sqlite_close(handle)
            throw failure
        }
        guard names.contains(table), !table.utf8.contains(0) else {
            flyball_sqlite_close(handle)
            let hint = Names.nearest(to: table, in: names).map { "did you mean '\(SafeText.escape($0))'?" }
            throw .badOption(
                what: "\(SafeText.escape(file.name)) has no table '\(SafeText.escape(table))'", remedy: hint ?? Self.listed(names))
        }
        guard flyball_sqlite_prepare(handle, "SELECT * FROM \(quoted)") == 0 else {
            let failure = Self.failure(file, handle)
            flyball_sqlite_close(handle)
            throw failure
        }
        columns = Int(flyball_sqlite_columns(handle))
        for column in 0..<columns {
            header.append(flyball_sqlite_name(handle, Int32(column)).map { String(cString: $0) } ?? "")
        }
        begin()
    }

    deinit { flyball_sqlite_close(handle) }

    /// What to say of a database without a table's name.
    static func needsTable(_ file: ReadableFile) throws(TabularFailure) -> TabularFailure {
        let handle = try opened(file)
        defer { flyball_sqlite_close(handle) }
        guard let names = tables(handle) else { return failure(file, handle) }
        return .malformed(
            what: "the file is an SQLite database, and no table", at: CellLocation(file: file.name, row: 1),
            remedy: "say sqlite:\(SafeText.escape(file.path))?TABLE; \(listed(names))")
    }

    private static func opened(_ file: ReadableFile) throws(TabularFailure) -> UnsafeMutableRawPointer {
        var code: Int32 = 0
        guard let handle = flyball_sqlite_open(file.path.hasPrefix("/") ? file.path : "./" + file.path, &code) else {
            throw .unreadable(path: file.path, reason: "there is no memory for SQLite", remedy: "close other programs")
        }
        guard code == 0 else {
            let failure = failure(file, handle)
            flyball_sqlite_close(handle)
            throw failure
        }
        return handle
    }

    private static func failure(_ file: ReadableFile, _ handle: UnsafeMutableRawPointer) -> TabularFailure {
        let reason = flyball_sqlite_message(handle).map { String(cString: $0) } ?? "unknown"
        return .unreadable(
            path: file.path, reason: "SQLite says: \(SafeText.escape(reason))",
            remedy: "check it with sqlite3 and PRAGMA integrity_check")
    }

    /// The names of its tables and views; nil where SQLite cannot read it.
    private static func tables(_ handle: UnsafeMutableRawPointer) -> [String]? {
        let query =
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        guard flyball_sqlite_prepare(handle, query) == 0 else { return nil }
        var names: [String] = []
        while flyball_sqlite_next(handle) == 1, names.count < CSVScanner.mostColumns {
            var count: Int32 = 0
            guard let bytes = flyball_sqlite_bytes(handle, 0, &count) else { continue }
            names.append(String(decoding: UnsafeRawBufferPointer(start: bytes, count: Int(count)), as: UTF8.self))
        }
        return names
    }

    private static func listed(_ names: [String]) -> String {
        if names.isEmpty { return "it has no tables" }
        let shown = names.prefix(mostNamed).map { SafeText.escape($0) }.joined(separator: ", ")
        return "its tables are \(shown)\(names.count > mostNamed ? ", …" : "")"
    }

    // MARK: Text

    var name: String { file.name }
    var size: Int64 { file.size }
    /// Text and pages are about as large as one another.
    var bytesRead: Int64 { isAtEnd ? file.size : min(file.size, text.total) }
    var countsRecords: Bool { true }

    /// A transaction holds what is read.
    func checkUnchanged() {}

    func restart() {
        flyball_sqlite_restart(handle)
        record = 0
        isAtEnd = false
        begin()
    }

    private func begin() {
        text.reset()
        text.beginRow()
        for name in header { text.cell(name) }
        text.endRow()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int {
        while text.waiting < buffer.count, !isAtEnd {
            switch flyball_sqlite_next(handle) {
            case 0: isAtEnd = true
            case 1:
                record += 1
                text.beginRow()
                for column in 0..<columns { try append(column) }
                text.endRow()
                try text.check(file)
            default: throw Self.failure(file, handle)
            }
        }
        return text.give(to: buffer)
    }

    private func append(_ column: Int) throws(TabularFailure) {
        let index = Int32(column)
        switch Int(flyball_sqlite_kind(handle, index)) {
        case flyball_sqlite_integer:
            let value = flyball_sqlite_whole(handle, index)
            text.plain { NumberText.append(Int64(value), to: &$0) }
        case flyball_sqlite_real:
            let value = flyball_sqlite_double(handle, index)
            text.plain { NumberText.append(value, to: &$0) }
        case flyball_sqlite_text, flyball_sqlite_blob:
            var count: Int32 = 0
            guard let start = flyball_sqlite_bytes(handle, index, &count), count > 0 else { return text.empty() }
            let bytes = UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: Int(count))
            guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
                throw .malformed(
                    what: "bytes that are no text",
                    at: CellLocation(file: file.name, row: record, column: column + 1, name: header[column]),
                    remedy: "read a view without this column")
            }
            text.cell(bytes)
        default: text.empty()
        }
    }
}
