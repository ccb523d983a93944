import Foundation
import Tabular
import Testing

/// One table, every kind of column, every door: a cell means one thing.
@Suite("A cell has one meaning") struct CellDoorsTests {
    /// Sixty rows of every kind of column.
    private static let table: String = {
        var text = "region,kept,code,id,amount,share,debit,n,x,flag,at,y\n"
        for row in 0..<60 {
            let digits = row % 2 == 0 ? "9007199254740993" : "9007199254740995"
            text +=
                [
                    ["EU", "US", "NA", ""][row % 4], ["EU", "NA"][row % 2], ["0100", "100", "0200"][row % 3], digits,
                    "\"$\(1 + row),\(100 + row).50\"", "\(row % 40).5 %", row % 3 == 0 ? "(\(row + 1))" : "\(row)", "\(row)", "\(row).25",
                    ["Yes", "no"][row % 2], "2024-01-01 00:\(row < 10 ? "0" : "")\(row):00", row % 2 == 0 ? "no" : "yes",
                ].joined(separator: ",") + "\n"
        }
        return text
    }()

    private static func doors() throws -> Doors {
        try Doors(table, ImportOptions(target: "y", timeColumn: "at", zone: "Europe/Berlin", texts: ["kept"]))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var column: String
        var cell: String
        var found: Found
        var testDescription: String { "\(column)='\(cell)'" }
    }

    private static func missing(_ column: String, _ cells: [String]) -> [Case] {
        cells.map { Case(column: column, cell: $0, found: .missing) }
    }

    /// What is read as a name, cell and name.
    private static func named(_ column: String, _ cells: [(String, String)]) -> [Case] {
        cells.map { Case(column: column, cell: $0.0, found: .name($0.1)) }
    }

    private static func numbered(_ column: String, _ cells: [(String, Double)]) -> [Case] {
        cells.map { Case(column: column, cell: $0.0, found: .number($0.1)) }
    }

    private static func refused(_ column: String, _ cells: [String]) -> [Case] {
        cells.map { Case(column: column, cell: $0, found: .refused) }
    }

    private static let taken: [[Case]] = [
        missing(
            "region", ["NA", "na", "N/A", "n/a", "NaN", "nan", "null", "NULL", "Null", "\\N", "#N/A", "<NA>", " NA ", "", "  "]),
        missing("kept", [" "]), missing("n", ["NA", ""]), missing("x", ["n/a"]), missing("amount", ["null"]), missing("share", [" "]),
        missing("flag", ["NaN"]),
        named(
            "region",
            [
                ("EU", "EU"), (" EU ", "EU"), ("\tEU", "EU"), ("eu", "eu"), ("None", "None"), ("-", "-"), ("caf\u{E9}", "caf\u{E9}"),
                ("NAB", "NAB"),
            ]),
        named("kept", [("NA", "NA"), ("null", "null")]), named("code", [("0100", "0100"), ("100", "100"), (" 0100", "0100")]),
        named("id", [("9007199254740993", "9007199254740993"), ("9007199254740992", "9007199254740992")]),
        numbered("n", [("12", 12), (" 12 ", 12), ("-7", -7), ("\u{2212}7", -7), ("9007199254740992", 9_007_199_254_740_992)]),
        numbered("x", [("1e3", 1_000), ("+2.5", 2.5), (".5", 0.5), ("0.1", 0.1), ("0100", 100)]),
        numbered(
            "amount",
            [
                ("$31,184.86", 31_184.86), ("-$5", -5), ("$-5", -5), ("$ 12", 12), ("31184.86", 31_184.86), ("1,000,000", 1_000_000),
            ]),
        numbered("share", [("3.5 %", 3.5), ("3.5%", 3.5), ("\u{2212}2 %", -2)]),
        numbered("debit", [("(3)", -3), ("( 3.5 )", -3.5), ("4", 4)]),
        numbered("flag", [("true", 1), ("TRUE", 1), ("Yes", 1), (" no", 0), ("False", 0), ("1", 1), ("0", 0)]),
    ]

