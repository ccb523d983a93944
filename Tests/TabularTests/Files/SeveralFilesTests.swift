import Foundation
import Tabular
import Testing

@Suite("Several files") struct SeveralFilesTests {
    private func with<T>(_ files: [(name: String, text: String)], _ body: ([String]) throws -> T) throws -> T {
        try Samples.withDirectory { directory in
            for file in files { try Data(file.text.utf8).write(to: URL(filePath: directory + "/" + file.name)) }
            return try body(files.map { directory + "/" + $0.name })
        }
    }

    private func records(_ text: String) throws -> [[String]] {
        var reader = try CSVRecordReader(path: text)
        var rows = [reader.header]
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    @Test("Files with the same columns are one table, whatever they are and whether or not their last line ends")
    func together() throws {
        let files = [
            ("1.csv", "a,b\n1,2"), ("2.csv", "\u{FEFF}a, b\r\n3,\"x\ny\"\r\n\r\n"), ("3.jsonl", "{\"a\":5,\"b\":null}\n"),
            ("4.csv", "a,b\n"),
            ("5.csv", "a,b\n7,8\n"),
        ]
        let rows = try with(files) { try records(DataReference(paths: $0).text) }
        #expect(rows == [["a", "b"], ["1", "2"], ["3", "x\ny"], ["5", ""], ["7", "8"]])
    }

    @Test("A pattern stands for its files in the order of their names; one that no file matches is refused")
    func patterns() throws {
        try with([("day-2.csv", "a\n2\n"), ("day-1.csv", "a\n1\n"), ("other.csv", "b\n3\n")]) { paths throws in
            let folder = (paths[0] as NSString).deletingLastPathComponent
            #expect(try records(folder + "/day-?.csv") == [["a"], ["1"], ["2"]])
            let failure = Samples.failure { _ = try records(folder + "/night-*.csv") }
            #expect(failure?.description.hasPrefix("cannot read the file, no file matches the pattern") == true)
        }
    }

    @Test(
        "A file with other columns is refused by its name",
        arguments: [
            ("a,c\n", "'b' is missing, 'c' is not there"), ("b,a\n", "they stand in another order"), ("a,b,c\n", "'c' is not there"),
        ])
    func columns(header: String, expected: String) throws {
        try with([("1.csv", "a,b\n1,2\n"), ("2.csv", header)]) { paths throws in
            let failure = try #require(Samples.failure { _ = try records(DataReference(paths: paths).text) }).description
            #expect(failure.hasPrefix("the columns are not those of 1.csv: \(expected): 2.csv:1: "), "\(failure)")
        }
    }

    @Test("A mistake is named with the file and the line in it", arguments: [1, 64, 512 << 10])
    func places(blockBytes: Int) throws {
        let first = "x,y\n" + (0..<50).map { "\($0),\($0 % 2 == 0 ? "no" : "yes")\n" }.joined()
        let second = "x,y\n" + (0..<50).map { "\($0 == 40 ? "\"a\n\nb\"" : "\($0)"),\($0 == 45 ? "no,x" : "yes")\n" }.joined()
        try with([("1.csv", first), ("2.csv", second)]) { paths throws in
            let text = DataReference(paths: paths).text
            #expect(Samples.failure { _ = try records(text) }?.description.hasPrefix("3 fields where the header has 2: 2.csv:49") == true)
            let blocks = try CSVBlocks(path: text, blockBytes: blockBytes)
            let block = CSVBlock(of: blocks)
            let failure = try #require(
                Samples.failure { while try blocks.fill(block) { while try block.next() {} } })
            #expect(failure.description.hasPrefix("3 fields where the header has 2: 2.csv:49"), "\(failure)")
        }
    }

    @Test("An import of several files has the rows of one file with all of them, and names them")
    func imported() throws {
        let parts = [("1.csv", "x,y\n1,no\n2,yes\n"), ("2.csv", "x,y\n3,no\n4,yes\n")]
        let whole = try Samples.imported("x,y\n1,no\n2,yes\n3,no\n4,yes\n", ImportOptions(target: "y"))
        let several = try with(parts) { try CSVImport.read(path: DataReference(paths: $0).text, options: ImportOptions(target: "y")) }
        #expect(several.hash == whole.hash)
        #expect(several.source == "1.csv and 1 more")
    }
}
