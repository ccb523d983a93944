/// One bin of two distributions.
package struct HistogramBar: Equatable, Sendable {
    package var label: String
    /// Share of the reference in the bin, 0 … 1.
    package var reference: Double
    /// Share of the current window in the bin, 0 … 1.
    package var current: Double

    package init(label: String, reference: Double, current: Double) {
        self.label = label
        self.reference = reference
        self.current = current
    }
}

/// Reference against now, bin by bin, with the signed difference in percentage points.
package struct Histogram: Widget {
    package var bars: [HistogramBar]
    package var emptyText: String

    package init(bars: [HistogramBar], emptyText: String = "no data yet") {
        self.bars = bars
        self.emptyText = emptyText
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        guard !area.isEmpty else { return }
        guard !bars.isEmpty else {
            Label(emptyText, style: Style(.muted, on: .text)).draw(on: &surface, in: area.row(0))
            return
        }
        let labelWidth = min(area.width / 3, bars.map { TextWidth.columns($0.label) }.max() ?? 0)
        let differenceWidth = area.width >= 24 ? 8 : 0
        let room = max(0, area.width - labelWidth - 1 - differenceWidth)
        let most = max(bars.map { max(clean($0.reference), clean($0.current)) }.max() ?? 0, 1e-9)
        for (index, bar) in bars.prefix(area.height).enumerated() {
            let row = area.row(index)
            let ellipsis = surface.glyphs.set.ellipsis
            surface.write(TextWidth.truncate(bar.label, to: labelWidth, ellipsis: ellipsis), x: row.x, y: row.y, style: .text, clip: row)
            let space = row.dropLeft(labelWidth + 1).left(room)
            let reference = space.left(Int((clean(bar.reference) / most * Double(room)).rounded()))
            let current = space.left(Int((clean(bar.current) / most * Double(room)).rounded()))
            surface.fill(reference, surface.glyphs.set.shade.unicodeScalars.first ?? ":", style: Style(.reference, on: .text))
            // The current bar covers the reference from the left; what is left of the shade is what went away.
            surface.fill(current, surface.glyphs.set.full.unicodeScalars.first ?? "#", style: Style(.current, on: .text))
            if differenceWidth > 0 {
                let points = (clean(bar.current) - clean(bar.reference)) * 100
                let text = (points >= 0 ? "+" : "-") + FigureText.figure(abs(points))
                Label(text, style: Style(.muted, on: .text), alignment: .right).draw(on: &surface, in: row.right(differenceWidth))
            }
        }
    }

    private func clean(_ value: Double) -> Double { value.isFinite ? min(max(value, 0), 1) : 0 }
}
