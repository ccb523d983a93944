package import Engine
import Monitoring
import Tabular

/// The versions of a deployment: the registry's table, everything about the selected one, and two of them compared.
package struct VersionsScreen: Screen {
    /// The deployment.
    package let deployment: String
    private var cursor = RowCursor<UInt32>()
    private var marks: [UInt32] = []
    private var focus = SplitLayout.Pane.list
    private var detailScroll = 0
    private var compared: [UInt32] = []
    private var compareScroll = 0
    /// The version whose decisions are shown, and how far they are scrolled.
    private var decisions: (version: UInt32, scroll: Int)?
    private var filter = RowFilter()
    private var sort = VersionTable.defaultSort

    /// Alerts that may fall into a version's time of service.
    private static let alertPage = 500

    package init(deployment: String) { self.deployment = deployment }

    package var place: Place { .versions(deployment) }

    package var detail: String? {
        if let decisions { return "v\(decisions.version) decides" }
        return compared.count == 2 ? compared.map { "v\($0)" }.joined(separator: " = ") : nil
    }

    package func subject(_ context: ScreenContext) -> Subject {
        let shown = rows(context)
        // A comparison is about the newer one: that is the one to promote.
        let looked = decisions?.version ?? compared.max()
        return Subject(deployment: deployment, version: looked ?? cursor.selected(RowOrder(shown.map(\.number))))
    }

    package func wantedPages(_ context: ScreenContext, size: Size) -> [HistoryQuery] {
        var wanted: [HistoryQuery] = [.alerts(limit: Self.alertPage)]
        wanted += VersionPages(deployment, context.snapshot, context.pages).wanted
        let selected = [cursor.selected(RowOrder(rows(context).map(\.number)))].compactMap(\.self)
        if let decisions { wanted.append(.report(deployment: deployment, version: decisions.version)) }
        wanted += (compared.isEmpty ? selected : compared).map { .report(deployment: deployment, version: $0) }
        // Figuring it out takes a moment: only for what is looked at.
        let layout = SplitLayout(Rect(size), focus: focus, listRows: rows(context).count + 1)
        let seen = !compared.isEmpty ? compared : layout.detail.isEmpty ? [] : selected
        wanted += seen.map { .importance(deployment: deployment, version: $0) }
        if compared.count == 2 { wanted.append(.pair(deployment: deployment, first: compared[0], second: compared[1])) }
        return wanted
    }

    // MARK: Drawing

    package func draw(_ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        guard let status = context.snapshot.deployment(deployment) else {
            Label("there is no deployment \(deployment)", style: Style(.warn, on: .text)).draw(on: &surface, in: area.row(0))
            return
        }
        if let decisions {
            drawDecisions(decisions, context, on: &surface, in: area)
            return
        }
        if let view = comparison(context) {
            view.draw(on: &surface, in: area, scroll: compareScroll)
            return
        }
        let shown = rows(context)
        let layout = SplitLayout(area, focus: focus, listRows: shown.count + 1)
        let order = RowOrder(shown.map(\.number))
        drawList(status, shown, order, context, on: &surface, layout: layout)
        guard !layout.detail.isEmpty, let selected = cursor.selected(order), let version = shown.first(where: { $0.number == selected })
        else { return }
        let pane = DetailPane(detailLines(version, status, context, width: layout.detailBody.width, surface.glyphs), scroll: detailScroll)
        if layout.isBoxed {
            let title =
                StyledText(version.name + "  ", Style(.strong, on: .text))
                + VersionTable.state(version, advised: status.advised, surface.glyphs)
            Panel(title: title, footer: pane.footer(height: layout.detailBody.height), isFocused: focus == .detail).draw(
                on: &surface, in: layout.detail)
        }
        pane.draw(on: &surface, in: layout.detailBody)
    }

    private func drawList(
        _ status: DeploymentStatus, _ shown: [VersionSummary], _ order: RowOrder<UInt32>, _ context: ScreenContext,
        on surface: inout Surface,
        layout: SplitLayout
    ) {
        guard !layout.list.isEmpty else { return }
        if layout.isBoxed {
            let marked =
                marks.isEmpty ? "" : StyledText("marked " + marks.map { "v\($0)" }.joined(separator: ", "), Style(.accent, on: .text))
            Panel(title: StyledText(title(status, shown, context)), trailing: marked, isFocused: focus == .list)
                .draw(on: &surface, in: layout.list)
        }
        let body = layout.listBody
        let state = cursor.state(order, height: Table.bodyHeight(body))
        let table = VersionTable(status: status, zone: context.timeZone, asOf: context.asOf)
        let glyphs = surface.glyphs
        Table(
            columns: table.columns(shown), count: shown.count, selected: state.selected, top: state.top, sort: sort,
            marked: Set(shown.indices.filter { marks.contains(shown[$0].number) }), emptyText: emptyText(status), isFocused: focus == .list
        ) { table.row(shown[$0], glyphs) }.draw(on: &surface, in: body)
    }

    /// How many there are; how many of them are here, while others are on their way.
    private func title(_ status: DeploymentStatus, _ shown: [VersionSummary], _ context: ScreenContext) -> String {
        let known = versions(context).count
        if known < status.versionCount {
            let rest = VersionPages(deployment, context.snapshot, context.pages).isWhole ? "" : ", others loading"
            return "\(shown.count) of \(status.versionCount) versions\(rest)"
        }
        if shown.count < known { return "\(shown.count) of \(known) versions" }
        return "\(shown.count) version\(shown.count == 1 ? "" : "s")"
    }

    private func emptyText(_ status: DeploymentStatus) -> String {
        status.versions.isEmpty ? "no version yet: the first training has not ended" : "no version matches \(filter.text)"
    }

    private func drawDecisions(
        _ shown: (version: UInt32, scroll: Int), _ context: ScreenContext, on surface: inout Surface, in area: Rect
    ) {
        guard let view = decisionsView(context) else {
            let why =
                DecisionsPage.report(context, deployment, shown.version) == nil
                ? "v\(shown.version): loading, or it has no report" : "v\(shown.version): its training kept none: train a new version"
            return Label(why, style: Style(.muted, on: .text)).draw(on: &surface, in: area.row(0))
        }
        view.draw(on: &surface, in: area, scroll: shown.scroll)
    }

    private func decisionsView(_ context: ScreenContext) -> DecisionsView? {
        guard let number = decisions?.version, let version = versions(context).first(where: { $0.number == number }),
            let report = report(number, context)?.decisions
        else { return nil }
        return DecisionsView(version, report, target: context.snapshot.deployment(deployment)?.schema?.target)
    }

    // MARK: Keys

    package mutating func move(_ movement: Movement, _ context: ScreenContext, in area: Rect) -> ScreenStep {
        if let shown = decisions {
            let view = decisionsView(context)
            guard
                let scroll = DetailPane.scroll(
                    shown.scroll, movement, lines: view?.lineCount(area) ?? 0, height: view?.bodyHeight(area) ?? 0)
            else { return .refused("esc or d leaves the decisions") }
            decisions?.scroll = scroll
            return .done
        }
        if let view = comparison(context) { return moveComparison(movement, view, in: area) }
        let shown = rows(context)
        let layout = SplitLayout(area, focus: focus, listRows: shown.count + 1)
        switch movement {
        case .nextPane, .previousPane:
            focus = focus == .list ? .detail : .list
            return .done
        case .open where focus == .list:
            guard !shown.isEmpty else { return .refused("there is no version to look at") }
            focus = .detail
            return .done
        case .mark: return toggleMark(shown)
        case .sortPrevious, .sortNext, .sortFlip:
            sort = VersionTable.nextSort(sort, movement)
            return .done
        default: break
        }
        let order = RowOrder(shown.map(\.number))
        if focus == .detail { return moveDetail(movement, shown, order, context, layout) }
        guard cursor.move(movement, order, height: Table.bodyHeight(layout.listBody)) else {
            return .refused("nothing to do that with here")
        }
        detailScroll = 0
        return .done
    }

    private mutating func moveDetail(
        _ movement: Movement, _ shown: [VersionSummary], _ order: RowOrder<UInt32>, _ context: ScreenContext, _ layout: SplitLayout
    ) -> ScreenStep {
        guard let status = context.snapshot.deployment(deployment), let selected = cursor.selected(order),
            let version = shown.first(where: { $0.number == selected })
        else { return .refused("there is no version to look at") }
        let body = layout.detailBody
        let count = detailLines(version, status, context, width: body.width, .braille).count
        guard let scroll = DetailPane.scroll(detailScroll, movement, lines: count, height: body.height) else {
            focus = .list
            return .done
        }
        detailScroll = scroll
        return .done
    }

    private mutating func moveComparison(_ movement: Movement, _ view: VersionComparisonView, in area: Rect) -> ScreenStep {
        guard let scroll = DetailPane.scroll(compareScroll, movement, lines: view.lineCount(area), height: view.bodyHeight(area)) else {
            return .refused("esc or = leaves the comparison")
        }
        compareScroll = scroll
        return .done
    }

    private mutating func toggleMark(_ shown: [VersionSummary]) -> ScreenStep {
        guard let selected = cursor.selected(RowOrder(shown.map(\.number))) else { return .refused("there is no version to mark") }
        if let index = marks.firstIndex(of: selected) {
            marks.remove(at: index)
        } else {
            // A comparison has two sides: a third mark takes the place of the oldest.
            marks = Array(marks.suffix(1)) + [selected]
        }
        return .done
    }

    package mutating func leaveInner() -> Bool {
        if decisions != nil {
            decisions = nil
            return true
        }
        if !compared.isEmpty {
            compared = []
            return true
        }
        guard focus == .detail else { return false }
        focus = .list
        return true
    }

    // MARK: Commands

    package mutating func perform(_ order: ScreenOrder, arguments: [String], _ context: ScreenContext) -> ScreenStep {
        if order == .decisions {
            if decisions != nil {
                decisions = nil
                return .done
            }
            guard let selected = subject(context).version else { return .refused("there is no version to look at") }
            (decisions, compared) = ((selected, 0), [])
            return .done
        }
        guard order == .compare else { return .refused("\(order.rawValue) does nothing here") }
        if arguments.isEmpty && !compared.isEmpty {
            compared = []
            return .done
        }
        let all = versions(context)
        let wanted: [UInt32]
        switch chosen(arguments, all, context) {
        case .success(let numbers): wanted = numbers
        case .failure(let refusal): return .refused(refusal.reason)
        }
        decisions = nil
        compared = wanted.sorted()
        compareScroll = 0
        return .done
    }

    /// The two versions to compare: named, marked, or the selected one with the champion.
    private func chosen(_ arguments: [String], _ all: [VersionSummary], _ context: ScreenContext) -> Result<[UInt32], CommandRefusal> {
        var numbers: [UInt32] = []
        for argument in arguments {
            guard let number = UInt32(argument.hasPrefix("v") ? argument.dropFirst() : argument[...]),
                all.contains(where: { $0.number == number })
            else { return .failure(CommandRefusal("no such version: \(argument)")) }
            numbers.append(number)
        }
        if numbers.isEmpty { numbers = marks.filter { mark in all.contains { $0.number == mark } } }
        if numbers.count > 2 { return .failure(CommandRefusal("two versions can be compared, not \(numbers.count)")) }
        for other in [cursor.selected(RowOrder(rows(context).map(\.number))), context.snapshot.deployment(deployment)?.champion] {
            if let other, numbers.count < 2, !numbers.contains(other) { numbers.append(other) }
        }
        guard numbers.count == 2 else {
            return .failure(CommandRefusal("mark two versions with space first, or select one that is not the champion"))
        }
        return numbers[0] == numbers[1] ? .failure(CommandRefusal("that is the same version twice")) : .success(numbers)
    }

    package func filterState(_ context: ScreenContext) -> FilterState? {
        FilterState(text: filter.text, hits: rows(context).count, total: versions(context).count)
    }

    package mutating func setFilter(_ text: String, _ context: ScreenContext) -> String? { filter.set(text) }

    // MARK: Rows

    /// Every version that is known: those of the snapshot, and the older ones when their page has come.
    private func versions(_ context: ScreenContext) -> [VersionSummary] {
        context.knowingVersions(of: deployment).snapshot.deployment(deployment)?.versions ?? []
    }

    private func rows(_ context: ScreenContext) -> [VersionSummary] {
        let all = versions(context)
        let shown = filter.isActive ? all.filter { filter.accepts(VersionTable.searchTexts($0)) } : all
        return VersionTable.sorted(shown, by: sort, asOf: context.asOf)
    }

    private func comparison(_ context: ScreenContext) -> VersionComparisonView? {
        let all = versions(context)
        let pair = compared.compactMap { number in all.first { $0.number == number } }
        guard pair.count == 2 else { return nil }
        let page = context.pages[.pair(deployment: deployment, first: pair[0].number, second: pair[1].number)]
        let comparison = VersionComparison(
            pair[0], pair[1], paired: VersionComparison.Pairing(page),
            reports: (report(pair[0].number, context), report(pair[1].number, context)),
            importance: (importance(pair[0].number, context), importance(pair[1].number, context)))
        return VersionComparisonView(comparison, zone: context.timeZone)
    }

    private func report(_ number: UInt32, _ context: ScreenContext) -> VersionReport? {
        DecisionsPage.report(context, deployment, number)
    }

    private func importance(_ number: UInt32, _ context: ScreenContext) -> ImportanceState {
        ImportanceState(context.pages[.importance(deployment: deployment, version: number)])
    }

    private func detailLines(
        _ version: VersionSummary, _ status: DeploymentStatus, _ context: ScreenContext, width: Int, _ glyphs: GlyphLevel
    ) -> [StyledText] {
        var alerts = context.snapshot.alerts
        if case .ready(let page) = context.pages[.alerts(limit: Self.alertPage)], case .alerts(let older) = page.content {
            let known = Set(alerts.map(\.id))
            alerts += older.filter { !known.contains($0.id) }
        }
        return VersionDetail(
            version: version, all: versions(context), status: status, alerts: alerts.filter { $0.deployment == deployment },
            zone: context.timeZone,
            asOf: context.asOf, glyphs: glyphs, report: report(version.number, context), importance: importance(version.number, context)
        ).lines(width: width)
    }
}
