package import Engine
import Monitoring
import Tabular

/// What is probably behind what is seen of a deployment: causes in order, and all that speaks for the selected one.
package struct WhyScreen: Screen {
    /// The deployment.
    package let deployment: String
    private var panes = SplitPanes<Int>()

    package init(deployment: String) { self.deployment = deployment }

    package var place: Place { .why(deployment) }

    package func subject(_ context: ScreenContext) -> Subject { Subject(deployment: deployment) }

    private var query: HistoryQuery { .why(deployment: deployment) }

    package func wantedPages(_ context: ScreenContext, size: Size) -> [HistoryQuery] { [query] }

    // MARK: Rows

    /// What has come; the text where there is no report.
    private func found(_ context: ScreenContext) -> (report: CauseReport?, text: String) {
        guard case .ready(let page) = context.pages[query] else {
            return (nil, "looking through the newest answers\(context.terminal.glyphs.set.ellipsis)")
        }
        switch page.content {
        case .causes(let report): return (report, report.headline)
        case .failed(let reason): return (nil, reason)
        default: return (nil, "the engine gave another answer than the one that was asked for")
        }
    }

    private func selected(_ report: CauseReport?) -> Cause? {
        guard let report else { return nil }
        return panes.cursor.selected(RowOrder(Array(report.causes.indices))).map { report.causes[$0] }
    }

    // MARK: Drawing

    package func draw(_ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        let (report, text) = found(context)
        let causes = report?.causes ?? []
        let layout = SplitLayout(area, focus: panes.focus, listRows: max(2, causes.count + 1))
        if !layout.list.isEmpty {
            if layout.isBoxed {
                Panel(title: StyledText("why: \(SafeText.escape(deployment))"), isFocused: panes.focus == .list).draw(
                    on: &surface, in: layout.list)
            }
            drawList(causes, text, context, on: &surface, in: layout.listBody)
        }
        guard !layout.detail.isEmpty else { return }
        let cause = selected(report)
        let pane = DetailPane(lines(cause, report, context, width: layout.detailBody.width), scroll: panes.scroll)
        if layout.isBoxed {
            Panel(
                title: StyledText(cause?.kind.rawValue ?? "evidence"), footer: pane.footer(height: layout.detailBody.height),
                isFocused: panes.focus == .detail
            ).draw(on: &surface, in: layout.detail)
        }
        pane.draw(on: &surface, in: layout.detailBody)
    }

    private func drawList(_ causes: [Cause], _ emptyText: String, _ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        let state = panes.cursor.state(RowOrder(Array(causes.indices)), height: Table.bodyHeight(area))
        Table(
            columns: [
                TableColumn("SCORE", width: 5, alignment: .right), TableColumn("SINCE", width: 8, priority: 3),
                TableColumn("CAUSE", width: 17, priority: 2), TableColumn("VERDICT", width: 16, flex: 8),
            ], count: causes.count, selected: state.selected, top: state.top, emptyText: emptyText, isFocused: panes.focus == .list
        ) { index in
            let cause = causes[index]
            let role: Role = cause.isRuledOut ? .muted : index == 0 ? .strong : .text
            return [
                TableCell(cause.isRuledOut ? "no" : FigureText.figure(cause.score), role),
                TableCell(cause.onset.map { ChromeTime.short($0, context) } ?? "before", .muted), TableCell(cause.kind.rawValue, role),
                TableCell(cause.verdict, role),
            ]
        }.draw(on: &surface, in: area)
    }

    private func lines(_ cause: Cause?, _ report: CauseReport?, _ context: ScreenContext, width: Int) -> [StyledText] {
        var text = DetailText(width: width, labelWidth: 10)
        if let cause {
            text.paragraph(cause.verdict, cause.isRuledOut ? .muted : .strong)
            text.gap()
            text.fact(
                "began",
                cause.onset.map { "\(ChromeTime.short($0, context)), \(ChromeTime.age($0, context)) ago" }
                    ?? "before all that was looked at")
            if !cause.isRuledOut {
                text.fact("score", "\(FigureText.figure(cause.score)): how well it explains what is seen, no probability", .muted)
            }
            if !cause.evidence.isEmpty { text.heading("evidence") }
            for line in cause.evidence { text.paragraph(line) }
            if let undone = cause.replay?.words ?? cause.replayLack {
                text.heading("undone")
                text.paragraph(undone)
            }
            if let next = cause.next {
                text.heading("next")
                text.paragraph(next, .info)
            }
        }
        guard let report else { return text.lines }
        text.heading("looked at")
        text.paragraph(
            "\(FigureText.exact(report.rows)) answers" + (report.from.map { " since \(ChromeTime.short($0, context))" } ?? "")
                + ", \(FigureText.exact(report.labels)) of them with their truth", .muted)
        for lack in report.lacks { text.paragraph("not: \(lack)", .muted) }
        return text.lines
    }

    // MARK: Keys

    package mutating func move(_ movement: Movement, _ context: ScreenContext, in area: Rect) -> ScreenStep {
        let report = found(context).report
        let causes = report?.causes ?? []
        let layout = SplitLayout(area, focus: panes.focus, listRows: max(2, causes.count + 1))
        let detail = (lines(selected(report), report, context, width: layout.detailBody.width).count, layout.detailBody.height)
        if panes.move(movement, RowOrder(Array(causes.indices)), layout, detail: report == nil ? nil : detail) { return .done }
        switch movement {
        case .open:
            guard !causes.isEmpty else { return .refused("there is no cause to look at") }
            panes.focus = .detail
            return .done
        case .mark: return .refused("causes are not marked")
        case .sortPrevious, .sortNext, .sortFlip: return .refused("causes stand in the order of how well they explain what is seen")
        default: return .refused("nothing is to the \(movement == .left ? "left" : "right") here")
        }
    }

    package mutating func leaveInner() -> Bool { panes.leaveDetail() }
}
