package import Foundation

/// Series over time with axes, thresholds and event markers; becomes a sparkline where there is no room.
package struct LineChart: Widget {
    package var series: [ChartSeries]
    package var from: Int64
    package var to: Int64
    package var axis: ChartAxis
    package var unit: String
    package var lowest: Double?
    package var highest: Double?
    package var includesZero: Bool
    package var thresholds: [ChartThreshold]
    package var markers: [ChartMarker]
    package var cursor: Int64?
    package var showsLegend: Bool
    package var bucket: Int64?
    package var emptyText: String

    /// A chart of `from … to` in UTC milliseconds.
    ///
    /// - Parameters:
    ///   - lowest: the value at the bottom; without it zero, or a round number below the least value when `includesZero` is false or values are negative.
    ///   - bucket: the length of a dot column; without it the time divided by the columns that there are.
    package init(
        series: [ChartSeries], from: Int64, to: Int64, zone: TimeZone = .gmt, unit: String = "", lowest: Double? = nil,
        highest: Double? = nil,
        includesZero: Bool = true, thresholds: [ChartThreshold] = [], markers: [ChartMarker] = [], cursor: Int64? = nil,
        showsLegend: Bool = true,
        bucket: Int64? = nil, emptyText: String = "no data yet"
    ) {
        self.series = series
        self.from = from
        self.to = to
        axis = .time(zone)
        self.unit = unit
        self.lowest = lowest
        self.highest = highest
        self.includesZero = includesZero
        self.thresholds = thresholds
        self.markers = markers
        self.cursor = cursor
        self.showsLegend = showsLegend
        self.bucket = bucket
        self.emptyText = emptyText
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        guard !area.isEmpty else { return }
        guard hasData else {
            let line = area.row(area.height / 2)
            Label(emptyText, style: Style(.muted, on: .text), alignment: .centre).draw(on: &surface, in: line)
            return
        }
        if area.height <= 2 || area.width < 8 {
            drawSparkline(on: &surface, in: area.row(area.height - 1))
            return
        }
        var plot = area
        if showsLegend && series.count > 1 && plot.height >= 5 {
            drawLegend(on: &surface, in: plot.row(0))
            plot = plot.dropTop(1)
        }
        let bottom = plot.height >= 4 ? plot.bottom(1) : nil
        if bottom != nil { plot = plot.dropBottom(1) }
        let scale = makeScale()
        if area.width >= 24 { plot = drawValueAxis(scale, on: &surface, in: plot) }
        let columns = ChartGrid.columns(width: plot.width, level: surface.glyphs)
        let buckets = ChartBuckets(from: position(from), to: position(to), count: columns, length: bucket)
        drawSeries(scale, buckets: buckets, on: &surface, in: plot)
        if let bottom { drawTimeAxis(buckets, on: &surface, in: bottom.dropLeft(plot.x - area.x)) }
    }

    /// Parts of a unit that buckets are cut in: there are often fewer iterations than columns, and a bucket is at least one part long.
    private var partsPerUnit: Int64 { axis == .number ? 1_000 : 1 }

    /// Where a time or an iteration is, in the parts that buckets are cut in.
    private func position(_ time: Int64) -> Int64 {
        let (product, overflow) = time.multipliedReportingOverflow(by: partsPerUnit)
        return overflow ? (time < 0 ? .min : .max) : product
    }

    private func positioned(_ points: [ChartPoint]) -> [ChartPoint] {
        partsPerUnit == 1 ? points : points.map { ChartPoint(time: position($0.time), value: $0.value) }
    }

    private var hasData: Bool {
        series.contains { $0.points.contains { $0.value?.isFinite == true && $0.time >= from && $0.time <= to } }
    }

    private func makeScale() -> ChartScale {
        var values = thresholds.map(\.value)
        for line in series { values += line.points.compactMap { $0.time >= from && $0.time <= to ? $0.value : nil } }
        return ChartScale(values: values, lowest: lowest, highest: highest, includesZero: includesZero)
    }

    private func drawSparkline(on surface: inout Surface, in row: Rect) {
        let buckets = ChartBuckets(from: position(from), to: position(to), count: row.width, length: nil)
        Sparkline(buckets.means(positioned(series[0].points)), role: series[0].role).draw(on: &surface, in: row)
    }

    private func drawLegend(on surface: inout Surface, in row: Rect) {
        var text = StyledText([])
        for (index, line) in series.enumerated() {
            if index > 0 { text.append("  ", .text) }
            let sign = surface.glyphs == .ascii ? String(ChartGrid.mark(index)) : surface.glyphs.set.horizontal
            text.append("\(sign) \(line.name)", Style(line.role, on: .text))
        }
        Label(text, alignment: .right).draw(on: &surface, in: row)
    }

    /// Draws the numbers at the left and returns what is right of them.
    private func drawValueAxis(_ scale: ChartScale, on surface: inout Surface, in plot: Rect) -> Rect {
        let steps = plot.height >= 9 ? 4 : plot.height >= 5 ? 2 : 1
        let labels = FigureText.scale((0...steps).map { scale.value(at: Double($0) / Double(steps)) })
        let ticks = labels.enumerated().map { step, label in
            let row = Int(((1 - Double(step) / Double(steps)) * Double(plot.height - 1)).rounded())
            return (row: row, label: label + (step == steps ? unit : ""))
        }
        // Most labels have as many columns, so that the time axes of charts one above the other agree.
        let width = min(plot.width / 3, max(6, ticks.map { TextWidth.columns($0.label) }.max() ?? 0))
        let style = Style(.axis, on: .text)
        surface.verticalRule(x: plot.x + width, y: plot.y, height: plot.height, style: style)
        for tick in ticks {
            Label(tick.label, style: style, alignment: .right).draw(on: &surface, in: plot.row(tick.row).left(width))
            surface.write(surface.glyphs.set.teeRight, x: plot.x + width, y: plot.y + tick.row, style: style)
        }
        return plot.dropLeft(width + 1)
    }

    private func drawSeries(_ scale: ChartScale, buckets: ChartBuckets, on surface: inout Surface, in plot: Rect) {
        var grid = ChartGrid(area: plot, level: surface.glyphs)
        // Areas first, so that lines stay visible over them.
        for (index, line) in series.enumerated().sorted(by: { ($0.1.style == .area ? 0 : 1, $0.0) < ($1.1.style == .area ? 0 : 1, $1.0) }) {
            grid.draw(buckets.means(positioned(line.points)).map { $0.map(scale.share) }, series: index, shape: line.style)
        }
        let cellsPerColumn = buckets.count / max(1, plot.width)
        for marker in markers {
            guard let column = buckets.index(of: position(marker.time)) else { continue }
            let vertical: Unicode.Scalar = surface.glyphs == .ascii ? ":" : "┊"
            surface.fill(plot.dropLeft(column / max(1, cellsPerColumn)).left(1), vertical, style: Style(marker.role, on: .text))
        }
        for threshold in thresholds where threshold.value >= scale.low && threshold.value <= scale.high {
            let row = plot.row(Int(((1 - scale.share(threshold.value)) * Double(plot.height - 1)).rounded()))
            let style = Style(threshold.role, on: .text)
            surface.fill(row, surface.glyphs.set.dashed.unicodeScalars.first ?? ".", style: style)
        }
        grid.paint(on: &surface, roles: series.map(\.role))
        for threshold in thresholds where threshold.value >= scale.low && threshold.value <= scale.high {
            drawName(of: threshold, scale, grid, on: &surface, in: plot)
        }
        if let cursor, let column = buckets.index(of: position(cursor)) {
            let line = plot.dropLeft(column / max(1, cellsPerColumn)).left(1)
            for y in 0..<plot.height where grid.isEmpty(x: line.x - plot.x, y: y) {
                surface.write(surface.glyphs.set.vertical, x: line.x, y: plot.y + y, style: Style(.accent, on: .text), clip: plot)
            }
            surface.restyle(line) { $0.with(.reverse) }
        }
    }

    /// Writes a threshold's name at its line, or just above or below it, at the end where no data is hidden.
    private func drawName(of threshold: ChartThreshold, _ scale: ChartScale, _ grid: ChartGrid, on surface: inout Surface, in plot: Rect) {
        let label = TextWidth.truncate(threshold.label, to: plot.width / 2, ellipsis: surface.glyphs.set.ellipsis)
        let width = TextWidth.columns(label)
        guard width > 0 else { return }
        let line = Int(((1 - scale.share(threshold.value)) * Double(plot.height - 1)).rounded())
        let places = [line, line - 1, line + 1].filter { $0 >= 0 && $0 < plot.height }.flatMap { row in
            [(0, row), (plot.width - width, row)]
        }
        let free = places.first { x, y in (x..<(x + width)).allSatisfy { grid.isEmpty(x: $0, y: y) } } ?? (0, line)
        surface.write(label, x: plot.x + free.0, y: plot.y + free.1, style: Style(threshold.role, on: .text), clip: plot)
    }

    private func drawTimeAxis(_ buckets: ChartBuckets, on surface: inout Surface, in row: Rect) {
        let perColumn = max(1, buckets.count / max(1, row.width))
        var taken: [Range<Int>] = []
        func place(_ label: String, at column: Int, style: Style) {
            let width = TextWidth.columns(label)
            let x = max(0, min(column, row.width - width))
            guard width <= row.width, !taken.contains(where: { $0.overlaps((x - 1)..<(x + width + 1)) }) else { return }
            surface.write(label, x: row.x + x, y: row.y, style: style, clip: row)
            taken.append(x..<(x + width))
        }
        // The newest marker matters most when two stand too close.
        for marker in markers.sorted(by: { $0.time > $1.time }) {
            guard let column = buckets.index(of: position(marker.time)) else { continue }
            place(surface.glyphs.set.down + marker.label, at: column / perColumn, style: Style(marker.role, on: .text))
        }
        let (end, overflow) = buckets.start.addingReportingOverflow(buckets.length * Int64(buckets.count) - 1)
        for tick in ChartTicks.ticks(
            from: buckets.start / partsPerUnit, to: overflow ? to : end / partsPerUnit, most: max(1, row.width / 14), axis: axis)
        {
            guard let column = buckets.index(of: position(tick.position)) else { continue }
            place(tick.label, at: column / perColumn, style: Style(.axis, on: .text))
        }
    }
}
