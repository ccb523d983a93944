import Tabular

/// A grid of cells that screens draw on: a value, compared, sent and tested without any terminal.
///
/// Invariant: a wide character's cell is followed by its continuation in the same row, and a continuation follows such a cell.
package struct Surface: Equatable, Sendable {
    package let size: Size
    /// Which symbols widgets may use on it.
    package var glyphs: GlyphLevel
    /// Where the terminal's cursor shows; nil hides it, and so does a place outside the surface.
    package var cursor: Point? {
        didSet { if let point = cursor, !size.contains(point) { cursor = nil } }
    }
    package internal(set) var cells: [Cell]

    /// An empty surface.
    package init(size: Size, glyphs: GlyphLevel = .braille, style: Style = .text) {
        self.size = size
        self.glyphs = glyphs
        cursor = nil
        cells = Array(repeating: .blank(style), count: size.width * size.height)
    }

    package var width: Int { size.width }
    package var height: Int { size.height }
    package var bounds: Rect { Rect(size) }

    /// The cell at a column and row; a blank one outside.
    package subscript(x: Int, y: Int) -> Cell {
        guard size.contains(Point(x: x, y: y)) else { return .blank() }
        return cells[y * size.width + x]
    }

    /// Writes one line of text from a column on, cut at the clip and at the edges.
    ///
    /// The text goes through `SafeText`, so that nothing from outside can move the cursor or reorder the line.
    /// - Returns: the columns that the whole text takes, cut or not.
    @discardableResult
    package mutating func write(_ text: String, x: Int, y: Int, style: Style = .text, clip: Rect? = nil) -> Int {
        let area = clip.map { bounds.intersection($0) } ?? bounds
        let isVisible = y >= area.minY && y < area.maxY && !area.isEmpty
        var column = max(-1_000_000, min(x, 1_000_000))
        let start = column
        var last: Int?
        for scalar in SafeText.escape(text).unicodeScalars {
            let columns = TextWidth.columns(scalar)
            if columns == 0 {
                // Variation selectors choose a colour picture: they would make the width of the cell uncertain.
                if let last, !(0xFE00...0xFE0F).contains(scalar.value) { cells[last].combine(scalar) }
                continue
            }
            last = nil
            if isVisible && column < area.maxX && column + columns > area.minX {
                if column >= area.minX && column + columns <= area.maxX {
                    put(Cell(scalar, columns: UInt8(columns), style: style), x: column, y: y)
                    last = y * width + column
                } else {
                    // Half of a wide character is inside: a blank keeps the background whole.
                    put(.blank(style), x: column < area.minX ? area.minX : column, y: y)
                }
            }
            column += columns
            if column > 1_000_000 { break }
        }
        return column - start
    }

    /// Fills a rectangle with a one-column character (a blank when the character is of another width).
    package mutating func fill(_ area: Rect, _ scalar: Unicode.Scalar = " ", style: Style) {
        let part = bounds.intersection(area)
        guard !part.isEmpty else { return }
        let drawable = TextWidth.columns(scalar) == 1 && TextWidth.isDrawable(scalar)
        let cell = Cell(drawable ? scalar : " ", style: style)
        for y in part.minY..<part.maxY {
            for x in part.minX..<part.maxX { put(cell, x: x, y: y) }
        }
    }

    /// Changes the styles of the characters that begin in a rectangle.
    package mutating func restyle(_ area: Rect, _ change: (Style) -> Style) {
        let part = bounds.intersection(area)
        guard !part.isEmpty else { return }
        for y in part.minY..<part.maxY {
            for index in (y * width + part.minX)..<(y * width + part.maxX) where !cells[index].isContinuation {
                cells[index].style = change(cells[index].style)
                if cells[index].columns == 2 { cells[index + 1].style = cells[index].style }
            }
        }
    }

    /// A line from a column to the right.
    package mutating func horizontalRule(x: Int, y: Int, width length: Int, style: Style = Style(.border, on: .text)) {
        fill(Rect(x: x, y: y, width: length, height: 1), scalar(glyphs.set.horizontal), style: style)
    }

    /// A line from a row downwards.
    package mutating func verticalRule(x: Int, y: Int, height length: Int, style: Style = Style(.border, on: .text)) {
        fill(Rect(x: x, y: y, width: 1, height: length), scalar(glyphs.set.vertical), style: style)
    }

    /// Puts a cell inside the bounds and mends wide characters that it cuts in half.
    mutating func put(_ cell: Cell, x: Int, y: Int) {
        guard size.contains(Point(x: x, y: y)), cell.columns > 0, x + Int(cell.columns) <= width else { return }
        let index = y * width + x
        if cells[index].isContinuation { cells[index - 1] = .blank(cells[index - 1].style) }
        let after = index + Int(cell.columns)
        if after < (y + 1) * width && cells[after].isContinuation { cells[after] = .blank(cells[after].style) }
        cells[index] = cell
        if cell.columns == 2 { cells[index + 1] = .continuation(cell.style) }
    }

    /// Whether every wide character is whole; for tests.
    package func checkInvariants() -> Bool {
        guard cells.count == width * height else { return false }
        for y in 0..<height {
            for x in 0..<width {
                let needsHead = cells[y * width + x].isContinuation
                if needsHead != (x > 0 && cells[y * width + x - 1].columns == 2) { return false }
                if cells[y * width + x].columns == 2 && x + 1 == width { return false }
            }
        }
        return true
    }

    private func scalar(_ text: String) -> Unicode.Scalar { text.unicodeScalars.first ?? " " }
}
