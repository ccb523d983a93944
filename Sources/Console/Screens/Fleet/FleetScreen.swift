package import Engine
import Monitoring
import Tabular

/// All deployments, the worst first, with the reasons of the selected one.
package struct FleetScreen: Screen {
    private var cursor = RowCursor<String>()
    private var filter = RowFilter()
    private var sort = FleetColumns.sort(FleetColumns.healthKey)
    private var marks: Set<String> = []
    private let memory = FleetMemory()

    package init() {}

    package var place: Place { .fleet }

    package func subject(_ context: ScreenContext) -> Subject {
        guard let name = cursor.selected(rows(context).order) else { return Subject() }
        let alerts = context.snapshot.alerts.filter { $0.deployment == name && $0.state == .firing }
        return Subject(deployment: name, alert: alerts.max { $0.severity < $1.severity }?.id)
    }

    package func marked(_ context: ScreenContext) -> [Subject] {
        // In the order shown; what a filter hides comes last.
        let order = rows(context).order
        let shown = (0..<order.count).compactMap(order.id).filter { marks.contains($0) }
        let hidden = context.snapshot.deployments.map(\.name).filter { marks.contains($0) && !shown.contains($0) }
        return (shown + hidden).map { Subject(deployment: $0) }
    }

    package func wantedPages(_ context: ScreenContext, size: Size) -> [HistoryQuery] {
        let rows = rows(context)
        let area = FleetLayout(Rect(size), rows: rows.count, details: FleetDetails.wanted)
        guard area.showsHour else { return [] }
        let state = cursor.state(rows.order, height: area.visibleRows)
        return (state.top..<min(rows.count, state.top + area.visibleRows)).map { FleetHour.query(rows[$0].name, asOf: context.asOf) }
    }

    // MARK: Drawing

    package func draw(_ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        let rows = rows(context)
        let layout = FleetLayout(area, rows: rows.count, details: FleetDetails.wanted)
        drawTable(rows, context, on: &surface, in: layout)
        if let name = cursor.selected(rows.order), let status = context.snapshot.deployment(name) {
            FleetDetails(status: status, context: context).draw(on: &surface, in: layout.details, isBoxed: layout.isBoxed)
        }
        FleetJobs(context: context).draw(on: &surface, in: layout.jobs)
    }

    private func drawTable(_ rows: FleetRows, _ context: ScreenContext, on surface: inout Surface, in layout: FleetLayout) {
        var body = layout.list
        if layout.isBoxed {
            var trailing = RowFilter.title(filterState(context))
            if !marks.isEmpty { trailing = StyledText("\(marks.count) marked  ", Style(.accent, on: .text)) + trailing }
            let total = context.snapshot.deployments.count
            Panel(title: StyledText(CountText.deployments(total)), trailing: trailing, isFocused: true)
                .draw(on: &surface, in: layout.list)
            body = layout.list.inset()
        }
        let state = cursor.state(rows.order, height: Table.bodyHeight(body))
        let visible = state.top..<min(rows.count, max(state.top, state.top + Table.bodyHeight(body)))
        let longest = visible.map { TextWidth.columns(rows[$0].name) }.max() ?? 0
        let cells = FleetColumns(context: context, glyphs: surface.glyphs)
        Table(
            columns: FleetColumns.columns(longestName: longest), count: rows.count, selected: state.selected, top: state.top, sort: sort,
            marked: Set(visible.filter { marks.contains(rows[$0].name) }), emptyText: emptyText(context)
        ) { cells.cells(rows[$0]) }.draw(on: &surface, in: body)
    }

    private func emptyText(_ context: ScreenContext) -> String {
        context.snapshot.deployments.isEmpty
            ? "none yet: flyball deploy NAME --data FILE.csv --target COLUMN makes one"
            : "nothing matches /\(filter.text): esc clears the filter"
    }

    // MARK: Keys

    package mutating func move(_ movement: Movement, _ context: ScreenContext, in area: Rect) -> ScreenStep {
        let rows = rows(context)
        let layout = FleetLayout(area, rows: rows.count, details: FleetDetails.wanted)
        if cursor.move(movement, rows.order, height: layout.visibleRows) { return .done }
        switch movement {
        case .open:
            guard let name = cursor.selected(rows.order) else { return .refused("there is no deployment to open") }
            return .go(.deployment(name))
        case .mark: return mark(rows, layout)
        case .sortPrevious: return sortBy(-1)
        case .sortNext: return sortBy(1)
        case .sortFlip:
            sort.ascending.toggle()
            return .say("sorted by \(sort.key), \(sort.ascending ? "upwards" : "downwards")")
        case .left, .right:
            return .refused("nothing is to the \(movement == .left ? "left" : "right") here: < and > choose the column to sort by")
        case .nextPane, .previousPane: return .refused("the fleet has one part: enter opens the selected deployment")
        case .up, .down, .pageUp, .pageDown, .top, .bottom: return .done
        }
    }

    private mutating func mark(_ rows: FleetRows, _ layout: FleetLayout) -> ScreenStep {
        guard let name = cursor.selected(rows.order) else { return .refused("there is nothing to mark") }
        if marks.remove(name) == nil { marks.insert(name) }
        _ = cursor.move(.down, rows.order, height: layout.visibleRows)
        return .done
    }

    private mutating func sortBy(_ step: Int) -> ScreenStep {
        let keys = FleetColumns.sortKeys
        let index = keys.firstIndex(of: sort.key) ?? 0
        sort = FleetColumns.sort(keys[(index + step + keys.count) % keys.count])
        return .say("sorted by \(sort.key)")
    }

    package mutating func leaveInner() -> Bool {
        defer { marks = [] }
        return !marks.isEmpty
    }

    // MARK: Filter

    package func filterState(_ context: ScreenContext) -> FilterState? {
        FilterState(text: filter.text, hits: rows(context).count, total: context.snapshot.deployments.count)
    }

    package mutating func setFilter(_ text: String, _ context: ScreenContext) -> String? { filter.set(text) }

    private func rows(_ context: ScreenContext) -> FleetRows { memory.rows(context.snapshot, filter: filter, sort: sort) }
}

/// Where the parts of the fleet stand: table, reasons of the selected deployment, jobs.
struct FleetLayout {
    let list: Rect
    let details: Rect
    let jobs: Rect
    let isBoxed: Bool
    /// Whether there is room for the last hour's bars.
    let showsHour: Bool

    init(_ area: Rect, rows: Int, details wanted: Int) {
        isBoxed = area.height >= 18 && area.width >= 60
        showsHour = area.width >= 76
        jobs = area.bottom(area.height >= 12 ? 1 : 0)
        let rest = area.dropBottom(jobs.height)
        let border = isBoxed ? 2 : 0
        let least = isBoxed ? 6 : 4
        // The reasons may have what the table does not need, but never more than half.
        let spare = max(rest.height - (rows + 1 + border), rest.height / 3)
        let height = min(wanted + border, spare, rest.height - least)
        details = rest.bottom(height >= 1 + border ? height : 0)
        list = rest.dropBottom(details.height)
    }

    /// How many deployments show.
    var visibleRows: Int { max(0, list.height - 1 - (isBoxed ? 2 : 0)) }
}
