import Console
import Testing

@Suite("Keys from a terminal's bytes") struct TerminalKeyDecoderTests {
    private static func keys(_ text: String, own: [[UInt8]: Key] = [:]) -> [String] {
        var decoder = KeyDecoder(KeySequences(own: own))
        return names(decoder.feed(Array(text.utf8)) + decoder.timeOut())
    }

    private static func names(_ events: [InputEvent]) -> [String] {
        events.map { event in
            switch event {
            case .key(let key): key.name
            case .saved(let path, _): "saved:\(path)"
            case .paste(let text): "paste:\(text)"
            case .focus(let isFocused): isFocused ? "in" : "out"
            case .resize, .hangup: "\(event)"
            }
        }
    }

    /// From "XTerm Control Sequences", the VT220 programmer's reference, rxvt's and the Linux console's manual pages.
    static let sequences: [(String, [String])] = [
        ("p", ["p"]), ("R", ["R"]), (" ", ["space"]), ("é日", ["é", "日"]),
        ("\r", ["enter"]), ("\n", ["enter"]), ("\t", ["tab"]), ("\u{7F}", ["backspace"]), ("\u{08}", ["backspace"]), ("\u{1B}", ["esc"]),
        ("\u{03}", ["ctrl-c"]), ("\u{1A}", ["ctrl-z"]), ("\u{00}", ["ctrl-space"]), ("\u{1C}", ["ctrl-\\"]),
        ("\u{1B}a", ["alt-a"]), ("\u{1B}\r", ["alt-enter"]), ("\u{1B}\u{1B}", ["esc", "esc"]), ("\u{1B}\u{01}", ["ctrl-alt-a"]),
        ("\u{1B}[", ["alt-["]), ("\u{1B}O", ["alt-O"]),
        ("\u{1B}[A\u{1B}[B\u{1B}[C\u{1B}[D", ["up", "down", "right", "left"]), ("\u{1B}OA\u{1B}OD", ["up", "left"]),
        ("\u{1B}[H\u{1B}[F", ["home", "end"]), ("\u{1B}[1~\u{1B}[4~\u{1B}[7~\u{1B}[8~", ["home", "end", "home", "end"]),
        ("\u{1B}[2~\u{1B}[3~\u{1B}[5~\u{1B}[6~", ["insert", "delete", "pageup", "pagedown"]), ("\u{1B}[Z", ["shift-tab"]),
        ("\u{1B}OP\u{1B}OQ\u{1B}OR\u{1B}OS", ["F1", "F2", "F3", "F4"]), ("\u{1B}[[A\u{1B}[[E", ["F1", "F5"]),
        ("\u{1B}[11~\u{1B}[15~\u{1B}[17~\u{1B}[21~\u{1B}[23~\u{1B}[24~", ["F1", "F5", "F6", "F10", "F11", "F12"]),
        ("\u{1B}[1;5C\u{1B}[1;2A\u{1B}[1;3D\u{1B}[1;7B", ["ctrl-right", "shift-up", "alt-left", "ctrl-alt-down"]),
        ("\u{1B}[3;5~\u{1B}[15;2~\u{1B}[1;5P", ["ctrl-delete", "shift-F5", "ctrl-F1"]),
        ("\u{1B}Oa\u{1B}[a\u{1B}[5^\u{1B}[7$", ["ctrl-up", "shift-up", "ctrl-pageup", "shift-home"]),
        ("\u{1B}[97;5u\u{1B}[27;5;13~\u{1B}[13;2u", ["ctrl-a", "ctrl-enter", "shift-enter"]),
        ("\u{1B}Op\u{1B}Oy\u{1B}OM", ["0", "9", "enter"]), ("\u{1B}[I\u{1B}[O", ["in", "out"]),
    ]

    @Test("Each sequence is the key that the terminals' manuals say", arguments: sequences)
    func knownSequences(_ bytes: String, _ expected: [String]) {
        #expect(Self.keys(bytes) == expected)
    }

    @Test("A sequence that arrives byte by byte is the same key", arguments: sequences)
    func byteByByte(_ bytes: String, _ expected: [String]) {
        var decoder = KeyDecoder()
        var events: [InputEvent] = []
        for byte in bytes.utf8 { events += decoder.feed([byte]) }
        #expect(Self.names(events + decoder.timeOut()) == expected)
    }

