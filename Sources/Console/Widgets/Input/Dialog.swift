package import Engine

/// One line of what an action would do: `from  v12`.
package struct DialogFact: Equatable, Sendable {
    package var label: String
    package var text: StyledText

    package init(_ label: String, _ text: StyledText) {
        self.label = label
        self.text = text
    }
}

/// What a dialog does when it is confirmed, and the key that confirms it from anywhere.
package struct DialogButton: Equatable, Sendable {
    package var key: String
    package var label: String

    package init(key: String, label: String) {
        self.key = key
        self.label = label
    }
}

/// Where the keys of a dialog go.
package enum DialogFocus: Equatable, Sendable {
    case cancel, confirm, reason, typed
}

/// What would happen, before it happens.
package struct Dialog: Widget {
    package var title: String
    package var tier: Consequence
    package var facts: [DialogFact]
    package var notes: [StyledText]
    package var warning: String?
    package var reason: TextField?
    /// What has been typed so far of `expected`.
    package var typed: TextField?
    /// The name to type for a grave action.
    package var expected: String?
    package var buttons: [DialogButton]
    package var focus: DialogFocus

    package init(
        title: String, tier: Consequence, facts: [DialogFact], notes: [StyledText] = [], warning: String? = nil, reason: TextField? = nil,
        typed: TextField? = nil, expected: String? = nil, buttons: [DialogButton], focus: DialogFocus = .reason
    ) {
        self.title = title
        self.tier = tier
        self.facts = facts
        self.notes = notes
        self.warning = warning
        self.reason = reason
        self.typed = typed
        self.expected = expected
        self.buttons = buttons
        self.focus = focus
    }

    /// Whether confirming would act: a grave action needs the exact name.
    package var isArmed: Bool {
        guard tier == .grave || expected != nil else { return true }
        return expected.map { $0 == typed?.text } ?? false
    }

    /// The size with its border that shows everything, within what there is.
    package func size(fitting space: Size) -> Size {
        let width = min(space.width, min(76, max(44, widest + 4)))
        return Size(width: width, height: min(space.height, bodyHeight(width: width - 4) + 2))
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        let wanted = size(fitting: Size(width: area.width, height: area.height))
        let box = area.centred(width: wanted.width, height: wanted.height)
        guard !box.isEmpty else { return }
        surface.fill(box, style: Style(.dialog))
        surface.cursor = nil
        let role: Role = tier == .grave ? .alert : .strong
        var panel = Panel(title: StyledText(title, Style(role, on: .dialog)), role: .dialogBorder)
        if tier >= .serious { panel.trailing = StyledText(tier == .grave ? "the name is typed" : "asks first", Style(.muted)) }
        let body = panel.frame(on: &surface, in: box).inset(x: 1, y: 0)
        drawBody(on: &surface, in: body)
    }

    private var widest: Int {
        let labels = labelWidth
        return max(
            TextWidth.columns(title) + 24, facts.map { labels + 2 + $0.text.columns }.max() ?? 0, notes.map(\.columns).max() ?? 0,
            buttonText.columns)
    }

    private var labelWidth: Int { facts.map { TextWidth.columns($0.label) }.max() ?? 0 }

    private func bodyHeight(width: Int) -> Int {
        let warningLines = warning.map { Paragraph.height($0, width: width) } ?? 0
        let typedLines = expected == nil ? 0 : 2
        return facts.count + notes.count + warningLines + (reason == nil ? 0 : 1) + typedLines + 2
    }

    private func drawBody(on surface: inout Surface, in body: Rect) {
        var rest = body.dropBottom(1)
        func next() -> Rect {
            defer { rest = rest.dropTop(1) }
            return rest.row(0)
        }
        let labels = labelWidth
        for fact in facts {
            let row = next()
            Label(fact.label, style: Style(.muted, on: .dialog)).draw(on: &surface, in: row.left(labels))
            Label(fact.text.on(.dialog)).draw(on: &surface, in: row.dropLeft(labels + 2))
        }
        for note in notes { Label(note.on(.dialog)).draw(on: &surface, in: next()) }
        if let warning {
            for line in TextWidth.wrap(warning, width: body.width) {
                Label(line, style: Style(.warn, on: .dialog)).draw(on: &surface, in: next())
            }
        }
        if let reason {
            drawField("reason", reason, isFocused: focus == .reason, placeholder: "why, for the journal", on: &surface, in: next())
        }
        if let expected {
            Label("type \(expected) to confirm", style: Style(.alert, on: .dialog)).draw(on: &surface, in: next())
            drawField("name", typed ?? TextField(), isFocused: focus == .typed, placeholder: "", on: &surface, in: next())
        }
        Label(buttonText, alignment: .right).draw(on: &surface, in: body.bottom(1))
    }

    private func drawField(
        _ label: String, _ field: TextField, isFocused: Bool, placeholder: String, on surface: inout Surface, in row: Rect
    ) {
        Label(label, style: Style(isFocused ? .accent : .muted, on: .dialog)).draw(on: &surface, in: row.left(7))
        field.draw(on: &surface, in: row.dropLeft(7), isFocused: isFocused, placeholder: placeholder)
    }

    /// Cancel is always there and comes first; the focused one is marked by brackets too, and then `enter` presses it.
    private var buttonText: StyledText {
        var text = StyledText([])
        func add(_ label: String, isFocused: Bool, isEnabled: Bool) {
            let style = isFocused ? Style(.buttonFocused) : isEnabled ? Style(.button) : Style(.keyDisabled, on: .dialog)
            text.append(isFocused ? "[\(label)]" : " \(label) ", style)
            text.append(" ", Style(.dialog))
        }
        add("esc cancel", isFocused: focus == .cancel, isEnabled: true)
        if focus == .reason || focus == .typed { text.append(" enter next ", Style(.muted, on: .dialog)) }
        for button in buttons {
            let isFocused = focus == .confirm
            add("\(isFocused ? "enter" : button.key) \(button.label)", isFocused: isFocused, isEnabled: isArmed)
        }
        return text
    }
}
