import Foundation
import Tabular
import Testing

@Suite("What a truth means") struct TargetCaseTests {
    private static func target(_ classes: [String]) -> Target {
        Target(name: "y", task: classes.isEmpty ? .regression : classes.count == 2 ? .binary : .multiclass, classes: classes)
    }

    @Test(
        "A label names the class that it equals, by letter or by value",
        arguments: [
            (["False", "True"], "true", 1.0), (["False", "True"], "TRUE", 1), (["False", "True"], "1", 1), (["False", "True"], "false", 0),
            (["False", "True"], " True ", 1), (["False", "True"], "yes", 1), (["no", "yes"], "YES", 1), (["no", "yes"], "true", 1),
            (["0", "1"], "true", 1), (["0", "1"], "1.0", 1), (["0", "1"], "1e0", 1), (["1", "2", "3"], "2.0", 1), (["a", "b"], " b", 1),
            ([], "3.5", 3.5), ([], " -2 ", -2), ([], "\u{2212}2", -2), (["A", "a"], "a", 1), (["1", "true"], "true", 1),
            (["01", "1"], "1.0", 1),
        ] as [([String], String, Double)])
    func taken(classes: [String], label: String, value: Double) {
        #expect(Self.target(classes).value(of: label) == value)
    }

    @Test(
        "What names no class, or more than one, is refused with the reason",
        arguments: [
            (["False", "True"], "Truu", TargetRefusal.noClass), (["False", "True"], "2", .noClass), (["False", "True"], "0x1", .noClass),
            (["1", "2", "3"], "true", .noClass), (["Yes", "yes", "no"], "YES", .ambiguous), (["A", "a"], "\u{C0}", .noClass),
            (["no", "yes"], "NA", .missing), (["no", "yes"], " ", .missing), ([], "0x10", .noNumber), ([], "inf", .noNumber),
            ([], "nan", .missing), ([], "1,234.5", .noNumber),
        ] as [([String], String, TargetRefusal)])
    func refused(classes: [String], label: String, reason: TargetRefusal) {
        #expect(Self.target(classes).reading(of: label) == .failure(reason))
    }

    private static func imported(_ cells: [String], _ change: (inout ImportOptions) -> Void = { _ in }) throws -> ImportedData {
        var options = ImportOptions(target: "y")
        change(&options)
        let lines = cells.enumerated().map { row, cell in "\(row % 7),\(String(decoding: CSVText.bytes(cell), as: UTF8.self))\n" }
        return try Files.imported("x,y\n" + lines.joined(), options)
    }

    @Test("Blanks and letter case make no further class of yes and no") func spellings() throws {
        let cells = (0..<200).map { $0 == 5 ? "Yes " : $0 % 2 == 0 ? "no" : "yes" }
        let data = try Self.imported(cells)
        #expect(data.rows.schema.target.classes == ["no", "yes"])
        #expect(data.rows.targets[5] == 1)
        #expect(try Self.imported(["1", "0", "1.0", "0"]).rows.schema.target.classes == ["0", "1"])
    }

    @Test("A text among the numbers of a target is named with its place and the others' share") func regressionText() throws {
        let cells = (0..<366).map { $0 == 66 ? "1,234.50" : "\(Double($0) / 8)" }
        let failure = try #require(Files.failure { _ = try Self.imported(cells) })
        #expect(
            failure.hasPrefix("'1,234.50' is not a number, as the other targets are: t.csv:68:2 (y): 365 of 366 cells (99.73 %)"),
            "\(failure)")
        #expect(failure.contains("thousands"))
        let word = try #require(Files.failure { _ = try Self.imported((0..<300).map { $0 == 40 ? "oops" : "\($0)" }) })
        #expect(word.hasPrefix("'oops' is not a number, as the other targets are: t.csv:42:2 (y): "), "\(word)")
    }

    @Test("A target of money is numbers, and later labels are read the same way") func money() throws {
        let target = try Self.imported((1...60).map { "$\($0),100.50" }).rows.schema.target
        #expect(target.task == .regression)
        #expect(target.format == NumberFormat(unit: "$", grouping: ","))
        #expect(target.value(of: "$1,234.50") == 1_234.5)
        #expect(target.value(of: "1234.5") == 1_234.5)
        #expect(target.value(of: "\u{20AC}5") == nil)
    }

    @Test("A class that is spelt like a word for missing is refused with the ways to keep it") func classLikeMissing() throws {
        let cells = (0..<60).map { ["NA", "EU", "AS"][$0 % 3] }
        let failure = try #require(Files.failure { _ = try Self.imported(cells) })
        #expect(failure.hasPrefix("'NA' is not a class: it is a word for missing: t.csv:2:2 (y): 20 rows have it"), "\(failure)")
        #expect(failure.contains("--text y") && failure.contains("--missing ''"))
        #expect(try Self.imported(cells) { $0.texts = ["y"] }.rows.schema.target.classes == ["AS", "EU", "NA"])
        #expect(try Self.imported(cells) { $0.missing = [] }.rows.schema.target.classes == ["AS", "EU", "NA"])
        // Said to be missing, their rows are left out.
        let left = try Self.imported(cells) { ($0.missing, $0.positive) = (["NA"], "EU") }
        #expect(left.rows.count == 40)
        #expect(left.notes.contains("20 rows without a target left out"))
        let kept = try Self.imported(cells) { $0.texts = ["y"] }.rows.schema.target
        #expect(kept.value(of: "NA") == 2)
        #expect(kept.reading(of: "") == .failure(.missing))
    }
}

