package import Engine

/// The queue: jobs with their progress; the selected one's loss curve and log.
package struct JobsScreen: Screen {
    private var cursor = RowCursor<Int64>()
    private var focus = SplitLayout.Pane.list
    private var logScroll: Int?
    private var filter = RowFilter()
    /// Pages of older jobs that were scrolled to.
    private var olderPages = 0

    /// Jobs a page.
    private static let page = 50
    /// Pages of older jobs that are kept in sight.
    private static let maximumOlderPages = 40

    package init() {}

    package var place: Place { .jobs }

    package func subject(_ context: ScreenContext) -> Subject {
        let job = selected(context)
        return Subject(deployment: job?.deployment, job: job?.id)
    }

    package func wantedPages(_ context: ScreenContext, size: Size) -> [HistoryQuery] {
        var wanted = olderQueries(context)
        if let job = selected(context) { wanted += JobLogPages(id: job.id).wanted(context.pages) }
        return wanted
    }

    // MARK: Drawing

    package func draw(_ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        let shown = rows(context)
        let order = RowOrder(shown.map(\.id))
        let layout = SplitLayout(area, focus: focus, listRows: shown.count + 1)
        if !layout.list.isEmpty { drawList(shown, order, context, on: &surface, layout) }
        guard !layout.detail.isEmpty else { return }
        let job = selected(context)
        if layout.isBoxed {
            let title = job.map { StyledText("job \($0.id)", Style(.strong, on: .text)) } ?? "no job"
            Panel(title: title, isFocused: focus == .detail).draw(on: &surface, in: layout.detail)
        }
        guard let job else { return }
        detail(job, context).draw(on: &surface, in: layout.detailBody, isLogFocused: focus == .detail)
    }

    private func drawList(
        _ shown: [JobStatus], _ order: RowOrder<Int64>, _ context: ScreenContext, on surface: inout Surface, _ layout: SplitLayout
    ) {
        if layout.isBoxed {
            let running = context.snapshot.jobs.count { $0.state == .running }
            let queued = context.snapshot.jobs.count { $0.state == .queued }
            let learning = context.snapshot.deployments.count { $0.online != nil && $0.online?.held == nil }
            let online = learning > 0 ? ", \(learning) \(learning == 1 ? "learns" : "learn") online" : ""
            Panel(title: StyledText("\(running) running, \(queued) queued\(online)"), isFocused: focus == .list).draw(
                on: &surface, in: layout.list)
        }
        let body = layout.listBody
        let state = cursor.state(order, height: Table.bodyHeight(body))
        let glyphs = surface.glyphs
        Table(
            columns: JobTable.columns(width: body.width), count: shown.count, selected: state.selected, top: state.top,
            emptyText: filter.isActive ? "no job matches \(filter.text)" : "no job yet: t on a deployment trains a version",
            isFocused: focus == .list
        ) { JobTable.row(shown[$0], asOf: context.asOf, zone: context.timeZone, glyphs) }.draw(on: &surface, in: body)
    }

    private func detail(_ job: JobStatus, _ context: ScreenContext) -> JobDetail {
        let log = JobLogPages(id: job.id).lines(context.pages)
        return JobDetail(
            job: job, log: log.lines, isLogLoading: log.isLoading, logScroll: logScroll, zone: context.timeZone, asOf: context.asOf)
    }

    // MARK: Keys

    package mutating func move(_ movement: Movement, _ context: ScreenContext, in area: Rect) -> ScreenStep {
        let shown = rows(context)
        let layout = SplitLayout(area, focus: focus, listRows: shown.count + 1)
        switch movement {
        case .nextPane, .previousPane:
            focus = focus == .list ? .detail : .list
            return .done
        case .open where focus == .list:
            guard !shown.isEmpty else { return .refused("there is no job to look at") }
            focus = .detail
            return .done
        default: break
        }
        if focus == .detail { return moveLog(movement, context, layout) }
        guard cursor.move(movement, RowOrder(shown.map(\.id)), height: Table.bodyHeight(layout.listBody)) else {
            return .refused("jobs run in the order of the queue: + moves one to the front")
        }
        logScroll = nil
        let isAtEnd = cursor.selected(RowOrder(shown.map(\.id))) == shown.last?.id
        if isAtEnd && olderPages < Self.maximumOlderPages && hasOlder(context) { olderPages += 1 }
        return .done
    }

    private mutating func moveLog(_ movement: Movement, _ context: ScreenContext, _ layout: SplitLayout) -> ScreenStep {
        guard let job = selected(context) else { return .refused("there is no job to look at") }
        let detail = detail(job, context)
        let height = max(1, detail.layout(layout.detailBody).log.height - 1)
        let last = max(0, detail.log.count - height)
        guard let scroll = DetailPane.scroll(logScroll ?? last, movement, lines: detail.log.count, height: height) else {
            focus = .list
            return .done
        }
        // At the end again: new lines push.
        logScroll = scroll >= last ? nil : scroll
        return .done
    }

    package mutating func leaveInner() -> Bool {
        guard focus == .detail else { return false }
        focus = .list
        return true
    }

    package mutating func perform(_ order: ScreenOrder, arguments: [String], _ context: ScreenContext) -> ScreenStep {
        guard order == .follow else { return .refused("\(order.rawValue) does nothing here") }
        guard logScroll != nil else { return .say("the log follows the job already") }
        logScroll = nil
        return .say("the log follows the job")
    }

    package func filterState(_ context: ScreenContext) -> FilterState? {
        FilterState(text: filter.text, hits: rows(context).count, total: jobs(context).count)
    }

    package mutating func setFilter(_ text: String, _ context: ScreenContext) -> String? { filter.set(text) }

    // MARK: Rows

    private func selected(_ context: ScreenContext) -> JobStatus? {
        let shown = rows(context)
        guard let id = cursor.selected(RowOrder(shown.map(\.id))) else { return nil }
        return shown.first { $0.id == id }
    }

    private func rows(_ context: ScreenContext) -> [JobStatus] {
        let all = jobs(context)
        return filter.isActive ? all.filter { filter.accepts(JobTable.searchTexts($0)) } : all
    }

    /// The jobs of the snapshot, then the older ones that have come.
    private func jobs(_ context: ScreenContext) -> [JobStatus] {
        var result = context.snapshot.jobs
        var known = Set(result.map(\.id))
        for query in olderQueries(context) {
            guard case .ready(let page) = context.pages[query], case .jobs(let older) = page.content else { break }
            result += older.filter { known.insert($0.id).inserted }
        }
        return result
    }

    private func hasOlder(_ context: ScreenContext) -> Bool { (jobs(context).map(\.id).min() ?? 0) > 1 }

    /// Pages begin at round numbers, so that a new job does not make other pages of them.
    private func olderQueries(_ context: ScreenContext) -> [HistoryQuery] {
        guard let oldest = context.snapshot.jobs.map(\.id).min(), oldest > 1 else { return [] }
        let size = Int64(Self.page)
        let first = (oldest - 1) / size * size + size + 1
        return (0..<Int64(olderPages)).map { first - $0 * size }.filter { $0 > 1 }.map { .jobs(before: $0, limit: Self.page) }
    }
}

