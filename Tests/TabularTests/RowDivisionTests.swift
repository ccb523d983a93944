import Tabular
import Testing

@Suite("Divisions of rows") struct RowDivisionTests {
    /// Rows of a number each, with a word that follows from it, or changes after so many rows.
    private func rows(
        _ numbers: [Double], words: [String] = ["a", "b"], ids: [UInt64] = [], times: [Int64] = [], wordEvery: Int? = nil
    ) -> LabelledRows {
        let schema = Schema(
            features: [Feature(name: "x", kind: .numeric), Feature(name: "word", kind: .categorical)],
            target: Target(name: "y", task: .binary, classes: ["no", "yes"]))
        let codes = ["a", "b"].map { name in Double(words.firstIndex(of: name) ?? 0) }
        let features = numbers.enumerated().flatMap { index, number in
            [number, codes[(wordEvery.map { index / $0 } ?? Int(number.rounded())) % 2]]
        }
        return LabelledRows(
            schema: schema, categories: Categories(words), features: features,
            targets: numbers.map { Int($0.rounded()) % 3 == 0 ? 1 : 0 }, times: times, ids: ids)
    }

    private let rule = SplitRule(kind: .stratified, share: 0.2)

    private func judging(_ rows: LabelledRows, _ rule: SplitRule) -> Set<Double> {
        Set(rows.divided(by: rule).judging.map { rows.features[$0 * 2] })
    }

    @Test("A row stands on the same side in a larger set, in another order, with other codes, and whatever its truth")
    func sameSide() {
        let few = rows((0..<500).map { Double($0) + 0.25 })
        let first = few.divided(by: rule)
        var many = rows((0..<3_000).map { Double($0) + 0.25 }.reversed(), words: ["other", "b", "a"])
        many.targets[7] = 1 - many.targets[7]
        let second = many.divided(by: rule)
        // The shares of two sets differ by chance, so their bounds do: no row that one has learnt is among those that both judge.
        let learnt = Set(first.learning.map { few.features[$0 * 2] })
        let held = many.selecting(second.judging)
        let fair = second.neverLearnt(by: first.bounds, times: held.times, targets: held.targets) ?? []
        let compared = fair.map { held.features[$0 * 2] }
        #expect(learnt.isDisjoint(with: compared))
        #expect(compared.count > 500 && second.judging.count == 600)
        #expect(judging(few, rule).intersection(judging(many, rule)).count > 85)
    }

    @Test("Copies stand on one side, however many of the rows they are, up to a twentieth of what judges")
    func copies() {
        let numbers = (0..<5_000).map { Double($0 % 250) + 0.5 }
        let data = rows(numbers)
        let parts = data.split(holdout: 0.2)
        func values(_ rows: LabelledRows) -> Set<Double> { Set((0..<rows.count).map { rows.features[$0 * 2] }) }
        #expect(values(parts.train).isDisjoint(with: values(parts.holdout)))
        #expect(abs(parts.holdout.count - 1_000) <= 20)
        // 1,500 alike among 3,000 would judge or teach alone.
        let heavy = rows((0..<3_000).map { $0 < 1_500 ? 0 : Double($0) }).split(holdout: 0.2)
        #expect(values(heavy.train).contains(0) && values(heavy.holdout).contains(0))
        #expect(abs(heavy.holdout.count - 600) <= 2)
    }

    @Test("Few columns of few values: rows are told apart, by their prediction ids where they have some, else by their order")
    func coincidence() throws {
        let numbers = (0..<4_000).map { Double($0 * 7 % 6) }
        let plain = rows(numbers, wordEvery: 6).divided(by: rule)
        #expect(plain.bounds.rule.tellsCopiesApart == true)
        #expect(plain.judging.count == 800)
        let ids = (0..<4_000).map { RowID(base: PredictionID(epoch: 1, loop: 0, sequence: UInt64($0)), row: 0).mixed }
        let first = rows(numbers, ids: ids, wordEvery: 6).divided(by: rule)
        // A window that has moved on: half of the rows are new, and the others stand where they stood.
        let late = rows(Array(numbers[2_004...]), ids: Array(ids[2_004...]), wordEvery: 6)
        let second = late.divided(by: SplitRule(kind: .stratified, share: 0.2, tellsCopiesApart: first.bounds.rule.tellsCopiesApart))
        let learnt = Set(first.learning.map { ids[$0] })
        let held = late.selecting(second.judging)
        let fair = try #require(second.neverLearnt(by: first.bounds, times: [], targets: held.targets))
        #expect(fair.count { learnt.contains(held.ids[$0]) } == 0)
        #expect(fair.count > 340)
    }

