import Engine
import Monitoring
import Store
import Tabular

/// Why the selected deployment is as it is: the reasons of its lights, what changed, and what can be done.
struct FleetDetails {
    /// Lines that it has use for.
    static let wanted = 8

    let status: DeploymentStatus
    let context: ScreenContext

    func draw(on surface: inout Surface, in area: Rect, isBoxed: Bool) {
        guard !area.isEmpty else { return }
        var body = area
        if isBoxed {
            let panel = Panel(
                title: StyledText("why: ", Style(.muted, on: .text)) + StyledText(status.name, Style(.strong, on: .text)),
                trailing: lights(surface.glyphs))
            body = panel.frame(on: &surface, in: area).inset(x: 1, y: 0)
        }
        if !isBoxed {
            surface.horizontalRule(x: body.x, y: body.y, width: body.width)
            let title = StyledText(" why: ", Style(.muted, on: .text)) + StyledText(status.name + " ", Style(.strong, on: .text))
            Label(title).draw(on: &surface, in: body.row(0).dropLeft(1))
            body = body.dropTop(1).inset(x: 1, y: 0)
        }
        for (index, line) in lines(surface.glyphs, width: body.width, limit: body.height).enumerated() {
            Label(line).draw(on: &surface, in: body.row(index))
        }
    }

    /// The four lights in one line.
    private func lights(_ level: GlyphLevel) -> StyledText {
        var text = StyledText([])
        for (index, part) in status.healthParts.enumerated() {
            text = text + StyledText(index == 0 ? "" : "  ") + Badge(Light(part.light), part.word).styled(level)
        }
        return text
    }

    private func lines(_ level: GlyphLevel, width: Int, limit: Int) -> [StyledText] {
        var tail: [StyledText] = []
        if let change = context.snapshot.changes(of: status.name, since: context.asOf - 3_600_000) {
            tail.append(
                StyledText("changed  ", Style(.muted, on: .text))
                    + StyledText("\(ChromeTime.short(change.time, context)) \(change.line)", Style(.text)))
        }
        if let blocked = status.policy.blocked {
            tail.append(StyledText("policy   ", Style(.muted, on: .text)) + StyledText(blocked, Style(.warn, on: .text)))
        }
        let reasons = ReasonLines(status, context).lines(level, width: width)
        // On few lines the reasons come first, and what changed before what waits.
        let room = max(min(2, limit), limit - tail.count)
        var shown = Array(reasons.prefix(room))
        if reasons.count > room, room > 2, let last = shown.indices.last {
            shown[last] = StyledText("and \(reasons.count - room + 1) more reasons: enter shows them", Style(.muted, on: .text))
        }
        return Array((shown + tail).prefix(limit))
    }
}

/// Reasons as lines: light, sentence, evidence at the right.
struct ReasonLines {
    let reasons: [HealthReason]
    let state: DeploymentState
    /// What requests get while it is paused; nil: 503.
    let pausedAnswer: PausedAnswer?
    /// Why it cannot answer, if it should.
    let failure: String?
    /// Stored records of it that cannot be read.
    let damaged: [String]
    let context: ScreenContext

    init(_ status: DeploymentStatus, _ context: ScreenContext) {
        reasons = status.health.reasons
        state = status.state
        pausedAnswer = status.pausedAnswer
        failure = status.failure
        // What it fails of is told by its failure.
        damaged = status.damaged.map(\.text).filter { status.failure?.contains($0) != true }
        self.context = context
    }

    func lines(_ level: GlyphLevel, width: Int) -> [StyledText] {
        var result: [StyledText] = []
        switch state {
        case .paused:
            result.append(
                StyledText(
                    "\(level.set.paused) paused: requests get \(pausedAnswer?.words ?? "503") until somebody resumes it (P)",
                    Style(.paused, on: .text)))
        case .empty:
            result.append(StyledText("\(level.set.unknown) no version has passed its gates yet: see Jobs", Style(.muted, on: .text)))
        case .failed:
            let why = failure ?? "the champion does not load"
            result += told("\(why): roll back (R) or promote another (p)", .alert, level, width)
        case .live: break
        }
        for text in damaged { result += told("cannot be read, left as it is: \(text)", .warn, level, width) }
        // The worst first; of equals the one that began first.
        for reason in reasons.sorted(by: { ($1.light, $0.since) < ($0.light, $1.since) }) { result.append(line(reason, level, width)) }
        if result.isEmpty { result.append(StyledText("nothing has been measured yet", Style(.muted, on: .text))) }
        return result
    }

