/// A word that could come next on the command line.
package struct Completion: Equatable, Sendable {
    package var text: String
    package var doc: String
    /// Why it cannot be used now, when it cannot.
    package var disabledReason: String?

    package init(_ text: String, doc: String = "", disabledReason: String? = nil) {
        self.text = text
        self.doc = doc
        self.disabledReason = disabledReason
    }
}

/// The line for `:` commands and `/` filters, at the bottom of its rectangle, with the completions above it.
package struct CommandLine: Widget {
    package var prompt: String
    package var field: TextField
    package var completions: [Completion]
    package var selected: Int?
    /// What the best completion would add, shown dimly behind the cursor.
    package var ghost: String
    package var doc: String
    package var error: String?
    /// The most completions that show at once.
    package static let popupRows = 8

    package init(
        prompt: String, field: TextField, completions: [Completion] = [], selected: Int? = nil, ghost: String = "", doc: String = "",
        error: String? = nil
    ) {
        self.prompt = prompt
        self.field = field
        self.completions = completions
        self.selected = selected
        self.ghost = ghost
        self.doc = doc
        self.error = error
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        guard !area.isEmpty else { return }
        let row = area.row(area.height - 1)
        let promptWidth = TextWidth.columns(prompt)
        surface.fill(row, style: Style(.field))
        surface.write(prompt, x: row.x, y: row.y, style: Style(.accent, on: .field, .bold), clip: row)
        let space = row.dropLeft(promptWidth)
        field.draw(on: &surface, in: space)
        let end = space.x + TextWidth.columns(field.text)
        surface.write(ghost, x: end, y: row.y, style: Style(.placeholder, on: .field), clip: space)
        var above = area.dropBottom(1)
        if let message = error ?? (doc.isEmpty ? nil : doc), above.height > 0 {
            let line = above.bottom(1)
            surface.fill(line, style: Style(.toast))
            let style = error == nil ? Style(.toast) : Style(.alert, on: .toast)
            let sign = error == nil ? "" : surface.glyphs.set.alert + " "
            Label(sign + message, style: style).draw(on: &surface, in: line.inset(x: 1, y: 0))
            above = above.dropBottom(1)
        }
        drawPopup(on: &surface, in: above)
    }

    private func drawPopup(on surface: inout Surface, in area: Rect) {
        let rows = min(CommandLine.popupRows, completions.count, area.height)
        guard rows > 0 else { return }
        let box = area.bottom(rows)
        let first = max(0, min((selected ?? 0) - rows + 1, completions.count - rows))
        let textWidth = min(area.width / 2, (completions.map { TextWidth.columns($0.text) }.max() ?? 0) + 2)
        for line in 0..<rows {
            let completion = completions[first + line]
            let row = box.row(line)
            let isSelected = first + line == selected
            let ground: Role = isSelected ? .selection : .dialog
            surface.fill(row, style: Style(ground))
            let role: Role = completion.disabledReason == nil ? ground : .keyDisabled
            let sign = isSelected ? surface.glyphs.set.selected : " "
            Label(sign + completion.text, style: Style(role, on: ground)).draw(on: &surface, in: row.left(textWidth))
            let note = completion.disabledReason.map { "not now: " + $0 } ?? completion.doc
            Label(note, style: Style(.muted, on: ground)).draw(on: &surface, in: row.dropLeft(textWidth + 1))
        }
    }
}
