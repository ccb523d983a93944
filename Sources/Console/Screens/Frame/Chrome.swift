import Engine
import Foundation
import Monitoring
import Store
import Tabular

/// What surrounds every screen: where one is, how the whole engine is, what just happened, and the keys.
struct Chrome {
    let context: ScreenContext
    let place: Place
    let detail: String?

    private var snapshot: Snapshot { context.snapshot }

    // MARK: Header

    /// Brand, workspace and place at the left; alerts, freezes, people and the time at the right, as many as there is room for.
    func drawHeader(on surface: inout Surface, in row: Rect) {
        guard !row.isEmpty else { return }
        surface.fill(row, style: Style(.header))
        let glyphs = surface.glyphs.set
        let environment = ChromeEnvironment(snapshot.engine.workspace)
        var room = row
        if let name = environment.label {
            let text = row.width >= 60 ? " \(name) " : " "
            surface.write(text, x: row.x, y: row.y, style: Style(environment.role), clip: row)
            room = room.dropLeft(TextWidth.columns(text))
        }
        room = room.dropLeft(1).dropRight(1)
        let left = title(glyphs, width: row.width)
        // The end of the title says where one is: it may take up to half of the line.
        let right = status(surface.glyphs, width: max(room.width - min(left.columns + 2, room.width * 6 / 10), 14), total: row.width)
        Label(right.on(.header), alignment: .right).draw(on: &surface, in: room)
        Label(left.on(.header)).draw(on: &surface, in: room.dropRight(right.columns + 1))
    }

    private func title(_ glyphs: Glyphs, width: Int) -> StyledText {
        var text = StyledText([])
        if width >= 80 { text.append("flyball ", Style(.title, on: .header)) }
        if width >= 60 && !snapshot.engine.workspace.isEmpty { text.append("\(snapshot.engine.workspace) ", Style(.muted)) }
        if width >= 60 { text.append("\(glyphs.selected) ", Style(.muted)) }
        if let name = place.deployment {
            text.append(name, Style(.strong))
            if place.kind != .deployment { text.append(" \(glyphs.selected) \(place.kind.rawValue)", Style(.text)) }
        } else {
            text.append(place.kind.rawValue, Style(.strong))
        }
        if let detail, !detail.isEmpty { text.append(" \(glyphs.selected) \(detail)", Style(.text)) }
        return text
    }

    /// The parts of the right side, the most needed last in reading order and first to stay.
    private func status(_ level: GlyphLevel, width: Int, total: Int) -> StyledText {
        var parts: [(priority: Int, text: StyledText)] = []
        if snapshot.engine.isDemo { parts.append((4, StyledText(total >= 110 ? "demo, windows shortened" : "demo", Style(.info)))) }
        if total >= 120 { parts.append((6, StyledText(CountText.deployments(snapshot.deployments.count), Style(.muted)))) }
        if let badge = ChromeBadge(snapshot).styled(level) { parts.append((1, badge)) }
        if let frozen = frozenText { parts.append((2, frozen)) }
        parts.append((5, people(wide: total >= 120)))
        parts.append((3, clock(wide: total >= 60)))
        while parts.count > 1, parts.map(\.text.columns).reduce(0, +) + 2 * (parts.count - 1) > width {
            guard let victim = parts.indices.max(by: { parts[$0].priority < parts[$1].priority }) else { break }
            parts.remove(at: victim)
        }
        var result = StyledText([])
        for (index, part) in parts.enumerated() {
            if index > 0 { result.append("  ") }
            result = result + part.text
        }
        return result
    }

    private var frozenText: StyledText? {
        guard !snapshot.frozen.isEmpty else { return nil }
        let global = snapshot.frozen.filter { $0.deployment == nil }
        let words: String
        if let first = global.first {
            words = first.scope == .all || global.count > 1 ? "frozen: all" : "frozen: \(first.scope.rawValue)"
        } else {
            words = "frozen: \(Set(snapshot.frozen.compactMap(\.deployment)).count)"
        }
        return StyledText(words, Style(.paused))
    }

    private func people(wide: Bool) -> StyledText {
        let people = snapshot.operators
        guard wide, !people.isEmpty else { return StyledText("\(people.count) on watch", Style(.muted)) }
        let names = people.prefix(3).map { $0.role > .viewer ? $0.name : "\($0.name) (ro)" }
        let more = people.count > 3 ? " +\(people.count - 3)" : ""
        return StyledText("\(people.count) on watch: \(names.joined(separator: " "))\(more)", Style(.muted))
    }

