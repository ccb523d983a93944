import Foundation
import Learning
import Tabular
import Testing

@Suite("What an import understands") struct ImportCaseTests {
    /// A file of so many rows: a column of cells in turn, a number, and a target of two classes.
    private static func table(_ cells: [String], rows: Int = 60, name: String = "a", header: String? = nil) -> String {
        (header ?? "\(name),z,y") + "\n"
            + (0..<rows).map { row in
                "\(String(decoding: CSVText.bytes(cells[row % cells.count]), as: UTF8.self)),\(row % 7),\(row % 3 == 0 ? "yes" : "no")\n"
            }.joined()
    }

    private static func imported(_ cells: [String], _ change: (inout ImportOptions) -> Void = { _ in }) throws -> ImportedData {
        var options = ImportOptions(target: "y")
        change(&options)
        return try Files.imported(table(cells), options)
    }

    @Test("Words for missing are counted by column, and the first is named") func words() throws {
        let data = try Self.imported(["NA", "EU", "na", ""])
        let column = try #require(data.understanding?.columns.first { $0.name == "a" })
        #expect(column.missing == 45)
        #expect(column.missingWords == 30)
        #expect(column.firstWord == "NA")
        #expect(data.understanding?.lines.contains { $0.contains("30 cells read as missing words such as 'NA'; 15 blank cells") } == true)
    }

    @Test("With no words for missing they are texts, and with others these are missing") func otherWords() throws {
        let none = try Self.imported(["NA", "EU", "null"]) { $0.missing = [] }
        #expect(none.rows.categories["a"].table.names == ["NA", "EU", "null"])
        let own = try Self.imported(["NA", "EU", "Unknown"]) { $0.missing = ["unknown", "?"] }
        #expect(own.rows.categories["a"].table.names == ["NA", "EU"])
        #expect(own.rows.features[4].isNaN)
    }

    @Test("Blanks around cells, names and targets make no other table") func blanks() throws {
        func text(_ separator: String) -> String {
            ["x", "cat", "y"].joined(separator: separator) + "\n"
                + (0..<40).map { ["\($0).5", ["AA", "BB"][$0 % 2], ["no", "yes"][$0 % 2]].joined(separator: separator) + "\n" }.joined()
        }
        let plain = try Files.imported(text(","), ImportOptions(target: "y"))
        let spaced = try Files.imported(text(" ,\t "), ImportOptions(target: "y"))
        #expect(plain.rows.schema == spaced.rows.schema)
        #expect(plain.hash == spaced.hash)
    }

    @Test("A line of blanks is an empty line, at the end as well, and in a file of one column")
    func blankLines() throws {
        let data = try Files.imported("x,cat,y\n1,a,no\n   \n\t\n2,b,yes\r\n  \r\n3,a,no\n  ", ImportOptions(target: "y"))
        #expect(data.rows.count == 3)
    }

    @Test(
        "Digits that a number would lose are names, and it is said",
        arguments: [
            (["0100", "100", "0200"], "begin with a zero"), (["9007199254740993", "9007199254740995"], "beyond 2^53"),
            (["00", "01", "X1"], "begin with a zero"),
        ])
    func names(cells: [String], said: String) throws {
        let data = try Self.imported(cells)
        #expect(data.rows.schema.features[0].kind == .categorical)
        #expect(Set(data.rows.categories["a"].table.names.compactMap(\.self)).isSuperset(of: cells))
        #expect(data.understanding?.columns[0].why?.contains(said) == true, "\(String(describing: data.understanding))")
        #expect(data.rows.schema.features[1].kind == .integer)
    }

    @Test("A column that somebody calls numeric is numbers, leading zeros or not") func numeric() throws {
        let data = try Self.imported(["0100", "100", "0200"]) { $0.kinds = ["a": .numeric] }
        #expect(Array(data.rows.features.prefix(6).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)) == [100, 100, 200])
    }

