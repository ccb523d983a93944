import Foundation
import Monitoring
import Tabular
import Testing

@Suite("stuck columns and repeated rows")
struct SensorWatchTests {
    /// Two sensors and a text, of a training of 5,000 rows in order.
    private func trained(_ random: inout Random) -> (Columns, ReferenceProfile) {
        var columns = Columns()
        columns.add("a", random.normals(5_000))
        // Says the same for up to 40 rows.
        var level = 0.0
        columns.add(
            "b",
            (0..<5_000).map { row in
                if row % 40 == 0 { level = random.normal() }
                return level
            })
        columns.add("word", texts: (0..<5_000).map { _ in "w\(random.integer(below: 3))" })
        return (columns, columns.reference)
    }

    private func block(_ rows: [[Double]], from time: Int64 = 0, version: UInt32 = 1) -> TrafficBlock {
        var block = TrafficBlock(deployment: "d", width: rows.first?.count ?? 0, outputs: 1)
        for (index, row) in rows.enumerated() {
            block.ids.append(RowID(base: PredictionID(bits: UInt64(index)), row: 0))
            block.times.append(time + Int64(index))
            block.versions.append(version)
            block.scores.append(0)
            block.features += row
        }
        return block
    }

    @Test("a training knows its longest stretches, its commonest values and its repeats")
    func training() throws {
        var random = Random(51)
        let (_, profile) = trained(&random)
        let runs = try #require(profile.runs)
        #expect(runs[0].longest == 1 && runs[0].commonest == 1 && runs[1].longest == 40 && runs[1].commonest == 40)
        #expect(runs[2].longest > 3 && runs[2].commonest > 1_500)
        #expect(profile.repeatedRows == 0)
        let again = try JSONDecoder().decode(ReferenceProfile.self, from: JSONEncoder().encode(profile))
        #expect(again.runs == profile.runs && again.repeatedRows == 0)
    }

    @Test("a column that says the same for longer than in training is stuck until it says something else for a while")
    func stuck() throws {
        var random = Random(52)
        let (columns, profile) = trained(&random)
        var watch = try #require(SensorWatch(profile))
        func rows(_ count: Int, a: Double? = nil) -> [[Double]] {
            (0..<count).map { _ in [a ?? random.normal(), random.normal(), Double(random.integer(below: 3))] }
        }
        watch.see(block(rows(2_000)), version: 1)
        #expect(watch.stuck(columns.categories).isEmpty)
        watch.see(block(rows(100, a: 12.5), from: 10_000), version: 1)
        #expect(watch.stuck(columns.categories).isEmpty)
        watch.see(block(rows(10, a: 12.5), from: 20_000), version: 2)
        #expect(watch.stuck(columns.categories).isEmpty)
        watch.see(block(rows(10, a: 12.5), from: 30_000), version: 1)
        let found = try #require(watch.stuck(columns.categories).first)
        #expect(found.feature == "a" && found.value == "12.5" && found.rows == 110 && found.usual == SensorWatch.least)
        #expect(found.longestInTraining == 1 && found.since == 10_000)
        watch.see(block(rows(50)), version: 1)
        #expect(watch.stuck(columns.categories).map(\.feature) == ["a"])
        watch.see(block(rows(60)), version: 1)
        #expect(watch.stuck(columns.categories).isEmpty)
    }

    @Test("stretches that training had, missing values and requests sent again make no column stuck")
    func healthy() throws {
        var random = Random(53)
        let (columns, profile) = trained(&random)
        var watch = try #require(SensorWatch(profile))
        var level = 0.0
        let usual: [[Double]] = (0..<20_000).map { row in
            if row % 60 == 0 { level = random.normal() }
            return [row % 3 == 0 ? random.normal() : .nan, level, Double(random.integer(below: 3))]
        }
        watch.see(block(usual), version: 1)
        #expect(watch.stuck(columns.categories).isEmpty)
        watch.see(block([[Double]](repeating: [1, 1, 1], count: 5_000)), version: 1)
        #expect(watch.stuck(columns.categories).isEmpty)
        var always = Columns()
        always.add("flag", [Double](repeating: 1, count: 2_000))
        #expect(SensorWatch(always.reference)?.stuck(always.categories).isEmpty == true)
        var earlier = profile
        earlier.runs = nil
        #expect(SensorWatch(earlier) == nil)
    }

    @Test("rows that come again are told where training had none of it, and not where it had")
    func repeats() throws {
        var random = Random(54)
        let (_, profile) = trained(&random)
        var watch = try #require(SensorWatch(profile))
        func rows(_ count: Int) -> [[Double]] { (0..<count).map { _ in [random.normal(), random.normal(), 1] } }
        watch.see(block(rows(900)), version: 1)
        let early = watch.closeBatch(rows: 1_000, alpha: 0.001)
        #expect(early == nil)
        watch.see(block(rows(100)), version: 1)
        let closed = watch.closeBatch(rows: 1_000, alpha: 0.001)
        let none = try #require(closed)
        #expect(none.share == 0 && none.rows == 1_000 && !none.isBad)
        let some = rows(700)
        watch.see(block(some + some.prefix(300)), version: 1)
        let again = watch.closeBatch(rows: 1_000, alpha: 0.001)
        let found = try #require(again)
        #expect(found.isBad && abs(found.share - 0.3) < 1e-9)
        var words = Columns()
        words.add("word", texts: (0..<2_000).map { _ in "w\(random.integer(below: 3))" })
        var few = try #require(SensorWatch(words.reference))
        few.see(block((0..<1_000).map { _ in [Double(random.integer(below: 3))] }), version: 1)
        let whole = few.closeBatch(rows: 1_000, alpha: 0.001)
        let usual = try #require(whole)
        #expect(!usual.isBad && usual.share > 0.9)
    }
}