    // 2023-10-28T20:30:00Z, in every unit and layout: date -u -d 2023-10-28T20:30Z +%s.
    private static let instants: [Case] =
        numbered(
            "at",
            [
                ("1698525000", 1_698_525_000_000), ("1698525000000", 1_698_525_000_000), ("1698525000000000", 1_698_525_000_000),
                ("1698525000000000000", 1_698_525_000_000), ("1698525000.250", 1_698_525_000_250),
                ("2023-10-28T20:30:00Z", 1_698_525_000_000), ("2023-10-28 20:30:00 UTC", 1_698_525_000_000),
                ("2023-10-28 22:30:00+02:00", 1_698_525_000_000), ("2023-10-28 22:30:00 +0200", 1_698_525_000_000),
                (" 2023-10-28 22:30", 1_698_525_000_000), ("2023-10-29 02:30", 1_698_539_400_000),
            ]) + missing("at", ["NA"])

    private static let misfits: [[Case]] = [
        refused("n", ["many", "0x10", "inf", "9007199254740993"]), refused("x", ["$5", "1,234", "5 kg", "?"]),
        refused("amount", ["\u{20AC}5", "1.234,56", "5 kg"]), refused("share", ["3.5", "$3"]), refused("debit", ["(3", "$3"]),
        refused("flag", ["2", "maybe"]), refused("at", ["2013", "20130401", "noon", "2023-10-28 20:30 PST"]),
    ]