    private func clock(wide: Bool) -> StyledText {
        let time = TimeText.local(context.asOf, zone: context.timeZone, format: wide ? .second : .minute)
        return StyledText(time, Style(.text))
            + StyledText(wide ? " " + ChromeZone.name(context.timeZone, at: context.asOf) : "", Style(.muted))
    }

    // MARK: Banner

    /// The red line while a store refuses writes, and the line that says that the past is shown.
    func drawBanner(on surface: inout Surface, in row: Rect) {
        guard !row.isEmpty, let reason = standstill ?? snapshot.engine.degraded else { return }
        surface.fill(row, style: Style(.banner))
        Label("\(surface.glyphs.set.alert) \(reason)", style: Style(.banner)).draw(on: &surface, in: row.inset(x: 1, y: 0))
    }

    /// What stands still: with it nothing else on the screen may be new.
    private var standstill: String? {
        guard let found = snapshot.engine.standstills, let first = found.first else { return nil }
        let more = found.count > 1 ? " and \(found.count - 1) more" : ""
        let since = ChromeTime.short(first.since, context)
        return "\(first.name)\(more) standing still since \(since): log/engine.log has what every thread does"
    }

    // MARK: Bottom

    /// What just happened, or else the worst alert, or else the newest change.
    func drawStatus(on surface: inout Surface, in row: Rect, toast: Toast?) {
        guard !row.isEmpty else { return }
        if let toast {
            toast.draw(on: &surface, in: row)
            return
        }
        let room = row.inset(x: 1, y: 0)
        if let alert = ChromeBadge(snapshot).worst(of: place.deployment), place.kind != .alerts {
            let role: Role = alert.severity == .critical ? .alert : .warn
            let light: Light = alert.severity == .critical ? .alert : .warn
            var text = StyledText("\(light.glyph(surface.glyphs)) \(alert.title)", Style(role, on: .text))
            text.append("  since \(ChromeTime.short(alert.onset, context))", Style(.muted, on: .text))
            Label(text).draw(on: &surface, in: room)
        } else if let change = snapshot.changes(of: nil, since: context.asOf - 3_600_000) {
            let text = "\(ChromeTime.short(change.time, context)) \(change.line)"
            Label(text, style: Style(.muted, on: .text)).draw(on: &surface, in: room)
        }
    }

    /// The keys that do something now.
    ///
    /// Where there is no status line, a toast stands here for its while.
    func drawHints(on surface: inout Surface, in row: Rect, _ hints: [KeyHint], hasStatus: Bool, toast: Toast?) {
        guard !row.isEmpty else { return }
        if let toast, !hasStatus {
            toast.draw(on: &surface, in: row)
            return
        }
        KeyHints(hints.map { KeyHint(ChromeKeys.shown($0.key, surface.glyphs), $0.label) }).draw(on: &surface, in: row.inset(x: 1, y: 0))
    }
}

/// How keys are written for people.
enum ChromeKeys {
    /// A key's name short enough for a line of hints: `enter` becomes its sign where the terminal has it.
    static func shown(_ name: String, _ level: GlyphLevel) -> String {
        guard level != .ascii else { return name }
        return ["up": "↑", "down": "↓", "left": "←", "right": "→"][name] ?? name
    }
}

/// Times as every screen writes them.
enum ChromeTime {
    /// The clock time of today's events, day and time of older ones, in the operator's zone.
    static func short(_ time: Int64, _ context: ScreenContext) -> String {
        let isRecent = abs(context.asOf - time) < 20 * 3_600_000
        return TimeText.local(time, zone: context.timeZone, format: isRecent ? .minute : .dayMinute)
    }

    /// How long ago: `41 s`, `2h 10m`, `6d 02h`.
    static func age(_ time: Int64, _ context: ScreenContext) -> String { DurationText.text(max(0, context.asOf - time)) }
}

/// The operator's zone in a word.
enum ChromeZone {
    /// `UTC`, `EST`, `GMT+2`.
    static func name(_ zone: TimeZone, at time: Int64) -> String {
        if zone.secondsFromGMT() == 0 && zone.identifier.hasPrefix("GMT") { return "UTC" }
        return zone.abbreviation(for: Date(timeIntervalSince1970: Double(time) / 1_000)) ?? zone.identifier
    }
}
