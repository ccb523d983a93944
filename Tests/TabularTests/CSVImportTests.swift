import Tabular
import Testing

@Suite("CSV import") struct CSVImportTests {
    private let small = "time,n,x,flag,word,y\n2013-01-02,1,1.5,true,b,no\n2013-01-03,2,,false,a,yes\n2013-01-04,3,-2e3,true,b,no\n"

    @Test("Kinds are inferred, the time column comes last, and missing values are NaN")
    func kinds() throws {
        let data = try Samples.imported(small, ImportOptions(target: "y", timeColumn: "time"))
        #expect(data.rows.schema.features.map(\.name) == ["n", "x", "flag", "word", "time"])
        #expect(data.rows.schema.features.map(\.kind) == [.integer, .numeric, .boolean, .categorical, .time])
        #expect(data.rows.schema.features.map(\.optional) == [false, false, false, false, true])
        #expect(data.rows.categories["word"].table.names == ["b", "a"])
        #expect(data.rows.times == [1_357_084_800_000, 1_357_171_200_000, 1_357_257_600_000])
        #expect(Array(data.rows.features[0..<5]) == [1, 1.5, 1, 0, 1_357_084_800_000])
        #expect(data.rows.features[6].isNaN)
        #expect(data.rows.features[11] == -2_000)
        #expect(data.rows.targets == [0, 1, 0])
        #expect(data.rows.schema.target == Target(name: "y", task: .binary, classes: ["no", "yes"]))
        #expect(data.source == "t.csv")
        #expect(data.notes == ["target y: one row only of 'yes': it can be learnt or judged, not both"])
    }

    @Test("Given kinds and categorical columns win over inference, and excluded columns vanish")
    func overrides() throws {
        let options = ImportOptions(target: "y", excluded: ["x", "time"], categorical: ["n"], kinds: ["flag": .categorical])
        let rows = try Samples.imported(small, options).rows
        #expect(rows.schema.features.map(\.name) == ["n", "flag", "word"])
        #expect(rows.schema.features.allSatisfy { $0.kind == .categorical })
        #expect(rows.schema.excluded == ["x", "time"])
        #expect(rows.times.isEmpty)
    }

    @Test("Byte order mark, CRLF, quotes, doubled quotes, commas and newlines in quotes, and a missing last newline are all read")
    func syntax() throws {
        let text = "\u{FEFF}\"a\",b\r\n\"x, \"\"y\"\"\n z\",1\r\n\r\n,\"\"\r\nlast,2"
        #expect(try Samples.records(text.utf8) == [["x, \"y\"\n z", "1"], ["", ""], ["last", "2"]])
    }

    @Test(
        "The target decides the task",
        arguments: [
            ("0\n1\n1", nil, nil, PredictionTask.binary, ["0", "1"]), ("up\ndown\nup", nil, "down", .binary, ["up", "down"]),
            ("1.5\n2\n3", nil, nil, .regression, []), ("1\n2\n1", PredictionTask.regression, nil, .regression, []),
            ("c\na\nb", nil, nil, .multiclass, ["a", "b", "c"]), ("1\n2\n3", .multiclass, nil, .multiclass, ["1", "2", "3"]),
        ] as [(String, PredictionTask?, String?, PredictionTask, [String])])
    func target(values: String, task: PredictionTask?, positive: String?, expected: PredictionTask, classes: [String]) throws {
        let text = "y,x\n" + values.split(separator: "\n").enumerated().map { "\($1),\($0)\n" }.joined()
        let target = try Samples.imported(text, ImportOptions(target: "y", task: task, positive: positive)).rows.schema.target
        #expect(target.task == expected)
        #expect(target.classes == classes)
    }

    @Test("Rows without a target or a time are left out and counted; rows out of order are sorted, equal times in the file's order")
    func leftOut() throws {
        let text = "t,x,y\n2013-01-03,1,no\n2013-01-02,2,yes\n2013-01-02,3,no\n,4,no\n2013-01-05,5,NA\n"
        let data = try Samples.imported(text, ImportOptions(target: "y", timeColumn: "t"))
        #expect(stride(from: 0, to: 6, by: 2).map { data.rows.features[$0] } == [2, 3, 1])
        #expect(data.rows.targets == [1, 0, 0])
        #expect(data.notes.contains("1 rows without a target left out"))
        #expect(data.notes.contains("1 rows without a time left out"))
        #expect(data.notes.contains("rows were not in time order and have been sorted"))
    }

