/// One question of a form.
package struct FormField: Equatable, Sendable {
    package var label: String
    package var field: TextField
    /// One line on what is expected, with the range and the default.
    package var help: String
    /// Why the value cannot be used, when it cannot.
    package var error: String?
    /// The values that there are, when they are few.
    package var choices: [String]
    /// Whether it is a percentage, drawn as a bar too.
    package var isShare: Bool

    package init(
        label: String, field: TextField = TextField(), help: String = "", error: String? = nil, choices: [String] = [],
        isShare: Bool = false
    ) {
        self.isShare = isShare
        self.label = label
        self.field = field
        self.help = help
        self.error = error
        self.choices = choices
    }
}

/// Fields one below the other; the focused one explains itself in the last lines.
package struct Form: Widget {
    package var fields: [FormField]
    package var focus: Int

    /// Columns of a percentage's figure beside its bar.
    private static let shareWidth = 8

    package init(fields: [FormField], focus: Int) {
        self.fields = fields
        self.focus = focus
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        guard !area.isEmpty else { return }
        let labelWidth = min(area.width / 2, (fields.map { TextWidth.columns($0.label) }.max() ?? 0) + 1)
        let body = area.dropBottom(area.height > 3 ? 2 : 0)
        let top = max(0, min(focus, fields.count - 1) - body.height + 1)
        for (line, index) in (top..<max(top, fields.count)).prefix(body.height).enumerated() {
            let field = fields[index]
            let row = body.row(line)
            let isFocused = index == focus
            let role: Role = field.error != nil ? .alert : isFocused ? .accent : .text
            Label(field.label, style: Style(role, on: .text)).draw(on: &surface, in: row.left(labelWidth))
            let mark = field.error == nil ? "" : surface.glyphs.set.alert + " "
            surface.write(mark, x: row.maxX - 2, y: row.y, style: Style(.alert, on: .text), clip: row)
            var place = row.dropLeft(labelWidth).dropRight(2)
            if field.isShare, place.width > 3 * Self.shareWidth {
                let bar = place.dropLeft(Self.shareWidth + 1)
                place = place.left(Self.shareWidth)
                Gauge(fraction: Double(field.field.text).map { $0 / 100 }, role: role).draw(on: &surface, in: bar)
            }
            field.field.draw(on: &surface, in: place, isFocused: isFocused)
        }
        guard area.height > 3, fields.indices.contains(focus) else { return }
        let field = fields[focus]
        let choices = field.choices.isEmpty ? "" : " (" + field.choices.joined(separator: ", ") + ")"
        // A long help takes the error's line too, unless there is one.
        let help = field.help + choices
        let lines = field.error == nil ? TextWidth.wrap(help, width: area.width) : [help]
        let rest = lines.dropFirst().joined(separator: " ")
        Label(lines.first ?? "", style: Style(.muted, on: .text)).draw(on: &surface, in: area.row(area.height - 2))
        Label(field.error ?? rest, style: Style(field.error == nil ? .muted : .alert, on: .text)).draw(
            on: &surface, in: area.row(area.height - 1))
    }
}
