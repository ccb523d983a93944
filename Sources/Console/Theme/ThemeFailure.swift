/// Why a theme file is not used.
package struct ThemeFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file, or the name of a built-in theme.
    package var file: String
    /// The line, when the reason has one.
    package var line: Int?
    package var reason: String

    package init(file: String, line: Int? = nil, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    package var description: String {
        "theme: \(file)\(line.map { ":\($0)" } ?? ""): \(reason); the theme before it stays in use"
    }
}
