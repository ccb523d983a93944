/// Which terminfo entry a console uses, and what the terminal behind it can do.
package struct TerminalKind: Equatable, Sendable {
    /// What terminfo says of an entry.
    package struct Entry: Equatable, Sendable {
        /// How many colours; below 1: none.
        package var colours: Int
        /// Whether a colour is its red, green and blue.
        package var isDirect: Bool

        package init(colours: Int, isDirect: Bool = false) {
            self.colours = colours
            self.isDirect = isDirect
        }
    }

    /// The entry's name, and what the System screen shows.
    package var facts: TerminalFacts
    /// The terminfo entry that is opened: `facts.name`, or its direct-colour sister.
    package var entryName: String
    /// How many colours the opened entry has.
    package var colours: Int
    /// Whether it understands xterm's private modes and operating system commands: bracketed paste, title, clipboard.
    package var isXtermLike: Bool

    /// What is tried when TERM has no entry.
    static let fallbacks = ["xterm-256color", "xterm", "vt100"]
    private static let plain = ["dumb", "unknown", "emacs", "network", "dialup"]
    private static let xtermLike = [
        "xterm", "tmux", "screen", "rxvt", "alacritty", "foot", "kitty", "wezterm", "iterm", "st-", "konsole", "vte", "gnome", "ghostty",
        "contour",
        "mintty", "putty", "Eterm",
    ]
    /// Terminals of fixed fonts, older than any box of Unicode.
    private static let oldTimers = ["vt", "ansi", "cons25", "sun", "pcansi", "cygwin", "hurd", "mach"]

    /// Chooses the entry.
    ///
    /// - Parameters:
    ///   - environment: TERM, COLORTERM, NO_COLOR.
    ///   - isUTF8: whether the locale's coding is UTF-8.
    ///   - find: looks an entry up.
    /// - Throws: `.tooPlain` for a terminal that cannot place text, `.noEntry` when neither TERM nor a fallback has an entry.
    package static func choose(
        environment: [String: String], isUTF8: Bool, find: (String) -> Entry?
    ) throws(TerminalFailure) -> TerminalKind {
        let asked = environment["TERM"] ?? ""
        guard !plain.contains(asked) else { throw .tooPlain(name: asked) }
        let tried = (isName(asked) ? [asked] : []) + fallbacks
        guard let (name, entry) = first(of: tried, find) else { throw .noEntry(tried: tried) }
        var facts = TerminalFacts()
        facts.name = name
        if name != asked {
            facts.fallback = asked.isEmpty ? "TERM is not set: using \(name)" : "TERM=\(asked) has no terminfo entry: using \(name)"
        }
        facts.isUTF8 = isUTF8
        facts.glyphs = glyphs(name, isUTF8: isUTF8)
        var kind = TerminalKind(
            facts: facts, entryName: name, colours: entry.colours, isXtermLike: xtermLike.contains { name.hasPrefix($0) })
        if ColourDepth.wantsTruecolor(environment), let (direct, its) = first(of: directNames(name), find), its.isDirect {
            kind.entryName = direct
            kind.colours = its.colours
        }
        kind.facts.depth = ColourDepth.detect(
            environment: environment, terminfoColours: kind.colours, hasDirectEntry: kind.entryName != name || entry.isDirect)
        return kind
    }

    /// The direct-colour sisters that ncurses ships beside an entry.
    ///
    /// Truecolor through anything less would need `init_color`, which changes the operator's palette.
    static func directNames(_ name: String) -> [String] {
        var base = name
        for ending in ["-256color", "-direct"] where base.hasSuffix(ending) { base = String(base.dropLast(ending.count)) }
        var names = [base + "-direct"]
        if base.hasPrefix("xterm-") { names += [String(base.dropFirst(6)) + "-direct", "xterm-direct"] }
        return names
    }

    private static func glyphs(_ name: String, isUTF8: Bool) -> GlyphLevel {
        guard isUTF8, !oldTimers.contains(where: { name.hasPrefix($0) }) else { return .ascii }
        // The console's fonts hold 512 characters at most: blocks are among them, braille is not.
        return name == "linux" || name.hasPrefix("linux-") ? .blocks : .braille
    }

    private static func first(of names: [String], _ find: (String) -> Entry?) -> (String, Entry)? {
        for name in names {
            if let entry = find(name) { return (name, entry) }
        }
        return nil
    }

    /// Entries are files: whatever else TERM holds is no name.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_.+".utf8.contains(byte)
                }
            } && !text.hasPrefix(".")
    }
}