    @Test(
        "What is no key leaves no keys behind",
        arguments: [
            "\u{1B}[24;80R", "\u{1B}[?1;2c", "\u{1B}[<0;10;20M", "\u{1B}[M !!", "\u{1B}]11;rgb:1a1a/1b1b/2626\u{07}",
            "\u{1B}]0;pPR\u{1B}\\",
            "\u{1B}P>|XTerm(379)\u{1B}\\", "\u{1B}_Gi=31;OK\u{1B}\\", "\u{1B}[99999999999~", "\u{1B}[1;2;3;4;5;6;7;8;9;10;11x",
            "\u{1B}[201~", "\u{1B}[;;;;;;A~".replacing("~", with: ""), "\u{85}",
        ])
    func answersAreNoKeys(_ bytes: String) {
        var decoder = KeyDecoder()
        let events = decoder.feed(Array(bytes.utf8)) + decoder.feed(Array("x".utf8))
        #expect(Self.names(events).last == "x")
        #expect(events.count <= 2)
        if !bytes.hasSuffix("A") { #expect(events.count == 1) }
    }

    @Test("The terminal's own entry names what the common forms do not")
    func ownSequences() {
        let own = [Array("[224z".utf8): Key(.function(1))]
        #expect(Self.keys("\u{1B}[224z", own: own) == ["F1"])
        #expect(Self.keys("\u{1B}[224z").isEmpty)
    }

    @Test("Only an escape that nothing follows waits for a moment")
    func delays() {
        var decoder = KeyDecoder()
        #expect(decoder.delay == nil)
        _ = decoder.feed([0x1B])
        #expect(decoder.delay == KeyDecoder.escapeDelay)
        _ = decoder.feed(Array("[1;".utf8))
        #expect(decoder.delay == KeyDecoder.sequenceDelay)
        #expect(Self.names(decoder.feed(Array("5C".utf8))) == ["ctrl-right"])
        #expect(decoder.delay == nil)
    }

    @Test("A sequence that breaks off is forgotten, and the next key is itself")
    func brokenOff() {
        var decoder = KeyDecoder()
        _ = decoder.feed(Array("\u{1B}[1;5".utf8))
        #expect(decoder.timeOut().isEmpty)
        #expect(Self.names(decoder.feed(Array("q".utf8))) == ["q"])
    }
}

@Suite("Pastes") struct TerminalPasteTests {
    private static let begin = "\u{1B}[200~"
    private static let end = "\u{1B}[201~"

    @Test("Pasted text is one event, whatever is in it")
    func pasteIsNoKeys() {
        var decoder = KeyDecoder()
        let inner = "pR\u{03}\r\ny\u{1B}[A\u{1B}[20\u{1B}\u{1B}[201"
        let events = decoder.feed(Array(("a" + Self.begin + inner + Self.end + "b").utf8))
        #expect(
            events == [
                .key(.character("a")), .paste("pR\u{03}\ny\u{1B}[A\u{1B}[20\u{1B}\u{1B}[201"), .key(.character("b")),
            ])
    }

    @Test("A megabyte with newlines is one event of at most 64 KiB")
    func largePaste() {
        var decoder = KeyDecoder()
        let text = String(repeating: "promote everything\n", count: 55_000)
        var events: [InputEvent] = []
        for chunk in Array((Self.begin + text + Self.end).utf8).chunked(4_096) { events += decoder.feed(chunk) }
        #expect(events.count == 1)
        guard case .paste(let kept) = events.first else {
            Issue.record("no paste")
            return
        }
        #expect(kept.utf8.count <= InputEvent.maximumPasteBytes)
        #expect(text.hasPrefix(kept.prefix(1_000)))
    }

    @Test("A paste whose end is lost is over after a pause, and keys work again")
    func unfinishedPaste() {
        var decoder = KeyDecoder()
        #expect(decoder.feed(Array((Self.begin + "abc").utf8)).isEmpty)
        #expect(decoder.delay == KeyDecoder.pasteDelay)
        #expect(decoder.timeOut() == [.paste("abc")])
        #expect(decoder.feed([UInt8(ascii: "q")]) == [.key(.character("q"))])
    }

    @Test("Random bytes never trap and never leave it deaf", arguments: 0..<200)
    func randomBytes(_ seed: Int) {
        var random = Scramble(state: UInt64(seed) &+ 1)
        var decoder = KeyDecoder()
        // Bytes that mean something are taken more often, so that the machine is driven deep.
        let loud = Array("\u{1B}[]OPM;~<201$\u{07}\\".utf8)
        for _ in 0..<2_000 {
            let value = random.next()
            _ = decoder.feed([value & 3 == 0 ? UInt8(truncatingIfNeeded: value >> 8) : loud[Int(value >> 8) % loud.count]])
        }
        _ = decoder.timeOut()
        #expect(decoder.delay == nil)
        #expect(decoder.feed([UInt8(ascii: "q")]) == [.key(.character("q"))])
    }

    /// xorshift64, as Marsaglia gives it.
    private struct Scramble {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state >> 1 & 0xFFFF
        }
    }
}

extension Array {
    fileprivate func chunked(_ size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