    @Test(
        "Numbers that are not written plainly are read where the whole column agrees",
        arguments: [
            (["$31,184.86", "$7.50", "-$1,000"], NumberFormat(unit: "$", grouping: ","), [31_184.86, 7.5, -1_000]),
            (["31,184", "7,244", "999"], NumberFormat(grouping: ","), [31_184, 7_244, 999]),
            (["1'234.5", "12", "3'000'000"], NumberFormat(grouping: "'"), [1_234.5, 12, 3_000_000]),
            (["1\u{202F}234", "1 234", "12"], NumberFormat(grouping: " "), [1_234, 1_234, 12]),
            (["12 kg", "3.5kg", "7 kg"], NumberFormat(unit: "kg"), [12, 3.5, 7]),
            (["36 months", "60 months"], NumberFormat(unit: "months"), [36, 60, 36]),
            (["5%", "7.5 %", "0 %"], NumberFormat(unit: "%"), [5, 7.5, 0]),
            (["12 \u{20AC}", "\u{20AC} 3", "4"], NumberFormat(unit: "\u{20AC}"), [12, 3, 4]),
            (["EUR 5", "1,000 EUR", "7"], NumberFormat(unit: "EUR", grouping: ","), [5, 1_000, 7]),
            (["(1,250)", "3,000", "17"], NumberFormat(grouping: ",", parentheses: true), [-1_250, 3_000, 17]),
        ])
    func dressed(cells: [String], format: NumberFormat, values: [Double]) throws {
        let data = try Self.imported(cells)
        #expect(data.rows.schema.features[0] == Feature(name: "a", kind: .numeric, format: format))
        #expect((0..<3).map { data.rows.features[$0 * 2] } == values)
        #expect(data.understanding?.lines.contains { $0.contains("numbers " + format.words) } == true)
    }

    @Test("The typographic minus is a minus, and the column is plain") func minus() throws {
        let data = try Self.imported(["\u{2212}5", "5", "\u{2212}1.5"])
        #expect(data.rows.schema.features[0] == Feature(name: "a", kind: .numeric))
        #expect((0..<3).map { data.rows.features[$0 * 2] } == [-5, 5, -1.5])
    }

    @Test(
        "What is nearly a column of numbers is refused with place, share and remedy",
        arguments: [
            (
                ["?"] + (1..<12).map { "\($0).5" },
                ["'?' is not a number, as the others are: t.csv:2:1 (a): ", "55 of 60 cells (91.67 %)", "--missing", "--categorical"]
            ),
            (["?", "1", "2", "3"], ["'?' is not a number", "45 of 60 cells (75.0 %)"]), (["3,14", "2,5"], ["write decimals with a point"]),
            (["1.234,56", "7,5"], ["write decimals with a point"]), (["1.234.567", "1.000.000"], ["'1.234.567' is not a plain number"]),
            (["5 kg", "800 g", "7 kg"], ["'800 g' is not a number in the others' unit: t.csv:3:1 (a): ", "g, kg"]),
            (["$5", "\u{20AC}7"], ["is not a number in the others' unit"]),
            (["5 %", "0.5", "7 %"], ["'0.5' is not a number with %, as the others are: t.csv:3:1 (a): ", "40 of 60 cells"]),
            (["1,234.50"] + (1..<30).map { "\($0)" }, ["'1,234.50' is not a plain number", "separates thousands: write 1234.5"]),
            (["1,000", "1'000"], ["more than one way"]),
        ])
    func misfits(cells: [String], parts: [String]) throws {
        let failure = try #require(Files.failure { _ = try Self.imported(cells) })
        for part in parts { #expect(failure.contains(part), "\(failure)") }
    }

    @Test(
        "Texts that begin with numbers are names, and how many look like numbers is said",
        arguments: [
            ["1st", "2nd", "3rd", "4th"], ["12A", "12B", "14C"], ["A4", "A3", "B5"], ["u32", "u230"], ["10-20", "20-30"],
            ["5W-30", "10W-40"],
        ])
    func texts(cells: [String]) throws {
        #expect(try Self.imported(cells).rows.schema.features[0] == Feature(name: "a", kind: .categorical))
    }

    @Test("A few names among numbers do not cost the column silently") func rareNames() throws {
        let text = "a,y\n" + (0..<400).map { "\($0 == 77 ? "0123" : "\($0 * 3 + 1)"),\($0 % 2)\n" }.joined()
        let failure = try #require(Files.failure { _ = try Files.imported(text, ImportOptions(target: "y")) })
        #expect(failure.hasPrefix("'0123' is not a number, as the others are: t.csv:79:1 (a): "), "\(failure)")
        #expect(failure.contains("--numeric"))
    }

    @Test("Every column is accounted for, with what was left out and why") func accounted() throws {
        let text =
            ",id,when,empty,x,secret,y\n"
            + (0..<60).map { "\($0),row\($0),2024-01-01,,\($0 % 5).5,\($0),\($0 % 2 == 0 ? "no" : "yes")\n" }.joined()
        let data = try Files.imported(text, ImportOptions(target: "y", excluded: ["secret"]))
        let understanding = try #require(data.understanding)
        #expect(data.rows.schema.features.map(\.name) == ["x"])
        #expect(understanding.columns.map(\.name) == ["", "id", "when", "empty", "x", "secret", "y"])
        #expect(understanding.columns.map(\.role) == [.leftOut, .leftOut, .leftOut, .leftOut, .input, .excluded, .target])
        #expect(understanding.lines[0] == "understood 60 rows of t.csv: binary target y, 2 classes: no, yes, positive yes")
        #expect(data.notes.contains("the first column has no name, as the index of a data frame, and was left out"))
        let decoded = try JSONDecoder().decode(Understanding.self, from: JSONEncoder().encode(understanding))
        #expect(decoded == understanding)
    }

    @Test("A nameless first column that counts nothing is refused, and so is one further on")
    func nameless() throws {
        let text = "\(Self.table(["1.5", "2.5"], header: ",z,y"))"
        #expect(Files.failure { _ = try Files.imported(text, ImportOptions(target: "y")) }?.contains("a column without a name") == true)
        let late = Self.table(["1", "2"], header: "a,,y")
        #expect(
            Files.failure { _ = try Files.imported(late, ImportOptions(target: "y")) }?.contains("a column without a name: t.csv:1:2")
                == true)
    }

