package import Engine
import Monitoring
import Tabular

/// The columns of a deployment's last window, those that ask for attention first, and all that is said of the selected one.
package struct DriftScreen: Screen {
    /// The deployment.
    package let deployment: String
    private var panes = SplitPanes<String>()
    private var filter = RowFilter()

    /// Lines of the chart at least, and at most; half of the detail otherwise.
    private static let chartHeight = 8...20
    /// Lines of text beside which it is left out.
    private static let leastText = 6

    package init(deployment: String) { self.deployment = deployment }

    package var place: Place { .drift(deployment) }

    package func subject(_ context: ScreenContext) -> Subject {
        Subject(deployment: deployment, column: selected(context)?.feature)
    }

    package func wantedPages(_ context: ScreenContext, size: Size) -> [HistoryQuery] {
        let rows = rows(context)
        let layout = SplitLayout(Rect(size), focus: panes.focus, listRows: rows.count + 1)
        guard let feature = selected(context), let chart = chartArea(layout) else { return [] }
        return [query(feature.feature, axis(context, chart))]
    }

    // MARK: Rows

    private func rows(_ context: ScreenContext) -> [FeatureDrift] {
        guard let report = context.snapshot.deployment(deployment)?.drift else { return [] }
        return report.inOrder.filter { filter.accepts([$0.feature, $0.state.rawValue, $0.words(in: report)]) }
    }

    private func selected(_ context: ScreenContext) -> FeatureDrift? {
        let rows = rows(context)
        return panes.cursor.selected(RowOrder(rows.map(\.feature))).flatMap { name in rows.first { $0.feature == name } }
    }

    // MARK: Drawing

    package func draw(_ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        guard let status = context.snapshot.deployment(deployment) else {
            Label("there is no deployment \(deployment)", style: Style(.warn, on: .text)).draw(on: &surface, in: area.row(0))
            return
        }
        let rows = rows(context)
        let layout = SplitLayout(area, focus: panes.focus, listRows: rows.count + 1)
        if !layout.list.isEmpty { drawList(status, rows, context, on: &surface, layout: layout) }
        guard !layout.detail.isEmpty else { return }
        let feature = selected(context)
        let chart = feature == nil ? nil : chartArea(layout)
        let text = layout.detailBody.dropBottom(chart?.height ?? 0)
        let lines = feature.map { DriftDetail(feature: $0, status: status, context: context).lines(width: text.width) } ?? []
        let pane = DetailPane(lines, scroll: panes.scroll)
        if layout.isBoxed {
            Panel(
                title: StyledText(feature?.feature ?? "column"), footer: pane.footer(height: text.height), isFocused: panes.focus == .detail
            ).draw(on: &surface, in: layout.detail)
        }
        pane.draw(on: &surface, in: text)
        if let chart, let feature { drawChart(feature, context, on: &surface, in: chart) }
    }

    private func drawList(
        _ status: DeploymentStatus, _ rows: [FeatureDrift], _ context: ScreenContext, on surface: inout Surface, layout: SplitLayout
    ) {
        if layout.isBoxed {
            Panel(
                title: StyledText(DriftWording.title(status)), trailing: RowFilter.title(filterState(context)),
                isFocused: panes.focus == .list
            ).draw(on: &surface, in: layout.list)
        }
        let state = panes.cursor.state(RowOrder(rows.map(\.feature)), height: Table.bodyHeight(layout.listBody))
        let report = status.drift
        Table(
            columns: [
                TableColumn("COLUMN", width: 10, flex: 2, maximum: 28), TableColumn("PSI", width: 7, alignment: .right),
                TableColumn("USUAL", width: 7, alignment: .right, priority: 3),
                TableColumn("MISSING", width: 8, alignment: .right, priority: 4), TableColumn("NOW", width: 9, priority: 2),
                TableColumn("VERDICT", width: 16, flex: 8),
            ], count: rows.count, selected: state.selected, top: state.top, emptyText: emptyText(status), isFocused: panes.focus == .list
        ) { index in
            let feature = rows[index]
            let role = DriftWording.role(feature.state)
            let changing = feature.verdict?.changing?.state == .drift
            return [
                TableCell(feature.feature, feature.state == .drift ? .strong : .text), TableCell(FigureText.figure(feature.psi), role),
                TableCell(FigureText.figure(feature.threshold), .muted), TableCell(FigureText.figure(feature.missing * 100) + " %", .muted),
                TableCell(changing ? "changing" : "", .alert),
                TableCell(report.map { feature.words(in: $0) } ?? "", feature.state == .ok ? .muted : role),
            ]
        }.draw(on: &surface, in: layout.listBody)
    }

    private func emptyText(_ status: DeploymentStatus) -> String {
        if filter.isActive { return "nothing matches /\(filter.text): esc clears the filter" }
        return "no window has closed yet" + (status.windowFill.map { ": \(CountText.fill($0))" } ?? "")
    }

    // MARK: Chart

    /// The lower part of the detail, where there is room beside the text.
    private func chartArea(_ layout: SplitLayout) -> Rect? {
        let body = layout.detailBody
        guard body.height >= Self.chartHeight.lowerBound + Self.leastText, body.width >= 30 else { return nil }
        return body.bottom(min(max(body.height / 2, Self.chartHeight.lowerBound), Self.chartHeight.upperBound))
    }

    private func axis(_ context: ScreenContext, _ area: Rect) -> DeploymentAxis {
        DeploymentSpan(isDemo: context.snapshot.engine.isDemo).axis(asOf: context.asOf, width: area.width, level: context.terminal.glyphs)
    }

    private func query(_ feature: String, _ axis: DeploymentAxis) -> HistoryQuery {
        .featureDrift(deployment: deployment, feature: feature, from: axis.from, until: axis.until, points: axis.points)
    }

    private func drawChart(_ feature: FeatureDrift, _ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        let axis = axis(context, area)
        var points: [ChartPoint] = []
        var isLoaded = false
        if case .ready(let page) = context.pages[query(feature.feature, axis)] {
            isLoaded = true
            if case .series(let found) = page.content { points = found.map { ChartPoint(time: $0.time, value: $0.mean) } }
        }
        LineChart(
            series: [ChartSeries("PSI", points, role: .series1, style: .line)], from: axis.from, to: axis.until - 1, zone: context.timeZone,
            unit: "", includesZero: true, thresholds: [ChartThreshold(feature.threshold, "usual up to here")], markers: [],
            showsLegend: false, bucket: axis.bucket, emptyText: isLoaded ? "no window in this time" : "loading"
        ).draw(on: &surface, in: area)
    }

    // MARK: Keys

    package mutating func move(_ movement: Movement, _ context: ScreenContext, in area: Rect) -> ScreenStep {
        let rows = rows(context)
        let layout = SplitLayout(area, focus: panes.focus, listRows: rows.count + 1)
        var detail: (lines: Int, height: Int)?
        if let feature = selected(context), let status = context.snapshot.deployment(deployment) {
            let text = layout.detailBody.dropBottom(chartArea(layout)?.height ?? 0)
            detail = (DriftDetail(feature: feature, status: status, context: context).lines(width: text.width).count, text.height)
        }
        if panes.move(movement, RowOrder(rows.map(\.feature)), layout, detail: detail) { return .done }
        switch movement {
        case .open:
            guard !rows.isEmpty else { return .refused("there is no column to look at") }
            panes.focus = .detail
            return .done
        case .mark: return .refused("columns are not marked here")
        case .sortPrevious, .sortNext, .sortFlip: return .refused("columns stand in order of attention: / filters them")
        default: return .refused("nothing is to the \(movement == .left ? "left" : "right") here")
        }
    }

    package mutating func leaveInner() -> Bool { panes.leaveDetail() }

    // MARK: Filter

    package func filterState(_ context: ScreenContext) -> FilterState? {
        FilterState(
            text: filter.text, hits: rows(context).count, total: context.snapshot.deployment(deployment)?.drift?.features.count ?? 0)
    }

    package mutating func setFilter(_ text: String, _ context: ScreenContext) -> String? { filter.set(text) }
}
