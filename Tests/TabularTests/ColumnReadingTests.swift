import Foundation
import Tabular
import Testing

@Suite("Columns of a file by themselves") struct ColumnReadingTests {
    @Test("Columns are what an import of the file would take them for")
    func asImported() throws {
        let options = ImportOptions(target: "late", positive: "yes", timeColumn: "time", zone: "America/New_York")
        let schema = try CSVImport.read(path: Samples.flights, options: options).rows.schema
        let found = try FileColumns.found(path: Samples.flights, rules: FileReadingRules(), limit: .max)
        #expect(found.isWhole)
        for feature in schema.features where feature.kind != .time {
            #expect(found.columns.first { $0.name == feature.name }?.kind == feature.kind, "\(feature.name)")
        }
        #expect(found.columns.first { $0.name == "time" }?.kind == .time)
        #expect(try !FileColumns.found(path: Samples.flights, rules: FileReadingRules()).isWhole)
    }

    private struct Cells: Equatable {
        var values: [[Double]]
        var texts: [[String]]
    }

    /// Everything of a file; NaN as −99.
    private func read(_ text: String, _ columns: [FileColumn], isGuess: Bool = false) throws -> (Cells, ColumnReading) {
        try Samples.withFile(text.utf8) { path in
            let reading = try ColumnReading(path: path, columns: columns, rules: FileReadingRules(), isGuess: isGuess)
            var values = columns.map { _ in [Double]() }
            while try reading.next() {
                for index in columns.indices { values[index] += reading.column(index).map { $0.isNaN ? -99 : $0 } }
            }
            return (Cells(values: values, texts: columns.indices.map { reading.texts($0) }), reading)
        }
    }

    @Test("Cells have the meaning that they have at every door, and what does not fit is marked with its place")
    func cells() throws {
        let text = "n,w,b,m\n1,x ,yes,$1\n NA,y,no,\"$1,200\"\nabc,x,1,\n,null,maybe,3\n"
        let (cells, reading) = try read(
            text,
            [
                FileColumn(name: "m", kind: .numeric, format: NumberFormat(unit: "$", grouping: ",")),
                FileColumn(name: "n", kind: .integer),
                FileColumn(name: "w", kind: .categorical), FileColumn(name: "b", kind: .boolean),
            ])
        #expect(cells.values[0] == [1, 1_200, -99, 3])
        #expect(cells.values[1] == [1, -99, .infinity, -99])
        #expect(cells.values[2] == [0, 1, 0, -99] && cells.texts[2] == ["x", "y"])
        #expect(cells.values[3] == [1, 0, 1, .infinity])
        #expect(reading.misfits[1]?.text == "abc" && reading.misfits[1]?.at.description == "t.csv:4:1 (n)")
        #expect(reading.misfits[0] == nil && !reading.isSurprised)
    }

    @Test(
        "A guess is surprised by what would make the column another one",
        arguments: [
            ("0012", true), ("abc", true), ("12345678901234567890", true), ("1.5", false), ("-3", false), ("", false), ("0", false),
        ])
    func surprises(_ cell: String, _ isSurprise: Bool) throws {
        let (_, reading) = try read("n,m\n1,1\n\(cell),2\n", [FileColumn(name: "n", kind: .integer)], isGuess: true)
        #expect(reading.isSurprised == isSurprise)
        #expect(reading.hasFractions == [cell == "1.5"])
    }

    @Test("Records with the same text have the same hash, batches and their ends notwithstanding")
    func hashes() throws {
        let lines = (0..<3_000).map { "\($0 % 1_300),word\($0 % 1_300)" }
        let text = "a,b\n" + lines.joined(separator: "\n") + "\n"
        let hashes = try Samples.withFile(text.utf8) { path in
            let reading = try ColumnReading(path: path, columns: [FileColumn(name: "a", kind: .integer)], rules: FileReadingRules())
            var hashes: [UInt64] = []
            while try reading.next() { hashes += reading.recordHashes }
            return hashes
        }
        #expect(hashes.count == 3_000 && Set(hashes).count == 1_300)
        #expect(hashes[0] == hashes[1_300] && hashes[1_299] == hashes[2_599])
    }
}
