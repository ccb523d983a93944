import Engine
import Foundation
import Learning
import Monitoring
import Store
import Tabular

/// The texts beside the charts of a deployment.
struct DeploymentPanels {
    let status: DeploymentStatus
    let context: ScreenContext
    let level: GlyphLevel

    private var glyphs: Glyphs { level.set }

    // MARK: Arms

    /// Which versions are loaded, and what each gets and gives.
    func drawArms(on surface: inout Surface, in area: Rect) {
        let columns = [
            TableColumn("ROLE", width: 9), TableColumn("VER", width: 4), TableColumn("ASK", width: 5, alignment: .right, priority: 4),
            TableColumn("SEEN", width: 6, alignment: .right, priority: 2), TableColumn("P50", width: 6, alignment: .right, priority: 3),
            TableColumn("P99", width: 6, alignment: .right, priority: 1), TableColumn("ERRORS", width: 6, alignment: .right, priority: 5),
            TableColumn("QUALITY", width: 20, flex: 1, maximum: 30, alignment: .right, priority: 6),
        ]
        let arms = armRows
        Table(columns: columns, count: arms.count, emptyText: "no version is loaded", isFocused: false) { arms[$0] }.draw(
            on: &surface, in: area)
    }

    /// How many lines the arms need, their header included.
    var armHeight: Int { armRows.count + 1 }

    private var armRows: [[TableCell]] {
        let dash = TableCell(glyphs.dash, .muted)
        var rows = status.arms.map { arm -> [TableCell] in
            let isServing = arm.share > 0
            func latency(_ value: Double?) -> TableCell { value.map { TableCell(FigureText.latency(nanoseconds: $0 * 1e6)) } ?? dash }
            return [
                TableCell(arm.role.rawValue, isServing ? .text : .muted),
                arm.version == PausedAnswer.noVersion ? dash : TableCell("v\(arm.version)", isServing ? .strong : .text),
                isServing ? TableCell(FigureText.share(arm.share)) : dash,
                isServing || arm.observedShare > 0 ? TableCell(FigureText.share(arm.observedShare)) : dash,
                latency(arm.latencyP50Milliseconds), latency(arm.latencyP99Milliseconds),
                isServing ? TableCell("\(arm.errors)", arm.errors > 0 ? .alert : .text) : dash, quality(arm.version),
            ]
        }
        if let advised = status.advised {
            rows.append([TableCell("advised", .info), TableCell("v\(advised)", .info), dash, dash, dash, dash, dash, quality(advised)])
        }
        return rows
    }

    private func quality(_ number: UInt32) -> TableCell {
        guard let metric = status.versions.first(where: { $0.number == number })?.metrics.first else {
            return TableCell(glyphs.dash, .muted)
        }
        var text = "\(metric.name) \(FigureText.figure(metric.value))"
        if let low = metric.lower, let high = metric.upper { text += " (\(FigureText.figure(low))-\(FigureText.figure(high)))" }
        return TableCell(text)
    }

    // MARK: Gates

    /// The gates of the newest version, passed or not, with what was found.
    func gateLines() -> (title: String, lines: [StyledText]) {
        let number = status.advised ?? status.versions.first?.number
        guard let version = status.versions.first(where: { $0.number == number }) else { return ("gates", []) }
        let lines = version.gates.map { gate in
            let light = Light(gate)
            return StyledText("\(light.glyph(level)) ", Style(light.role, on: .text)) + StyledText("\(gate.name)  ", .text)
                + StyledText(gate.detail, Style(light == .ok ? .muted : light.role, on: .text))
        }
        return ("gates of \(version.name)", lines)
    }

    // MARK: The loop clock

    /// Stages that are left out first where there is little room: they rarely take long.
    private static let dispensable = ["waited", "queued", "loaded", "promoted"]

