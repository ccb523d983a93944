import Foundation
import Monitoring
import Tabular
import Testing

@Suite("two files compared")
struct ComparisonTests {
    /// The figures of `Tests/Oracles/comparison.py`: SciPy 1.17.1, Evidently 0.7.23.
    struct Golden: Decodable {
        struct Column: Decodable {
            var kolmogorovSmirnov: Double?
            var wassersteinNormed: Double?
            var outOfRange: Double?
            var jensenShannon: Double?
            var chiSquared: Double?
            var chiSquaredPValue: Double?
            var cramersV: Double?
            var largestDifference: Double?
            var unseen: Double?
            var missing: [Double]
        }
        struct Evidently: Decodable { var wassersteinNormed: [String: Double] }

        var rows: [Int]
        var columns: [String: Column]
        var evidently: Evidently?

        static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

        static func load() throws -> Golden {
            try JSONDecoder().decode(Golden.self, from: Data(contentsOf: folder.appending(path: "comparison.json")))
        }
    }

    @Test("every distance is SciPy's on the same files, and the normed one Evidently's")
    func golden() throws {
        let golden = try Golden.load()
        let pair = try FilePair.read(
            reference: Golden.folder.appending(path: "comparison-reference.csv").path,
            current: Golden.folder.appending(path: "comparison-current.csv").path, rules: FileReadingRules())
        let comparison = FileComparison(pair)
        #expect([comparison.rows.reference, comparison.rows.current] == golden.rows)
        #expect(Set(comparison.columns.map(\.name)) == Set(golden.columns.keys))
        for column in comparison.columns {
            let wanted = try #require(golden.columns[column.name])
            func same(_ a: Double?, _ b: Double?, _ what: String) {
                #expect((a == nil) == (b == nil), "\(column.name) \(what)")
                if let a, let b { #expect(abs(a - b) <= 1e-9 * max(1, abs(b)), "\(column.name) \(what): \(a) and not \(b)") }
            }
            let figures = column.figures
            same(figures.kolmogorovSmirnov, wanted.kolmogorovSmirnov, "KS")
            #expect(figures.kolmogorovSmirnovError == nil)
            same(figures.wassersteinNormed, wanted.wassersteinNormed, "Wasserstein")
            same(figures.chiSquared, wanted.chiSquared, "χ²")
            same(figures.chiSquaredPValue, wanted.chiSquaredPValue, "p")
            same(figures.cramersV, wanted.cramersV, "V")
            same(figures.largestDifference, wanted.largestDifference, "L∞")
            if let distance = wanted.jensenShannon { same(figures.jensenShannon, distance, "Jensen–Shannon") }
            same(column.cells.outOfRange, wanted.outOfRange, "out of range")
            same(column.cells.unseen, wanted.unseen, "unseen")
            same(column.cells.missing.reference, wanted.missing.first, "missing")
            same(column.cells.missing.current, wanted.missing.last, "missing now")
            if let theirs = golden.evidently?.wassersteinNormed[column.name] { same(figures.wassersteinNormed, theirs, "Evidently") }
        }
        let states = Dictionary(uniqueKeysWithValues: comparison.columns.map { ($0.name, $0.state) })
        #expect(
            states
                == ["same": .ok, "moved": .drift, "zeros": .drift, "gaps": .drift, "whole": .drift, "words": .drift, "blanks": .ok],
            "\(states)")
    }

    // MARK: Made files

