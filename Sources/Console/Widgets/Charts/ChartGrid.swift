/// Dots on a part of a surface: eight a cell in braille, two in half blocks, one in ASCII.
struct ChartGrid {
    let columns: Int
    let rows: Int
    private let area: Rect
    private let level: GlyphLevel
    private let across: Int
    private let down: Int
    private var dots: [UInt8]
    private var owners: [Int]

    /// A grid over a rectangle of cells.
    init(area: Rect, level: GlyphLevel) {
        self.area = area
        self.level = level
        across = level == .braille ? 2 : 1
        down = level == .braille ? 4 : level == .blocks ? 2 : 1
        columns = area.width * across
        rows = area.height * down
        dots = Array(repeating: 0, count: area.width * area.height)
        owners = Array(repeating: -1, count: area.width * area.height)
    }

    /// How many dot columns a width has.
    static func columns(width: Int, level: GlyphLevel) -> Int { level == .braille ? width * 2 : width }

    /// Sets a dot; row 0 is the lowest.
    ///
    /// Dots outside are left out.
    mutating func set(column: Int, row: Int, series: Int) {
        guard column >= 0 && column < columns && row >= 0 && row < rows else { return }
        let fromTop = rows - 1 - row
        let cell = fromTop / down * area.width + column / across
        dots[cell] |= bit(column: column % across, row: fromTop % down)
        owners[cell] = series
    }

    /// Draws heights (shares of the height, one a dot column) as a connected line or a filled area.
    mutating func draw(_ heights: [Double?], series: Int, shape: ChartSeries.Shape) {
        var before: Int?
        for (column, height) in heights.enumerated() {
            guard let height else {
                before = nil
                continue
            }
            let row = Int((height * Double(rows - 1)).rounded())
            let from = shape == .area ? 0 : before.map { $0 < row ? $0 + 1 : $0 > row ? $0 - 1 : row } ?? row
            for filled in min(from, row)...max(from, row) { set(column: column, row: filled, series: series) }
            before = row
        }
    }

    /// Whether a cell has a dot.
    func isEmpty(x: Int, y: Int) -> Bool {
        guard x >= 0 && y >= 0 && x < area.width && y < area.height else { return true }
        return dots[y * area.width + x] == 0
    }

    /// Puts the dots on the surface, each cell in the role of the series that drew there last.
    func paint(on surface: inout Surface, roles: [Role]) {
        for y in 0..<area.height {
            for x in 0..<area.width {
                let index = y * area.width + x
                guard dots[index] != 0, owners[index] >= 0, owners[index] < roles.count else { continue }
                let style = Style(roles[owners[index]], on: .text)
                surface.fill(
                    Rect(x: area.x + x, y: area.y + y, width: 1, height: 1), glyph(dots[index], series: owners[index]), style: style)
            }
        }
    }

    /// The mark of a series where colour may be missing.
    static func mark(_ series: Int) -> Unicode.Scalar {
        let marks: [Unicode.Scalar] = ["*", "+", "o", "x", "#", "@"]
        return marks[((series % marks.count) + marks.count) % marks.count]
    }

    private func bit(column: Int, row: Int) -> UInt8 {
        guard level == .braille else { return row == 0 ? 1 : 2 }
        // Unicode numbers braille dots 1-3 and 7 down the left, 4-6 and 8 down the right.
        let left: [UInt8] = [0x01, 0x02, 0x04, 0x40]
        let right: [UInt8] = [0x08, 0x10, 0x20, 0x80]
        return column == 0 ? left[row] : right[row]
    }

    private func glyph(_ dots: UInt8, series: Int) -> Unicode.Scalar {
        switch level {
        case .braille: return Unicode.Scalar(0x2800 + UInt32(dots)) ?? "*"
        case .blocks: return dots == 3 ? "█" : dots == 1 ? "▀" : "▄"
        case .ascii: return ChartGrid.mark(series)
        }
    }
}
