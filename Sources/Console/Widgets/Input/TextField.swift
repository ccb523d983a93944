/// A line that an operator edits: a value with the editing keys of a shell.
package struct TextField: Equatable, Sendable {
    package private(set) var text: String
    /// Characters in front of the cursor.
    package private(set) var cursor: Int
    /// The most characters that it takes.
    package let limit: Int

    /// A field with the cursor at its end.
    package init(_ text: String = "", limit: Int = 512) {
        self.limit = max(0, limit)
        self.text = String(TextField.line(text).prefix(self.limit))
        cursor = self.text.count
    }

    /// Handles a key; false when it is none of an editor's, so that somebody else may have it.
    package mutating func accept(_ key: Key) -> Bool {
        if let typed = key.text {
            insert(typed)
            return true
        }
        switch (key.code, key.modifiers) {
        case (.left, []), (.character("b"), .control): cursor = max(0, cursor - 1)
        case (.right, []), (.character("f"), .control): cursor = min(text.count, cursor + 1)
        case (.home, []), (.character("a"), .control): cursor = 0
        case (.end, []), (.character("e"), .control): cursor = text.count
        case (.backspace, []), (.character("h"), .control): remove(from: cursor - 1, to: cursor)
        case (.delete, []), (.character("d"), .control): remove(from: cursor, to: cursor + 1)
        case (.character("u"), .control): remove(from: 0, to: cursor)
        case (.character("k"), .control): remove(from: cursor, to: text.count)
        case (.character("w"), .control), (.backspace, .alt): remove(from: wordStart, to: cursor)
        case (.left, .control), (.character("b"), .alt): cursor = wordStart
        default: return false
        }
        return true
    }

    /// Inserts pasted text at the cursor: line breaks become blanks, other control characters go, what is beyond the limit too.
    package mutating func insert(_ pasted: String) {
        let room = limit - text.count
        guard room > 0 else { return }
        let added = String(TextField.line(pasted).prefix(room))
        let at = text.index(text.startIndex, offsetBy: cursor)
        let before = text[..<at] + added
        text = String(before + text[at...])
        // A pasted mark may join the character before it, so the cursor is counted anew.
        cursor = min(before.count, text.count)
    }

    /// Puts another text in, with the cursor at its end.
    package mutating func replace(with text: String) {
        self = TextField(text, limit: limit)
    }

    /// Draws the field over the whole line; when focused, the surface's cursor goes there and the text scrolls to keep it in sight.
    package func draw(
        on surface: inout Surface, in area: Rect, style: Style = Style(.field), isFocused: Bool = true, placeholder: String = ""
    ) {
        let row = area.row(0)
        guard !row.isEmpty else { return }
        surface.fill(row, style: style)
        if text.isEmpty && !placeholder.isEmpty {
            Label(placeholder, style: Style(.placeholder, on: style.ground)).draw(on: &surface, in: row)
        }
        let before = TextWidth.columns(String(text.prefix(cursor)))
        let scroll = max(0, before - row.width + 1)
        surface.write(text, x: row.x - scroll, y: row.y, style: style, clip: row)
        if isFocused { surface.cursor = Point(x: min(row.x + before - scroll, row.maxX - 1), y: row.y) }
    }

    private var wordStart: Int {
        let characters = Array(text.prefix(cursor))
        var start = characters.count
        while start > 0 && characters[start - 1] == " " { start -= 1 }
        while start > 0 && characters[start - 1] != " " { start -= 1 }
        return start
    }

    private mutating func remove(from start: Int, to end: Int) {
        let lower = max(0, start)
        let upper = min(text.count, end)
        guard lower < upper else { return }
        let first = text.index(text.startIndex, offsetBy: lower)
        text.removeSubrange(first..<text.index(first, offsetBy: upper - lower))
        cursor = min(lower, text.count)
    }

    private static func line(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\r" || scalar == "\t" {
                result.append(" ")
            } else if TextWidth.isDrawable(scalar) {
                result.append(scalar)
            }
        }
        return String(result)
    }
}
