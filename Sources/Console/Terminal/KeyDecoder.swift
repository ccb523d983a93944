/// Turns what a terminal sends into events: keys, pastes, focus.
///
/// A sequence that is not known is dropped whole: an answer of the terminal or a mouse report must never be taken for keys. A state machine
/// over bytes that does no I/O: it says whether it `isWaiting` for the rest of a sequence, and is told by `timeOut()` that none came.
package struct KeyDecoder: Sendable {
    /// How long an escape may stand alone before it is the key, milliseconds.
    package static let escapeDelay = 25
    /// How long a sequence that has begun may pause, milliseconds: its rest must not be taken for keys because a packet came late.
    package static let sequenceDelay = 250
    /// How long a paste may pause before it counts as over, milliseconds: its end may have been lost.
    package static let pasteDelay = 1_000
    /// No sequence of a key is longer, bytes.
    private static let longestSequence = 64

    private enum State: Equatable {
        case ground
        /// After ESC.
        case escape
        /// After ESC [.
        case control
        /// After ESC O.
        case single
        /// After ESC [ [: a function key of the Linux console follows.
        case linux
        /// So many bytes of an old mouse report are to come.
        case mouse(Int)
        /// In an operating system command or another string, until its end.
        case string
        /// In a string, after ESC.
        case stringEscape
        /// Inside a paste.
        case paste
    }

    private let known: KeySequences
    private var state = State.ground
    /// The bytes after ESC of the sequence that is being read.
    private var sequence: [UInt8] = []
    /// The bytes of a character that is being read, and how many are missing.
    private var character: [UInt8] = []
    private var missing = 0
    private var pasted: [UInt8] = []
    /// How much of the paste's end mark has been seen.
    private var endMatched = 0

    package init(_ known: KeySequences = KeySequences()) { self.known = known }

    /// How long to wait for more bytes before `timeOut()`, milliseconds; nil: nothing is half read.
    package var delay: Int? {
        switch state {
        case .ground: missing > 0 ? KeyDecoder.sequenceDelay : nil
        case .escape: KeyDecoder.escapeDelay
        case .paste: KeyDecoder.pasteDelay
        default: KeyDecoder.sequenceDelay
        }
    }

    /// Takes bytes in the order in which they came.
    ///
    /// Complexity: O(bytes).
    package mutating func feed(_ bytes: some Sequence<UInt8>) -> [InputEvent] {
        var events: [InputEvent] = []
        for byte in bytes { take(byte, &events) }
        return events
    }

    /// Says that no more bytes came: what is half read is what it is.
    package mutating func timeOut() -> [InputEvent] {
        defer { reset() }
        switch state {
        case .escape: return [.key(Key(.escape))]
        case .control where sequence == [UInt8(ascii: "[")]: return [.key(Key(.character("["), .alt))]
        case .single where sequence == [UInt8(ascii: "O")]: return [.key(Key(.character("O"), .alt))]
        case .paste: return [finishPaste()]
        default: return []
        }
    }

    private mutating func reset() {
        state = .ground
        sequence = []
        character = []
        missing = 0
    }

    private mutating func take(_ byte: UInt8, _ events: inout [InputEvent]) {
        switch state {
        case .ground: takePlain(byte, [], &events)
        case .escape: takeAfterEscape(byte, &events)
        case .control: takeControl(byte, &events)
        case .single:
            sequence.append(byte)
            finish(&events)
        case .linux:
            sequence.append(byte)
            finish(&events)
        case .mouse(let left): state = left > 1 ? .mouse(left - 1) : .ground
        case .string:
            if byte == 0x07 || byte == 0x18 || byte == 0x1A { reset() } else if byte == 0x1B { state = .stringEscape }
        case .stringEscape:
            // ESC \ ends it; any other escape begins something new.
            reset()
            if byte != UInt8(ascii: "\\") { takeAfterEscape(byte, &events) }
        case .paste: takePasted(byte, &events)
        }
    }
}