    /// The running or last turn by stage, with the time that each took, in so many lines: the outcome and the long stages are never left out.
    func loopLines(fitting height: Int = .max) -> [StyledText] {
        guard let turn = status.loop else {
            let words = isOnline ? "versions come from online learning; t trains one anew" : "the loop has not turned yet: t trains"
            return [StyledText(words, Style(.muted, on: .text))]
        }
        var lines = [StyledText("\(trigger(turn))", Style(.text))]
        lines[0] = StyledText("began by ", Style(.muted, on: .text)) + lines[0]
        if let version = turn.version { lines[0].append(" made v\(version)", Style(.strong, on: .text)) }
        var stages = stages(turn)
        let others = 1 + (total(turn) == nil ? 0 : 1) + (turn.labelDelay == nil ? 0 : 1) + (turn.ended == nil ? 0 : 1)
        for name in Self.dispensable where stages.count + others > height { stages.removeAll { $0.name == name && $0.duration != nil } }
        for stage in stages {
            var line = StyledText(TextWidth.pad(stage.name, to: 10), Style(stage.duration == nil ? .muted : .text, on: .text))
            line.append(
                TextWidth.pad(stage.duration ?? (turn.ended == nil ? glyphs.ellipsis : glyphs.dash), to: 8, alignment: .right),
                Style(.strong, on: .text))
            if let at = stage.at {
                line.append("  " + TimeText.local(at, zone: context.timeZone, format: .second), Style(.muted, on: .text))
            }
            lines.append(line)
        }
        if let total = total(turn) {
            lines.append(
                StyledText(TextWidth.pad("in all", to: 10), Style(.muted, on: .text))
                    + StyledText(TextWidth.pad(Self.short(total), to: 8, alignment: .right), Style(.accent, on: .text)))
        }
        if let delay = turn.labelDelay { lines.append(StyledText("labels come \(Self.short(delay)) late", Style(.muted, on: .text))) }
        if let ended = turn.ended { lines.append(StyledText("ended: \(ended)", Style(.warn, on: .text))) }
        return lines
    }

    /// The turn in one line, for where there is no room for more.
    func loopLine() -> StyledText {
        guard let turn = status.loop else {
            return StyledText(isOnline ? "loop  versions come from online learning" : "loop  has not turned yet", Style(.muted, on: .text))
        }
        var line = StyledText("loop  ", Style(.muted, on: .text))
        let done = stages(turn).filter { $0.duration != nil }.map { "\($0.name) \($0.duration ?? "")" }
        line.append(done.joined(separator: " · "), .text)
        if let total = total(turn) { line.append("  in all \(Self.short(total))", Style(.accent, on: .text)) }
        return line
    }

    /// Whether it learns label by label, now or when what holds it up is over.
    private var isOnline: Bool { status.online != nil }

    private func trigger(_ turn: LoopClock) -> String { turn.trigger.replacingOccurrences(of: "_", with: " ") }

    private func stages(_ turn: LoopClock) -> [(name: String, duration: String?, at: Int64?)] {
        let marks: [(String, Int64?, Int64?)] = [
            ("found", turn.onset, turn.detected), ("queued", turn.detected ?? turn.queued, turn.queued),
            ("waited", turn.queued, turn.started),
            ("trained", turn.started, turn.trained), ("gated", turn.trained, turn.gated), ("loaded", turn.gated, turn.loaded),
            ("promoted", turn.loaded ?? turn.gated, turn.promoted), ("answered", turn.promoted, turn.firstAnswer),
        ]
        return marks.compactMap { name, from, to in
            if name == "found" && turn.onset == nil { return nil }
            if name == "queued" && turn.detected == nil { return nil }
            guard let to else { return (name, nil, nil) }
            return (name, from.map { Self.short(max(0, to - $0)) }, to)
        }
    }

    private func total(_ turn: LoopClock) -> Int64? {
        guard let end = turn.firstAnswer ?? turn.promoted, let start = turn.onset ?? turn.queued else { return nil }
        return end - start
    }

    /// `0.9 s`, `8.1 s`, `2m 10s`: tenths matter below a minute.
    static func short(_ milliseconds: Int64) -> String {
        guard milliseconds >= 1_000 && milliseconds < 60_000 else { return DurationText.text(milliseconds) }
        return "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
    }

    // MARK: Policy, labels, events

    /// What the deployment does by itself, and what keeps it from doing so.
    func policyLine() -> StyledText {
        var line = StyledText("policy  ", Style(.muted, on: .text))
        line.append(status.policy.automation, Style(.strong, on: .text))
        if !status.policy.triggers.isEmpty { line.append(", " + status.policy.triggers.joined(separator: ", "), .text) }
        for freeze in context.snapshot.frozen where freeze.deployment == nil || freeze.deployment == status.name {
            line.append(
                "  \(freeze.scope.words) frozen by \(freeze.by.prefix { $0 != " " })",
                Style(.paused, on: .text))
        }
        if let blocked = status.policy.blocked { line.append("  waits: \(blocked)", Style(.warn, on: .text)) }
        return line
    }