    @Test("The time window takes its start and leaves its end")
    func window() throws {
        let options = ImportOptions(target: "y", timeColumn: "time", from: 1_357_084_800_000, until: 1_357_257_600_000)
        #expect(try Samples.imported(small, options).rows.targets == [0, 1])
    }

    @Test("Texts that name each row are dropped with a note, unless they are asked for")
    func unique() throws {
        let text = "id,x,y\n" + (0..<50).map { "row\($0),\($0 % 7),\($0 % 2)\n" }.joined()
        let dropped = try Samples.imported(text, ImportOptions(target: "y"))
        #expect(dropped.rows.schema.features.map(\.name) == ["x"])
        #expect(dropped.notes == ["column id has 50 distinct texts in 50 rows and was left out"])
        #expect(dropped.rows.categories.fills.isEmpty)
        let kept = try Samples.imported(text, ImportOptions(target: "y", categorical: ["id"]))
        #expect(kept.rows.schema.features.map(\.name) == ["id", "x"])
    }

    @Test("More than 10,000 distinct texts are no category, even if each occurs three times")
    func overfull() throws {
        let text = "id,x,y\n" + (0..<30_030).map { "w\($0 % 10_010),\($0 % 7),\($0 % 2)\n" }.joined()
        let data = try Samples.imported(text, ImportOptions(target: "y"))
        #expect(data.rows.schema.features.map(\.name) == ["x"])
        #expect(data.notes == ["column id has more than 10000 distinct texts and was left out"])
    }

    @Test(
        "A value after the sample changes a column's kind as if it had been the first",
        arguments: [("1", "2.5", FeatureKind.numeric), ("yes", "maybe", .categorical), ("", "7", .integer), ("2.5", "1", .numeric)])
    func late(common: String, rare: String, expected: FeatureKind) throws {
        var lines = [String](repeating: common, count: 5_000)
        // Half of the rows, so that neither kind of cell looks like a mistake among the other.
        for index in 2_500..<5_000 { lines[index] = rare }
        let text = "x,z,y\n" + lines.enumerated().map { "\($1),\($0),\($0 % 2)\n" }.joined()
        let rows = try Samples.imported(text, ImportOptions(target: "y")).rows
        #expect(rows.schema.features[0] == Feature(name: "x", kind: expected))
        #expect(rows.count == 5_000)
    }

    @Test(
        "Texts that look like numbers are counted over the whole file, whether they come early or late",
        arguments: [0, 4_000], [("9E", "UA", "500 of 5000 cells (10.0 %) are numbers"), ("007", "UA", nil), ("UA", "AA", nil)])
    func dressedTexts(from first: Int, texts: (rare: String, common: String, why: String?)) throws {
        let cells = (0..<5_000).map { first..<first + 1_000 ~= $0 && $0 % 2 == 0 ? texts.rare : texts.common }
        let text = "x,z,y\n" + cells.enumerated().map { "\($1),\($0 % 11),\($0 % 2)\n" }.joined()
        let data = try Samples.imported(text, ImportOptions(target: "y"))
        #expect(data.rows.schema.features[0] == Feature(name: "x", kind: .categorical))
        #expect(Set(data.rows.categories["x"].table.names) == [texts.rare, texts.common])
        let column = try #require(data.understanding?.columns.first { $0.name == "x" })
        if texts.rare == "007" {
            #expect(column.why == "500 of 5000 cells begin with a zero that a number would lose, such as '007'")
        } else {
            #expect(column.why == texts.why)
        }
    }

