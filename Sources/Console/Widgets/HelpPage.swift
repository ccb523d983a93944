/// One key or command with what it does.
package struct HelpEntry: Equatable, Sendable {
    package var keys: String
    package var title: String
    package var doc: String
    /// Why it does nothing now, when it does not.
    package var disabledReason: String?

    package init(keys: String, title: String, doc: String, disabledReason: String? = nil) {
        self.keys = keys
        self.title = title
        self.doc = doc
        self.disabledReason = disabledReason
    }
}

/// Entries under one heading.
package struct HelpSection: Equatable, Sendable {
    package var title: String
    package var entries: [HelpEntry]

    package init(_ title: String, _ entries: [HelpEntry]) {
        self.title = title
        self.entries = entries
    }
}

/// The help, filtered by what the operator typed, one column, or two where there is room.
package struct HelpPage: Widget {
    package var sections: [HelpSection]
    package var scroll: Int
    package var filter: String

    package init(_ sections: [HelpSection], scroll: Int = 0, filter: String = "") {
        self.sections = sections
        self.scroll = scroll
        self.filter = filter
    }

    /// How many lines all of it takes at a width.
    package func height(width: Int) -> Int { lines(width: width).count }

    package func draw(on surface: inout Surface, in area: Rect) {
        let all = lines(width: area.width)
        guard !all.isEmpty else {
            Label("nothing matches \(filter)", style: Style(.muted, on: .text)).draw(on: &surface, in: area.row(0))
            return
        }
        for (index, line) in all.dropFirst(max(0, scroll)).prefix(area.height).enumerated() {
            Label(line).draw(on: &surface, in: area.row(index))
        }
    }

    private func lines(width: Int) -> [StyledText] {
        let matching = sections.map { section in
            HelpSection(section.title, section.entries.filter { matches($0) })
        }.filter { !$0.entries.isEmpty }
        let keyWidth = min(max(8, width / 4), (matching.flatMap(\.entries).map { TextWidth.columns($0.keys) }.max() ?? 0) + 2)
        let titleWidth = min(max(8, width / 3), (matching.flatMap(\.entries).map { TextWidth.columns($0.title) }.max() ?? 0) + 2)
        var result: [StyledText] = []
        for section in matching {
            if !result.isEmpty { result.append("") }
            result.append(StyledText(section.title, Style(.title, on: .text)))
            for entry in section.entries {
                let isEnabled = entry.disabledReason == nil
                var line = StyledText(TextWidth.pad(entry.keys, to: keyWidth), Style(isEnabled ? .key : .keyDisabled, on: .text))
                line.append(TextWidth.pad(entry.title, to: titleWidth), Style(isEnabled ? .text : .keyDisabled, on: .text))
                line.append(entry.doc, Style(.muted, on: .text))
                if let reason = entry.disabledReason { line.append("  not now: " + reason, Style(.warn, on: .text)) }
                result.append(line)
            }
        }
        return result
    }

    private func matches(_ entry: HelpEntry) -> Bool {
        guard !filter.isEmpty else { return true }
        let wanted = filter.lowercased()
        return [entry.keys, entry.title, entry.doc].contains { $0.lowercased().contains(wanted) }
    }
}