    /// What it learns label by label: how much, how well, and when the next version comes of it; nil where it does not.
    func onlineLine() -> StyledText? {
        guard let online = status.online else { return nil }
        var line = StyledText("online  ", Style(.muted, on: .text))
        if let held = online.held {
            line.append("holds: \(held)", Style(.warn, on: .text))
        } else {
            line.append("learns", Style(.ok, on: .text))
        }
        line.append("  v\(online.base) and \(FigureText.exact(Int64(online.learnt))) labels", .text)
        if let figure = online.primary {
            line.append("  \(figure.name) \(FigureText.figure(figure.value))", Style(.strong, on: .text))
            line.append(" on the last \(FigureText.exact(Int64(figure.n)))", Style(.muted, on: .text))
        }
        if online.held == nil { line.append("  next version \(nextPublication(online))", Style(.muted, on: .text)) }
        if online.skipped > 0 { line.append("  \(FigureText.exact(Int64(online.skipped))) passed over", Style(.muted, on: .text)) }
        return line
    }

    /// `in 7,600 labels or 4m 12s`; or what it waits for.
    private func nextPublication(_ online: OnlineStatus) -> String {
        if let quiet = online.quietUntil, quiet > context.asOf {
            return "not before \(TimeText.local(quiet, zone: context.timeZone, format: .second)): somebody has rolled back"
        }
        let left = online.publishLabels - online.fresh
        let due = (online.published ?? context.asOf) + online.publishInterval
        guard left > 0 else { return "is due" }
        let time = due <= context.asOf ? "with the next ones" : "or \(DurationText.text(due - context.asOf))"
        return "in \(FigureText.exact(Int64(left))) labels \(time)"
    }

    /// Predictions and labels since creation, and how full the open window is.
    func countsLine() -> StyledText {
        var line = StyledText("served  ", Style(.muted, on: .text))
        line.append("\(FigureText.exact(status.predictions)) predictions", .text)
        line.append("  \(FigureText.exact(status.labels.accepted)) labels", .text)
        if status.labels.pending > 0 {
            line.append(", \(FigureText.exact(status.labels.pending)) pending", Style(.muted, on: .text))
        }
        if status.labels.conflict > 0 {
            line.append(", \(FigureText.exact(status.labels.conflict)) in conflict", Style(.warn, on: .text))
        }
        if status.labels.refusedCount > 0 {
            line.append(", \(FigureText.exact(status.labels.refusedCount)) refused", Style(.warn, on: .text))
        }
        if status.unlogged > 0 {
            line.append("  \(FigureText.exact(status.unlogged)) not logged", Style(.warn, on: .text))
        }
        if let fill = status.windowFill {
            line.append("  window \(CountText.fill(fill))", Style(.muted, on: .text))
        }
        return line
    }

    /// What happened here, newest first: from the present, and from the journal behind it.
    func events(_ page: PageState) -> [JournalRow] {
        var rows = context.snapshot.recent.filter { $0.entry.deployment == status.name || $0.entry.deployment == nil }
        if case .ready(let page) = page, case .journal(let older) = page.content {
            let oldest = rows.last?.sequence ?? .max
            rows += older.filter { $0.sequence < oldest }
        }
        return rows
    }

    /// One event in a line: when, what, who, why.
    func eventLine(_ row: JournalRow) -> StyledText {
        let entry = row.entry
        var line = StyledText(ChromeTime.short(entry.time, context) + " ", Style(.muted, on: .text))
        let role: Role =
            entry.verb == "alert" ? .warn : ["promote", "publish", "rollback", "pause", "resume"].contains(entry.verb) ? .strong : .text
        line.append(entry.summary, Style(role, on: .text))
        line.append("  \(entry.actor.prefix { $0 != " " })", Style(.muted, on: .text))
        if let reason = entry.reason, !reason.isEmpty { line.append("  «\(reason)»", Style(.info, on: .text)) }
        return line
    }

    /// The lights and what stands by for a line at the top.
    func lightsLine() -> StyledText {
        var line = StyledText([])
        if status.state != .live { line = Badge(status.light, status.healthWords).styled(level) + StyledText("   ") }
        for part in status.healthParts { line = line + Badge(Light(part.light), part.word).styled(level) + StyledText("  ") }
        return line
    }
}
