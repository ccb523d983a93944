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

/// The help: keys, names and what they do, with the reason where one does nothing now; what does not fit on a line stands below.
package struct HelpPage: Widget {
    package var sections: [HelpSection]
    package var scroll: Int

    /// Narrower, and what a command does stands below its name instead of beside it.
    private static let leastDocColumns = 30

    package init(_ sections: [HelpSection], scroll: Int = 0) {
        self.sections = sections
        self.scroll = scroll
    }

    /// How many lines all of it takes at a width.
    package func height(width: Int) -> Int { lines(width: width).count }

    package func draw(on surface: inout Surface, in area: Rect) {
        let all = lines(width: area.width)
        let first = min(max(0, scroll), max(0, all.count - area.height))
        for (index, line) in all.dropFirst(first).prefix(area.height).enumerated() {
            Label(line).draw(on: &surface, in: area.row(index))
        }
    }

    private func lines(width: Int) -> [StyledText] {
        let entries = sections.flatMap(\.entries)
        let keyWidth = min(max(6, width / 4), (entries.map { TextWidth.columns($0.keys) }.max() ?? 0) + 2)
        let titleWidth = min(max(8, width / 3), (entries.map { TextWidth.columns($0.title) }.max() ?? 0) + 2)
        let isBeside = width - keyWidth - titleWidth >= HelpPage.leastDocColumns
        var result: [StyledText] = []
        for section in sections where !section.entries.isEmpty {
            if !result.isEmpty { result.append("") }
            result.append(StyledText(section.title, Style(.title, on: .text)))
            for entry in section.entries {
                result += lines(entry, keyWidth: keyWidth, titleWidth: titleWidth, width: width, isBeside: isBeside)
            }
        }
        return result
    }

    private func lines(_ entry: HelpEntry, keyWidth: Int, titleWidth: Int, width: Int, isBeside: Bool) -> [StyledText] {
        let isEnabled = entry.disabledReason == nil
        var head = StyledText(TextWidth.pad(entry.keys, to: keyWidth), Style(isEnabled ? .key : .keyDisabled, on: .text))
        head.append(
            TextWidth.pad(entry.title, to: isBeside ? titleWidth : width - keyWidth), Style(isEnabled ? .text : .keyDisabled, on: .text))
        let indent = isBeside ? keyWidth + titleWidth : keyWidth
        let room = max(8, width - indent)
        var texts = TextWidth.wrap(entry.doc, width: room).map { StyledText($0, Style(.muted, on: .text)) }
        if let reason = entry.disabledReason {
            texts += TextWidth.wrap("not now: " + reason, width: room).map { StyledText($0, Style(.warn, on: .text)) }
        }
        var result: [StyledText] = []
        if isBeside, !texts.isEmpty {
            result.append(head + texts.removeFirst())
        } else {
            result.append(head)
        }
        return result + texts.map { StyledText(String(repeating: " ", count: indent)) + $0 }
    }
}
