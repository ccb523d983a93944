package import Engine
import Monitoring
import Store
import Tabular

/// One deployment: what it serves, how well, with which versions, how the loop turns, and what happened.
package struct DeploymentScreen: Screen {
    private let name: String
    /// What the operator has chosen to see, once somebody did.
    private var chosenSpan: DeploymentSpan?
    private var showsPolicy = false
    private var scroll = 0

    package init(_ name: String) { self.name = name }

    package var place: Place { .deployment(name) }

    package var detail: String? { showsPolicy ? "policy" : nil }

    package func subject(_ context: ScreenContext) -> Subject {
        let alerts = context.snapshot.alerts.filter { $0.deployment == name && $0.state == .firing }
        return Subject(deployment: name, alert: alerts.max { $0.severity < $1.severity }?.id)
    }

    package func wantedPages(_ context: ScreenContext, size: Size) -> [HistoryQuery] {
        guard let status = context.snapshot.deployment(name) else { return [] }
        var wanted = [journal]
        if showsPolicy { wanted.append(.policy(deployment: name)) }
        let level = context.terminal.glyphs
        let layout = DeploymentLayout(Rect(size))
        if layout.chartWidth > 0 && !showsPolicy {
            wanted += DeploymentCharts(
                status: status, context: context, axis: span(context).axis(asOf: context.asOf, width: layout.chartWidth, level: level)
            ).queries()
        }
        return wanted
    }

    private func span(_ context: ScreenContext) -> DeploymentSpan {
        chosenSpan ?? DeploymentSpan(isDemo: context.snapshot.engine.isDemo)
    }

    private var journal: HistoryQuery { .journal(before: nil, limit: 100, deployment: name) }

    // MARK: Drawing

    package func draw(_ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        guard let status = context.snapshot.deployment(name) else {
            Label("there is no deployment \(name) any more: esc goes back", style: Style(.warn, on: .text)).draw(
                on: &surface, in: area.row(1).inset(x: 1, y: 0))
            return
        }
        let layout = DeploymentLayout(area)
        let panels = DeploymentPanels(status: status, context: context, level: surface.glyphs)
        drawTop(status, panels, context, on: &surface, in: layout.top)
        if showsPolicy {
            drawPolicy(context, on: &surface, in: area.dropTop(layout.top.height))
            return
        }
        // The query's axis follows the terminal's own level: what is asked for is what is drawn.
        let axis = span(context).axis(asOf: context.asOf, width: layout.chartWidth, level: context.terminal.glyphs)
        let charts = DeploymentCharts(status: status, context: context, axis: axis)
        for (kind, rect) in zip(DeploymentCharts.Kind.allCases, layout.charts) {
            if layout.chartsAreLines { charts.drawLine(kind, on: &surface, in: rect) } else { charts.draw(kind, on: &surface, in: rect) }
        }
        drawSide(status, panels, on: &surface, layout: layout)
        drawBottom(status, panels, context, on: &surface, layout: layout)
    }

    private func drawTop(
        _ status: DeploymentStatus, _ panels: DeploymentPanels, _ context: ScreenContext, on surface: inout Surface, in area: Rect
    ) {
        guard !area.isEmpty else { return }
        let row = area.row(0).inset(x: 1, y: 0)
        var right = StyledText([])
        if let champion = status.champion {
            right =
                StyledText("v\(champion)", Style(.strong, on: .text)) + StyledText(" \(status.algorithm ?? "")", Style(.muted, on: .text))
        }
        right.append(
            "  last \(DurationText.text(span(context).length).replacing(" 00m", with: "").replacing("m 00s", with: "m").replacing(" 00h", with: ""))",
            Style(.muted, on: .text))
        let lights = panels.lightsLine()
        let fits = lights.columns + right.columns + 2 <= row.width
        Label(lights).draw(on: &surface, in: row)
        if fits { Label(right, alignment: .right).draw(on: &surface, in: row) }
    }

    private func drawSide(_ status: DeploymentStatus, _ panels: DeploymentPanels, on surface: inout Surface, layout: DeploymentLayout) {
        if !layout.arms.isEmpty {
            var body = layout.arms
            if layout.isBoxed { body = Panel(title: "arms").frame(on: &surface, in: layout.arms) }
            panels.drawArms(on: &surface, in: body)
        }
        if !layout.loop.isEmpty {
            let age =
                status.lastTurn.map { StyledText("\(DurationText.text(max(0, panels.context.asOf - $0))) ago", Style(.muted, on: .text)) }
                ?? ""
            let body = Panel(title: "the loop", trailing: age).frame(on: &surface, in: layout.loop).inset(x: 1, y: 0)
            for (index, line) in panels.loopLines(fitting: body.height).prefix(body.height).enumerated() {
                Label(line).draw(on: &surface, in: body.row(index))
            }
        }
        if !layout.gates.isEmpty {
            let (title, lines) = panels.gateLines()
            let body = Panel(title: StyledText(title)).frame(on: &surface, in: layout.gates).inset(x: 1, y: 0)
            for (index, line) in lines.prefix(body.height).enumerated() { Label(line).draw(on: &surface, in: body.row(index)) }
        }
    }

    /// Reasons, policy and events: what there is to read, in this order, as much as fits; it scrolls.
    private func drawBottom(
        _ status: DeploymentStatus, _ panels: DeploymentPanels, _ context: ScreenContext, on surface: inout Surface,
        layout: DeploymentLayout
    ) {
        let (area, isBoxed) = (layout.bottom, layout.isBoxed)
        guard !area.isEmpty else { return }
        var body = area.inset(x: 1, y: 0)
        if isBoxed { body = Panel(title: "why, and what happened", isFocused: true).frame(on: &surface, in: area).inset(x: 1, y: 0) }
        let lines = bottomLines(status, panels, context, width: body.width, hasLoop: !layout.loop.isEmpty)
        let first = min(scroll, max(0, lines.count - body.height))
        for (index, line) in lines.dropFirst(first).prefix(body.height).enumerated() { Label(line).draw(on: &surface, in: body.row(index)) }
        let hidden = lines.count - first - body.height
        if isBoxed && hidden > 0 {
            let text = " \(hidden) more "
            surface.write(text, x: area.maxX - 2 - TextWidth.columns(text), y: area.maxY - 1, style: Style(.muted, on: .text), clip: area)
        }
    }

    private func bottomLines(_ status: DeploymentStatus, _ panels: DeploymentPanels, _ context: ScreenContext, width: Int, hasLoop: Bool)
        -> [StyledText]
    {
        var lines = ReasonLines(status, context).lines(panels.level, width: width)
        lines += panels.challengerLines()
        lines.append(panels.policyLine())
        if let online = panels.onlineLine() { lines.append(online) }
        lines += panels.liveLines()
        lines.append(panels.countsLine())
        if !hasLoop { lines.append(panels.loopLine()) }
        let events = panels.events(context.pages[journal])
        lines += events.map(panels.eventLine)
        if events.isEmpty { lines.append(StyledText("nothing has happened yet", Style(.muted, on: .text))) }
        return lines
    }

    private func drawPolicy(_ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        let panel = Panel(
            title: StyledText("policy of \(name)"), footer: StyledText("flyball policy edit \(name) changes it", Style(.muted, on: .text)))
        let body = panel.frame(on: &surface, in: area).inset(x: 1, y: 0)
        let text: String
        switch context.pages[.policy(deployment: name)] {
        case .loading: text = "loading"
        case .ready(let page):
            switch page.content {
            case .text(let policy): text = policy
            case .failed(let reason): text = reason
            default: text = ""
            }
        }
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).prefix(body.height).enumerated() {
            Label(String(line), style: Style(.code, on: .text)).draw(on: &surface, in: body.row(index))
        }
    }

    // MARK: Keys

    package mutating func move(_ movement: Movement, _ context: ScreenContext, in area: Rect) -> ScreenStep {
        let layout = DeploymentLayout(area)
        let height = layout.bottomHeight
        let count = lineCount(context, width: area.width, hasLoop: !layout.loop.isEmpty)
        let last = max(0, count - height)
        let at = min(scroll, last)
        switch movement {
        case .up: scroll = max(0, at - 1)
        case .down: scroll = min(last, at + 1)
        case .pageUp: scroll = max(0, at - max(1, height - 1))
        case .pageDown: scroll = min(last, at + max(1, height - 1))
        case .top: scroll = 0
        case .bottom: scroll = last
        case .left, .right:
            var span = span(context)
            guard span.step(longer: movement == .left) else {
                return .refused("the charts show the \(movement == .left ? "longest" : "shortest") usual time")
            }
            chosenSpan = span
            return .say("charts show the last \(DurationText.text(span.length))")
        case .open: return .go(.versions(name))
        case .mark: return .refused("there is nothing to mark here: versions are marked in Versions")
        case .sortPrevious, .sortNext, .sortFlip: return .refused("there is nothing to sort here")
        case .nextPane, .previousPane:
            return .refused("up and down scroll the reasons and events; left and right change the time of the charts")
        }
        return .done
    }

    private func lineCount(_ context: ScreenContext, width: Int, hasLoop: Bool) -> Int {
        guard let status = context.snapshot.deployment(name) else { return 0 }
        return bottomLines(
            status, DeploymentPanels(status: status, context: context, level: .braille), context, width: width, hasLoop: hasLoop
        ).count
    }

    package mutating func perform(_ order: ScreenOrder, arguments: [String], _ context: ScreenContext) -> ScreenStep {
        switch order {
        case .policy:
            showsPolicy.toggle()
            return .done
        case .span:
            var span = span(context)
            defer { chosenSpan = span }
            guard let word = arguments.first else {
                span.turn()
                return .say("charts show the last \(DurationText.text(span.length))")
            }
            guard let length = DurationText.milliseconds(word), span.set(length) else {
                return .refused("zoom: a length of time from 1m to 30d, such as 2h")
            }
            return .done
        default: return .refused("\(order.rawValue) does nothing here")
        }
    }

    package mutating func leaveInner() -> Bool {
        defer { showsPolicy = false }
        return showsPolicy
    }
}