    private func compare(
        _ reference: String, _ current: String, rules: FileReadingRules = FileReadingRules(), excluded: Set<String> = []
    ) throws -> FileComparison {
        let folder = FileManager.default.temporaryDirectory.appending(path: "flyball-compare-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = [folder.appending(path: "a.csv"), folder.appending(path: "b.csv")]
        for (path, text) in zip(paths, [reference, current]) { try Data(text.utf8).write(to: path) }
        return FileComparison(
            try FilePair.read(reference: paths[0].path, current: paths[1].path, rules: rules, excluded: excluded))
    }

    private func file(_ columns: [(String, [String])]) -> String {
        let rows = (0..<(columns.first?.1.count ?? 0)).map { row in columns.map { $0.1[row] }.joined(separator: ",") }
        return ([columns.map(\.0).joined(separator: ",")] + rows).joined(separator: "\n") + "\n"
    }

    private func numbers(_ values: [Double]) -> [String] { values.map { "\(($0 * 1_000).rounded() / 1_000)" } }

    @Test("files of the same kind raise a false discovery in about one comparison of twenty, however many columns they have")
    func falseDiscoveries() throws {
        var random = Random(3)
        var alarms = 0
        for _ in 0..<40 {
            func made() -> String {
                file(
                    (0..<8).map { ("x\($0)", numbers(random.normals(400))) }
                        + [("word", (0..<400).map { _ in "w\(random.integer(below: 9))" })])
            }
            alarms +=
                try compare(made(), made()).columns.contains { $0.shape.state != .ok || $0.newState != .ok || $0.missingState != .ok }
                ? 1 : 0
        }
        #expect(alarms <= 6, "\(alarms) of 40")
    }

    @Test("what is wrong is named: shape, gaps, new texts, cells that do not fit, a stuck column")
    func reasons() throws {
        var random = Random(4)
        let n = 1_000
        let reference = file([
            ("shape", numbers(random.normals(n))), ("gaps", numbers(random.normals(n))),
            ("word", (0..<n).map { _ in "w\(random.integer(below: 5))" }), ("cells", numbers(random.normals(n))),
            ("stuck", numbers(random.normals(n))), ("far", numbers(random.normals(n))), ("fine", numbers(random.normals(n))),
        ])
        var (gaps, word, cells, stuck, far) = (
            numbers(random.normals(n)), (0..<n).map { _ in "w\(random.integer(below: 5))" }, numbers(random.normals(n)),
            numbers(random.normals(n)), numbers(random.normals(n))
        )
        for row in 0..<n where row % 4 == 0 { gaps[row] = "NA" }
        for row in 0..<n where row % 20 == 0 { word[row] = "stranger" }
        for row in 0..<n where row % 10 == 3 { cells[row] = "none" }
        for row in 400..<480 { stuck[row] = "0.25" }
        for row in 0..<n where row % 20 == 1 { far[row] = "12500.5" }
        let current = file([
            ("shape", numbers(random.normals(n, mean: 1))), ("gaps", gaps), ("word", word), ("cells", cells), ("stuck", stuck),
            ("far", far),
            ("fine", numbers(random.normals(n))),
        ])
        let comparison = try compare(reference, current)
        let words = Dictionary(uniqueKeysWithValues: comparison.columns.map { ($0.name, $0.words) })
        #expect(words["shape"]?.hasPrefix("drift: PSI ") == true, "\(words)")
        #expect(words["gaps"]?.contains("25 % missing, the reference has 0 %") == true, "\(words)")
        #expect(words["word"]?.contains("5 % new texts") == true, "\(words)")
        #expect(words["cells"]?.contains("10 % of the cells do not fit, first 'none' at b.csv:5:4 (cells)") == true, "\(words)")
        #expect(words["stuck"]?.contains("stuck: 80 rows in a row say 0.25, at most ") == true, "\(words)")
        #expect(words["far"]?.contains("5 % numbers far out of range") == true, "\(words)")
        #expect(words["fine"] == "ok", "\(words)")
        #expect(comparison.inOrder.last?.name == "fine")
        #expect(comparison.state == .drift)
    }

    @Test("a column that repeats itself in the reference too is not stuck")
    func runs() throws {
        var random = Random(5)
        // Most hours have no rain, in both.
        func rain(_ count: Int) -> [String] { (0..<count).map { _ in random.uniform() < 0.97 ? "0" : "\(random.integer(below: 50))" } }
        let comparison = try compare(file([("rain", rain(2_000))]), file([("rain", rain(20_000))]))
        #expect(comparison.columns[0].runs.current > 100)
        #expect(comparison.columns[0].state == .ok, "\(comparison.columns[0].words)")
        let always = file([("flag", [String](repeating: "1", count: 500))])
        #expect(try compare(always, always).columns[0].state == .ok)
        #expect(ConstantRun.usual(rows: 10, referenceRows: 10, referenceLongest: 2, share: 0.1) == ConstantRun.least)
        #expect(ConstantRun.usual(rows: 100, referenceRows: 10, referenceLongest: 100, share: 0.5) == 154)
    }

    @Test("rows that repeat are counted, and more of them than in the reference are told")
    func repeats() throws {
        var random = Random(6)
        let values = numbers(random.normals(3_000))
        let comparison = try compare(file([("x", values)]), file([("x", Array(values.prefix(2_000) + values.prefix(1_000)))]))
        #expect(comparison.repeats.isExact)
        let now = Double(3_000 - Set(values.prefix(2_000)).count) / 3_000
        #expect(abs(comparison.repeats.shares.current - now) < 1e-12)
        #expect(comparison.repeats.state == .drift)
        #expect(try compare(file([("x", values)]), file([("x", values)])).repeats.state == .ok)
    }

    @Test("where the files are not made alike, it is said, and what both have is compared")
    func schema() throws {
        let rows = (0..<200)
        let reference = file([
            ("a", rows.map { "\($0 % 7)" }), ("b", rows.map { "w\($0 % 3)" }), ("gone", rows.map { "\($0)" }),
            ("at", rows.map { _ in "2024-05-01" }), ("nothing", rows.map { _ in "" }),
        ])
        let current = file([
            ("b", rows.map { "\($0 % 3)" }), ("a", rows.map { "\($0 % 7)" }), ("more", rows.map { _ in "yes" }),
            ("at", rows.map { _ in "2024-05-02" }),
            ("nothing", rows.map { _ in "" }),
        ])
        let comparison = try compare(reference, current)
        #expect(comparison.columns.map(\.name) == ["a", "b"])
        #expect(
            comparison.mismatches.map { "\($0.column): \($0.what.rawValue)" } == [
                "b: another kind", "gone: missing in the current file", "more: not in the reference", "a: another place",
            ])
        #expect(comparison.mismatches.first?.words == "names in the reference, numbers now")
        #expect(comparison.columns[1].words.contains("100 % new texts"))
        #expect(try compare(reference, current, excluded: ["b", "gone"]).mismatches.map(\.column) == ["more"])
    }