    @Test(
        "Copies among the rows that judge are told as one; what few columns of few values make, and one row that is most of a class, are not"
    )
    func copiesThatJudge() throws {
        let data = rows((0..<1_000).map { Double($0 % 400) + 0.5 })
        let division = data.divided(by: rule)
        let groups = try #require(data.copies(in: division))
        let distinct = Set(division.judging.map { data.features[$0 * 2] })
        #expect(groups.count == distinct.count && groups.members.count == division.judging.count)
        // By time as well, though there the sides are told by nothing else.
        let timed = rows((0..<1_000).map { Double($0 / 2) + 0.5 }, times: (0..<1_000).map { Int64($0) }, wordEvery: 2)
        let later = timed.divided(by: rule.by(.time))
        #expect(timed.copies(in: later)?.count == 100)
        // Another target is another row.
        var other = data
        for row in 0..<400 { other.targets[row] = 1 - data.targets[row] }
        #expect(try #require(other.copies(in: other.divided(by: rule))).count > groups.count)
        let few = rows((0..<4_000).map { Double($0 * 7 % 6) })
        #expect(few.copies(in: few.divided(by: rule)) == nil)
        let unique = rows((0..<500).map { Double($0) + 0.25 })
        #expect(unique.copies(in: unique.divided(by: rule)) == nil)
        let heavy = rows((0..<3_000).map { $0 < 1_500 ? 0 : Double($0) })
        #expect(heavy.copies(in: heavy.divided(by: rule)) == nil)
    }

    @Test("By time, what lies after the latest row that was learnt was never learnt")
    func time() {
        let early = rows((0..<100).map(Double.init), times: (0..<100).map { Int64($0) }).divided(by: rule.by(.time))
        #expect(early.bounds.learntUntil == 79 && early.judging == Array(80..<100))
        let all = rows((0..<200).map(Double.init), times: (0..<200).map { Int64($0) })
        let late = all.divided(by: rule.by(.time))
        let held = all.selecting(late.judging)
        #expect(late.neverLearnt(by: early.bounds, times: held.times, targets: held.targets)?.count == 40)
        #expect(early.neverLearnt(by: late.bounds, times: Array(80..<100), targets: [])?.isEmpty == true)
    }

    @Test("Bounds of another rule tell nothing, and so do an earlier release's")
    func otherRules() {
        let data = rows((0..<100).map(Double.init))
        let ours = data.divided(by: rule)
        #expect(ours.neverLearnt(by: data.divided(by: rule.by(.shuffled)).bounds, times: [], targets: []) == nil)
        #expect(data.divided(by: rule.by(.shuffled)).neverLearnt(by: ours.bounds, times: [], targets: []) == nil)
    }

    @Test("Ids survive selecting, joining with rows that have none, and a snapshot; without ids a snapshot is what it was")
    func ids() throws {
        let traffic = rows([1, 2, 3], ids: [7, 8, 9])
        let joined = rows([4, 5]).appending(traffic).withOwnCategories()
        #expect(joined.ids == [0, 0, 7, 8, 9] && joined.selecting([4, 0]).ids == [9, 0])
        let timed = rows([4, 5], times: [10, 30]).appending(rows([1, 2], ids: [7, 8], times: [20, 40]))
        #expect(timed.ids == [0, 7, 0, 8] && timed.times == [10, 20, 30, 40])
        try Samples.withDirectory { directory in
            for rows in [joined, timed, rows([4, 5])] {
                let data = ImportedData(rows: rows, source: "made", notes: [])
                try DataSnapshots.write(data, directory: directory)
                let read = try DataSnapshots.read(hash: data.hash, directory: directory).rows
                #expect(read.ids == rows.ids && read.times == rows.times && read.targets == rows.targets)
            }
        }
    }
}

extension SplitRule {
    fileprivate func by(_ kind: Kind) -> SplitRule { SplitRule(kind: kind, share: share) }
}
