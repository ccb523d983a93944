import Foundation
import Tabular
import Testing

@Suite("JSON lines") struct JSONLinesTests {
    private func read(_ text: String) throws -> (header: [String], rows: [[String]]) {
        try Samples.withFile(text.utf8, name: "t.jsonl") { path in
            var reader = try CSVRecordReader(path: path)
            var rows: [[String]] = []
            while let row = try reader.next() { rows.append(row) }
            return (reader.header, rows)
        }
    }

    @Test("Each name is a column, in the order in which the names come; what an object has not is blank")
    func names() throws {
        let found = try read("{\"a\":1,\"b\":\"x\"}\n\n{\"b\":null,\"c\":true,\"a\":-2.50e3}\n{ }\n")
        #expect(found.header == ["a", "b", "c"])
        #expect(found.rows == [["1", "x", ""], ["-2.50e3", "", "true"], ["", "", ""]])
    }

    @Test("One array of objects reads like the lines, whatever blanks are in between")
    func array() throws {
        let lines = try read("{\"a\":1}\n{\"a\":2}\n")
        let array = try read("\u{FEFF} [ {\"a\":1},\n\t{\"a\" : 2 } ]\n")
        #expect(lines.rows == array.rows && lines.header == array.header)
    }

    @Test("Escapes, commas, quotes and line ends within a text come through")
    func texts() throws {
        let found = try read(#"{"n\u0061me":"a \"b\", \u00e9\uD83D\ude00\/\\","t":"1\n2\t"}"# + "\n")
        #expect(found.header == ["name", "t"])
        #expect(found.rows == [["a \"b\", é😀/\\", "1\n2\t"]])
    }

    @Test("A number keeps all its digits, so that an identifier stays one")
    func digits() throws {
        #expect(try read("{\"id\":90071992547409931234,\"y\":1.10}").rows == [["90071992547409931234", "1.10"]])
    }

    @Test("The same table as JSON lines and as CSV is imported with the same rows and the same hash")
    func sameAsCSV() throws {
        let csv = "time,x,cat,flag,y\n2024-01-01 10:00,1,a b,true,no\n2024-01-02 10:00,2.5,\"c,d\",false,yes\n2024-01-03,,NA,,no\n"
        let json = """
            {"time":"2024-01-01 10:00","x":1,"cat":"a b","flag":true,"y":"no"}
            {"time":"2024-01-02 10:00","x":2.5,"cat":"c,d","flag":false,"y":"yes"}
            {"y":"no","time":"2024-01-03","cat":"NA","x":null}
            """
        let options = ImportOptions(target: "y", timeColumn: "time")
        let plain = try Samples.imported(csv, options)
        let lines = try Samples.withFile(json.utf8) { try CSVImport.read(path: $0, options: options) }
        #expect(lines.hash == plain.hash)
    }

    @Test(
        "What is wrong is named with the number of the object",
        arguments: [
            (
                "{\"a\":1}\n{\"a\":[1]}",
                "the value of 'a' is a list, and no cell: t.jsonl:2: write each of its values under a name of its own"
            ),
            ("{\"a\":{\"b\":1}}", "the value of 'a' is an object, and no cell: t.jsonl:1: "),
            ("{\"a\":1,\"a\":2}", "the name 'a' twice in one object: t.jsonl:1: "),
            ("{\"a\":01}", "a number with a zero in front: t.jsonl:1"),
            ("{\"a\":1}\n{\"a\":tru}", "a word that is neither true, false nor null"),
            ("{\"a\":\"x", "a text that is never closed"), ("{\"a\":1", "an object that goes on without a comma"),
            ("{\"a\":\"\\x\"}", "an escape that JSON does not know"), ("{\"a\":\"\\uD800\"}", "half of a surrogate pair"),
            ("[{\"a\":1} {\"a\":2}]", "objects of an array without a comma between them"), ("[{\"a\":1},", "an array that does not end"),
            ("{\"a\":1}\n7\n", "a line that is no JSON object: t.jsonl:2"),
            ("{}\n{}\n", "no rows to learn from, no object in it has a name"),
        ])
    func mistakes(text: String, expected: String) throws {
        let failure = try #require(Samples.failure { _ = try read(text) }).description
        #expect(failure.hasPrefix(expected), "\(failure)")
    }

    @Test("A cell that does not fit is named with the number of its object and its name")
    func misfit() throws {
        let lines = (0..<40).map { "{\"x\":\($0 == 30 ? "\"oops\"" : "\($0)"),\"y\":\"\($0 % 2 == 0 ? "no" : "yes")\"}\n" }.joined()
        let failure = try #require(
            Samples.failure {
                _ = try Samples.withFile(lines.utf8) { try CSVImport.read(path: $0, options: ImportOptions(target: "y")) }
            })
        #expect(failure.description.hasPrefix("'oops' is not a number, as the others are: t.csv:31:1 (x): "), "\(failure)")
    }

    @Test("Ten thousand flipped bits: an error, or rows, never a trap")
    func flips() throws {
        var random = Samples.Random(state: 13)
        let sound = Array("{\"a\":1,\"b\":\"x\\u00e9\"}\n{\"a\":-2.5e3,\"b\":null}\n[true,{\"c\":false}]".utf8)
        try Samples.withDirectory { directory in
            for _ in 0..<10_000 {
                var bytes = sound
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                }
                let path = directory + "/t"
                #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
                _ = Samples.failure {
                    var reader = try CSVRecordReader(path: path)
                    while try reader.next() != nil {}
                }
            }
        }
    }
}
