/// The newest text that was typed or pasted at a terminal, for what must not be done without it.
struct TypedText {
    private static let limit = 8_192

    private var scalars: [Unicode.Scalar] = []

    /// Takes what was typed; a backspace takes the last character away.
    mutating func take(_ event: InputEvent) {
        switch event {
        case .key(Key(.backspace)): _ = scalars.popLast()
        case .key(let key):
            if case .character(let scalar) = key.code, key.modifiers.subtracting(.shift).isEmpty { scalars.append(scalar) }
        case .paste(let text): scalars += text.unicodeScalars
        default: break
        }
        if scalars.count > Self.limit { scalars.removeFirst(scalars.count - Self.limit / 2) }
    }

    /// Whether a text was typed in one piece.
    func contains(_ text: String) -> Bool {
        var typed = String.UnicodeScalarView()
        typed.append(contentsOf: scalars)
        return !text.isEmpty && String(typed).contains(text)
    }
}
