import Engine
import Foundation

/// Every command with its keys, made of the one table of commands; those that do nothing now say why.
package struct HelpScreen: Screen {
    /// Where the operator came from: its keys come first, and the reasons are those that hold there.
    private let from: Place
    private let subject: Subject
    private let commands: [Command]
    private var scroll = 0
    private var filter = RowFilter()

    /// - Parameters:
    ///   - from: where help was asked for.
    ///   - subject: what the keys were about there.
    ///   - commands: the table, with the operator's own keys in it.
    package init(from: Place, subject: Subject, commands: [Command]) {
        self.from = from
        self.subject = subject
        self.commands = commands
    }

    package var place: Place { .help }

    package func subject(_ context: ScreenContext) -> Subject { subject }

    package func draw(_ context: ScreenContext, on surface: inout Surface, in area: Rect) {
        let page = page(context)
        let body = body(page, area)
        guard !page.sections.isEmpty else {
            Label("no command matches \(filter.text)", style: Style(.muted, on: .text)).draw(on: &surface, in: body.row(0))
            return
        }
        page.draw(on: &surface, in: body)
        let height = page.height(width: body.width)
        let hidden = height - body.height - min(max(0, scroll), max(0, height - body.height))
        if hidden > 0 { Label("\(hidden) more", style: Style(.muted, on: .text), alignment: .right).draw(on: &surface, in: area.bottom(1)) }
    }

    /// Where the page is drawn: all of it, or all but a line for what is out of sight.
    private func body(_ page: HelpPage, _ area: Rect) -> Rect {
        let body = area.inset(x: area.width > 44 ? 1 : 0, y: 0)
        return page.height(width: body.width) > body.height ? body.dropBottom(1) : body
    }

    package mutating func move(_ movement: Movement, _ context: ScreenContext, in area: Rect) -> ScreenStep {
        let page = page(context)
        let body = body(page, area)
        guard let moved = DetailPane.scroll(scroll, movement, lines: page.height(width: body.width), height: body.height) else {
            return .refused("help only scrolls: / filters, esc leaves")
        }
        scroll = moved
        return .done
    }

    package func filterState(_ context: ScreenContext) -> FilterState? {
        let hits = sections(context).reduce(0) { $0 + $1.entries.count }
        return FilterState(text: filter.text, hits: hits, total: commands.count)
    }

    package mutating func setFilter(_ text: String, _ context: ScreenContext) -> String? {
        scroll = 0
        return filter.set(text)
    }

    private func page(_ context: ScreenContext) -> HelpPage { HelpPage(sections(context), scroll: scroll) }

    /// The keys that matter where one came from, then all other commands under their headings; each command stands once.
    private func sections(_ context: ScreenContext) -> [HelpSection] {
        let shown = commands.filter { filter.accepts([$0.name, $0.label, $0.doc, $0.group] + $0.aliases + $0.keys) }
        let here = shown.filter(isOfHere)
            .sorted { ($0.places.isEmpty ? 1 : 0, -$0.hint) < ($1.places.isEmpty ? 1 : 0, -$1.hint) }
        var sections = here.isEmpty ? [] : [HelpSection("On \(from.kind.rawValue.capitalized)", here.map { entry($0, context) })]
        var groups: [String] = []
        for command in shown where !groups.contains(command.group) { groups.append(command.group) }
        for group in groups {
            let entries = shown.filter { $0.group == group && !isOfHere($0) }.map { entry($0, context) }
            if !entries.isEmpty { sections.append(HelpSection(group, entries)) }
        }
        return sections
    }

    /// Whether a command is of the place that one came from: it has its keys there only, or the hints line offers it there.
    private func isOfHere(_ command: Command) -> Bool {
        command.places.contains(from.kind) || (command.places.isEmpty && command.hint > 0 && !command.keys.isEmpty)
    }

    private func entry(_ command: Command, _ context: ScreenContext) -> HelpEntry {
        let call = CommandCall(context: context, place: from, subject: subject)
        let reason = command.disabledReason(call)
        let elsewhere =
            reason != nil || command.places.isEmpty || command.places.contains(from.kind) ? "" : " (key on \(command.placeNames))"
        return HelpEntry(
            keys: command.keys.joined(separator: " "), title: ":" + command.name, doc: command.doc + elsewhere,
            disabledReason: reason)
    }
}
