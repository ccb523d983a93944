import Foundation
import Tabular
import Testing

@Suite("Rules that divide rows") struct SplitRuleTests {
    /// Rows of a number each, of units that have one to seven rows, named in one of two dictionaries.
    private func rows(_ units: Range<Int>, isReversed: Bool = false, timed: Bool = false, isNumber: Bool = false) -> LabelledRows {
        let schema = Schema(
            features: [
                Feature(name: "x", kind: .numeric), Feature(name: "unit", kind: isNumber ? .integer : .categorical, optional: true),
            ],
            target: Target(name: "y", task: .binary, classes: ["no", "yes"]), groupColumn: "unit")
        let names = (0..<1_000).map { "unit \($0)" }
        let categories = Categories(isReversed ? names.reversed() : names)
        var rows = LabelledRows(schema: schema, categories: categories, features: [], targets: [])
        for unit in isReversed ? units.reversed() : Array(units) {
            for row in 0...(unit % 7) {
                rows.features += [Double(unit) + Double(row) / 10, Double(isNumber ? unit : isReversed ? 999 - unit : unit)]
                rows.targets.append((unit + row).isMultiple(of: 3) ? 1 : 0)
            }
        }
        if timed { rows.times = (0..<rows.count).map { Int64($0) * 60_000 } }
        return rows
    }

    private func units(_ rows: LabelledRows, _ places: [Int]) -> Set<Int> { Set(places.map { Int(rows.features[$0 * 2]) }) }

    private let byGroup = SplitRule(kind: .group, share: 0.2, group: "unit")

    @Test("No unit stands on both sides, and its side depends on no other row, on the order, on the codes nor on the truth")
    func units() throws {
        let few = rows(0..<400)
        let first = few.divided(by: byGroup)
        let (learnt, judged) = (units(few, first.learning), units(few, first.judging))
        #expect(learnt.isDisjoint(with: judged) && learnt.union(judged).count == 400)
        #expect(abs(Double(judged.count) / 400 - 0.2) < 0.06)
        var others = rows(200..<1_000, isReversed: true)
        for row in 0..<others.count { others.targets[row] = 1 - others.targets[row] }
        let second = others.divided(by: byGroup)
        #expect(units(others, second.judging).intersection(200..<400) == judged.intersection(200..<400))
        #expect(units(others, second.learning).isDisjoint(with: units(others, second.judging)))
        // What one has learnt is never among what is fair to it, and all of the rest is.
        let held = others.selecting(second.judging)
        let fair = try #require(second.neverLearnt(by: first.bounds, times: [], targets: held.targets))
        #expect(fair.count == held.count)
        // Positions of units say nothing to a rule of contents.
        let contents = few.divided(by: SplitRule(kind: .stratified, share: 0.2)).bounds
        #expect(second.neverLearnt(by: contents, times: [], targets: held.targets) == nil)
        #expect(few.copies(in: first)?.count == judged.count)
    }

    @Test("Units may be numbers; rows without one go by their content, and a single unit is not parted")
    func numbers() {
        var numbered = rows(0..<300, isNumber: true)
        let division = numbered.divided(by: byGroup)
        #expect(units(numbered, division.learning).isDisjoint(with: units(numbered, division.judging)))
        for row in 0..<numbered.count { numbered.features[row * 2 + 1] = .nan }
        let apart = numbered.divided(by: byGroup)
        #expect(abs(Double(apart.judging.count) / Double(numbered.count) - 0.2) < 0.06)
        #expect(rows(6..<7).divided(by: byGroup).judging.isEmpty)
    }

    @Test("By a hash a row's side depends on its features alone, and about the share judges")
    func hash() throws {
        let rule = SplitRule(kind: .hash, share: 0.3)
        let few = rows(0..<300)
        let first = few.divided(by: rule)
        #expect(abs(Double(first.judging.count) / Double(few.count) - 0.3) < 0.05)
        let many = rows(100..<900, isReversed: true)
        let second = many.divided(by: rule)
        func values(_ rows: LabelledRows, _ places: [Int]) -> Set<Double> { Set(places.map { rows.features[$0 * 2] }) }
        let common = values(few, Array(0..<few.count)).intersection(values(many, Array(0..<many.count)))
        #expect(values(few, first.judging).intersection(common) == values(many, second.judging).intersection(common))
        let held = many.selecting(second.judging)
        #expect(second.neverLearnt(by: first.bounds, times: [], targets: held.targets)?.count == held.count)
    }