/// Single characters.
extension KeyDecoder {
    private mutating func takePlain(_ byte: UInt8, _ modifiers: Modifiers, _ events: inout [InputEvent]) {
        if missing > 0 {
            if byte & 0xC0 == 0x80 {
                character.append(byte)
                missing -= 1
                if missing == 0 { finishCharacter(&events) }
                return
            }
            // A character broken off: what follows stands for itself.
            missing = 0
            character = []
        }
        switch byte {
        case 0x1B:
            state = .escape
            sequence = []
        case 0x00..<0x20, 0x7F: events.append(.key(KeyDecoder.control(byte, modifiers)))
        case 0x20..<0x7F: events.append(.key(Key(.character(Unicode.Scalar(byte)), modifiers)))
        case 0xC2..<0xF5:
            character = [byte]
            missing = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3
        default: break
        }
    }

    private mutating func finishCharacter(_ events: inout [InputEvent]) {
        defer { character = [] }
        guard let text = String(validating: character, as: UTF8.self), let scalar = text.unicodeScalars.first, TextWidth.isDrawable(scalar)
        else { return }
        events.append(.key(Key(.character(scalar))))
    }

    private static func control(_ byte: UInt8, _ modifiers: Modifiers) -> Key {
        switch byte {
        case 0x08, 0x7F: Key(.backspace, modifiers)
        case 0x09: Key(.tab, modifiers)
        case 0x0A, 0x0D: Key(.enter, modifiers)
        case 0x00: Key(.character(" "), modifiers.union(.control))
        // ctrl-a … ctrl-z, then ctrl-\ ] ^ _
        case 0x01...0x1A: Key(.character(Unicode.Scalar(byte + 0x60)), modifiers.union(.control))
        default: Key(.character(Unicode.Scalar(byte + 0x40)), modifiers.union(.control))
        }
    }
}

/// Sequences that begin with an escape.
extension KeyDecoder {
    private mutating func takeAfterEscape(_ byte: UInt8, _ events: inout [InputEvent]) {
        switch byte {
        case UInt8(ascii: "["): begin(.control, byte)
        case UInt8(ascii: "O"): begin(.single, byte)
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"): begin(.string, byte)
        case 0x1B:
            events.append(.key(Key(.escape)))
            state = .escape
        case 0x80...:
            // An accented character after an escape: two keys.
            reset()
            events.append(.key(Key(.escape)))
            takePlain(byte, [], &events)
        default:
            reset()
            takePlain(byte, .alt, &events)
        }
    }

    private mutating func begin(_ next: State, _ byte: UInt8) {
        state = next
        sequence = [byte]
    }

    private mutating func takeControl(_ byte: UInt8, _ events: inout [InputEvent]) {
        switch byte {
        case UInt8(ascii: "[") where sequence.count == 1:
            sequence.append(byte)
            state = .linux
        case UInt8(ascii: "M") where sequence.count == 1: state = .mouse(3)
        case UInt8(ascii: "$") where sequence.count > 1, 0x40...0x7E:
            sequence.append(byte)
            finish(&events)
        case 0x20..<0x40:
            sequence.append(byte)
            if sequence.count > KeyDecoder.longestSequence { reset() }
        case 0x1B:
            reset()
            state = .escape
        default: reset()
        }
    }

    private mutating func finish(_ events: inout [InputEvent]) {
        let whole = sequence
        reset()
        if whole == KeySequences.pasteBegin {
            state = .paste
            pasted = []
            endMatched = 0
        } else if whole == KeySequences.focusIn || whole == KeySequences.focusOut {
            events.append(.focus(whole == KeySequences.focusIn))
        } else if let key = known.key(whole) {
            events.append(.key(key))
        }
    }
}

/// Pastes.
extension KeyDecoder {
    private mutating func takePasted(_ byte: UInt8, _ events: inout [InputEvent]) {
        let mark = KeySequences.pasteEnd
        if byte == mark[endMatched] {
            endMatched += 1
            if endMatched == mark.count {
                events.append(finishPaste())
                reset()
            }
            return
        }
        keep(mark[..<endMatched])
        endMatched = 0
        if byte == mark[0] { endMatched = 1 } else { keep([byte]) }
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        let room = InputEvent.maximumPasteBytes - pasted.count
        pasted.append(contentsOf: bytes.prefix(max(0, room)))
    }

    /// Lines end in a line feed, whatever the terminal makes of them.
    private mutating func finishPaste() -> InputEvent {
        let text = String(decoding: pasted, as: UTF8.self)
        pasted = []
        endMatched = 0
        let lines = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        return .paste(InputEvent.bounded(lines))
    }
}
