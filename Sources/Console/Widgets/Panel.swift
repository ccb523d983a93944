/// A box with a title, a figure at the right of the title line and a footer.
package struct Panel: Widget {
    package var title: StyledText
    package var trailing: StyledText
    package var footer: StyledText
    package var isFocused: Bool
    package var role: Role

    package init(
        title: StyledText = "", trailing: StyledText = "", footer: StyledText = "", isFocused: Bool = false, role: Role = .border
    ) {
        self.title = title
        self.trailing = trailing
        self.footer = footer
        self.isFocused = isFocused
        self.role = role
    }

    package func draw(on surface: inout Surface, in area: Rect) { frame(on: &surface, in: area) }

    /// Draws the box and returns what is inside.
    ///
    /// A box of fewer than three rows or columns has no border.
    @discardableResult
    package func frame(on surface: inout Surface, in area: Rect) -> Rect {
        guard area.width >= 3 && area.height >= 3 else { return area }
        let glyphs = surface.glyphs.set
        let line = Style(isFocused ? .borderFocused : role, on: role == .dialogBorder ? .dialog : .text)
        let (right, low) = (area.maxX - 1, area.maxY - 1)
        for y in [area.y, low] { surface.horizontalRule(x: area.x, y: y, width: area.width, style: line) }
        for x in [area.x, right] { surface.verticalRule(x: x, y: area.y, height: area.height, style: line) }
        for (text, x, y) in [
            (glyphs.topLeft, area.x, area.y), (glyphs.topRight, right, area.y), (glyphs.bottomLeft, area.x, low),
            (glyphs.bottomRight, right, low),
        ] { surface.write(text, x: x, y: y, style: line) }
        drawTitles(on: &surface, in: area.row(0).inset(x: 2, y: 0), line: line)
        if !footer.isEmpty {
            let shown = footer.truncated(to: area.width - 6, ellipsis: glyphs.ellipsis)
            write(shown, on: &surface, x: area.x + 2, y: low, line: line)
        }
        return area.inset()
    }

    private func drawTitles(on surface: inout Surface, in row: Rect, line: Style) {
        let ellipsis = surface.glyphs.set.ellipsis
        var room = row.width - 2
        if !trailing.isEmpty && trailing.columns + 4 <= room {
            write(trailing, on: &surface, x: row.maxX - trailing.columns - 2, y: row.y, line: line)
            room -= trailing.columns + 3
        }
        if !title.isEmpty && room >= 2 {
            write(title.truncated(to: room, ellipsis: ellipsis), on: &surface, x: row.x, y: row.y, line: line)
        }
    }

    /// A text in the border with a blank at either side.
    private func write(_ text: StyledText, on surface: inout Surface, x: Int, y: Int, line: Style) {
        let plain = StyledText(
            text.spans.map { .init($0.text, $0.style == .text ? Style(.title, on: line.ground) : $0.style.on(line.ground)) })
        surface.write(StyledText(" ", line) + plain + StyledText(" ", line), x: x, y: y)
    }
}
