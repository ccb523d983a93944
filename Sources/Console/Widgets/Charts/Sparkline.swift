/// A series in one line, newest at the right; a gap stays empty.
package struct Sparkline: Widget {
    package var values: [Double?]
    /// What the lowest and highest bars stand for; the values' own range (from zero, when none is negative) without it.
    package var range: ClosedRange<Double>?
    package var role: Role
    package var ground: Role?

    package init(_ values: [Double?], range: ClosedRange<Double>? = nil, role: Role = .series1, ground: Role? = nil) {
        self.values = values
        self.range = range
        self.role = role
        self.ground = ground
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        guard !area.isEmpty else { return }
        let text = Sparkline.text(values, width: area.width, glyphs: surface.glyphs, range: range)
        Label(text, style: Style(role, on: ground ?? .text), alignment: .right).draw(on: &surface, in: area.row(0))
    }

    /// The last `width` values as bars of eight heights; a value that is there is never drawn as nothing.
    package static func text(_ values: [Double?], width: Int, glyphs: GlyphLevel, range: ClosedRange<Double>? = nil) -> String {
        let shown = values.suffix(max(0, width)).map { $0.flatMap { $0.isFinite ? $0 : nil } }
        let known = shown.compactMap { $0 }
        guard let least = known.min(), let most = known.max() else { return String(repeating: " ", count: shown.count) }
        let low = range?.lowerBound ?? min(0, least)
        let high = range?.upperBound ?? most
        let levels = glyphs.set.levels
        return shown.map { value in
            guard let value else { return " " }
            let span = high / 2 - low / 2
            let share = span > 0 ? min(max((value / 2 - low / 2) / span, 0), 1) : 0
            return levels[1 + Int((share * 7).rounded())]
        }.joined()
    }
}

/// A share between 0 and 1 for each step of time, as colour and, where colours are few, as density.
package struct HeatStrip: Widget {
    package var values: [Double?]

    package init(_ values: [Double?]) {
        self.values = values
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        let density: [Unicode.Scalar] = [".", ":", "-", "=", "+", "*", "#", "@"]
        let shown = values.suffix(area.width)
        for (index, value) in shown.enumerated() {
            let cell = Rect(x: area.maxX - shown.count + index, y: area.y, width: 1, height: area.height)
            guard let value, value.isFinite else { continue }
            let step = min(7, Int(min(max(value, 0), 1) * 8))
            surface.fill(cell, density[step], style: Style(Role.gradient(value), on: .text))
        }
    }
}
