/// What the sequences of a terminal's keys mean: the forms that xterm, the VT series, rxvt and the Linux console share, and beside
/// them what the terminal's own terminfo entry says.
///
/// Source of the common forms: "XTerm Control Sequences" (Thomas Dickey), sections "PC-Style Function Keys" and "VT220-Style Function Keys".
package struct KeySequences: Sendable {
    static let pasteBegin = Array("[200~".utf8)
    /// With its escape, since it is looked for inside other text.
    static let pasteEnd = Array("\u{1B}[201~".utf8)
    static let focusIn = Array("[I".utf8)
    static let focusOut = Array("[O".utf8)

    /// Keys whose strings are asked of terminfo: capability and key.
    static let capabilities: [(name: String, key: Key)] =
        [
            ("kcuu1", Key(.up)), ("kcud1", Key(.down)), ("kcub1", Key(.left)), ("kcuf1", Key(.right)), ("khome", Key(.home)),
            ("kend", Key(.end)),
            ("kpp", Key(.pageUp)), ("knp", Key(.pageDown)), ("kich1", Key(.insert)), ("kdch1", Key(.delete)), ("kcbt", Key(.backTab)),
            ("kent", Key(.enter)),
        ] + (1...12).map { ("kf\($0)", Key(.function($0))) }

    private let own: [[UInt8]: Key]

    /// - Parameter own: what the terminal's entry says, without the leading escape.
    package init(own: [[UInt8]: Key] = [:]) { self.own = own }

    /// The key of a whole sequence, given without its escape; nil when it is none.
    func key(_ sequence: [UInt8]) -> Key? {
        guard let first = sequence.first, let last = sequence.last, sequence.count > 1 else { return nil }
        let common: Key? =
            switch first {
            case UInt8(ascii: "O"): KeySequences.single(last)
            case UInt8(ascii: "[") where sequence[1] == UInt8(ascii: "[") && sequence.count == 3: KeySequences.linux(last)
            default: KeySequences.control(sequence.dropFirst().dropLast(), last)
            }
        return common ?? own[sequence]
    }

    /// ESC O x: cursor and function keys in application mode, and the keypad.
    private static func single(_ byte: UInt8) -> Key? {
        switch byte {
        case UInt8(ascii: "M"): Key(.enter)
        case UInt8(ascii: "P")...UInt8(ascii: "S"): Key(.function(Int(byte - UInt8(ascii: "P")) + 1))
        // rxvt: with ctrl.
        case UInt8(ascii: "a")...UInt8(ascii: "d"): letters[byte & ~0x20].map { Key($0, .control) }
        case UInt8(ascii: "j")...UInt8(ascii: "y"): Key(.character(Unicode.Scalar(byte - 0x40)))
        default: letters[byte].map { Key($0) }
        }
    }

    /// ESC [ [ A…E: F1 … F5 of the Linux console.
    private static func linux(_ byte: UInt8) -> Key? {
        guard (UInt8(ascii: "A")...UInt8(ascii: "E")).contains(byte) else { return nil }
        return Key(.function(Int(byte - UInt8(ascii: "A")) + 1))
    }

    /// ESC [ parameters final.
    private static func control(_ text: ArraySlice<UInt8>, _ final: UInt8) -> Key? {
        var numbers: [Int] = []
        for part in text.split(separator: UInt8(ascii: ";"), maxSplits: 8, omittingEmptySubsequences: false) {
            // Sub-parameters after a colon are finer points that no key of ours has.
            let digits = part.prefix { $0 != UInt8(ascii: ":") }
            guard let number = digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self)), (0...0x10FFFF).contains(number) else {
                return nil
            }
            numbers.append(number)
        }
        let second = numbers.count > 1 ? modifiers(numbers[1]) : []
        // A letter with another first number is an answer of the terminal, such as where its cursor is.
        let isLetter = (numbers.first ?? 1) <= 1
        switch final {
        case UInt8(ascii: "~"):
            if numbers.first == 27, numbers.count == 3 { return character(numbers[2], second) }
            return numbers.first.flatMap { named[$0] }.map { Key($0, second) }
        case UInt8(ascii: "u"): return numbers.first.flatMap { character($0, second) }
        case UInt8(ascii: "Z"): return Key(.backTab)
        case UInt8(ascii: "P")...UInt8(ascii: "S") where isLetter: return Key(.function(Int(final - UInt8(ascii: "P")) + 1), second)
        // rxvt: shift, ctrl, both.
        case UInt8(ascii: "$"): return numbers.first.flatMap { named[$0] }.map { Key($0, .shift) }
        case UInt8(ascii: "^"): return numbers.first.flatMap { named[$0] }.map { Key($0, .control) }
        case UInt8(ascii: "@"): return numbers.first.flatMap { named[$0] }.map { Key($0, [.control, .shift]) }
        case UInt8(ascii: "a")...UInt8(ascii: "d"): return letters[final & ~0x20].map { Key($0, .shift) }
        default: return isLetter ? letters[final].map { Key($0, second) } : nil
        }
    }

    private static let letters: [UInt8: KeyCode] = [
        UInt8(ascii: "A"): .up, UInt8(ascii: "B"): .down, UInt8(ascii: "C"): .right, UInt8(ascii: "D"): .left, UInt8(ascii: "H"): .home,
        UInt8(ascii: "F"): .end,
    ]

    private static let named: [Int: KeyCode] = {
        var keys: [Int: KeyCode] = [1: .home, 2: .insert, 3: .delete, 4: .end, 5: .pageUp, 6: .pageDown, 7: .home, 8: .end]
        // The numbers of the VT220's function keys have gaps.
        for (index, number) in ([11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24]).enumerated() { keys[number] = .function(index + 1) }
        return keys
    }()

    /// A character that is sent by its number, with the keys that were held.
    private static func character(_ number: Int, _ modifiers: Modifiers) -> Key? {
        switch number {
        case 9: return Key(.tab, modifiers)
        case 13: return Key(.enter, modifiers)
        case 27: return Key(.escape, modifiers)
        case 8, 127: return Key(.backspace, modifiers)
        default:
            guard let scalar = Unicode.Scalar(UInt32(number)), TextWidth.isDrawable(scalar) else { return nil }
            // A shifted letter is its capital already.
            return Key(.character(scalar), modifiers.subtracting(.shift))
        }
    }

    /// One more than the sum of shift 1, alt 2, ctrl 4.
    private static func modifiers(_ number: Int) -> Modifiers {
        guard number > 1 else { return [] }
        let bits = number - 1
        var modifiers: Modifiers = []
        if bits & 1 != 0 { modifiers.insert(.shift) }
        if bits & 2 != 0 { modifiers.insert(.alt) }
        if bits & 4 != 0 { modifiers.insert(.control) }
        return modifiers
    }
}
