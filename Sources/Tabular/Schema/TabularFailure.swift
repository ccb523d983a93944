/// A place in a delimited text file.
public struct CellLocation: Sendable, Equatable, CustomStringConvertible {
    /// The file's name, without its folders.
    public var file: String
    /// The line on which the record starts; the header is line 1.
    public var row: Int
    /// The column's position from 1, where one cell is meant.
    public var column: Int?
    /// The column's name, where it is known.
    public var name: String?

    /// Makes a location.
    public init(file: String, row: Int, column: Int? = nil, name: String? = nil) {
        self.file = file
        self.row = row
        self.column = column
        self.name = name
    }

    /// `file:row:column (name)`.
    public var description: String {
        var text = "\(SafeText.escape(file)):\(row)"
        if let column { text += ":\(column)" }
        if let name { text += " (\(SafeText.escape(name)))" }
        return text
    }
}

/// Why a table could not be read, typed, stored or found again.
public enum TabularFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The operating system refused, or the path is no regular file.
    case unreadable(path: String, reason: String, remedy: String)
    /// The bytes are not a well-formed table.
    case malformed(what: String, at: CellLocation, remedy: String)
    /// A record has another number of fields than the header.
    case raggedRow(found: Int, expected: Int, at: CellLocation)
    /// A cell does not hold what its column holds.
    case badValue(text: String, expected: String, at: CellLocation, remedy: String)
    /// The header lacks a column that is asked for.
    case missingColumn(name: String, file: String, nearest: String?)
    /// The target column cannot be predicted as asked.
    case badTarget(column: String, what: String, file: String, remedy: String)
    /// Options that contradict each other or the file.
    case badOption(what: String, remedy: String)
    /// Nothing is left to learn from.
    case noRows(file: String, why: String)
    /// A limit on size was passed.
    case tooLarge(what: String, limit: String, at: CellLocation)
    /// No zone of that name.
    case unknownZone(name: String, nearest: String?)
    /// A snapshot is absent, damaged or could not be written.
    case snapshot(what: String, path: String, remedy: String)
    /// The caller asked to stop.
    case cancelled(file: String)

    /// One line: what: where: what to do.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason, let remedy):
            return "cannot read the file, \(reason): \(SafeText.escape(path)): \(remedy)"
        case .malformed(let what, let at, let remedy):
            return "\(what): \(at): \(remedy)"
        case .raggedRow(let found, let expected, let at):
            let cause = found > expected ? "put quotes around fields that hold a comma" : "fill the row up with empty fields"
            return "\(found) fields where the header has \(expected): \(at): \(cause)"
        case .badValue(let text, let expected, let at, let remedy):
            return "'\(Self.shortened(text))' is not \(expected): \(at): \(remedy)"
        case .missingColumn(let name, let file, let nearest):
            let hint = nearest.map { "did you mean '\(SafeText.escape($0))'?" } ?? "check the name against the first line"
            return "no column '\(Self.shortened(name))': \(SafeText.escape(file)):1: \(hint)"
        case .badTarget(let column, let what, let file, let remedy):
            return "target '\(SafeText.escape(column))' \(what): \(SafeText.escape(file)): \(remedy)"
        case .badOption(let what, let remedy):
            return "\(what): import options: \(remedy)"
        case .noRows(let file, let why):
            return "no rows to learn from, \(why): \(SafeText.escape(file)): check the file and the time window"
        case .tooLarge(let what, let limit, let at):
            return "\(what) (limit \(limit)): \(at): import a smaller part"
        case .unknownZone(let name, let nearest):
            let hint = nearest.map { "did you mean '\($0)'?" } ?? "use an IANA name such as Europe/Madrid"
            return "no time zone '\(Self.shortened(name))': zone: \(hint)"
        case .snapshot(let what, let path, let remedy):
            return "\(what): \(SafeText.escape(path)): \(remedy)"
        case .cancelled(let file):
            return "cancelled: \(SafeText.escape(file)): nothing was imported"
        }
    }

    /// Escapes outside text and cuts it to a length that fits in a line.
    private static func shortened(_ text: String) -> String {
        let escaped = SafeText.escape(String(text.prefix(60)))
        return text.count > 60 ? escaped + "…" : escaped
    }
}
