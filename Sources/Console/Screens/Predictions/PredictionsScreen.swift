package import Engine
import Tabular

/// The predictions of a deployment as they are logged, with the truth when it comes, and why one came out as it did.
///
/// The tail follows the traffic until the operator moves; then it stands still, so that the selected row stays where it is.
package struct PredictionsScreen: Screen {
    /// The deployment.
    package let deployment: String
    private var cursor = RowCursor<RowID>()
    private var held: HeldTail?
    /// Pages that are read, from the newest or the held row backwards.
    private var depth = 1
    private var filter = RowFilter()
    private var isExplaining = false
    private var isDetailFocused = false
    private var scroll = 0
    private let memory = PredictionMemory()

    /// As far back as one can scroll or filter, pages.
    private static let maximumDepth = 20

    package init(deployment: String) { self.deployment = deployment }

    package var place: Place { .predictions(deployment) }

    package var detail: String? { isExplaining ? "why" : nil }

    package func subject(_ context: ScreenContext) -> Subject { Subject(deployment: deployment) }

    package func wantedPages(_ context: ScreenContext, size: Size) -> [HistoryQuery] {
        guard context.snapshot.deployment(deployment) != nil else { return [] }
        var wanted = PredictionRows.queries(deployment, held, pages: depth, in: context.pages)
        if let explained = explained(context) { wanted.append(query(explained)) }
        return wanted
    }

    private func rows(_ context: ScreenContext) -> PredictionRows { memory.rows(deployment, held, depth: depth, filter, context) }

    private func explained(_ context: ScreenContext) -> RowID? { isExplaining ? cursor.selected(rows(context).order) : nil }

    private func query(_ id: RowID) -> HistoryQuery { .explanation(deployment: deployment, id: id.text) }

    // MARK: Drawing

    package func draw(_ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        guard let status = context.snapshot.deployment(deployment) else {
            Label("there is no deployment \(deployment)", style: Style(.warn, on: .text)).draw(on: &surface, in: area.row(0))
            return
        }
        let layout = PredictionLayout(area, isExplaining: isExplaining)
        if !layout.list.isEmpty { drawList(status, context, on: &surface, layout) }
        guard !layout.detail.isEmpty else { return }
        let body = layout.detailBody
        let pane = DetailPane(detailLines(context, width: body.width, surface.glyphs), scroll: scroll)
        if layout.isBoxed {
            let id = explained(context).map(\.text) ?? "no prediction"
            Panel(
                title: StyledText("why ", Style(.title)) + StyledText(id, Style(.strong)),
                trailing: layout.showsBoth ? "" : StyledText(Self.neighbours(surface.glyphs), Style(.muted)),
                footer: pane.footer(height: body.height), isFocused: isDetailFocused || !layout.showsBoth
            ).draw(on: &surface, in: layout.detail)
        }
        pane.draw(on: &surface, in: body)
    }

    /// The keys that lead to the rows beside the explained one where the list does not show.
    private static func neighbours(_ level: GlyphLevel) -> String { level == .ascii ? "h l newer, older" : "← → newer, older" }

    private func drawList(_ status: DeploymentStatus, _ context: ScreenContext, on surface: inout Surface, _ layout: PredictionLayout) {
        let rows = rows(context)
        let words = PredictionWords(status: status, rows: rows, held: held, filter: filter, context: context)
        let hits = RowFilter.title(filterState(context))
        let trailing = hits.isEmpty ? words.motion : hits + StyledText("  ") + words.motion
        let isFocused = !(isExplaining && isDetailFocused)
        if layout.isBoxed {
            Panel(title: words.title, trailing: trailing, footer: words.freshness, isFocused: isFocused).draw(on: &surface, in: layout.list)
        } else {
            // Where there is no box, one line says what its title would.
            let line = layout.list.row(0).inset(x: 1, y: 0)
            Label(words.title + StyledText("  ") + trailing).draw(on: &surface, in: line)
        }
        let body = layout.listBody
        guard let schema = rows.schema else {
            let role: Role = if case .failed = rows.condition { .alert } else { .muted }
            Label(words.emptyText, style: Style(role, on: .text)).draw(on: &surface, in: body.row(0).dropLeft(1))
            return
        }
        let state = cursor.state(rows.order, height: Table.bodyHeight(body))
        let table = PredictionTable(
            schema: schema, status: status, zone: context.timeZone, asOf: context.asOf, glyphs: surface.glyphs)
        let oldest = rows.rows.last.map { TimeText.recent($0.time, asOf: context.asOf, zone: context.timeZone) } ?? ""
        Table(
            columns: table.columns(width: body.width, spansDays: oldest.utf8.count > 8), count: rows.rows.count, selected: state.selected,
            top: state.top, emptyText: words.emptyText, isFocused: isFocused
        ) { table.row(rows.rows[$0], width: body.width) }.draw(on: &surface, in: body)
    }

    private func detailLines(_ context: ScreenContext, width: Int, _ glyphs: GlyphLevel) -> [StyledText] {
        guard let id = explained(context) else { return [StyledText("this prediction is out of reach", Style(.muted, on: .text))] }
        let rows = rows(context)
        return PredictionDetail(
            page: context.pages[query(id)], row: rows.row(id), schema: rows.schema, zone: context.timeZone, glyphs: glyphs
        ).lines(width: width)
    }

    // MARK: Keys

    package mutating func move(_ movement: Movement, _ context: ScreenContext, in area: Rect) -> ScreenStep {
        let layout = PredictionLayout(area, isExplaining: isExplaining)
        let isInDetail = isExplaining && (isDetailFocused || !layout.showsBoth)
        switch movement {
        case .nextPane, .previousPane:
            guard isExplaining else { return .refused("enter explains the selected prediction") }
            guard layout.showsBoth else { return .refused("the list stands behind: esc returns to it") }
            isDetailFocused.toggle()
            return .done
        case .open: return open(context, layout)
        case .left, .right:
            guard isInDetail else { return .refused("nothing to do that with here") }
            return step(movement == .left ? .up : .down, context, layout)
        default: break
        }
        guard isInDetail else { return step(movement, context, layout) }
        let body = layout.detailBody
        let count = detailLines(context, width: body.width, .braille).count
        guard let next = DetailPane.scroll(scroll, movement, lines: count, height: body.height) else {
            return .refused("nothing to do that with here")
        }
        if next == scroll && count <= body.height { return .refused("all of it shows already") }
        scroll = next
        return .done
    }

    /// Explains the selected row; once that shows, the keys go to the explanation.
    private mutating func open(_ context: ScreenContext, _ layout: PredictionLayout) -> ScreenStep {
        let rows = rows(context)
        guard let first = cursor.selected(rows.order) else { return .refused("there is no prediction to explain") }
        if isExplaining {
            guard layout.showsBoth, !isDetailFocused else { return .refused("esc returns to the list") }
            isDetailFocused = true
            return .done
        }
        hold(rows, context)
        cursor.select(first, rows.order, height: Table.bodyHeight(layout.listBody))
        (isExplaining, isDetailFocused, scroll) = (true, false, 0)
        return .done
    }

    /// Goes to another row; what it leaves at the top follows again, anything else holds the tail.
    private mutating func step(_ movement: Movement, _ context: ScreenContext, _ layout: PredictionLayout) -> ScreenStep {
        let rows = rows(context)
        if movement == .top {
            // An explanation is of one row: the first one of what is held.
            guard isExplaining, let first = rows.order.id(0) else {
                follow()
                return .done
            }
            cursor.select(first, rows.order, height: 1)
            scroll = 0
            return .done
        }
        guard rows.order.count > 0 else { return .refused("there is no prediction to go to") }
        guard cursor.move(movement, rows.order, height: max(1, Table.bodyHeight(layout.listBody))) else {
            return .refused("predictions have one order: the newest first")
        }
        hold(rows, context)
        scroll = 0
        let isAtEnd = cursor.selected(rows.order) == rows.order.id(rows.order.count - 1)
        if isAtEnd, rows.hasOlder, [.bottom, .down, .pageDown].contains(movement) { depth = min(Self.maximumDepth, depth + 1) }
        return .done
    }

    private mutating func hold(_ rows: PredictionRows, _ context: ScreenContext) {
        guard held == nil, let newest = rows.newest else { return }
        held = HeldTail(mark: newest, predictions: context.snapshot.deployment(deployment)?.predictions ?? 0)
    }

    private mutating func follow() {
        cursor = RowCursor()
        held = nil
        depth = 1
    }

    package mutating func leaveInner() -> Bool {
        guard isExplaining else { return false }
        (isExplaining, isDetailFocused, scroll) = (false, false, 0)
        return true
    }

    package mutating func perform(_ order: ScreenOrder, arguments: [String], _ context: ScreenContext) -> ScreenStep {
        guard order == .follow else { return .refused("\(order.rawValue) does nothing here") }
        guard held != nil else { return .say("the predictions follow the traffic already") }
        _ = leaveInner()
        follow()
        return .say("the predictions follow the traffic")
    }

    package func filterState(_ context: ScreenContext) -> FilterState? {
        let rows = rows(context)
        return FilterState(text: filter.text, hits: rows.rows.count, total: rows.looked)
    }

    package mutating func setFilter(_ text: String, _ context: ScreenContext) -> String? {
        let before = filter
        let problem = filter.set(text)
        // Another filter begins with the newest page: all that was read would be looked through at every key.
        if filter != before { depth = 1 }
        return problem
    }
}
