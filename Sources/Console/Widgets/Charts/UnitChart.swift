/// A curve between 0 and 1 both ways, such as recall by false alarms, with a mark where somebody stands on it.
package struct UnitChart: Widget {
    /// A place on it.
    package struct Point: Equatable, Sendable {
        package var x: Double
        package var y: Double

        package init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    package var title: String
    /// What runs along.
    package var along: String
    /// In order.
    package var points: [Point]
    /// The straight line that chance draws; empty: none.
    package var chance: [Point]
    /// Where one stands.
    package var present: Point?

    package init(title: String, along: String, points: [Point], chance: [Point] = [], present: Point? = nil) {
        self.title = title
        self.along = along
        self.points = points
        self.chance = chance
        self.present = present
    }

    /// Columns of the numbers at the left.
    private static let axis = 4

    package func draw(on surface: inout Surface, in area: Rect) {
        guard area.width >= 12, area.height >= 4 else { return }
        Label(title, style: Style(.title, on: .text)).draw(on: &surface, in: area.row(0).dropLeft(Self.axis))
        let plot = area.dropTop(1).dropBottom(1).dropLeft(Self.axis)
        let style = Style(.axis, on: .text)
        for (value, text) in [(1.0, "1"), (0.5, ".5"), (0.0, "0")] {
            let row = area.dropTop(1).row(Int(((1 - value) * Double(plot.height - 1)).rounded()))
            Label(text, style: style, alignment: .right).draw(on: &surface, in: row.left(Self.axis - 1))
        }
        surface.verticalRule(x: plot.x - 1, y: plot.y, height: plot.height, style: style)
        let bottom = area.bottom(1).dropLeft(Self.axis)
        Label("0", style: style).draw(on: &surface, in: bottom)
        Label("1", style: style, alignment: .right).draw(on: &surface, in: bottom)
        Label(along, style: style, alignment: .centre).draw(on: &surface, in: bottom.inset(x: 2, y: 0))
        var grid = ChartGrid(area: plot, level: surface.glyphs)
        grid.draw(heights(chance, grid.columns), series: 0, shape: .line)
        grid.draw(heights(points, grid.columns), series: 1, shape: .line)
        grid.paint(on: &surface, roles: [.muted, .series1])
        guard let present, present.x.isFinite, present.y.isFinite else { return }
        let x = plot.x + Int((min(max(present.x, 0), 1) * Double(plot.width - 1)).rounded())
        let y = plot.y + Int(((1 - min(max(present.y, 0), 1)) * Double(plot.height - 1)).rounded())
        surface.write(surface.glyphs.set.ok, x: x, y: y, style: Style(.accent, .bold), clip: plot)
    }

    /// The curve's height at each dot column; where it climbs straight up, the last of its heights.
    private func heights(_ points: [Point], _ columns: Int) -> [Double?] {
        var result = [Double?](repeating: nil, count: max(0, columns))
        guard columns > 1 else { return result }
        func column(_ x: Double) -> Int { Int((min(max(x, 0), 1) * Double(columns - 1)).rounded()) }
        var last: Point?
        for point in points where point.x.isFinite && point.y.isFinite {
            let (from, to) = (column((last ?? point).x), column(point.x))
            for at in stride(from: from, through: to, by: from <= to ? 1 : -1) {
                let share = from == to ? 1 : Double(at - from) / Double(to - from)
                result[at] = min(max((last ?? point).y + (point.y - (last ?? point).y) * share, 0), 1)
            }
            last = point
        }
        return result
    }
}