    @Test("Numbers that come late and are most of a column of texts make its texts the mistake")
    func lateNumbers() throws {
        let text = "x,y\n" + (0..<9_000).map { "\($0 < 2_500 ? "w\($0 % 9)" : "\($0 % 7)"),\($0 % 2)\n" }.joined()
        let failure = try #require(Samples.failure { _ = try Samples.imported(text, ImportOptions(target: "y")) })
        #expect(failure.description.hasPrefix("'w0' is not a number, as the others are: t.csv:2:1 (x): 6500 of 9000 cells"))
    }

    @Test("A late text among numbers is a mistake, with its row and column")
    func lateMistake() throws {
        let text = "x,y\n" + (0..<5_000).map { "\($0 == 4_321 ? "oops" : String($0)),\($0 % 2)\n" }.joined()
        let failure = try #require(Samples.failure { _ = try Samples.imported(text, ImportOptions(target: "y")) })
        #expect(failure.description.hasPrefix("'oops' is not a number, as the others are: t.csv:4323:1 (x): "))
    }

    @Test("A file of a frozen schema is matched by column name, and its columns have dictionaries of their own")
    func frozen() throws {
        let schema = try Samples.imported(small, ImportOptions(target: "y", timeColumn: "time")).rows.schema
        let text = "extra,y,word,flag,x,n,time\n?,yes,c,1,2,2.5,2013-01-01T10:00:00Z\n?,no,a,no,,,1357034400001\n"
        let rows = try Samples.withFile(text.utf8) {
            try CSVImport.read(path: $0, schema: schema, from: nil, until: nil).rows
        }
        #expect(rows.schema == schema)
        #expect(Array(rows.features[0..<5]) == [2.5, 2, 1, 0, 1_357_034_400_000])
        #expect(rows.features[5].isNaN)
        #expect(rows.features[8] == 1)
        #expect(rows.targets == [1, 0])
        #expect(rows.categories["word"].table.names == ["c", "a"])
    }

    @Test("The flights sample is read with the schema that the columns suggest")
    func flights() throws {
        let options = ImportOptions(target: "late", positive: "yes", timeColumn: "time", zone: "America/New_York", excluded: ["dep_delay"])
        let rows = try CSVImport.read(path: Samples.flights, options: options).rows
        #expect(rows.count == 3_090)
        #expect(rows.targets.filter { $0 == 1 }.count == 761)
        #expect(rows.schema.width == 19)
        #expect(rows.schema.features.filter { $0.kind == .categorical }.map(\.name) == ["carrier", "origin", "dest"])
        // 2013-01-01T05:15 in New York is 10:15 UTC: date -u -d 2013-01-01T10:15Z +%s
        #expect(rows.times.first == 1_357_035_300_000)
        #expect(zip(rows.times, rows.times.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test("Cancelling stops within a few thousand rows, and progress never goes back")
    func cancelling() throws {
        let text = "x,y\n" + (0..<60_000).map { "\($0),\($0 % 2)\n" }.joined()
        try Samples.withFile(text.utf8) { path in
            let options = ImportOptions(target: "y")
            #expect(
                Samples.failure { _ = try CSVImport.read(path: path, options: options, isCancelled: { true }) } == .cancelled(file: "t.csv")
            )
            var reports: [Int64] = []
            _ = try CSVImport.read(path: path, options: options, progress: { done, _ in reports.append(done) })
            #expect(reports == reports.sorted())
            #expect(reports.last == Int64(text.utf8.count))
        }
    }

    @Test("The hash depends on the content, and not on the name, the compression or the dictionary")
    func hashes() throws {
        let options = ImportOptions(target: "y", timeColumn: "time")
        let data = try Samples.imported(small, options)
        let renamed = try Samples.withFile(small.utf8, name: "other.csv") { try CSVImport.read(path: $0, options: options) }
        #expect(data.hash == renamed.hash)
        #expect(data.hash.utf8.count == 64)
        let shared = try Samples.withFile(small.utf8) {
            try CSVImport.read(path: $0, schema: data.rows.schema, from: nil, until: nil)
        }
        #expect(data.hash == shared.hash)
        let changed = try Samples.imported(small.replacing("-2e3", with: "-2001"), options)
        #expect(data.hash != changed.hash)
    }
}
