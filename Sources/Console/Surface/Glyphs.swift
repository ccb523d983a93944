/// Which characters the operator's terminal can show; widgets draw with the best that there are.
package enum GlyphLevel: String, Sendable, CaseIterable, Comparable, Codable {
    /// Letters, digits and punctuation only: LANG=C, the Linux console, old terminals.
    case ascii
    /// Lines, block elements and a few symbols.
    case blocks
    /// Also braille patterns: eight dots a cell for charts.
    case braille

    private var rank: Int {
        switch self {
        case .ascii: 0
        case .blocks: 1
        case .braille: 2
        }
    }

    package static func < (left: GlyphLevel, right: GlyphLevel) -> Bool { left.rank < right.rank }

    /// The symbols of this level.
    ///
    /// None of them is an emoji or of ambiguous width in a Western terminal.
    package var set: Glyphs { self == .ascii ? .ascii : .symbols }
}

/// The symbols that widgets draw with, all one column wide.
package struct Glyphs: Equatable, Sendable {
    package var ok: String
    package var warn: String
    package var alert: String
    package var paused: String
    package var unknown: String
    package var info: String
    package var selected: String
    package var marked: String
    package var up: String
    package var down: String
    package var ellipsis: String
    package var dash: String
    package var separator: String
    package var arrow: String
    package var horizontal: String
    package var vertical: String
    package var topLeft: String
    package var topRight: String
    package var bottomLeft: String
    package var bottomRight: String
    package var teeLeft: String
    package var teeRight: String
    package var dashed: String
    package var full: String
    package var shade: String
    /// Eighths of a cell from the bottom, from empty to full: nine strings.
    package var levels: [String]

    package static let symbols = Glyphs(
        ok: "●", warn: "▲", alert: "✖", paused: "‖", unknown: "○", info: "◆", selected: "▸", marked: "*", up: "▲", down: "▼", ellipsis: "…",
        dash: "–", separator: "│", arrow: "→", horizontal: "─", vertical: "│", topLeft: "┌", topRight: "┐", bottomLeft: "└",
        bottomRight: "┘", teeLeft: "├", teeRight: "┤", dashed: "┄", full: "█", shade: "░",
        levels: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"])

    package static let ascii = Glyphs(
        ok: "o", warn: "!", alert: "X", paused: "=", unknown: "?", info: "i", selected: ">", marked: "*", up: "^", down: "v", ellipsis: "~",
        dash: "-", separator: "|", arrow: ">", horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+",
        bottomRight: "+", teeLeft: "+", teeRight: "+", dashed: ".", full: "#", shade: ":",
        levels: [" ", "_", ".", "-", "-", "=", "=", "+", "#"])
}
