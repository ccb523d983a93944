import Foundation

/// What a door that takes a file is given: one file, several or a pattern, or a table of a database; and how its text is written.
///
/// It goes through orders and jobs as one text. A path is itself; `sqlite:PATH?TABLE` is a table; everything else is
/// `data:?separator=%3B&decimal=%2C&file=PATH&file=PATH`, with percent signs as in an address. A file of such a name is written `./data:…`.
public struct DataReference: Sendable, Equatable {
    /// Files at most, patterns resolved.
    static let mostFiles = 10_000

    /// Paths or patterns, at least one.
    public var paths: [String]
    /// What separates fields; nil: a comma.
    public var separator: Character?
    /// The decimal sign; nil: a point.
    public var decimal: Character?
    /// The table of a database.
    public var table: String?

    /// Makes a reference; see `check` for what may be said.
    public init(paths: [String], separator: Character? = nil, decimal: Character? = nil, table: String? = nil) {
        self.paths = paths
        self.separator = separator
        self.decimal = decimal
        self.table = table
    }

    /// Reads a reference's text; throws `badOption` for one that is no such text.
    public init(_ text: String) throws(TabularFailure) {
        self.init(paths: [])
        if text.hasPrefix("sqlite:") {
            let rest = text.dropFirst("sqlite:".count)
            // A path may hold a question mark, a table hardly ever.
            guard let mark = rest.lastIndex(of: "?"), mark != rest.startIndex, rest.index(after: mark) != rest.endIndex else {
                throw .badOption(
                    what: "'\(SafeText.escape(text))' names no table", remedy: "write sqlite:FILE?TABLE")
            }
            paths = [String(rest[..<mark])]
            table = String(rest[rest.index(after: mark)...])
        } else if text.hasPrefix("data:?") {
            for part in text.dropFirst("data:?".count).split(separator: "&") {
                guard let sign = part.firstIndex(of: "="), let value = String(part[part.index(after: sign)...]).removingPercentEncoding
                else { throw Self.notOne(text) }
                switch part[..<sign] {
                case "file": paths.append(value)
                case "separator": separator = try Self.sign(value, "separator")
                case "decimal": decimal = try Self.sign(value, "decimal")
                case "table": table = value
                default: throw Self.notOne(text)
                }
            }
        } else {
            paths = [text]
        }
        guard !paths.isEmpty, paths.count <= Self.mostFiles else { throw Self.notOne(text) }
        try check()
    }

    private static func notOne(_ text: String) -> TabularFailure {
        .badOption(
            what: "'\(SafeText.escape(String(text.prefix(80))))' is no reference to data", remedy: "pass a path, or write ./ in front of it"
        )
    }

    /// The reference as one text, which `init(_:)` reads.
    public var text: String {
        if let path = paths.first, paths.count == 1, separator == nil, decimal == nil {
            if let table, !table.contains("?") { return "sqlite:\(path)?\(table)" }
            if table == nil, !path.hasPrefix("sqlite:"), !path.hasPrefix("data:?") { return path }
        }
        var parts: [String] = []
        func add(_ name: String, _ value: String) {
            parts.append("\(name)=\(value.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? "")")
        }
        if let separator { add("separator", String(separator)) }
        if let decimal { add("decimal", String(decimal)) }
        if let table { add("table", table) }
        for path in paths { add("file", path) }
        return "data:?" + parts.joined(separator: "&")
    }

    private static let plain = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\0"..."\u{7F}"))
        .union(CharacterSet(charactersIn: "/._-"))

    /// What the data is called in sentences: `rows.csv`, `a.csv and 2 more`, `shop.db?orders`.
    ///
    /// A text that is no reference is called by itself.
    public static func title(of text: String) -> String {
        guard let reference = try? DataReference(text), let path = reference.paths.first else { return text }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let others = reference.paths.count > 1 ? " and \(reference.paths.count - 1) more" : ""
        return name + others + (reference.table.map { "?" + $0 } ?? "")
    }

    /// A separator or decimal sign as people write it: itself, or `tab`, `\t`, `semicolon`, `comma`, `pipe`, `space`, `point`.
    public static func sign(_ text: String, _ option: String) throws(TabularFailure) -> Character {
        switch text.lowercased() {
        case "tab", "\\t": return "\t"
        case "semicolon": return ";"
        case "comma": return ","
        case "pipe": return "|"
        case "space": return " "
        case "point": return "."
        default: break
        }
        guard text.utf8.count == 1, let sign = text.first else {
            throw .badOption(what: "--\(option) '\(SafeText.escape(text))' is not one sign", remedy: "write it in quotes, such as ';'")
        }
        return sign
    }

    /// Throws `badOption` for signs that cannot be told from what stands between them.
    private func check() throws(TabularFailure) {
        if let separator {
            guard let byte = separator.asciiValue, byte == 0x09 || byte >= 0x20, byte != 0x22, byte != 0x2D, byte != 0x2E, byte != 0x7F,
                !separator.isLetter, !separator.isNumber
            else {
                throw .badOption(
                    what: "'\(SafeText.escape(String(separator)))' cannot separate fields", remedy: "use ';', tab, '|' or another sign")
            }
        }
        if let decimal, decimal != ",", decimal != "." {
            throw .badOption(what: "'\(SafeText.escape(String(decimal)))' is no decimal sign", remedy: "say --decimal ',' or leave it out")
        }
        if table != nil, separator != nil || decimal != nil {
            throw .badOption(what: "a database has neither separators nor decimal signs", remedy: "leave --separator and --decimal out")
        }
    }

    /// The files behind the paths: a path that is no file but has `*`, `?` or `[` is a pattern, as a shell has it; in the order of names.
    ///
    /// - Throws: `unreadable` for a pattern that no file matches, `badOption` for too many files.
    public func expanded() throws(TabularFailure) -> [String] {
        var files: [String] = []
        for path in paths {
            guard path.contains(where: { "*?[".contains($0) }), access(path, F_OK) != 0 else {
                files.append(path)
                continue
            }
            var found = glob_t()
            defer { globfree(&found) }
            guard glob(path, 0, nil, &found) == 0, found.gl_pathc > 0 else {
                throw .unreadable(path: path, reason: "no file matches the pattern", remedy: "check the folder and the pattern")
            }
            for index in 0..<Int(found.gl_pathc) {
                if let name = found.gl_pathv[index] { files.append(String(cString: name)) }
            }
        }
        guard files.count <= Self.mostFiles else {
            throw .badOption(what: "\(files.count) files are too many", remedy: "pass at most \(Self.mostFiles)")
        }
        return files
    }
}