    @Test(
        "Column names are taken whole, in quotes or not",
        arguments: [
            (["size, cm"], ["size, cm"]), (["\"size, cm\",weight"], ["size, cm", "weight"]), (["weight,size, cm"], ["weight", "size, cm"]),
            (["size, cm", "weight"], ["size, cm", "weight"]), ([" weight , b"], ["weight", "b"]), (["sise, cm"], ["sise", "cm"]),
            ([""], []),
            (["\"say \"\"x\"\"\""], ["say \"x\""]),
        ])
    func columnNames(given: [String], expected: [String]) {
        #expect(ColumnNames.given(given, of: ["size, cm", "weight", "b", "say \"x\""]) == expected)
    }

    @Test(
        "A file that is no CSV is named for what it is",
        arguments: [
            (Array("PK\u{3}\u{4}".utf8) + Array("......xl/worksheets/sheet1.xml".utf8), "an Excel workbook (.xlsx)"),
            (Array("PK\u{3}\u{4}".utf8) + Array("......table.csv".utf8), "a ZIP archive"),
            (Array("%PDF-1.7\n".utf8), "a PDF document"), ([0xD0, 0xCF, 0x11, 0xE0, 0xA1], "an old Excel workbook"),
            ([0xFF, 0xFE, 0x78, 0, 0x2C, 0], "UTF-16"), ([0x78, 0, 0x2C, 0, 0x79, 0, 0x0A, 0], "UTF-16"),
            (Array("<!DOCTYPE html><html>".utf8), "a web page"),
        ] as [([UInt8], String)])
    func formats(bytes: [UInt8], expected: String) throws {
        let failure = try #require(
            Files.failure { try Files.with(bytes) { _ = try CSVImport.read(path: $0, options: ImportOptions(target: "y")) } })
        #expect(failure.hasPrefix("the file is \(expected)"), "\(failure)")
        #expect(failure.contains(": t.csv:1: "))
    }

    @Test(
        "A file of a kind that is read, and is not whole, is named for what it is",
        arguments: [
            (Array("PAR1abc".utf8), "it is a Parquet file without its end"),
            (Array("ARROW1\0\0".utf8), "the data ends too early"),
            ([0x28, 0xB5, 0x2F, 0xFD, 1], "the zstd data ends too early"),
            (Array("SQLite format 3\0".utf8), "SQLite says: file is not a database"),
        ] as [([UInt8], String)])
    func cut(bytes: [UInt8], expected: String) throws {
        let failure = try #require(
            Files.failure { try Files.with(bytes) { _ = try CSVImport.read(path: $0, options: ImportOptions(target: "y")) } })
        #expect(failure.hasPrefix("cannot read the file, \(expected): "), "\(failure)")
    }

    @Test("Texts that are each too rare for a column of their own are called that, and not constant") func rareTexts() throws {
        let text = "user,x,y\n" + (0..<600).map { "u\($0 % 250),\(Double($0 % 17) / 4),\($0 % 3 == 0 ? "yes" : "no")\n" }.joined()
        let rows = try Files.imported(text, ImportOptions(target: "y")).rows
        let fitted = try Logistic(settings: [:]).fit(rows, validation: nil, seed: 1, hooks: TrainingHooks(threads: 1))
        let notes = fitted.notes.joined(separator: "\n")
        #expect(notes.contains("each is too rare"), "\(notes)")
        #expect(!notes.contains("constant"))
    }

    // MARK: Times

    private static func times(_ local: [String], _ zone: String = "Europe/Berlin") throws -> [Int64] {
        let text = "t,x,y\n" + local.enumerated().map { "\($1),\($0),\($0 % 2)\n" }.joined()
        return try Files.imported(text, ImportOptions(target: "y", timeColumn: "t", zone: zone)).rows.times
    }

    // Clocks in Berlin went back on 2023-10-29 at 03:00 (01:00 UTC): 02:00 came at 00:00 UTC and at 01:00 UTC.
    private static let midnight: Int64 = 1_698_537_600_000

    @Test("In a file in time order the second of two equal local hours is the later") func equalHours() throws {
        let hour: Int64 = 3_600_000
        let found = try Self.times(["2023-10-29 01:00", "2023-10-29 02:00", "2023-10-29 02:00", "2023-10-29 03:00"])
        #expect(found == [-1, 0, 1, 2].map { Self.midnight + $0 * hour })
        let halves = try Self.times(["2023-10-29 02:00", "2023-10-29 02:30", "2023-10-29 02:00", "2023-10-29 02:30"])
        #expect(halves == [0, 1, 2, 3].map { Self.midnight + $0 * hour / 2 })
    }

    @Test("Where each hour has a row for several things, equal hours prove nothing and are the first") func severalRows() throws {
        let found = try Self.times(["2023-10-29 01:00", "2023-10-29 01:00", "2023-10-29 02:00", "2023-10-29 02:00"])
        #expect(Array(found.suffix(2)) == [Self.midnight, Self.midnight])
    }

    @Test("In a file that is in no order the first of the two instants stands") func noOrder() throws {
        let found = try Self.times(["2023-10-29 12:00", "2023-10-29 05:00", "2023-10-29 02:00", "2023-10-29 02:00"])
        #expect(Array(found.prefix(2)) == [Self.midnight, Self.midnight])
    }

    @Test("Rows to score read the two hours as the import does, over the bounds of blocks too", arguments: [40, 512 << 10])
    func scoredHours(blockBytes: Int) throws {
        let hours = (0..<30).map { "2023-10-2\(8 + ($0 + 0) / 24) \(($0 % 24) < 10 ? "0" : "")\($0 % 24):00" }
        var local = Array(hours.prefix(27))
        local.insert("2023-10-29 02:00", at: 27)
        local += ["2023-10-29 03:00"]
        let text = "t,x,y\n" + local.enumerated().map { "\($1),\($0),\($0 % 2)\n" }.joined()
        let rows = try Files.imported(text, ImportOptions(target: "y", timeColumn: "t", zone: "Europe/Berlin")).rows
        let found = try Files.with(text) { path in
            let blocks = try CSVBlocks(path: path, blockBytes: blockBytes)
            let block = CSVBlock(of: blocks)
            let first = try RowCells(schema: rows.schema, header: blocks.header, file: "t.csv", categories: Categories())
            var values: [Double] = []
            while try blocks.fill(block) {
                // Another thread's reader each time.
                var cells = first
                while try block.next() { try cells.append(block, to: &values) }
            }
            return stride(from: 1, to: values.count, by: 2).map { Int64(values[$0]) }
        }
        #expect(found == rows.times)
        #expect(Set(found).count == local.count)
    }
}