    @Test("a column is what the whole reference says, however late it says it")
    func lateCells() throws {
        let whole = (0..<5_000).map { "\($0 % 50)" }
        let names = whole.dropLast() + ["0012"]
        let comparison = try compare(file([("code", Array(names))]), file([("code", whole)]))
        #expect(comparison.columns.map(\.kind) == [.categorical])
        let fractions = try compare(file([("x", whole.dropLast() + ["1.5"])]), file([("x", whole)]))
        #expect(fractions.columns.map(\.kind) == [.numeric])
        #expect(throws: TabularFailure.self) { try compare(file([("x", whole.dropLast() + ["n.a."])]), file([("x", whole)])) }
        let asNames = try compare(
            file([("x", whole.dropLast() + ["n.a."])]), file([("x", whole)]), rules: FileReadingRules(categorical: ["x"]))
        #expect(asNames.columns[0].kind == .categorical && asNames.columns[0].state == .ok)
    }

    @Test("few rows, names of rows, and equal files say what they are")
    func degenerate() throws {
        let few = file([("x", (0..<99).map { "\($0)" })])
        #expect(try compare(few, few).columns[0].state == .notEnoughData)
        let ids = file([("id", (0..<500).map { "row\($0)" })])
        let comparison = try compare(ids, ids)
        #expect(comparison.columns[0].words == "not judged: 500 distinct texts in 500 rows: it names rows, and no groups of them")
        #expect(comparison.state == .ok)
        #expect(try compare("x\n", "x\n1\n").columns.isEmpty)
        let constant = file([("x", (0..<500).map { _ in "3" })])
        let other = file([("x", (0..<500).map { _ in "4" })])
        #expect(try compare(constant, other).columns[0].state == .drift)
        #expect(try compare(constant, other).columns[0].figures.wassersteinNormed == nil)
        #expect(try compare(constant, constant).columns[0].figures.wassersteinNormed == 0)
    }
}
