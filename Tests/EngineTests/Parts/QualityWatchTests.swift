import Engine
import Foundation
import Learning
import Monitoring
import Tabular
import Testing

/// Realized quality, without an engine.
@Suite("Quality watch")
struct QualityWatchTests {
    /// Numbers that repeat from their seed.
    private struct Random {
        var state: UInt64

        mutating func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
    }

    /// Answers of a calibrated model with their truth, some of them flipped; one a second.
    private static func rows(_ count: Int, flipped: Double = 0, seed: UInt64 = 1, from: Int64 = 0) -> [JudgedRow] {
        var random = Random(state: seed)
        return (0..<count).map { index in
            let score = 0.15 + 0.7 * random.uniform()
            var target = random.uniform() < score ? 1.0 : 0
            if random.uniform() < flipped { target = 1 - target }
            let time = (from + Int64(index)) * 1_000
            return JudgedRow(time: time, received: time + 5_000, scores: [score], target: target)
        }
    }

    private static func plan() -> QualityPlan {
        let before = QualityFigures(rows(8_000, seed: 9), task: .binary, classes: ["no", "yes"])
        return QualityPlan(
            version: 1, task: .binary, classes: ["no", "yes"], atPromotion: before.metrics.first, margin: 0.02)
    }

    /// Feeds rows as labels come; the number of labels at which the alarm is raised, if it is.
    private static func raised(_ watch: inout QualityWatch, _ rows: [JudgedRow], _ plan: QualityPlan) -> Int? {
        var taken = 0
        for start in stride(from: 0, to: rows.count, by: 50) {
            let batch = Array(rows[start..<min(start + 50, rows.count)])
            taken += batch.count
            guard watch.take(batch), let status = QualityWatch.judge(watch.rows, plan) else { continue }
            let found = watch.note(status, deployment: "d", at: Int64(taken) * 1_000)
            if found.alerts.contains(where: { if case .found = $0 { true } else { false } }) { return taken }
        }
        return nil
    }

    @Test("a quarter of the labels flipped is raised within 1,000 labels, and says what the figure was at promotion", arguments: 1...8)
    func flipped(seed: UInt64) throws {
        let plan = Self.plan()
        var watch = QualityWatch()
        watch.begin(1)
        #expect(Self.raised(&watch, Self.rows(3_000, seed: seed), plan) == nil)
        let at = try #require(Self.raised(&watch, Self.rows(3_000, flipped: 0.25, seed: seed + 50, from: 3_000), plan))
        #expect(at <= 1_000, "\(at)")
        #expect(watch.light == .alert)
        let text = try #require(watch.reason).text
        #expect(text.hasPrefix("realized auc 0.") && text.contains("at promotion, margin 0.02"))
        // Right labels again: within the margin, twice, it clears.
        #expect(Self.raised(&watch, Self.rows(2_000, seed: seed + 90, from: 6_000), plan) == nil)
        #expect(watch.raisedSince == nil && watch.light != .alert)
    }

    @Test("healthy answers raise nothing in 200,000 labels")
    func healthy() {
        let plan = Self.plan()
        var watch = QualityWatch()
        watch.begin(1)
        #expect(Self.raised(&watch, Self.rows(200_000, seed: 77), plan) == nil)
        #expect(watch.status?.n == QualityWatch.window && watch.status?.labelDelayMilliseconds == 5_000)
    }

    @Test("fewer than 200 labels say nothing, and another champion begins anew")
    func beginning() {
        let plan = Self.plan()
        #expect(QualityWatch.judge(Self.rows(199), plan) == nil)
        var watch = QualityWatch()
        watch.begin(1)
        _ = Self.raised(&watch, Self.rows(2_000, flipped: 0.5), plan)
        #expect(watch.raisedSince != nil)
        let epoch = watch.epoch
        watch.begin(2)
        #expect(watch.rows.isEmpty && watch.raisedSince == nil && watch.status == nil && watch.epoch == epoch + 1)
        #expect(watch.versions == [2] && watch.light == .unknown)
    }

    @Test("an error is judged by a share of its value at promotion, and all figures of numbers are there")
    func regression() throws {
        var random = Random(state: 5)
        func rows(_ spread: Double) -> [JudgedRow] {
            (0..<1_000).map { index in
                let error = (random.uniform() + random.uniform() + random.uniform() - 1.5) * 2 * spread
                return JudgedRow(time: Int64(index), received: Int64(index), scores: [10 + error], target: 10)
            }
        }
        let before = QualityFigures(rows(1), task: .regression, classes: [])
        #expect(Set(before.metrics.map(\.name)).isSuperset(of: ["rmse", "mae", "bias", "medianError"]))
        let plan = QualityPlan(version: 1, task: .regression, classes: [], atPromotion: before.metrics.first, margin: 0.1)
        let same = try #require(QualityWatch.judge(rows(1), plan))
        #expect(abs(same.margin - 0.1 * before.metrics[0].value) < 1e-12)
        #expect(try #require(same.sigmas) < 0)
        #expect(try #require(QualityWatch.judge(rows(1.5), plan)?.sigmas) > QualityWatch.raiseSigmas)
    }

    @Test("maturity is the share of a time's answers that have their truth")
    func maturity() throws {
        let plan = Self.plan()
        var watch = QualityWatch()
        watch.begin(1)
        for minute in 0..<20 { watch.count(answers: 120, at: Int64(minute) * 60_000) }
        _ = Self.raised(&watch, Self.rows(1_000), plan)
        // 1,000 truths in 17 minutes of 120 answers each.
        #expect(abs(try #require(watch.status?.maturity) - 1_000.0 / (17 * 120)) < 1e-9)
    }
}
