import Engine
import Learning
import Monitoring
import Tabular
import Testing

@Suite("Estimated quality, without an engine")
struct EstimateWatchTests {
    private static func block(_ scores: [Double], outputs: Int = 1, version: UInt32 = 1, from time: Int64 = 0) -> TrafficBlock {
        var block = TrafficBlock(deployment: "d", width: 0, outputs: outputs)
        for row in 0..<(scores.count / outputs) {
            block.ids.append(RowID(base: PredictionID(bits: UInt64(row)), row: 0))
            block.times.append(time + Int64(row))
            block.versions.append(version)
        }
        block.scores = scores
        return block
    }

    private static func plan(_ task: PredictionTask = .binary) -> QualityPlan {
        QualityPlan(version: 1, task: task, classes: ["no", "yes"], atPromotion: nil, margin: 0.02)
    }

    @Test("the newest answers of the versions that are judged are kept, others are passed over")
    func seen() throws {
        var watch = EstimateWatch()
        watch.see(Self.block([Double](repeating: 0.9, count: 300), version: 2), versions: [1])
        #expect(!watch.isDue && watch.estimate(Self.plan(), truths: []) == nil)
        for turn in 0..<12 {
            watch.see(Self.block([Double](repeating: turn < 8 ? 0.2 : 0.8, count: 1_000), from: Int64(turn) * 1_000), versions: [1])
        }
        #expect(watch.isDue)
        let found = try #require(watch.estimate(Self.plan(), truths: []))
        #expect(found.n == EstimateWatch.most && found.from == 8_000 && found.until == 11_999)
        #expect(found.estimated.first { $0.name == "accuracy" }.map { abs($0.value - 0.8) < 1e-9 } == true)
        #expect(found.isCalibrated == nil && !found.isTrusted && found.calibration.contains("not known yet"))
        watch.begin()
        #expect(!watch.isDue)
    }

    @Test("numbers promise nothing, and answers of another width begin anew")
    func widths() {
        var watch = EstimateWatch()
        watch.see(Self.block([Double](repeating: 0.4, count: 600)), versions: [1])
        #expect(watch.estimate(Self.plan(.regression), truths: []) == nil)
        watch.see(Self.block([Double](repeating: 0.25, count: 1_200), outputs: 4), versions: [1])
        #expect(watch.estimate(Self.plan(.multiclass), truths: [])?.n == 300)
    }

    @Test("scores that do not keep their word are said not to, by the labels rather than by the hold-out")
    func calibration() throws {
        var random = SplitMix64(state: 4)
        func uniform() -> Double { Double(random.next() >> 11) / Double(1 << 53) }
        func truths(_ law: (Double) -> Double) -> [JudgedRow] {
            (0..<1_000).map { row in
                let score = uniform()
                return JudgedRow(time: Int64(row), received: Int64(row), scores: [score], target: uniform() < law(score) ? 1 : 0)
            }
        }
        var watch = EstimateWatch()
        watch.see(Self.block((0..<1_000).map { _ in uniform() }), versions: [1])
        watch.heldOut = .known(excess: 0.2, error: 0.3)
        #expect(watch.estimate(Self.plan(), truths: [])?.calibration == "scores are not calibrated on its hold-out, error 0.3")
        watch.heldOut = .known(excess: 0, error: 0.01)
        #expect(watch.estimate(Self.plan(), truths: [])?.isTrusted == true)
        let honest = try #require(watch.estimate(Self.plan(), truths: truths { $0 }))
        #expect(honest.isTrusted && honest.labels == 1_000 && honest.both.count == 3)
        let dishonest = try #require(watch.estimate(Self.plan(), truths: truths { 0.5 + 0.2 * ($0 - 0.5) }))
        #expect(!dishonest.isTrusted && dishonest.calibration.hasPrefix("scores are not calibrated on the newest 1,000 labels"))
        // What was promised is wrong, and the few labels put it right: right in 0.55 of the cases.
        let accuracy = try #require(dishonest.both.first { $0.name == "accuracy" })
        let promised = try #require(dishonest.estimated.first { $0.name == "accuracy" })
        #expect(promised.value > 0.7 && accuracy.value < 0.62, "\(promised) \(accuracy)")
    }
}