@Suite("Classes that nobody meant") struct MistakenClassTests {
    private static func imported(_ cells: [String], task: PredictionTask? = nil) throws -> ImportedData {
        var options = ImportOptions(target: "y")
        options.task = task
        let lines = cells.enumerated().map { row, cell in "\(row % 7),\(String(decoding: CSVText.bytes(cell), as: UTF8.self))\n" }
        return try Files.imported("x,y\n" + lines.joined(), options)
    }

    private static func cells(_ odd: [Int: String], _ usual: [String] = ["good", "bad"]) -> [String] {
        (0..<400).map { odd[$0] ?? usual[$0 % usual.count] }
    }

    @Test(
        "What makes two classes three is refused with the cell and what to do, unless somebody says that it is a class",
        arguments: [
            (
                [7: "Good", 9: "Good", 11: "Good"], ["good", "bad"],
                "'Good' (3 rows, first in row 9), which differ in letter case or blanks only"
            ),
            ([8: "so so"], ["good", "bad"], "has two classes, and 'so so' (1 row, first in row 10): t.csv"),
            ([3: "yes", 4: "no", 5: "yes", 6: "yes"], ["1", "0"], "mixes '0', '1', 'no', 'yes' for true and false"),
            ([8: "a_b", 9: "a_b"], ["a b", "c", "d"], "differ in letter case or blanks only"),
        ] as [([Int: String], [String], String)])
    func refused(odd: [Int: String], usual: [String], words: String) throws {
        let failure = try #require(Files.failure { _ = try Self.imported(Self.cells(odd, usual)) })
        let parts = words.contains("mixes") ? ["mixes", "for true and false"] : [words.components(separatedBy: ": t.csv")[0]]
        #expect(parts.allSatisfy(failure.contains), "\(failure)")
        #expect(failure.contains("--task multiclass"), "\(failure)")
        let asked = try Self.imported(Self.cells(odd, usual), task: .multiclass).rows.schema.target
        #expect(asked.classes.count == Set(odd.values).union(usual).count)
    }

    @Test("Grades are no twins, and a rare class among several is said, not refused")
    func kept() throws {
        let grades = try Self.imported(Self.cells([:], ["A", "A-", "A+", "B"]))
        #expect(grades.rows.schema.target.classes == ["A", "A+", "A-", "B"])
        let rare = try Self.imported(Self.cells([20: "owl"], ["cat", "dog", "cow"]))
        #expect(rare.notes.contains("target y: one row only of 'owl': it can be learnt or judged, not both"), "\(rare.notes)")
        #expect(rare.understanding?.lines.contains { $0.contains("one row only of 'owl'") } == true)
    }

    @Test("Spellings that were taken for one class are said")
    func spellings() throws {
        let data = try Self.imported(Self.cells([4: "1.0", 9: "0.0"], ["1", "0"]))
        #expect(data.rows.schema.target.classes == ["0", "1"])
        #expect(data.notes.contains { $0.contains("'1.0' is '1'") && $0.contains("'0.0' is '0'") }, "\(data.notes)")
    }
}
