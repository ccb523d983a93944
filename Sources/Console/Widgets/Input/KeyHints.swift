/// One key with what it does here.
package struct KeyHint: Equatable, Sendable {
    package var key: String
    package var label: String

    package init(_ key: String, _ label: String) {
        self.key = key
        self.label = label
    }
}

/// The line of keys at the bottom; hints that do not fit are left out from the right, the last one (help) stays.
package struct KeyHints: Widget {
    package var hints: [KeyHint]

    package init(_ hints: [KeyHint]) {
        self.hints = hints
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        guard !area.isEmpty else { return }
        var x = area.x
        let lastWidth = hints.last.map { width($0) } ?? 0
        for (index, hint) in hints.enumerated() {
            let isLast = index == hints.count - 1
            if x + width(hint) + (isLast ? 0 : lastWidth + 2) > area.maxX {
                if !isLast { continue }
            }
            x += surface.write(hint.key, x: x, y: area.y, style: Style(.key, on: .text), clip: area.row(0))
            x += surface.write(" " + hint.label, x: x, y: area.y, style: Style(.text), clip: area.row(0))
            x += 2
        }
    }

    private func width(_ hint: KeyHint) -> Int { TextWidth.columns(hint.key) + 1 + TextWidth.columns(hint.label) }
}

/// One line that tells what just happened, with the key that takes it back.
package struct Toast: Widget {
    package enum Kind: Equatable, Sendable {
        case info, ok, warn, alert
    }

    package var text: String
    package var kind: Kind
    /// For example `u undo`.
    package var hint: String?

    package init(_ text: String, kind: Kind, hint: String? = nil) {
        self.text = text
        self.kind = kind
        self.hint = hint
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        guard !area.isEmpty else { return }
        let glyphs = surface.glyphs.set
        let (glyph, ground): (String, Role) =
            switch kind {
            case .info: (glyphs.info, .toast)
            case .ok: (glyphs.ok, .toast)
            case .warn: (glyphs.warn, .toastWarn)
            case .alert: (glyphs.alert, .toastAlert)
            }
        let row = area.row(0)
        surface.fill(row, style: Style(ground))
        var room = row.inset(x: 1, y: 0)
        if let hint, TextWidth.columns(hint) + 8 < room.width {
            Label(hint, style: Style(ground).with(.bold), alignment: .right).draw(on: &surface, in: room)
            room = room.dropRight(TextWidth.columns(hint) + 2)
        }
        Label("\(glyph) \(text)", style: Style(ground)).draw(on: &surface, in: room)
    }
}