/// A job's log in pages: whole ones never change, the last one is asked for again.
struct JobLogPages {
    let id: Int64
    /// Lines a page.
    private static let page = 500
    /// Pages that are followed: a log is bounded by the iterations of a training.
    private static let maximumPages = 40

    /// The pages so far, and the next one when they are full.
    func wanted(_ pages: Pages) -> [HistoryQuery] {
        var queries: [HistoryQuery] = []
        _ = walk(pages) { query, _ in queries.append(query) }
        return queries
    }

    /// The lines that have come, in order.
    func lines(_ pages: Pages) -> (lines: [JobLogLine], isLoading: Bool) {
        var lines: [JobLogLine] = []
        let isLoading = walk(pages) { _, more in lines += more }
        return (lines, isLoading)
    }

    /// Goes from page to page while they are full; returns whether the last one has not come yet.
    private func walk(_ pages: Pages, _ visit: (HistoryQuery, [JobLogLine]) -> Void) -> Bool {
        var after: Int64 = 0
        for _ in 0..<Self.maximumPages {
            let query = HistoryQuery.jobLog(id: id, after: after, limit: Self.page)
            guard case .ready(let page) = pages[query] else {
                visit(query, [])
                return true
            }
            guard case .log(let more) = page.content, let last = more.last, last.number > after else {
                visit(query, [])
                return false
            }
            visit(query, more)
            if more.count < Self.page { return false }
            after = last.number
        }
        return false
    }
}
