/// Where the parts of a deployment stand: charts and panels where there is room, lines of bars where there is less, one line of health where there is hardly any.
struct DeploymentLayout {
    let top: Rect
    let charts: [Rect]
    let chartsAreLines: Bool
    let arms: Rect
    let loop: Rect
    let gates: Rect
    let bottom: Rect
    let isBoxed: Bool

    init(_ area: Rect) {
        let none = Rect(x: area.x, y: area.y, width: 0, height: 0)
        top = area.top(1)
        let rest = area.dropTop(1)
        if area.width >= 120 && area.height >= 30 {
            (chartsAreLines, isBoxed) = (false, true)
            let upper = rest.top(min(max(20, rest.height * 6 / 10), rest.height - 8))
            bottom = rest.dropTop(upper.height)
            let side = upper.right(max(44, upper.width * 3 / 10))
            let rows = upper.dropRight(side.width).rows(2)
            charts = rows.flatMap { $0.columns(2) }
            let armsHeight = min(7, side.height / 4)
            arms = side.top(armsHeight)
            let below = side.dropTop(armsHeight)
            loop = below.top(min(13, below.height * 6 / 10))
            gates = below.dropTop(loop.height)
        } else if area.width >= 76 && area.height >= 19 {
            (chartsAreLines, isBoxed) = (false, true)
            let chartHeight = max(5, (rest.height - 11) / 2)
            let upper = rest.top(2 * chartHeight)
            charts = upper.rows(2).flatMap { $0.columns(2) }
            let below = rest.dropTop(upper.height)
            arms = below.top(5)
            (loop, gates) = (none, none)
            bottom = below.dropTop(5)
        } else if area.height >= 11 {
            (chartsAreLines, isBoxed) = (true, false)
            charts = (0..<4).map { rest.inset(x: 1, y: 0).row($0) }
            arms = rest.dropTop(4).top(area.height >= 12 ? 3 : 0)
            (loop, gates) = (none, none)
            bottom = rest.dropTop(4 + arms.height)
        } else {
            (chartsAreLines, isBoxed) = (true, false)
            charts = (0..<max(0, min(3, rest.height - 2))).map { rest.inset(x: 1, y: 0).row($0) }
            (arms, loop, gates) = (none, none, none)
            bottom = rest.dropTop(charts.count)
        }
    }

    /// The columns that a chart's time axis may take.
    var chartWidth: Int {
        guard let first = charts.first else { return 0 }
        return max(0, first.width - (chartsAreLines ? 6 : 2))
    }

    /// Lines of text at the bottom.
    var bottomHeight: Int { max(0, bottom.height - (isBoxed ? 2 : 0)) }
}
