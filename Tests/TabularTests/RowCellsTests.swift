import Foundation
import Tabular
import Testing

@Suite("Cells of rows to score") struct RowCellsTests {
    /// The raw rows of a file, row-major.
    private func values(_ path: String, _ schema: Schema, _ categories: Categories) throws -> [Double] {
        let blocks = try CSVBlocks(path: path)
        let block = CSVBlock(of: blocks)
        var cells = try RowCells(schema: schema, header: blocks.header, file: "t.csv", categories: categories)
        var values: [Double] = []
        while try blocks.fill(block) { while try block.next() { try cells.append(block, to: &values) } }
        return values
    }

    @Test("Cells become the values that the import of the same file makes")
    func asImported() throws {
        let options = ImportOptions(target: "late", positive: "yes", timeColumn: "time", zone: "America/New_York")
        let rows = try CSVImport.read(path: Samples.flights, options: options).rows
        #expect(rows.count == 3_090)
        let found = try values(Samples.flights, rows.schema, rows.categories)
        #expect(found.map(\.bitPattern) == rows.features.map(\.bitPattern))
    }

    private let schema = Schema(
        features: [
            Feature(name: "word", kind: .categorical), Feature(name: "flag", kind: .boolean), Feature(name: "number", kind: .numeric),
            Feature(name: "at", kind: .time, optional: true),
        ], target: Target(name: "y", task: .regression, classes: []), timeColumn: "at")

    @Test("Texts keep their codes, however many and however long, and those never seen get the code of others")
    func categories() throws {
        let long = String(repeating: "long", count: 40)
        let names = (0..<6_000).map { "w\($0)" } + [long, "caf\u{E9}"]
        // Each twice, so that the second time comes from what was kept; the last is another spelling of a known text.
        let texts = names + names.reversed() + ["new", long + "x", "cafe\u{301}", "NA", ""]
        let text = "word,flag,number\n" + texts.map { "\($0),yes,1\n" }.joined()
        let found = try Samples.withFile(text.utf8) { try values($0, schema, Categories(names)) }
        let codes = stride(from: 0, to: found.count, by: 4).map { found[$0] }
        let all = names.indices.map { Double($0) }
        let other = Double(CategoryDictionary.otherCode)
        var expected: [Double] = all
        expected += all.reversed()
        expected += [other, other, Double(names.count - 1)]
        #expect(Array(codes.dropLast(2)) == expected)
        #expect(codes.suffix(2).allSatisfy { $0.isNaN })
    }

    @Test("Columns may stand in any order, others are passed over, and one that is optional may be absent")
    func layout() throws {
        let text = "number,extra,flag,word\n-1.5,x,TRUE,b\n,\"y,z\",,NA\n7,,0,a\n"
        let found = try Samples.withFile(text.utf8) { try values($0, schema, Categories(["a", "b"])) }
        let expected: [Double?] = [1, 1, -1.5, nil, nil, nil, nil, nil, 0, 0, 7, nil]
        #expect(found.map { $0.isNaN ? nil : $0 } == expected)
    }

    @Test(
        "A cell that its feature cannot hold is refused with its place",
        arguments: [
            ("a,yes,many,", "'many' is not a finite number: t.csv:4:3 (number): "),
            ("a,2,1,", "'2' is not true or false: t.csv:4:2 (flag): "),
            ("a,no,inf,", "'inf' is not a finite number: t.csv:4:3 (number): "), ("a,no,1,noon", "'noon' is not a time: t.csv:4:4 (at): "),
        ])
    func refused(line: String, expected: String) throws {
        let text = "word,flag,number,at\na,yes,1,2024-01-01\n\n\(line)\n"
        let failure = try Samples.withFile(text.utf8) { path in
            Samples.failure { _ = try values(path, schema, Categories(["a"])) }
        }
        #expect(failure?.description.hasPrefix(expected) == true, "\(String(describing: failure))")
        let missing = try Samples.withFile("word,flag\n".utf8) { path in
            Samples.failure { _ = try values(path, schema, Categories()) }
        }
        #expect(missing?.description.hasPrefix("no column 'number': t.csv:1: ") == true)
    }
}
