import Tabular
import Testing

@Suite("SafeText") struct SafeTextTests {
    @Test(
        "Characters that move the cursor, hide or reorder text are shown as numbers",
        arguments: [
            ("plain text, 100 %", "plain text, 100 %"), ("naïve café 東京 🛫", "naïve café 東京 🛫"), ("a\u{1B}[2Jb", "a\\u{1B}[2Jb"),
            ("a\u{9B}b", "a\\u{9B}b"), ("\u{7F}", "\\u{7F}"), ("a\r\nb\tc", "a\\u{D}\\u{A}b\\u{9}c"), ("x\u{202E}y", "x\\u{202E}y"),
            ("x\u{2066}y\u{2069}", "x\\u{2066}y\\u{2069}"), ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("\u{FEFF}a", "\\u{FEFF}a"),
            ("\u{0}", "\\u{0}"),
        ])
    func escapes(text: String, expected: String) {
        #expect(SafeText.escape(text) == expected)
    }
}
