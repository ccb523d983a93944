import Engine
import Foundation
import Learning
import Tabular
import Testing

/// What labels say of a challenger, without an engine.
@Suite("Quality of the arms")
struct ArmTruthsTests {
    /// Rows whose scores keep their word to a degree: 0 is noise, 1 is the truth itself.
    private struct Source {
        var random = SplitMix64(state: 7)
        var time: Int64 = 1_000

        mutating func uniform() -> Double { Double(random.next() >> 11) * 0x1p-53 }

        mutating func binary(_ version: UInt32, skill: Double, beside: [UInt32: Double] = [:]) -> ArmRow {
            time += 10
            let target = uniform() < 0.4 ? 1.0 : 0
            func score(_ skill: Double) -> Double { skill * (0.25 + 0.5 * target) + (1 - skill) * uniform() }
            let others = beside.sorted { $0.key < $1.key }.map { ($0.key, [score($0.value)]) }
            return ArmRow(
                version: version, row: JudgedRow(time: time, received: time, scores: [score(skill)], target: target),
                beside: Dictionary(uniqueKeysWithValues: others))
        }

        mutating func number(_ version: UInt32) -> ArmRow {
            time += 10
            let target = uniform()
            return ArmRow(version: version, row: JudgedRow(time: time, received: time, scores: [target + uniform() - 0.5], target: target))
        }
    }

    private static func challenger(_ kind: ArmPlan.Kind, since: Int64 = 1_000, share: Double = 0.5) -> Challenger {
        Challenger(version: 2, plan: ArmPlan(kind, share: share, key: kind == .ab ? "id" : nil), since: since, by: "ana")
    }

    private static func judged(_ kind: ArmPlan.Kind, _ rows: [ArmRow]) -> ArmQuality? {
        var truths = ArmTruths()
        truths.follow([challenger(kind)], champion: 1)
        truths.take(rows)
        truths.judge(task: .binary, classes: ["no", "yes"])
        return truths.quality(of: 2)
    }

    @Test(
        "a challenger that answers worse is shown to, one that answers better too, and one that answers alike is not",
        arguments: [.canary, .ab] as [ArmPlan.Kind])
    func apart(_ kind: ArmPlan.Kind) throws {
        for (skill, verdict) in [(0.2, PairedFigure.Verdict.worse), (0.9, .better), (0.5, .open)] {
            var source = Source()
            let rows = (0..<2_000).map { source.binary($0 % 2 == 0 ? 1 : 2, skill: $0 % 2 == 0 ? 0.5 : skill) }
            let found = try #require(Self.judged(kind, rows))
            #expect(found.figure.verdict == verdict && found.figure.name == "auc", "\(skill): \(found)")
            #expect(found.rows == 1_000 && found.championRows == 1_000)
            #expect(found.words.hasSuffix(verdict == .open ? "no difference shown" : verdict.rawValue), "\(found.words)")
        }
    }

    @Test("a shadow is judged on the champion's own rows, and only those that it has scored")
    func shadow() throws {
        var source = Source()
        var rows = (0..<400).map { _ in source.binary(1, skill: 0.4, beside: [2: 0.7, 3: 0.1]) }
        rows += (0..<300).map { _ in source.binary(1, skill: 0.4) }
        rows += (0..<300).map { _ in source.binary(4, skill: 0.9, beside: [2: 0]) }
        let found = try #require(Self.judged(.shadow, rows))
        #expect(found.rows == 400 && found.championRows == 400 && found.figure.verdict == .better)
        let pairs = rows.prefix(400)
        let once = try #require(
            Evaluation.paired(
                first: pairs.flatMap(\.row.scores), second: pairs.flatMap { $0.beside[2] ?? [] }, targets: pairs.map(\.row.target),
                task: .binary
            ).first)
        #expect(once.first == found.figure.first && once.second == found.figure.second)
        // All looks together take more than one look.
        let wider = (found.figure.upper - found.figure.lower) / (once.upper - once.lower)
        #expect(abs(wider - ArmTruths.factor(400) / 1.959_963_984_540_054) < 1e-9 && wider > 1.5)
    }

    @Test("nothing is said of few rows, of rows from before its share, or after the share has changed")
    func begun() throws {
        var source = Source()
        let rows = (0..<98).map { source.binary($0 % 2 == 0 ? 1 : 2, skill: 0.5) }
        #expect(Self.judged(.canary, rows) == nil)
        var truths = ArmTruths()
        truths.follow([Self.challenger(.canary, since: source.time + 1)], champion: 1)
        truths.take(rows)
        truths.judge(task: .binary, classes: ["no", "yes"])
        #expect(truths.quality(of: 2) == nil)
        truths.take((0..<200).map { source.binary($0 % 2 == 0 ? 1 : 2, skill: 0.5) })
        truths.judge(task: .binary, classes: ["no", "yes"])
        let known = try #require(truths.quality(of: 2))
        truths.follow([Self.challenger(.canary, since: source.time + 1)], champion: 1)
        var moved = truths
        moved.follow([Self.challenger(.canary, since: source.time, share: 0.7)], champion: 1)
        #expect(moved.quality(of: 2) == nil)
        // What was found of the former share says nothing of this one.
        moved.keep(truths)
        #expect(moved.quality(of: 2) == nil)
        moved.follow([], champion: nil)
        #expect(moved.isEmpty)
        #expect(known.rows == 100)
    }

    @Test("two arms alike are told apart in at most one roll-out of twenty, however often they are looked at")
    func anytime() {
        var wrong = 0
        for seed in 0..<100 {
            var source = Source(random: SplitMix64(state: UInt64(seed)))
            var truths = ArmTruths()
            truths.follow([Self.challenger(.canary)], champion: 1)
            var isWrong = false
            for _ in 0..<20 {
                truths.take((0..<100).map { source.number($0 % 2 == 0 ? 1 : 2) })
                truths.judge(task: .regression, classes: [])
                if let verdict = truths.quality(of: 2)?.figure.verdict, verdict != .open { isWrong = true }
            }
            if isWrong { wrong += 1 }
        }
        #expect(wrong <= 5)
    }

    @Test("the width of the interval is the closed form's")
    func width() {
        // Computed by hand from the two equations, α = 0.05, narrowest at 1,000 rows.
        #expect(abs(ArmTruths.factor(1_000) - 3.035_45) < 1e-4)
        #expect(ArmTruths.factor(50) > ArmTruths.factor(200) && ArmTruths.factor(200) > ArmTruths.factor(1_000))
        #expect(ArmTruths.factor(0).isFinite)
    }
}
