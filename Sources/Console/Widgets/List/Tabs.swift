/// The parts of a screen side by side; the selected one is in brackets too, so that it shows without colour.
package struct Tabs: Widget {
    package var titles: [String]
    package var selected: Int

    package init(_ titles: [String], selected: Int) {
        self.titles = titles
        self.selected = selected
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        guard !area.isEmpty else { return }
        let row = area.row(0)
        surface.fill(row, style: Style(.tab))
        let widths = titles.map { TextWidth.columns($0) + 3 }
        // The selected tab is always in sight: what stands before it goes first.
        var first = 0
        while first < min(selected, titles.count), widths[first..<min(selected + 1, titles.count)].reduce(0, +) > row.width { first += 1 }
        var x = row.x
        for index in first..<max(first, titles.count) {
            let isSelected = index == selected
            let text = isSelected ? "[\(titles[index])]" : " \(titles[index]) "
            x += surface.write(text, x: x, y: row.y, style: Style(isSelected ? .tabSelected : .tab), clip: row) + 1
        }
    }
}
