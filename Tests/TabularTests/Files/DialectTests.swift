import Foundation
import Tabular
import Testing

@Suite("Ways of writing CSV") struct DialectTests {
    private func read(_ text: String, separator: Character? = nil, decimal: Character? = nil) throws -> [[String]] {
        try Samples.withFile(text.utf8) { path in
            var reader = try CSVRecordReader(path: DataReference(paths: [path], separator: separator, decimal: decimal).text)
            var rows = [reader.header]
            while let row = try reader.next() { rows.append(row) }
            return rows
        }
    }

    @Test("Any sign may separate fields; commas and quotes within them come through", arguments: [";", "\t", "|", " "] as [Character])
    func separators(separator: Character) throws {
        let lines = [["a", "\"b c\"", "d"], ["1,5", "\"x\(separator)\"\"y\"", "2"], ["", "\"\"", "z"]]
        let text = lines.map { $0.joined(separator: String(separator)) }.joined(separator: "\r\n")
        #expect(try read(text, separator: separator) == [["a", "b c", "d"], ["1,5", "x\(separator)\"y", "2"], ["", "", "z"]])
    }

    @Test(
        "A decimal comma is a point, a point before three digits separates thousands, and texts stay",
        arguments: [
            ("3,14", "3.14"), ("-0,5", "-0.5"), ("1.234,56", "1,234.56"), ("1.234.567", "1,234,567"), ("12,5 kg", "12.5 kg"), ("7", "7"),
            ("1.234,50 €", "1,234.50 €"), ("10.0.0.1", "10.0.0.1"), ("01.02.2023", "01.02.2023"), ("a,b", "a,b"), ("Nr. 5", "Nr. 5"),
            ("2023-10-29 02:30:00.5", "2023-10-29 02:30:00.5"), ("3.5", "3.5"),
        ])
    func decimals(cell: String, expected: String) throws {
        #expect(try read("x;y\n\(cell);1\n", separator: ";", decimal: ",")[1][0] == expected)
    }

    @Test("A decimal point among decimal commas is refused with its place, whichever comes first")
    func mixture() throws {
        for text in ["x;y\n3,14;1\n3.5;2\n", "x;y\n3.5;1\n1,25;2\n"] {
            let failure = try #require(Samples.failure { _ = try read(text, separator: ";", decimal: ",") }).description
            #expect(failure.hasPrefix("'3.5' is not a number with a decimal comma, as others of its column are: t.csv:"), "\(failure)")
        }
    }

    @Test("The same table in two ways of writing has the same rows")
    func same() throws {
        let plain = try Samples.imported("x,c,y\n1.5,\"a,b\",no\n\"1,234.25\",c,yes\n-2.0,c,no\n", ImportOptions(target: "y"))
        let other = try Samples.withFile("x;c;y\n1,5;a,b;no\n1.234,25;c;yes\n-2,0;c;no\n".utf8) {
            try CSVImport.read(
                path: DataReference(paths: [$0], separator: ";", decimal: ",").text, options: ImportOptions(target: "y"))
        }
        #expect(other.hash == plain.hash)
    }

    @Test("Mistakes are named on their line, as in a file with commas")
    func mistakes() throws {
        func failure(_ text: String) throws -> String {
            try #require(Samples.failure { _ = try read(text, separator: ";") }).description
        }
        #expect(try failure("a;b\n1;2\n3\n").hasPrefix("1 fields where the header has 2: t.csv:3"))
        #expect(try failure("a;b\n1;\"2\n").hasPrefix("a quote that is never closed: t.csv:2"))
        #expect(try failure("a;b\n1;\"2\"x\n").hasPrefix("text after a closing quote: t.csv:2"))
        #expect(try failure("a;b\n1;2\"x\n").hasPrefix("a quote inside an unquoted field: t.csv:2"))
        #expect(
            Samples.failure { _ = try Samples.withFile("a;b\n1;2\n".utf8) { _ = try CSVRecordReader(path: $0) } }?.description
                == "fields are separated by ';': t.csv:1:1: say --separator ';'")
    }

    @Test(
        "Signs that cannot separate fields or decimals are refused",
        arguments: [("a", nil), ("\"", nil), ("-", nil), ("5", nil), (".", nil), (nil, ";"), ("\n", nil)] as [(String?, String?)])
    func signs(separator: String?, decimal: String?) {
        let text = DataReference(paths: ["/t.csv"], separator: separator?.first, decimal: decimal?.first).text
        #expect(Samples.failure { _ = try CSVRecordReader(path: text) }?.description.contains("import options") == true)
    }

    @Test("A reference is one text and comes out of it as it went in")
    func references() throws {
        let references = [
            DataReference(paths: ["/a b/c.csv"]), DataReference(paths: ["/x/sh?op.db"], table: "orders"),
            DataReference(paths: ["/x.db"], table: "a?b&c=d"),
            DataReference(paths: ["/a&b=c%.csv", "/é.csv"], separator: "\t", decimal: ","),
            DataReference(paths: ["data:?x"]), DataReference(paths: ["sqlite:x"]),
        ]
        for reference in references { #expect(try DataReference(reference.text) == reference) }
        #expect(DataReference(paths: ["/a b/c.csv"]).text == "/a b/c.csv")
        #expect(DataReference.title(of: references[1].text) == "sh?op.db?orders")
        #expect(DataReference.title(of: references[3].text) == "a&b=c%.csv and 1 more")
        for text in ["data:?", "data:?file", "data:?file=a&x=1", "data:?separator=ab&file=x", "sqlite:x", "sqlite:?t", "sqlite:x?"] {
            #expect(Samples.failure { _ = try DataReference(text) } != nil, "\(text)")
        }
    }
}
