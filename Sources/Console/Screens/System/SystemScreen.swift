import Engine

/// The engine and its process, the stores and queues, who is attached, and what this terminal is.
package struct SystemScreen: Screen {
    private var scroll = 0

    package init() {}

    package var place: Place { .system }

    package func subject(_ context: ScreenContext) -> Subject { Subject() }

    package func draw(_ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        guard !area.isEmpty else { return }
        let layout = Layout(context, area, surface.glyphs)
        let body = layout.body(area)
        let offset = min(max(0, scroll), max(0, layout.height - body.height))
        for (column, sections) in zip(layout.areas, layout.columns) {
            var y = column.y - offset
            for section in sections {
                let height = section.lines.count + layout.frame
                draw(
                    section, on: &surface, at: Rect(x: column.x, y: y, width: column.width, height: height), within: body,
                    isBoxed: layout.isBoxed)
                y += height
            }
        }
        let hidden = layout.height - body.height - offset
        if hidden > 0 { Label("\(hidden) more", style: Style(.muted, on: .text), alignment: .right).draw(on: &surface, in: area.bottom(1)) }
    }

    private func draw(_ section: SystemSections.Section, on surface: inout Surface, at rect: Rect, within area: Rect, isBoxed: Bool) {
        guard rect.maxY > area.minY, rect.minY < area.maxY else { return }
        let inner = isBoxed ? rect.inset(x: 2, y: 1) : rect.dropTop(1)
        if isBoxed {
            Panel(title: StyledText(section.title)).draw(on: &surface, in: rect)
        } else if rect.y >= area.minY {
            surface.horizontalRule(x: rect.x, y: rect.y, width: rect.width)
            Label(section.title + " ", style: Style(.title, on: .text)).draw(on: &surface, in: rect.row(0))
        }
        for (index, line) in section.lines.enumerated() where inner.y + index >= area.minY && inner.y + index < area.maxY {
            Label(line).draw(on: &surface, in: Rect(x: inner.x, y: inner.y + index, width: inner.width, height: 1))
        }
    }

    package mutating func move(_ movement: Movement, _ context: ScreenContext, in area: Rect) -> ScreenStep {
        let layout = Layout(context, area, .braille)
        guard let moved = DetailPane.scroll(scroll, movement, lines: layout.height, height: layout.body(area).height) else {
            return .refused("there is nothing to select here")
        }
        if moved == scroll && layout.height <= area.height { return .refused("all of it shows already") }
        scroll = moved
        return .done
    }

    /// Sections over as many columns as there is room for, the heights as even as they go.
    private struct Layout {
        let areas: [Rect]
        let columns: [[SystemSections.Section]]
        /// Lines around the lines of a section.
        let frame: Int
        let isBoxed: Bool
        /// Lines of the highest column.
        let height: Int

        /// Where sections are drawn: all of it, or all but a line for what is out of sight.
        func body(_ area: Rect) -> Rect { height > area.height ? area.dropBottom(1) : area }

        /// In boxes where all of it shows so, else under plain headings, which take fewer lines.
        init(_ context: ScreenContext, _ area: Rect, _ glyphs: GlyphLevel) {
            let boxed = Layout(context, area, glyphs, isBoxed: true)
            self = area.width >= 78 && boxed.height <= area.height ? boxed : Layout(context, area, glyphs, isBoxed: false)
        }

        private init(_ context: ScreenContext, _ area: Rect, _ glyphs: GlyphLevel, isBoxed: Bool) {
            let count = area.width >= 165 ? 3 : area.width >= 78 ? 2 : 1
            self.isBoxed = isBoxed
            frame = isBoxed ? 2 : 1
            areas = area.inset(x: isBoxed || area.width < 45 ? 0 : 1, y: 0).columns(count, gap: isBoxed ? 0 : 2)
            let sections = SystemSections(
                snapshot: context.snapshot, terminal: context.terminal, zone: context.timeZone, asOf: context.asOf,
                width: (areas.map(\.width).min() ?? 0) - (isBoxed ? 4 : 0), glyphs: glyphs
            ).all
            var columns = Array(repeating: [SystemSections.Section](), count: count)
            var heights = Array(repeating: 0, count: count)
            for section in sections {
                let shortest = heights.indices.min { heights[$0] < heights[$1] } ?? 0
                columns[shortest].append(section)
                heights[shortest] += section.lines.count + frame
            }
            self.columns = columns
            height = heights.max() ?? 0
        }
    }
}
