import Console
import Testing

@Suite("Choosing a terminal") struct TerminalKindTests {
    private static let database: [String: TerminalKind.Entry] = [
        "xterm-256color": .init(colours: 256), "xterm": .init(colours: 8), "vt100": .init(colours: -1), "linux": .init(colours: 8),
        "tmux-256color": .init(colours: 256), "xterm-direct": .init(colours: 1 << 24, isDirect: true), "screen": .init(colours: 8),
    ]

    private static func choose(
        _ environment: [String: String], isUTF8: Bool = true, without missing: Set<String> = []
    ) throws(TerminalFailure) -> TerminalKind {
        try TerminalKind.choose(environment: environment, isUTF8: isUTF8) { missing.contains($0) ? nil : database[$0] }
    }

    struct Case: Sendable {
        var environment: [String: String]
        var isUTF8 = true
        var entry: String
        var depth: ColourDepth
        var glyphs: GlyphLevel
    }

    static let cases: [Case] = [
        Case(environment: ["TERM": "xterm-256color"], entry: "xterm-256color", depth: .indexed256, glyphs: .braille),
        Case(
            environment: ["TERM": "xterm-256color", "COLORTERM": "truecolor"], entry: "xterm-direct", depth: .truecolor, glyphs: .braille),
        // tmux has no direct entry here: the outer terminal's is none of its own.
        Case(
            environment: ["TERM": "tmux-256color", "COLORTERM": "truecolor"], entry: "tmux-256color", depth: .indexed256, glyphs: .braille),
        Case(
            environment: ["TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"], entry: "xterm-256color", depth: .mono,
            glyphs: .braille),
        Case(environment: ["TERM": "linux"], entry: "linux", depth: .ansi16, glyphs: .blocks),
        Case(environment: ["TERM": "vt100"], entry: "vt100", depth: .mono, glyphs: .ascii),
        Case(environment: ["TERM": "screen"], isUTF8: false, entry: "screen", depth: .ansi16, glyphs: .ascii),
        Case(environment: ["TERM": "garbage"], entry: "xterm-256color", depth: .indexed256, glyphs: .braille),
        Case(environment: [:], entry: "xterm-256color", depth: .indexed256, glyphs: .braille),
        Case(environment: ["TERM": "../../etc/passwd"], entry: "xterm-256color", depth: .indexed256, glyphs: .braille),
    ]

    @Test("Entry, colours and glyphs follow TERM, COLORTERM, NO_COLOR and the locale", arguments: cases)
    func ladder(_ one: Case) throws {
        let kind = try Self.choose(one.environment, isUTF8: one.isUTF8)
        #expect(kind.entryName == one.entry)
        #expect(kind.facts.depth == one.depth)
        #expect(kind.facts.glyphs == one.glyphs)
        #expect(kind.facts.isUTF8 == one.isUTF8)
    }

    @Test("An unknown TERM falls back step by step and says so")
    func fallback() throws {
        let first = try Self.choose(["TERM": "garbage"])
        #expect(first.facts.name == "xterm-256color")
        #expect(first.facts.fallback == "TERM=garbage has no terminfo entry: using xterm-256color")
        #expect(try Self.choose(["TERM": "garbage"], without: ["xterm-256color"]).facts.name == "xterm")
        #expect(try Self.choose(["TERM": "garbage"], without: ["xterm-256color", "xterm"]).facts.name == "vt100")
        #expect(try Self.choose(["TERM": "linux"]).facts.fallback == nil)
        #expect(throws: TerminalFailure.noEntry(tried: ["garbage", "xterm-256color", "xterm", "vt100"])) {
            try Self.choose(["TERM": "garbage"], without: ["xterm-256color", "xterm", "vt100"])
        }
    }

    @Test("A terminal that cannot place text is refused with what to use instead")
    func dumb() {
        #expect(throws: TerminalFailure.tooPlain(name: "dumb")) { try Self.choose(["TERM": "dumb"]) }
        #expect(TerminalFailure.tooPlain(name: "dumb").description.contains("flyball status"))
        #expect(TerminalFailure.noTerminal.description.contains("flyball status"))
    }

    @Test(
        "Only terminals that understand xterm's sequences are sent them",
        arguments: [("xterm-256color", true), ("linux", false), ("vt100", false)])
    func sequences(_ name: String, _ expected: Bool) throws {
        #expect(try Self.choose(["TERM": name]).isXtermLike == expected)
    }
}

@Suite("Colour pairs") struct TerminalPairTests {
    @Test("A pair has one number for good, given out when it is first used")
    func numbers() {
        var table = PairTable(capacity: 64)
        let red = PairTable.Pair(foreground: 1, background: 0)
        #expect(table.number(of: red) == PairTable.Answer(number: 1, new: red))
        #expect(table.number(of: red) == PairTable.Answer(number: 1))
        let blue = PairTable.Pair(foreground: 4, background: 0)
        #expect(table.number(of: blue) == PairTable.Answer(number: 2, new: blue))
        #expect(table.number(of: PairTable.Pair(foreground: -1, background: -1)) == PairTable.Answer(number: 0))
    }

    @Test("A terminal with few pairs draws the rest on its own background")
    func exhausted() {
        var table = PairTable(capacity: 3)
        #expect(table.number(of: PairTable.Pair(foreground: 1, background: -1)).number == 1)
        #expect(table.number(of: PairTable.Pair(foreground: 2, background: 5)).number == 2)
        #expect(table.number(of: PairTable.Pair(foreground: 1, background: 5)) == PairTable.Answer(number: 1))
        #expect(table.number(of: PairTable.Pair(foreground: 3, background: 5)) == PairTable.Answer(number: 0))
        var none = PairTable(capacity: 0)
        #expect(none.number(of: PairTable.Pair(foreground: 1, background: 2)).number == 0)
    }

    @Test("Colours are numbered as each kind of terminal numbers them")
    func palette() {
        let paint = Paint(foreground: .indexed(9), background: .standard, attributes: [])
        let eight = CursesPalette(depth: .ansi16, colours: 8, hasDefault: true).pair(paint)
        #expect(eight.pair == PairTable.Pair(foreground: 1, background: -1))
        #expect(eight.isBold)
        let sixteen = CursesPalette(depth: .ansi16, colours: 16, hasDefault: false).pair(paint)
        #expect(sixteen.pair == PairTable.Pair(foreground: 9, background: 0))
        #expect(!sixteen.isBold)
        let exact = Paint(foreground: .rgb(RGB(0x12, 0x34, 0x56)), background: .rgb(RGB(0, 0, 3)), attributes: [])
        let direct = CursesPalette(depth: .truecolor, colours: 1 << 24, hasDefault: true).pair(exact)
        // Below 8 a direct-colour entry means the ANSI colours.
        #expect(direct.pair == PairTable.Pair(foreground: 0x123456, background: 8))
    }
}
