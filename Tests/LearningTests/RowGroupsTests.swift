import Learning
import Tabular
import Testing

/// Intervals where rows go together, such as copies.
///
/// Against `Tests/Oracles/grouped_areas.py` (NumPy 2.4), and by simulation.
@Suite("Rows that go together") struct RowGroupsTests {
    private static let scores = (0..<240).map { Double($0 * 37 % 101) / 101 }
    private static let targets = (0..<240).map { Double($0 * 53 % 97) / 97 + 0.4 * scores[$0] > 0.8 ? 1.0 : 0 }
    private static let groups = RowGroups(keys: (0..<240).map { UInt64($0 * $0 % 67) })
    private static let z = 1.959_963_984_540_054

    private func metric(_ name: String, _ metrics: [Metric]) throws -> Metric { try #require(metrics.first { $0.name == name }) }

    private func isNear(_ a: Double?, _ b: Double, within distance: Double = 1e-12) -> Bool { a.map { abs($0 - b) < distance } ?? false }

    @Test("Areas, their differences and means have the variance of their groups, as by the definition")
    func oracle() throws {
        let groups = try #require(Self.groups)
        #expect(groups.count == 34)
        #expect(isNear(groups.effective(), 33.723653395784545))
        #expect(isNear(groups.effective { Self.targets[$0] > 0.5 }, 29.136690647482013))
        let found = Evaluation.metrics(scores: Self.scores, targets: Self.targets, task: .binary, groups: groups)
        let area = try metric("auc", found)
        let half = Self.z * 0.0012245175578143772.squareRoot()
        #expect(isNear(area.value, 0.6702592592592592))
        #expect(isNear(area.lower, area.value - half) && isNear(area.upper, area.value + half))
        #expect(area.n == 240 && area.interval == "DeLong 95 %, copies counted once")
        let brier = try metric("brier", found)
        #expect(isNear(brier.upper, 0.25200307159428814 + Self.z * 0.0003157058254874418.squareRoot()))
        let other = (0..<240).map { Double($0 * 29 % 89) / 89 + 0.3 * Self.targets[$0] }
        let difference = Evaluation.compare(
            candidate: Self.scores, champion: other, targets: Self.targets, task: .binary, groups: groups)
        #expect(isNear(difference.difference, -0.08440740740740749))
        #expect(isNear(difference.lower, difference.difference - Self.z * 0.0016572898501620106.squareRoot()))
    }

    @Test("Every row copied so many times: the figures and intervals of the rows themselves", arguments: PredictionTask.allCases)
    func copied(task: PredictionTask) throws {
        let rows = Made.mixed(task, count: 300, seed: 3, time: false)
        var random = Made.Random(state: 4)
        let outputs = task == .multiclass ? 3 : 1
        let scores = (0..<300 * outputs).map { _ in 0.05 + 0.3 * random.unit() }
        let places = (0..<3).flatMap { _ in 0..<300 }
        let copies = RowGroups(keys: places.map { UInt64($0) })
        let plain = Evaluation.metrics(scores: scores, targets: rows.targets, task: task, classes: rows.schema.target.classes)
        let copied = Evaluation.metrics(
            scores: places.flatMap { scores[($0 * outputs)..<(($0 + 1) * outputs)] }, targets: places.map { rows.targets[$0] }, task: task,
            classes: rows.schema.target.classes, groups: copies)
        #expect(plain.map(\.name) == copied.map(\.name) && !plain.isEmpty)
        for (a, b) in zip(plain, copied) {
            #expect(isNear(b.value, a.value, within: 1e-9 * max(1, abs(a.value))), "\(a.name)")
            #expect(b.n == 3 * a.n)
            // Drawn at random, and told by the places of rows: near, but not the same.
            guard a.name != "macroF1", a.name != "medianError", let lower = a.lower, let upper = a.upper else { continue }
            #expect(isNear(b.lower, lower, within: 1e-9 * max(1, abs(lower))), "\(a.name) \(b.lower ?? 0) \(lower)")
            #expect(isNear(b.upper, upper, within: 1e-9 * max(1, abs(upper))), "\(a.name) \(b.upper ?? 0) \(upper)")
        }
    }

    @Test("Noise whose positive rows are copied four times is better than chance about once in forty times when copies count once")
    func noise() throws {
        var random = Made.Random(state: 77)
        var (surely, surelyCountedAll) = (0, 0)
        for _ in 0..<400 {
            let distinct = (0..<200).map { _ in random.unit() }
            let places = (0..<200).flatMap { row in [Int](repeating: row, count: row < 40 ? 4 : 1) }
            let (scores, targets) = (places.map { distinct[$0] }, places.map { $0 < 40 ? 1.0 : 0 })
            let groups = RowGroups(keys: places.map { UInt64($0) })
            let once = try metric("auc", Evaluation.metrics(scores: scores, targets: targets, task: .binary, groups: groups))
            let all = try metric("auc", Evaluation.metrics(scores: scores, targets: targets, task: .binary))
            if let lower = once.lower, lower > 0.5 { surely += 1 }
            if let lower = all.lower, lower > 0.5 { surelyCountedAll += 1 }
        }
        #expect((2...18).contains(surely), "\(surely)")
        #expect(surelyCountedAll > 40, "\(surelyCountedAll)")
    }

    @Test("Rows of which each is its own are no groups, and a class of one group has no interval")
    func none() throws {
        #expect(RowGroups(keys: [4, 5, 6]) == nil)
        let rows = Array(0..<40)
        let keys: [UInt64] = rows.map { row in UInt64(row < 20 ? row : 20 + row % 4) }
        let scores: [Double] = rows.map { row in Double(row) / 40 }
        let targets: [Double] = rows.map { row in row < 20 ? 0 : 1 }
        let found = Evaluation.metrics(scores: scores, targets: targets, task: .binary, groups: RowGroups(keys: keys))
        let area = try metric("auc", found)
        #expect(area.value == 1 && area.lower == nil)
    }
}
