/// Keys held together with another.
package struct Modifiers: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let control = Modifiers(rawValue: 1)
    package static let alt = Modifiers(rawValue: 2)
    package static let shift = Modifiers(rawValue: 4)
    package static let all: Modifiers = [.control, .alt, .shift]
}

/// A key without its modifiers; a shifted letter is its capital.
package enum KeyCode: Hashable, Sendable {
    case character(Unicode.Scalar)
    case enter, escape, tab, backTab, backspace, delete, insert
    case up, down, left, right, home, end, pageUp, pageDown
    /// F1 … F63.
    case function(Int)

    /// The keys that have a name of their own, in the order of their codes in frames.
    static let named: [(code: KeyCode, name: String)] = [
        (.enter, "enter"), (.escape, "esc"), (.tab, "tab"), (.backTab, "shift-tab"), (.backspace, "backspace"), (.delete, "delete"),
        (.insert, "insert"), (.up, "up"), (.down, "down"), (.left, "left"), (.right, "right"), (.home, "home"), (.end, "end"),
        (.pageUp, "pageup"), (.pageDown, "pagedown"),
    ]
}

/// One key press.
package struct Key: Hashable, Sendable {
    package var code: KeyCode
    package var modifiers: Modifiers

    package init(_ code: KeyCode, _ modifiers: Modifiers = []) {
        self.code = code
        self.modifiers = modifiers
    }

    /// A character without modifiers.
    package static func character(_ character: Unicode.Scalar) -> Key { Key(.character(character)) }

    /// Reads `p`, `R`, `ctrl-p`, `alt-x`, `ctrl-alt-left`, `enter`, `esc`, `space`, `F5`, `shift-up`; nil for anything else.
    package init?(name: String) {
        var rest = Substring(name)
        var modifiers: Modifiers = []
        if let found = KeyCode.named.first(where: { $0.name == name }) {
            self.init(found.code)
            return
        }
        let prefixes: [(String, Modifiers)] = [("ctrl-", .control), ("alt-", .alt), ("shift-", .shift)]
        while let prefix = prefixes.first(where: { rest.hasPrefix($0.0) && rest.count > $0.0.count }) {
            guard !modifiers.contains(prefix.1) else { return nil }
            modifiers.insert(prefix.1)
            rest = rest.dropFirst(prefix.0.count)
        }
        let word = String(rest)
        if word == "space" {
            self.init(.character(" "), modifiers)
        } else if let found = KeyCode.named.first(where: { $0.name == word || (word == "escape" && $0.code == .escape) }) {
            self.init(found.code, modifiers)
        } else if word.count > 1, word.first == "F" || word.first == "f", let number = Int(word.dropFirst()), (1...63).contains(number) {
            self.init(.function(number), modifiers)
        } else if word.unicodeScalars.count == 1, let scalar = word.unicodeScalars.first, TextWidth.isDrawable(scalar), scalar != " " {
            self.init(.character(scalar), modifiers)
        } else {
            return nil
        }
    }

    /// The name that `init(name:)` reads: `ctrl-p`, `enter`, `F5`.
    package var name: String {
        var prefix = ""
        if modifiers.contains(.control) { prefix += "ctrl-" }
        if modifiers.contains(.alt) { prefix += "alt-" }
        if modifiers.contains(.shift) { prefix += "shift-" }
        switch code {
        case .character(" "): return prefix + "space"
        case .character(let scalar): return prefix + String(Character(scalar))
        case .function(let number): return prefix + "F\(number)"
        default: return prefix + (KeyCode.named.first { $0.code == code }?.name ?? "")
        }
    }

    /// What a text field inserts for it; nil for keys that are commands.
    package var text: String? {
        guard case .character(let scalar) = code, modifiers.subtracting(.shift).isEmpty, TextWidth.isDrawable(scalar) else { return nil }
        return String(Character(scalar))
    }
}