    @Test("By time rows of a unit that judges are neither learnt nor judged before the cut")
    func purge() {
        let data = rows(0..<300, timed: true)
        let plain = data.divided(by: SplitRule(kind: .time, share: 0.2))
        let purged = data.divided(by: SplitRule(kind: .time, share: 0.2, group: "unit"))
        #expect(plain.purged == 0 && plain.judging == purged.judging)
        #expect(units(data, purged.learning).isDisjoint(with: units(data, purged.judging)))
        #expect(purged.purged == plain.learning.count - purged.learning.count && purged.purged < 7)
        #expect(purged.bounds.learntUntil == plain.bounds.learntUntil)
        #expect(purged.used(of: data).count == data.count - purged.purged)
        // Every unit comes once more, later: those of the later rows are not learnt.
        var twice = rows(0..<50).followed(by: rows(0..<60))
        twice.times = (0..<twice.count).map { Int64($0) }
        let again = twice.divided(by: SplitRule(kind: .time, share: 0.2, group: "unit"))
        #expect(units(twice, again.learning).isDisjoint(with: units(twice, again.judging)))
        #expect(again.purged > 20 && again.learning.count + again.judging.count + again.purged == twice.count)
    }

    @Test("The last rows are those of a file of their own; copies of them, or rows of their units, are not learnt")
    func file() {
        let all = rows(0..<100).followed(by: rows(90..<120, isReversed: true))
        var rule = SplitRule(kind: .file, share: 0.2)
        rule.heldRows = rows(90..<120).count
        let division = all.divided(by: rule)
        #expect(division.judging.count == rule.heldRows && division.judging.last == all.count - 1)
        #expect(units(all, division.learning) == Set(0..<90))
        #expect(division.purged == rows(90..<100).count)
        rule.group = "unit"
        #expect(units(all, all.divided(by: rule).learning) == Set(0..<90))
        rule.heldRows = .max
        #expect(all.divided(by: rule).learning.isEmpty)
    }

    // MARK: Folds

    @Test("Blocks by time are those of scikit-learn 1.9.1's TimeSeriesSplit, and do not learn their own units")
    func blocks() throws {
        var data = rows(6..<14, timed: true).selecting(Array(0..<23))
        let folds = try #require(data.divided(by: SplitRule(kind: .time, share: 0.2, folds: 4)).folds)
        #expect(folds.map(\.learning) == [Array(0..<7), Array(0..<11), Array(0..<15), Array(0..<19)])
        #expect(folds.map(\.judging) == [[7, 8, 9, 10], [11, 12, 13, 14], [15, 16, 17, 18], [19, 20, 21, 22]])
        // Another version is set beside what the latest block says; of parts that are alike, beside all.
        let blocks = data.divided(by: SplitRule(kind: .time, share: 0.2, folds: 4))
        #expect(blocks.comparable(Array(blocks.judging.indices)).map { blocks.judging[$0] } == [19, 20, 21, 22])
        let alike = data.divided(by: SplitRule(kind: .stratified, share: 0.2, folds: 4))
        #expect(alike.comparable([0, 3]) == [0, 3])
        let division = data.divided(by: SplitRule(kind: .time, share: 0.2, group: "unit", folds: 4))
        for fold in try #require(division.folds) { #expect(units(data, fold.learning).isDisjoint(with: units(data, fold.judging))) }
        #expect(division.learning == Array(0..<23) && division.bounds.learntUntil == data.times.last)
        // Nothing to tell apart before the second class.
        for row in 0..<12 { data.targets[row] = 0 }
        data.targets[12] = 1
        #expect(data.divided(by: SplitRule(kind: .time, share: 0.2, folds: 4)).folds?.count == 2)
    }

    @Test("Units are spread as by scikit-learn 1.9.1's GroupKFold")
    func groups() throws {
        var data = rows(0..<0)
        for (unit, size) in [9, 7, 6, 4, 3, 2, 1].enumerated() {
            for row in 0..<size {
                data.features += [Double(unit) + Double(row) / 100, Double(unit)]
                data.targets.append(Double(row % 2))
            }
        }
        let folds = try #require(data.divided(by: SplitRule(kind: .group, share: 0.2, group: "unit", folds: 3)).folds)
        #expect(folds.map { units(data, $0.judging) } == [[0, 5], [1, 4, 6], [2, 3]])
        #expect(folds.allSatisfy { units(data, $0.learning).isDisjoint(with: units(data, $0.judging)) })
        #expect(rows(6..<7).divided(by: SplitRule(kind: .group, share: 0.2, group: "unit", folds: 3)).folds?.isEmpty == true)
    }