    @Test("The import takes each column for what its cells are") func understood() throws {
        let schema = try Self.doors().schema
        let kinds = Dictionary(schema.features.map { ($0.name, $0.kind) }) { first, _ in first }
        #expect(
            kinds == [
                "region": .categorical, "kept": .categorical, "code": .categorical, "id": .categorical, "amount": .numeric,
                "share": .numeric,
                "debit": .numeric, "n": .integer, "x": .numeric, "flag": .boolean, "at": .time,
            ])
        let formats = Dictionary(schema.features.compactMap { feature in feature.format.map { (feature.name, $0) } }) { first, _ in first }
        #expect(
            formats == [
                "amount": NumberFormat(unit: "$", grouping: ","), "share": NumberFormat(unit: "%"),
                "debit": NumberFormat(parentheses: true),
            ])
    }

    @Test("Every cell means the same at every door", arguments: taken.flatMap(\.self) + instants + misfits.flatMap(\.self))
    func everyDoor(_ item: Case) throws {
        let doors = try Self.doors()
        let isText = doors.schema.features.contains { $0.name == item.column && ($0.kind == .categorical || $0.kind == .time) }
        #expect(try doors.training(item.column, item.cell) == item.found, "train --data")
        #expect(try doors.predicting(item.column, item.cell) == item.found, "predict")
        #expect(try doors.replaying(item.column, item.cell) == item.found, "replay")
        if isText { #expect(doors.requesting(item.column, item.cell) == item.found, "infer, explain") }
        if item.found != .refused {
            #expect(doors.filtering(item.column, item.cell, expected: item.found) == item.found, "filter")
        } else {
            #expect(doors.filtering(item.column, item.cell, expected: .number(1)) == .refused, "filter")
        }
    }

    @Test(
        "The first import gives a cell the value that every later door gives it", arguments: taken.flatMap(\.self))
    func firstImport(_ item: Case) throws {
        let doors = try Self.doors()
        // Behind the table itself, as one more row a minute later.
        var row = doors.usual
        if let index = doors.header.firstIndex(of: item.column) { row[index] = item.cell }
        if let index = doors.header.firstIndex(of: "at") { row[index] = "2024-01-01 01:00:00" }
        let line = row.map { String(decoding: CSVText.bytes($0), as: UTF8.self) }.joined(separator: ",")
        let data = try Files.imported(
            Self.table + line + "\n", ImportOptions(target: "y", timeColumn: "at", zone: "Europe/Berlin", texts: ["kept"]))
        let rows = data.rows
        guard let index = rows.schema.index(of: item.column) else {
            Issue.record("the column is gone: \(data.notes)")
            return
        }
        let raw = rows.features[(rows.count - 1) * rows.schema.width + index]
        let kind = rows.schema.features[index].kind
        // A cell that makes the whole column another kind is for the column's own tests.
        guard kind == doors.schema.features[index].kind else { return }
        #expect(Found(raw, kind, rows.categories[item.column]) == item.found)
    }

    @Test(
        "Whole numbers in requests: exact ones are numbers, beyond 2^53 they are refused, and for names they are names",
        arguments: [
            ("n", "INT64", "12", Found.number(12)), ("n", "INT64", "9007199254740992", .number(9_007_199_254_740_992)),
            ("n", "INT64", "9007199254740993", .refused), ("x", "UINT64", "18446744073709551615", .refused),
            ("x", "FP64", "1e300", .number(1e300)), ("id", "INT64", "9007199254740993", .name("9007199254740993")),
            ("id", "UINT64", "18446744073709551615", .name("18446744073709551615")), ("code", "INT32", "100", .name("100")),
            ("code", "INT32", "1.5", .refused), ("at", "INT64", "1698539400", .number(1_698_539_400_000)),
            ("at", "INT64", "1698539400000", .number(1_698_539_400_000)), ("at", "INT64", "1698539400000000", .number(1_698_539_400_000)),
            ("at", "INT64", "12345", .refused), ("flag", "INT8", "1", .number(1)), ("flag", "BOOL", "true", .number(1)),
        ])
    func wholeNumbers(column: String, datatype: String, element: String, expected: Found) throws {
        #expect(try Self.doors().request(column, datatype: datatype, element: element) == expected)
    }

    @Test(
        "A number that stands for no value is missing at every door, however it is written", arguments: ["-999", " -999.0", "\u{2212}999"])
    func missingNumbers(cell: String) throws {
        let doors = try Doors(
            "n,x,y\n" + (0..<40).map { "\($0 % 4 == 0 ? "-999" : "\($0)"),\($0).5,\($0 % 2 == 0 ? "no" : "yes")\n" }.joined(),
            ImportOptions(target: "y", missing: ["-999"]))
        #expect(doors.data.understanding?.columns[0].missingWords == 10)
        #expect(doors.data.rows.features[0].isNaN)
        for column in ["n", "x"] {
            #expect(try doors.training(column, cell) == .missing)
            #expect(try doors.predicting(column, cell) == .missing)
            #expect(try doors.replaying(column, cell) == .missing)
            #expect(doors.request(column, datatype: "FP64", element: "-999") == .missing)
            #expect(doors.request(column, datatype: "INT64", element: "-999") == .missing)
            #expect(doors.filtering(column, cell, expected: .missing) == .missing)
            #expect(doors.request(column, datatype: "FP64", element: "-998") == .number(-998))
        }
    }

    @Test("A schema keeps its words, formats and texts through JSON and through a snapshot") func kept() throws {
        let data = try Files.imported(
            Self.table, ImportOptions(target: "y", timeColumn: "at", texts: ["kept"], missing: ["?", "unknown"]))
        let schema = data.rows.schema
        #expect(schema.missing == ["?", "unknown"])
        let decoded = try JSONDecoder().decode(Schema.self, from: JSONEncoder().encode(schema))
        #expect(decoded == schema)
        let directory = FileManager.default.temporaryDirectory.appending(path: "flyball-cells-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try DataSnapshots.write(data, directory: directory)
        #expect(try DataSnapshots.read(hash: data.hash, directory: directory).rows.schema == schema)
    }

    @Test("A schema of an earlier release, which knows neither words nor formats, has the standard ones") func earlier() throws {
        let text = """
            {"features":[{"name":"a","kind":"numeric","optional":false}],"target":{"name":"y","task":"binary","classes":["no","yes"]},
            "zone":"UTC","excluded":[]}
            """
        let schema = try JSONDecoder().decode(Schema.self, from: Data(text.utf8))
        #expect(schema.missingWords == .standard)
        #expect(schema.features[0].format == nil)
    }
}
