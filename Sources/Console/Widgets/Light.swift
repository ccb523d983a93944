/// The state of something, always shown as a glyph and a word, never as a colour alone.
package enum Light: Equatable, Sendable, CaseIterable {
    case ok, warn, alert, paused, unknown, info

    /// The role that colours it.
    package var role: Role {
        switch self {
        case .ok: .ok
        case .warn: .warn
        case .alert: .alert
        case .paused: .paused
        case .unknown: .muted
        case .info: .info
        }
    }

    /// Its symbol.
    package func glyph(_ level: GlyphLevel) -> String {
        let glyphs = level.set
        return switch self {
        case .ok: glyphs.ok
        case .warn: glyphs.warn
        case .alert: glyphs.alert
        case .paused: glyphs.paused
        case .unknown: glyphs.unknown
        case .info: glyphs.info
        }
    }
}

/// A light with its word: `✖ data`.
package struct Badge: Widget {
    package var light: Light
    package var word: String

    package init(_ light: Light, _ word: String) {
        self.light = light
        self.word = word
    }

    /// The badge as text, for table cells and headers.
    package func styled(_ level: GlyphLevel) -> StyledText {
        StyledText("\(light.glyph(level)) \(word)", Style(light.role, on: .text))
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        Label(styled(surface.glyphs)).draw(on: &surface, in: area)
    }
}

/// A share as a bar with its figure: `▓▓▓▓▓░░░ 61 %`.
package struct Gauge: Widget {
    /// Between 0 and 1; nil draws an empty bar and no figure.
    package var fraction: Double?
    package var label: String
    package var role: Role

    package init(fraction: Double?, label: String = "", role: Role = .accent) {
        self.fraction = fraction
        self.label = label
        self.role = role
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        guard !area.isEmpty else { return }
        let known = fraction.flatMap { $0.isFinite ? min(max($0, 0), 1) : nil }
        var text = known.map { " \(Int(($0 * 100).rounded(.down))) %" } ?? " \(surface.glyphs.set.dash)"
        if !label.isEmpty { text += " " + label }
        let textColumns = min(TextWidth.columns(text), max(0, area.width - 3))
        let bar = area.row(0).dropRight(textColumns)
        let filled = Int((Double(bar.width) * (known ?? 0)).rounded(.down))
        let glyphs = surface.glyphs.set
        surface.fill(bar, glyphs.shade.unicodeScalars.first ?? ":", style: Style(.muted, on: .text))
        surface.fill(bar.left(filled), glyphs.full.unicodeScalars.first ?? "#", style: Style(role, on: .text))
        Label(text, style: .text).draw(on: &surface, in: area.row(0).right(textColumns))
    }
}
