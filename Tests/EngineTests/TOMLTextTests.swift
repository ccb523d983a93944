import Engine
import Testing

@Suite("TOML that people write")
struct TOMLTextTests {
    @Test(
        "a section whose name begins as none can is refused with its line; the parser would end the process there",
        arguments: ["[`x", "[$a]\n", "a = 1\n  [ \t!]", "[[", "[[[x]]]", "x = '''\n[`\n'''\n[é]", "a = [\n[1],\n]\n[.a]", "# [`\n[\u{1}"])
    func refused(_ text: String) {
        // What ends the text behind a bracket the parser refuses by itself.
        #expect(throws: TOMLTextFailure.self) { _ = try TOMLText.table(text) }
    }

    @Test(
        "whatever else TOML allows is read as ever",
        arguments: [
            "[a]\nb = 1", "[ \"a b\".c ]\n", "[[ x ]]\n[[x]]\n", "a = \"\"\"\n[`no header\n\"\"\"\n[b]", "a = '''\n[`\n'''",
            "a = [\n[1, 2],\n[+3]\n]",
            "a = [ [{ x = 1 }] ]", "a = '[`'\n", "a = \"\\\"[\"\n[b-c_1]", "# [`\n", "",
        ])
    func read(_ text: String) throws { _ = try TOMLText.table(text) }

    @Test("the line is that of the section") func line() {
        let failure = #expect(throws: TOMLTextFailure.self) { _ = try TOMLText.table("a = 1\n\n[?]\n") }
        #expect(failure?.line == 3 && failure?.description.hasPrefix("line 3: ") == true)
    }
}
