import Tabular
import Testing

@Suite("Names") struct NamesTests {
    @Test(
        "The grammar of names",
        arguments: [
            ("flight-delay", true), ("a", true), ("7up", true), (String(repeating: "a", count: 63), true),
            (String(repeating: "a", count: 64), false),
            ("", false), ("-a", false), ("A", false), ("a_b", false), ("..", false), ("a/b", false), ("a ", false), ("a\u{202E}", false),
            ("é", false),
            ("a\n", false),
        ])
    func grammar(name: String, isValid: Bool) {
        #expect(Names.isValid(name) == isValid)
    }

    @Test(
        "The nearest word is suggested when it is near",
        arguments: [
            ("promte", "promote"), ("ORIGIN", "origin"), ("oirgin", "origin"), ("zzzzzz", nil), ("", nil), ("rolback", "rollback"),
            (String(repeating: "x", count: 10_000), nil),
        ])
    func nearest(word: String, expected: String?) {
        #expect(Names.nearest(to: word, in: ["promote", "rollback", "origin"]) == expected)
    }

    @Test(
        "A name of one or two letters suggests nothing but the same letters in another case",
        arguments: [("b", nil), ("tt", nil), ("l3", nil), ("X", "x"), ("L2", "l2"), ("lat", "late"), ("ag", nil)])
    func short(word: String, expected: String?) {
        #expect(Names.nearest(to: word, in: ["x", "t", "l2", "late", "age"]) == expected)
    }

    @Test(
        "Edit distances of textbook pairs",
        arguments: [("kitten", "sitting", 3), ("ca", "ac", 1), ("", "abc", 3), ("saturday", "sunday", 3), ("same", "same", 0)])
    func distance(a: String, b: String, expected: Int) {
        #expect(Names.editDistance(Array(a), Array(b)) == expected)
    }
}