    @Test("Without times each row judges once, of each class as many in each part, and copies together")
    func classes() throws {
        let once = rows(0..<200)
        let data = once.followed(by: once.selecting(Array(0..<60)))
        let division = data.divided(by: SplitRule(kind: .stratified, share: 0.2, folds: 10))
        let folds = try #require(division.folds)
        #expect(folds.count == 10 && folds.flatMap(\.judging).sorted() == Array(0..<data.count))
        for fold in folds {
            #expect(Set(fold.learning).isDisjoint(with: fold.judging) && fold.learning.count + fold.judging.count == data.count)
            let positives = fold.judging.count { data.targets[$0] == 1 }
            #expect(abs(Double(positives) - data.targets.reduce(0, +) / 10) < 4)
            #expect(Set(fold.learning.map { data.features[$0 * 2] }).isDisjoint(with: fold.judging.map { data.features[$0 * 2] }))
        }
        // All of it is learnt: bounds tell nothing of others' rows.
        let other = once.divided(by: SplitRule(kind: .stratified, share: 0.2))
        let held = once.selecting(other.judging)
        #expect(other.neverLearnt(by: division.bounds, times: [], targets: held.targets) == nil)
    }

    // MARK: Records

    @Test("An earlier release's rule is read as it was; a strange one is refused with what to do")
    func records() throws {
        let old = try JSONDecoder().decode(SplitRule.self, from: Data(#"{"kind":"stratified","share":0.2}"#.utf8))
        #expect(old == SplitRule(kind: .stratified, share: 0.2) && old.fault == nil && old.isOrdered == nil)
        let chosen = try #require(SplitRule(.cv, unit: "unit", isTimed: false, share: 0.2))
        #expect(chosen.kind == .group && chosen.folds == 10 && chosen.isOrdered == true && chosen.fault == nil)
        #expect(try JSONDecoder().decode(SplitRule.self, from: JSONEncoder().encode(chosen)) == chosen)
        #expect(SplitRule(nil, unit: nil, isTimed: true, share: 0.2) == nil)
        #expect(SplitRule(nil, unit: "unit", isTimed: true, share: 0.2)?.kind == .time)
        for (text, fault) in [
            (#"{"kind":"time","share":7}"#, "share of 7.0"), (#"{"kind":"time","share":0.2,"folds":1000000}"#, "1000000 folds"),
            (#"{"kind":"group","share":0.2}"#, "--group"), (#"{"kind":"file","share":0.2,"folds":3}"#, "leave one of them out"),
            (#"{"kind":"hash","share":0.2,"group":"x"}"#, "by group or by time"),
        ] {
            let rule = try JSONDecoder().decode(SplitRule.self, from: Data(text.utf8))
            #expect(rule.fault?.contains(fault) == true, "\(rule.fault ?? "none")")
            // Whatever it says, rows are divided without harm.
            let division = rows(0..<50).divided(by: rule)
            #expect(division.learning.count <= rows(0..<50).count)
        }
    }

    @Test("An import keeps the column of units, may do without it in requests, and a snapshot knows it")
    func imported() throws {
        try Samples.withDirectory { directory in
            let lines = (0..<60).map { "\($0),c\($0 * 2 / 3),\($0 % 2 == 0 ? "no" : "yes")" }
            try (["x,customer,y"] + lines).joined(separator: "\n").write(toFile: directory + "/f.csv", atomically: true, encoding: .utf8)
            let data = try CSVImport.read(
                path: directory + "/f.csv", options: ImportOptions(target: "y", positive: "yes", groupColumn: "customer"))
            #expect(data.rows.schema.groupColumn == "customer")
            // Forty texts in sixty rows would be left out as no category.
            #expect(data.rows.schema.features.map(\.name) == ["x", "customer"] && data.rows.schema.features[1].optional)
            try DataSnapshots.write(data, directory: directory)
            #expect(try DataSnapshots.read(hash: data.hash, directory: directory).rows.schema == data.rows.schema)
            let failure = #expect(throws: TabularFailure.self) {
                try CSVImport.read(path: directory + "/f.csv", options: ImportOptions(target: "y", groupColumn: "y"))
            }
            #expect(failure?.description.contains("name another one with --group") == true)
        }
    }
}
