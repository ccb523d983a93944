import Console
import Testing

@Suite("Filter patterns") struct WidgetsPatternTests {
    /// What Python 3.11's `re.search` says of the same pattern and text (with IGNORECASE where the pattern has no capital).
    @Test(
        "match as Python's re does",
        arguments: [
            ("fraud", "card-fraud", true), ("^fraud", "card-fraud", false), ("fraud$", "card-fraud", true), ("a.c", "abc", true),
            ("a.c", "ac", false),
            ("ab*c", "ac", true), ("ab+c", "ac", false), ("ab?c", "abbc", false), ("(ab)+c", "ababc", true), ("a|b", "xbx", true),
            ("^(a|b)$", "ab", false),
            ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false), ("[]]", "]", true), ("[a-]", "-", true), ("\\d{3}", "v12", false),
            ("v\\d{2,3}$", "v123", true),
            ("\\.", "abc", false), ("\\.", "a.c", true), ("x{2}", "xx", true), ("x{2}", "x", false), ("x{,2}", "x{,2}", true),
            ("Card", "card", false),
            ("card", "CARD", true), ("é", "É", true), ("", "anything", true), ("a||b", "", true), ("(a*)*b", "aaab", true),
            ("\\w+\\s\\w+", "two words", true),
            ("^$", "", true), ("^$", "x", false), ("(x|y){2}z", "xyz", true), ("a{0}b", "b", true), ("[\\d-]+$", "2013-04", true),
        ] as [(String, String, Bool)])
    func matching(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try Pattern(pattern).matches(text) == isMatch)
    }

    @Test(
        "what is none is refused with a reason",
        arguments: [
            ("(", "a ( without its )"), (")", "a ) without its ("), ("[a", "a [ without its ]"), ("*a", "nothing to repeat in front of *"),
            ("a\\", "a \\ with nothing behind it"),
            ("[z-a]", "the range z-a runs backwards"), ("((a{99}){99}){99}", "the pattern repeats too much"),
            (String(repeating: "(", count: 40), "groups are nested too deep"),
            (String(repeating: "a", count: 300), "the pattern is longer than 256 characters"),
        ])
    func refused(pattern: String, reason: String) {
        #expect(throws: PatternFailure.self) { try Pattern(pattern) }
        do { _ = try Pattern(pattern) } catch { #expect(error.description == reason) }
    }

    @Test(
        "patterns that keep a backtracking matcher busy for ever end at once",
        arguments: ["(a+)+$", "(a|aa)+$", "(a*)*b$", "(.*)*x", "a{50}a{50}x"])
    func linear(pattern: String) throws {
        #expect(try Pattern(pattern).matches(String(repeating: "a", count: 20_000) + "!") == false)
    }

    @Test("a filter that is wrong stays as it was; ! turns it round; empty lets all through") func filter() {
        var filter = RowFilter()
        #expect(filter.accepts(["x"]))
        #expect(filter.set("fraud") == nil)
        #expect(filter.set("(") == "a ( without its )")
        #expect(filter.text == "fraud" && filter.accepts(["card-fraud", "ok"]) && !filter.accepts(["churn"]))
        #expect(filter.set("!fraud") == nil)
        #expect(!filter.accepts(["card-fraud"]) && filter.accepts(["churn"]))
        #expect(filter.set("") == nil)
        #expect(!filter.isActive)
    }
}
