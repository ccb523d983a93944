/// What an operator's terminal tells the console.
package enum InputEvent: Equatable, Sendable {
    case key(Key)
    /// The terminal has another size; also the first event of every terminal.
    case resize(Size)
    /// Text that was pasted, at most `InputEvent.maximumPasteBytes` of it; it never counts as key presses.
    case paste(String)
    /// The window came to the front or left it.
    case focus(Bool)
    /// What became of `TerminalEffect.save`: the file's name, and why it was not written.
    case saved(path: String, failure: String?)
    /// The terminal is gone; nothing follows.
    case hangup
}

/// Input events as bytes: a tag, then the fields.
extension InputEvent {
    /// The most of a paste that is kept, in bytes of UTF-8.
    package static let maximumPasteBytes = 64 << 10
    /// The longest name of a file, in bytes of UTF-8.
    static let maximumPathBytes = 4_096
    private static let functionCode = 0x40
    private static let characterCode = 0x80

    /// The event as bytes.
    package func encode() -> [UInt8] {
        var writer = FrameWriter()
        switch self {
        case .key(let key):
            writer.byte(0)
            writer.byte(key.modifiers.rawValue)
            InputEvent.write(key.code, to: &writer)
        case .resize(let size):
            writer.byte(1)
            writer.number(size.width)
            writer.number(size.height)
        case .paste(let text):
            writer.byte(2)
            writer.text(InputEvent.bounded(text))
        case .focus(let isFocused): writer.byte(isFocused ? 4 : 3)
        case .hangup: writer.byte(5)
        case .saved(let path, let failure):
            writer.byte(6)
            writer.text(path.utf8.count <= InputEvent.maximumPathBytes ? path : "")
            writer.text(String((failure ?? "").unicodeScalars.prefix(256)))
        }
        return writer.bytes
    }

    /// Reads one event that fills the bytes exactly.
    package static func decode(_ bytes: [UInt8]) throws(FrameFailure) -> InputEvent {
        var reader = FrameReader(bytes)
        let event: InputEvent
        switch try reader.byte("event") {
        case 0: event = .key(try readKey(&reader))
        case 1:
            event = .resize(
                Size(
                    width: try reader.number("width", limit: Size.maximum.width),
                    height: try reader.number("height", limit: Size.maximum.height)))
        case 2: event = .paste(try reader.text("paste", limit: maximumPasteBytes))
        case 3: event = .focus(false)
        case 4: event = .focus(true)
        case 5: event = .hangup
        case 6:
            let path = try reader.text("file", limit: maximumPathBytes)
            let failure = try reader.text("failure", limit: 1_024)
            event = .saved(path: path, failure: failure.isEmpty ? nil : failure)
        default: throw .invalid(field: "event", at: 0)
        }
        try reader.finish()
        return event
    }

    /// A paste cut to what is kept, at a character's end.
    package static func bounded(_ text: String) -> String {
        guard text.utf8.count > maximumPasteBytes else { return text }
        return String(decoding: Array(text.utf8.prefix(maximumPasteBytes - 3)), as: UTF8.self)
    }

    private static func write(_ code: KeyCode, to writer: inout FrameWriter) {
        switch code {
        case .character(let scalar): writer.number(characterCode + Int(scalar.value))
        case .function(let number): writer.number(functionCode + min(max(number, 1), 63))
        default: writer.number(KeyCode.named.firstIndex { $0.code == code } ?? 0)
        }
    }

    private static func readKey(_ reader: inout FrameReader) throws(FrameFailure) -> Key {
        let modifiers = Modifiers(rawValue: try reader.byte("modifiers"))
        guard Modifiers.all.isSuperset(of: modifiers) else { throw .invalid(field: "modifiers", at: 1) }
        let number = try reader.number("key", limit: characterCode + 0x10FFFF)
        if number >= characterCode {
            guard let scalar = Unicode.Scalar(UInt32(number - characterCode)) else { throw .invalid(field: "key", at: 2) }
            return Key(.character(scalar), modifiers)
        }
        if number > functionCode { return Key(.function(number - functionCode), modifiers) }
        guard number < KeyCode.named.count else { throw .invalid(field: "key", at: 2) }
        return Key(KeyCode.named[number].code, modifiers)
    }
}
