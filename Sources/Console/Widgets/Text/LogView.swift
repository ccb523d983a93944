/// Lines in order; without a scroll position it follows the newest.
package struct LogView: Widget {
    package var lines: [StyledText]
    /// The first line that shows; nil follows the end.
    package var scroll: Int?
    package var emptyText: String

    package init(_ lines: [StyledText], scroll: Int? = nil, emptyText: String = "nothing yet") {
        self.lines = lines
        self.scroll = scroll
        self.emptyText = emptyText
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        guard !lines.isEmpty else {
            Label(emptyText, style: Style(.muted, on: .text)).draw(on: &surface, in: area.row(0))
            return
        }
        let first = scroll.map { max(0, min($0, lines.count - 1)) } ?? max(0, lines.count - area.height)
        for (index, line) in lines.dropFirst(first).prefix(area.height).enumerated() {
            Label(line).draw(on: &surface, in: area.row(index))
        }
    }
}
