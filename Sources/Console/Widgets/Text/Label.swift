/// One line of text, cut with an ellipsis where it does not fit.
package struct Label: Widget {
    package var text: StyledText
    package var alignment: Alignment
    /// When set, the whole line gets this role's background.
    package var ground: Role?

    /// A label of several styles.
    package init(_ text: StyledText, alignment: Alignment = .left, ground: Role? = nil) {
        self.text = text
        self.alignment = alignment
        self.ground = ground
    }

    /// A label of one style.
    package init(_ text: String, style: Style, alignment: Alignment = .left) {
        self.init(StyledText(text, style), alignment: alignment)
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        guard !area.isEmpty else { return }
        if let ground { surface.fill(area.row(0), style: Style(.text, on: ground)) }
        let shown = (ground.map { text.on($0) } ?? text).truncated(to: area.width, ellipsis: surface.glyphs.set.ellipsis)
        let spare = max(0, area.width - shown.columns)
        let indent =
            switch alignment {
            case .left: 0
            case .right: spare
            case .centre: spare / 2
            }
        surface.write(shown, x: area.x + indent, y: area.y, clip: area.row(0))
    }
}

/// Text of several lines, wrapped at blanks.
package struct Paragraph: Widget {
    package var text: String
    package var style: Style
    /// How many lines are left out above.
    package var scroll: Int

    package init(_ text: String, style: Style = .text, scroll: Int = 0) {
        self.text = text
        self.style = style
        self.scroll = scroll
    }

    /// How many lines a text takes at a width.
    package static func height(_ text: String, width: Int) -> Int { TextWidth.wrap(text, width: width).count }

    package func draw(on surface: inout Surface, in area: Rect) {
        let lines = TextWidth.wrap(text, width: area.width).dropFirst(max(0, scroll))
        for (index, line) in lines.prefix(area.height).enumerated() {
            surface.write(line, x: area.x, y: area.y + index, style: style, clip: area)
        }
    }
}
