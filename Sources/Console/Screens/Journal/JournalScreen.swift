package import Engine
import Store

/// Every change in order, newest first; the whole of an entry; and whether the chain holds.
package struct JournalScreen: Screen {
    private var cursor = RowCursor<Int64>()
    private var focus = SplitLayout.Pane.list
    private var detailScroll = 0
    private var showsVerdict = false
    private var filter = RowFilter()
    /// Pages before the snapshot's rows that the filter looks at.
    private var depth = 2

    /// As far back as a filter looks, pages.
    private static let maximumDepth = 50
    private static let verification = HistoryQuery.verifyJournal(checkpoint: nil)

    package init() {}

    package var place: Place { .journal }

    package var detail: String? { showsVerdict ? "chain" : nil }

    package func subject(_ context: ScreenContext) -> Subject {
        guard case .row(let row) = selected(context) else { return Subject() }
        return Subject(deployment: row.entry.deployment)
    }

    package func wantedPages(_ context: ScreenContext, size: Size) -> [HistoryQuery] {
        var wanted = showsVerdict ? [Self.verification] : []
        let rows = JournalRows(context)
        if filter.isActive {
            wanted += rows.olderQueries(pages: depth)
        } else {
            let layout = SplitLayout(Rect(size), focus: focus, listRows: rows.order.count + 1, isWideList: true)
            let height = max(1, Table.bodyHeight(layout.listBody))
            let top = cursor.state(rows.order, height: height).top
            // A page ahead in either direction, so that scrolling seldom meets a row that has not come.
            wanted += rows.queries(from: rows.newest - Int64(top) + Int64(height), count: 3 * height)
        }
        return wanted
    }

    // MARK: Drawing

    package func draw(_ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        let list = List(JournalRows(context), filter, depth)
        let layout = SplitLayout(area, focus: focus, listRows: list.order.count + 1, isWideList: true)
        if !layout.list.isEmpty { drawList(list, context, on: &surface, layout) }
        guard !layout.detail.isEmpty else { return }
        let body = layout.detailBody
        let pane = DetailPane(detailLines(list, context, width: body.width, surface.glyphs), scroll: detailScroll)
        if layout.isBoxed {
            let number = cursor.selected(list.order).map { "row \(FigureText.exact($0))" } ?? "no row"
            let title = StyledText(showsVerdict ? "the chain" : number, Style(.strong, on: .text))
            Panel(title: title, footer: pane.footer(height: body.height), isFocused: focus == .detail).draw(on: &surface, in: layout.detail)
        }
        pane.draw(on: &surface, in: body)
    }

    private func drawList(_ list: List, _ context: ScreenContext, on surface: inout Surface, _ layout: SplitLayout) {
        if layout.isBoxed {
            let follows = StyledText(cursor.id == nil ? "follows" : "f follows", Style(.muted, on: .text))
            Panel(title: StyledText("\(FigureText.exact(list.rows.newest)) rows"), trailing: follows, isFocused: focus == .list)
                .draw(on: &surface, in: layout.list)
        }
        let body = layout.listBody
        let state = cursor.state(list.order, height: Table.bodyHeight(body))
        Table(
            columns: JournalTable.columns, count: list.order.count, selected: state.selected, top: state.top, emptyText: emptyText(list),
            isFocused: focus == .list
        ) { index in
            let sequence = list.order.id(index) ?? 0
            switch list.find(index) {
            case .row(let row): return JournalTable.row(row, asOf: context.asOf, zone: context.timeZone)
            case .loading: return JournalTable.placeholder(sequence, "loading", .muted)
            case .missing: return JournalTable.placeholder(sequence, "this row is missing: v verifies the chain", .alert)
            case .failed(let reason): return JournalTable.placeholder(sequence, reason, .alert)
            }
        }.draw(on: &surface, in: body)
    }

    private func emptyText(_ list: List) -> String {
        guard filter.isActive else { return "nothing has happened yet" }
        return "none of the newest \(FigureText.exact(list.looked)) rows matches \(filter.text)"
            + (depth < Self.maximumDepth ? ": G looks further back" : "")
    }

    private func detailLines(_ list: List, _ context: ScreenContext, width: Int, _ glyphs: GlyphLevel) -> [StyledText] {
        if showsVerdict {
            return JournalDetail.lines(context.pages[Self.verification], width: width, zone: context.timeZone, glyphs: glyphs)
        }
        switch find(list) {
        case .row(let row): return JournalDetail.lines(row, zone: context.timeZone, width: width)
        case .loading: return [StyledText("loading", Style(.muted, on: .text))]
        case .failed(let reason): return [StyledText(reason, Style(.alert, on: .text))]
        case .missing: return []
        }
    }

    // MARK: Keys

    package mutating func move(_ movement: Movement, _ context: ScreenContext, in area: Rect) -> ScreenStep {
        let list = List(JournalRows(context), filter, depth)
        let layout = SplitLayout(area, focus: focus, listRows: list.order.count + 1, isWideList: true)
        switch movement {
        case .nextPane, .previousPane:
            focus = focus == .list ? .detail : .list
            return .done
        case .open where focus == .list:
            guard list.order.count > 0 else { return .refused("there is no row to look at") }
            focus = .detail
            return .done
        default: break
        }
        if focus == .detail {
            let body = layout.detailBody
            let count = detailLines(list, context, width: body.width, .braille).count
            guard let scroll = DetailPane.scroll(detailScroll, movement, lines: count, height: body.height) else {
                _ = leaveInner()
                return .done
            }
            detailScroll = scroll
            return .done
        }
        let before = cursor.selected(list.order)
        guard cursor.move(movement, list.order, height: Table.bodyHeight(layout.listBody)) else {
            return .refused("the journal has one order: that of its rows")
        }
        showsVerdict = false
        detailScroll = 0
        let isAtEnd = cursor.selected(list.order) == (list.order.id(list.order.count - 1) ?? before)
        if filter.isActive && isAtEnd && (movement == .bottom || movement == .down || movement == .pageDown) {
            depth = min(Self.maximumDepth, depth + 2)
        }
        return .done
    }

    package mutating func leaveInner() -> Bool {
        guard focus == .detail || showsVerdict else { return false }
        focus = .list
        showsVerdict = false
        detailScroll = 0
        return true
    }

    package mutating func perform(_ order: ScreenOrder, arguments: [String], _ context: ScreenContext) -> ScreenStep {
        switch order {
        case .verify:
            showsVerdict = true
            detailScroll = 0
            focus = .detail
            return .done
        case .follow:
            guard cursor.id != nil else { return .say("the journal follows what happens already") }
            cursor = RowCursor()
            return .say("the journal follows what happens")
        default: return .refused("\(order.rawValue) does nothing here")
        }
    }

    package func filterState(_ context: ScreenContext) -> FilterState? {
        let list = List(JournalRows(context), filter, depth)
        return FilterState(text: filter.text, hits: list.order.count, total: list.looked)
    }

    package mutating func setFilter(_ text: String, _ context: ScreenContext) -> String? {
        let problem = filter.set(text)
        if problem == nil { depth = 2 }
        return problem
    }

    // MARK: Rows

    /// The rows that are listed: all of them by number, or those that the filter keeps.
    private struct List {
        let rows: JournalRows
        let order: RowOrder<Int64>
        /// How many rows the filter looked at.
        let looked: Int
        private let matching: [JournalRow]?

        init(_ rows: JournalRows, _ filter: RowFilter, _ depth: Int) {
            self.rows = rows
            guard filter.isActive else {
                (order, looked, matching) = (rows.order, rows.order.count, nil)
                return
            }
            let found = rows.filtered(filter, pages: depth)
            (order, looked, matching) = (RowOrder(found.rows.map(\.sequence)), found.looked, found.rows)
        }

        func find(_ index: Int) -> JournalRows.Found {
            if let matching { return matching.indices.contains(index) ? .row(matching[index]) : .missing }
            return order.id(index).map { rows.row($0) } ?? .missing
        }
    }

    private func find(_ list: List) -> JournalRows.Found {
        guard let id = cursor.selected(list.order), let index = list.order.index(id) else { return .missing }
        return list.find(index)
    }

    private func selected(_ context: ScreenContext) -> JournalRows.Found { find(List(JournalRows(context), filter, depth)) }
}
