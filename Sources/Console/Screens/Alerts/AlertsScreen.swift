package import Engine
import Monitoring
import Tabular

/// What fires, who is on it, and what to do about it.
package struct AlertsScreen: Screen {
    private var panes = SplitPanes<Int64>()
    private var filter = RowFilter()
    private static let older: HistoryQuery = .alerts(limit: 200)

    package init() {}

    package var place: Place { .alerts }

    package func subject(_ context: ScreenContext) -> Subject {
        guard let alert = selected(context) else { return Subject() }
        return Subject(deployment: alert.deployment, alert: alert.id)
    }

    package func wantedPages(_ context: ScreenContext, size: Size) -> [HistoryQuery] { [Self.older] }

    // MARK: Rows

    /// Firing first, then acknowledged, then resolved; critical before warning, then grouped by deployment, the newest first.
    private func rows(_ context: ScreenContext) -> [Alert] {
        var alerts = context.snapshot.alerts
        if case .ready(let page) = context.pages[Self.older], case .alerts(let older) = page.content {
            let known = Set(alerts.map(\.id))
            alerts += older.filter { !known.contains($0.id) }
        }
        return alerts.filter {
            filter.accepts([$0.deployment, $0.kind.rawValue, $0.title, $0.state.rawValue, $0.severity.rawValue, $0.acknowledgedBy ?? ""])
        }
        .sorted { a, b in
            if a.state != b.state { return Self.rank(a.state) < Self.rank(b.state) }
            if a.state == .resolved { return (a.resolvedAt ?? 0, a.id) > (b.resolvedAt ?? 0, b.id) }
            if a.severity != b.severity { return a.severity > b.severity }
            return a.deployment == b.deployment ? a.id > b.id : a.deployment < b.deployment
        }
    }

    private static func rank(_ state: AlertState) -> Int {
        switch state {
        case .firing: 0
        case .acknowledged: 1
        case .resolved: 2
        }
    }

    private func selected(_ context: ScreenContext) -> Alert? {
        let rows = rows(context)
        return panes.cursor.selected(RowOrder(rows.map(\.id))).flatMap { id in rows.first { $0.id == id } }
    }

    // MARK: Drawing

    package func draw(_ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        let rows = rows(context)
        let layout = SplitLayout(area, focus: panes.focus, listRows: rows.count + 1)
        if !layout.list.isEmpty { drawList(rows, context, on: &surface, layout: layout) }
        guard !layout.detail.isEmpty else { return }
        if layout.isBoxed {
            let title = selected(context).map { StyledText("alert \($0.id)") } ?? "alert"
            Panel(title: title, isFocused: panes.focus == .detail).draw(on: &surface, in: layout.detail)
        }
        guard let alert = selected(context) else { return }
        DetailPane(
            AlertsDetail(alert: alert, context: context, level: surface.glyphs).lines(width: layout.detailBody.width), scroll: panes.scroll
        )
        .draw(on: &surface, in: layout.detailBody)
    }

    private func drawList(_ rows: [Alert], _ context: ScreenContext, on surface: inout Surface, layout: SplitLayout) {
        let firing = context.snapshot.firing
        if layout.isBoxed {
            let title = StyledText(firing == 0 ? "nothing fires" : "\(firing) firing")
            Panel(title: title, trailing: RowFilter.title(filterState(context)), isFocused: panes.focus == .list).draw(
                on: &surface, in: layout.list)
        }
        let state = panes.cursor.state(RowOrder(rows.map(\.id)), height: Table.bodyHeight(layout.listBody))
        let glyphs = surface.glyphs
        let sinceWidth = rows.map { TextWidth.columns(ChromeTime.short($0.onset, context)) }.max() ?? 5
        Table(
            columns: [
                TableColumn("STATE", width: 14), TableColumn("DEPLOYMENT", width: 12, flex: 1, maximum: 24, priority: 2),
                TableColumn("SINCE", width: sinceWidth, priority: 3), TableColumn("WHAT", width: 20, flex: 8),
                TableColumn("WHO", width: 8, priority: 4),
            ], count: rows.count, selected: state.selected, top: state.top,
            emptyText: filter.isActive ? "nothing matches /\(filter.text): esc clears the filter" : "no alert has fired yet",
            isFocused: panes.focus == .list
        ) { index in
            let alert = rows[index]
            let light = Self.light(alert)
            let role: Role = alert.state == .firing ? light.role : alert.state == .acknowledged ? .text : .muted
            return [
                TableCell("\(light.glyph(glyphs)) \(Self.word(alert.state))", light.role),
                TableCell(alert.deployment, alert.state == .resolved ? .muted : .strong),
                TableCell(ChromeTime.short(alert.onset, context), .muted), TableCell(Self.what(alert), role),
                TableCell(alert.acknowledgedBy.map { String($0.prefix { $0 != " " }) } ?? glyphs.set.dash, .muted),
            ]
        }.draw(on: &surface, in: layout.listBody)
    }

    /// The title without the deployment's name, which has a column of its own.
    private static func what(_ alert: Alert) -> String {
        let prefix = alert.deployment + ": "
        return alert.title.hasPrefix(prefix) ? String(alert.title.dropFirst(prefix.count)) : alert.title
    }

    static func light(_ alert: Alert) -> Light {
        switch alert.state {
        case .firing: alert.severity == .critical ? .alert : .warn
        case .acknowledged: .info
        case .resolved: .ok
        }
    }

    static func word(_ state: AlertState) -> String { state.rawValue }

    // MARK: Keys

    package mutating func move(_ movement: Movement, _ context: ScreenContext, in area: Rect) -> ScreenStep {
        let rows = rows(context)
        let layout = SplitLayout(area, focus: panes.focus, listRows: rows.count + 1)
        let body = layout.detailBody
        let detail = selected(context).map { alert in
            (lines: AlertsDetail(alert: alert, context: context, level: .braille).lines(width: body.width).count, height: body.height)
        }
        if panes.move(movement, RowOrder(rows.map(\.id)), layout, detail: detail) { return .done }
        switch movement {
        case .open:
            guard let alert = selected(context) else { return .refused("there is no alert to open") }
            if !layout.showsBoth && panes.focus == .list {
                panes.focus = .detail
                return .done
            }
            guard context.snapshot.deployment(alert.deployment) != nil else { return .refused("\(alert.deployment) is gone") }
            return .go(.deployment(alert.deployment))
        case .mark: return .refused("alerts are acknowledged one by one: a")
        case .sortPrevious, .sortNext, .sortFlip: return .refused("alerts stand in order of urgency: / filters them")
        default: return .refused("nothing is to the \(movement == .left ? "left" : "right") here")
        }
    }

    package mutating func leaveInner() -> Bool { panes.leaveDetail() }

    // MARK: Filter

    package func filterState(_ context: ScreenContext) -> FilterState? {
        FilterState(text: filter.text, hits: rows(context).count, total: context.snapshot.alerts.count)
    }

    package mutating func setFilter(_ text: String, _ context: ScreenContext) -> String? { filter.set(text) }
}
