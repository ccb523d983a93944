/// The lines of a detail pane, built for a width: headings, facts with a column of labels, wrapped texts.
struct DetailText {
    let width: Int
    /// The column in which facts begin.
    let indent: Int
    private(set) var lines: [StyledText] = []

    /// Longer texts are cut: wrapping a megabyte at each frame would be felt.
    private static let maximumCharacters = 4_000

    /// - Parameter labelWidth: columns for the labels of facts, the blank behind them included.
    init(width: Int, labelWidth: Int = 14) {
        self.width = max(1, width)
        indent = min(labelWidth, max(1, width) / 3)
    }

    /// A blank line, unless there is one already or nothing yet.
    mutating func gap() {
        if let last = lines.last, !last.isEmpty { lines.append("") }
    }

    /// A heading with a blank line above.
    mutating func heading(_ text: String) {
        gap()
        lines.append(StyledText(text, Style(.title, on: .text)))
    }

    /// A label and its text; further lines of the text stand under the first.
    mutating func fact(_ label: String, _ text: String, _ role: Role = .text) {
        for (index, part) in wrapped(text, indent: indent).enumerated() {
            lines.append(labelled(index == 0 ? label : "", StyledText(part, Style(role, on: .text))))
        }
    }

    /// A label and one line of several styles.
    mutating func fact(_ label: String, _ text: StyledText) { lines.append(labelled(label, text)) }

    /// One line as it is.
    mutating func line(_ text: StyledText) { lines.append(text) }

    /// A text over as many lines as it needs, each behind so many blanks, the first behind a sign.
    mutating func paragraph(_ text: String, _ role: Role = .text, sign: StyledText = "", indent: Int = 0) {
        let start = max(indent, sign.columns)
        for (index, part) in wrapped(text, indent: start).enumerated() {
            var line = index == 0 ? sign : StyledText([])
            line.append(String(repeating: " ", count: max(0, start - line.columns)))
            line.append(part, Style(role, on: .text))
            lines.append(line)
        }
    }

    private func labelled(_ label: String, _ text: StyledText) -> StyledText {
        StyledText(TextWidth.pad(label, to: indent - 1) + " ", Style(.muted, on: .text)) + text
    }

    private func wrapped(_ text: String, indent: Int) -> [String] {
        let shown = text.count > DetailText.maximumCharacters ? String(text.prefix(DetailText.maximumCharacters)) + " (cut here)" : text
        return TextWidth.wrap(shown, width: max(8, width - indent))
    }
}

/// A detail pane: lines that scroll, and a word on how many are out of sight.
struct DetailPane {
    let lines: [StyledText]
    let scroll: Int

    init(_ lines: [StyledText], scroll: Int) {
        self.lines = lines
        self.scroll = scroll
    }

    /// The scroll after a movement; nil when it is none of a text's.
    static func scroll(_ scroll: Int, _ movement: Movement, lines: Int, height: Int) -> Int? {
        let last = max(0, lines - height)
        let at = min(max(0, scroll), last)
        let page = max(1, height - 1)
        switch movement {
        case .up: return max(0, at - 1)
        case .down: return min(last, at + 1)
        case .pageUp: return max(0, at - page)
        case .pageDown: return min(last, at + page)
        case .top: return 0
        case .bottom: return last
        default: return nil
        }
    }

    /// `12 more` when lines below are out of sight.
    func footer(height: Int) -> StyledText {
        let hidden = lines.count - first(height) - height
        return hidden > 0 ? StyledText("\(hidden) more", Style(.muted, on: .text)) : ""
    }

    func draw(on surface: inout Surface, in area: Rect) {
        for (index, line) in lines.dropFirst(first(area.height)).prefix(area.height).enumerated() {
            Label(line).draw(on: &surface, in: area.row(index))
        }
    }

    private func first(_ height: Int) -> Int { min(max(0, scroll), max(0, lines.count - height)) }
}