    /// A text over as many lines as it needs behind its sign.
    private func told(_ text: String, _ light: Light, _ level: GlyphLevel, _ width: Int) -> [StyledText] {
        var lines = DetailText(width: width)
        let style = Style(light.role, on: .text)
        lines.paragraph(text, light.role, sign: StyledText("\(light.glyph(level)) ", style))
        return lines.lines
    }

    private func line(_ reason: HealthReason, _ level: GlyphLevel, _ width: Int) -> StyledText {
        let light = Light(reason.light)
        // Where there is little room the sentence matters most, then since when.
        let since = reason.since > 0 ? "since \(ChromeTime.short(reason.since, context))" : ""
        let evidence = width >= 70 ? reason.evidence(context) : width >= 50 ? since : ""
        let isToldAlready = ["threshold", "budget", "significant from", "usual", "margin", ", training had"].contains {
            reason.text.contains($0)
        }
        let full = isToldAlready || reason.light <= .unknown ? reason.text : "\(reason.text), threshold \(threshold(reason))"
        var text = full
        let room = width - TextWidth.columns(evidence) - 4
        if TextWidth.columns(full) > room { text = reason.text }
        var line = StyledText("\(light.glyph(level)) ", Style(light.role, on: .text))
        line.append(
            TextWidth.pad(text, to: max(0, room), ellipsis: level.set.ellipsis),
            Style(reason.light > .unknown ? light.role : .text, on: .text))
        line.append("  " + evidence, Style(.muted, on: .text))
        return line
    }

    private func threshold(_ reason: HealthReason) -> String {
        FigureText.figure(reason.threshold) + (reason.unit.isEmpty ? "" : " \(reason.unit)")
    }
}

/// One line on the queue: what runs, how far it is, what waits.
struct FleetJobs {
    let context: ScreenContext

    /// What does not move by itself: `learning frozen: flight-delay`.
    private var frozen: String {
        context.snapshot.frozen.prefix(3).map { "\($0.scope == .all ? "all" : $0.scope.rawValue) frozen: \($0.deployment ?? "everywhere")" }
            .joined(
                separator: ", ")
    }

    func draw(on surface: inout Surface, in row: Rect) {
        guard !row.isEmpty else { return }
        let jobs = context.snapshot.jobs
        let running = jobs.filter { $0.state == .running }
        let queued = jobs.count { $0.state == .queued }
        let failed = jobs.count { $0.state == .failed || $0.state == .parked }
        let isWide = row.width >= 110
        var room = row.inset(x: 1, y: 0)
        var left = StyledText("jobs  ", Style(.muted, on: .text))
        if let job = running.first {
            left.append("\(job.kind.rawValue) \(job.deployment) ", Style(.text))
            if !isWide { left.append("\(Int((min(max(job.progress, 0), 1) * 100).rounded(.down))) %  ", Style(.accent, on: .text)) }
            Label(left).draw(on: &surface, in: room)
            room = room.dropLeft(left.columns)
            if isWide {
                Gauge(
                    fraction: job.progress,
                    label: job.secondsLeft.map { "eta \(DurationText.text(Int64(clamping: Int(min(max($0, 0), 1e9) * 1_000))))" } ?? ""
                )
                .draw(on: &surface, in: room.left(min(30, room.width)))
                room = room.dropLeft(32)
            }
        } else {
            left.append("none running", Style(.muted, on: .text))
            Label(left).draw(on: &surface, in: room)
            room = room.dropLeft(left.columns + 2)
        }
        var rest = StyledText([])
        if running.count > 1 { rest.append("+\(running.count - 1) running  ", Style(.text)) }
        if queued > 0 { rest.append("\(queued) queued  ", Style(.text)) }
        if failed > 0 { rest.append("\(failed) failed  ", Style(.warn, on: .text)) }
        rest.append(frozen, Style(.paused, on: .text))
        Label(rest).draw(on: &surface, in: room)
    }
}
