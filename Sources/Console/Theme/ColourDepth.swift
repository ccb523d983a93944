/// How many colours a terminal shows.
package enum ColourDepth: Int, Comparable, CaseIterable, Sendable, Codable {
    /// None: bold, underline and reverse only.
    case mono
    /// The sixteen ANSI colours, or eight with bold for the bright ones.
    case ansi16
    /// The xterm palette.
    case indexed256
    /// Any colour of red, green and blue.
    case truecolor

    package static func < (left: ColourDepth, right: ColourDepth) -> Bool { left.rawValue < right.rawValue }

    /// As System shows it.
    package var name: String {
        switch self {
        case .mono: "mono"
        case .ansi16: "16 colours"
        case .indexed256: "256 colours"
        case .truecolor: "truecolor"
        }
    }

    /// The depth to use.
    ///
    /// - Parameters:
    ///   - environment: `NO_COLOR` (any text) takes all colour away; `COLORTERM` of `truecolor` or `24bit` asks for truecolor.
    ///   - terminfoColours: how many colours the terminal's entry has.
    ///   - hasDirectEntry: whether a direct-colour terminfo entry is in use; without one truecolor is never used.
    package static func detect(environment: [String: String], terminfoColours: Int, hasDirectEntry: Bool) -> ColourDepth {
        if !(environment["NO_COLOR"] ?? "").isEmpty { return .mono }
        if hasDirectEntry && wantsTruecolor(environment) { return .truecolor }
        if terminfoColours >= 256 { return .indexed256 }
        return terminfoColours >= 8 ? .ansi16 : .mono
    }

    /// Whether the terminal says that it shows any colour.
    package static func wantsTruecolor(_ environment: [String: String]) -> Bool {
        guard (environment["NO_COLOR"] ?? "").isEmpty else { return false }
        return ["truecolor", "24bit"].contains(environment["COLORTERM"]?.lowercased())
    }
}
