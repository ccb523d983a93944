/// Rows under a header, with a selection, marks, a sort sign and columns that give way when there is no room.
package struct Table: Widget {
    package var columns: [TableColumn]
    package var count: Int
    package var selected: Int?
    package var top: Int
    package var sort: TableSort?
    package var marked: Set<Int>
    package var emptyText: String
    package var isFocused: Bool
    private let row: (Int) -> [TableCell]

    /// A table of `count` rows; only those that show are asked for, so that ten thousand rows cost no more than one screen of them.
    package init(
        columns: [TableColumn], count: Int, selected: Int? = nil, top: Int = 0, sort: TableSort? = nil, marked: Set<Int> = [],
        emptyText: String, isFocused: Bool = true, row: @escaping (Int) -> [TableCell]
    ) {
        self.columns = columns
        self.count = max(0, count)
        self.selected = selected
        self.top = max(0, top)
        self.sort = sort
        self.marked = marked
        self.emptyText = emptyText
        self.isFocused = isFocused
        self.row = row
    }

    /// How many rows show in a rectangle: all but the header's.
    package static func bodyHeight(_ area: Rect) -> Int { max(0, area.height - 1) }

    /// The columns that have room at a width, in order: the highest priority number goes first, and among equals the rightmost.
    package func visibleColumns(width: Int) -> [Int] {
        var shown = Array(columns.indices)
        while shown.count > 1 && needed(shown) > width {
            guard let victim = shown.max(by: { (columns[$0].priority, $0) < (columns[$1].priority, $1) }), columns[victim].priority > 0
            else {
                break
            }
            shown.removeAll { $0 == victim }
        }
        return shown
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        guard !area.isEmpty else { return }
        let places = layout(width: area.width - 1)
        drawHeader(on: &surface, in: area.row(0), places: places)
        let body = area.dropTop(1)
        guard count > 0 else {
            Label(emptyText, style: Style(.muted, on: .text)).draw(on: &surface, in: body.row(0).dropLeft(1))
            return
        }
        for line in 0..<body.height {
            let (index, overflow) = top.addingReportingOverflow(line)
            guard !overflow && index < count else { break }
            drawRow(index, on: &surface, in: body.row(line), places: places)
        }
    }

    private func needed(_ shown: [Int]) -> Int {
        shown.reduce(0) { $0 + columns[$1].width } + max(0, shown.count - 1) + 1
    }

    /// The columns that show with their left edge and width; one blank stands between them.
    private func layout(width: Int) -> [(column: Int, x: Int, width: Int)] {
        let shown = visibleColumns(width: width + 1)
        var widths = shown.map { columns[$0].width }
        var spare = width - widths.reduce(0, +) - max(0, shown.count - 1)
        // Growing in rounds lets columns at their maximum leave their share to the others.
        while spare > 0 {
            let growing = shown.indices.filter { columns[shown[$0]].flex > 0 && widths[$0] < columns[shown[$0]].maximum ?? Int.max }
            let total = growing.reduce(0) { $0 + columns[shown[$1]].flex }
            guard total > 0 else { break }
            let before = spare
            for index in growing where spare > 0 {
                let column = columns[shown[index]]
                let share = min(max(1, before * column.flex / total), spare, (column.maximum ?? Int.max) - widths[index])
                widths[index] += share
                spare -= share
            }
        }
        var x = 1
        return shown.indices.map { index in
            defer { x += widths[index] + 1 }
            return (shown[index], x, widths[index])
        }
    }

    private func drawHeader(on surface: inout Surface, in row: Rect, places: [(column: Int, x: Int, width: Int)]) {
        surface.fill(row, style: Style(.header))
        let glyphs = surface.glyphs.set
        for place in places {
            let column = columns[place.column]
            var title = column.title
            if let sort, sort.key == column.key {
                let mark = sort.ascending ? glyphs.up : glyphs.down
                let room = place.width - TextWidth.columns(mark)
                title = room > 0 ? TextWidth.truncate(title, to: room, ellipsis: "") + mark : mark
            }
            let cell = Rect(x: row.x + place.x, y: row.y, width: place.width, height: 1).intersection(row)
            Label(title, style: Style(.header), alignment: column.alignment).draw(on: &surface, in: cell)
        }
    }

    private func drawRow(_ index: Int, on surface: inout Surface, in line: Rect, places: [(column: Int, x: Int, width: Int)]) {
        let isSelected = index == selected
        let isMarked = marked.contains(index)
        let ground: Role = isSelected ? .selection : isMarked ? .marked : .text
        if ground != .text { surface.fill(line, style: Style(.text, on: ground)) }
        let glyphs = surface.glyphs.set
        if isSelected {
            let style = Style(isFocused ? .accent : .muted, on: ground)
            surface.write(isMarked ? glyphs.marked : glyphs.selected, x: line.x, y: line.y, style: style, clip: line)
        } else if isMarked {
            surface.write(glyphs.marked, x: line.x, y: line.y, style: Style(.accent, on: ground), clip: line)
        }
        let cells = row(index)
        for place in places where place.column < cells.count {
            let rect = Rect(x: line.x + place.x, y: line.y, width: place.width, height: 1).intersection(line)
            switch cells[place.column].content {
            case .text(let text):
                Label(text.on(ground), alignment: columns[place.column].alignment).draw(on: &surface, in: rect)
            case .spark(let values, let role): Sparkline(values, role: role, ground: ground).draw(on: &surface, in: rect)
            case .gauge(let fraction, let role):
                Gauge(fraction: fraction, role: role).draw(on: &surface, in: rect)
                surface.restyle(rect) { $0.on(ground) }
            }
        }
    }
}
