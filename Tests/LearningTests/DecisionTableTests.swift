import Foundation
import Learning
import Tabular
import Testing

/// Thresholds of two classes on held-out rows.
///
/// Golden figures by scikit-learn 1.9.1 and numpy 2.4.6: `Tests/Oracles/decisions.py`.
@Suite("Decisions") struct DecisionTableTests {
    /// The oracle's 60 rows, with equal scores on purpose.
    private static let scores = (0..<60).map { Double(($0 * 37) % 53) / 53 }
    private static let targets = (0..<60).map { ($0 * 37) % 53 + ($0 * 29) % 23 > 40 ? 1.0 : 0 }

    private static func table() throws -> DecisionTable { try #require(DecisionTable(scores: scores, targets: targets)) }

    private static func isNear(_ found: Double?, _ wanted: Double) -> Bool { found.map { abs($0 - wanted) < 1e-12 } ?? false }

    @Test(
        "the confusion at a threshold and its figures are scikit-learn's",
        arguments: [
            (0.3, [23, 18, 0, 19], [0.5609756097560976, 1.0, 0.71875, 0.5367201844175783, 0.7567567567567568]),
            (0.5, [22, 6, 1, 31], [0.7857142857142857, 0.9565217391304348, 0.8627450980392157, 0.7741549785654485, 0.8971797884841364]),
            (0.75, [14, 0, 9, 37], [1.0, 0.6086956521739131, 0.7567567567567568, 0.6997163886709166, 0.8043478260869565]),
        ])
    func confusion(threshold: Double, counts: [Int], figures: [Double]) throws {
        let found = try Self.table().confusion(at: threshold)
        #expect([found.truePositives, found.falsePositives, found.falseNegatives, found.trueNegatives] == counts)
        #expect(found == DecisionCounts(scores: Self.scores, targets: Self.targets, threshold: threshold))
        for (own, wanted) in zip([found.precision, found.recall, found.f1, found.mcc, found.balancedAccuracy], figures) {
            #expect(Self.isNear(own, wanted))
        }
    }

    @Test("the curves are scikit-learn's, point for point where there are few")
    func curves() throws {
        let table = try Self.table()
        #expect(table.isExact && table.rows == 60 && table.positives == 23)
        #expect(table.roc.count == 54 && table.precisionRecall.count == 53)
        #expect(Self.isNear(table.roc.map(\.x).reduce(0, +), 16.62162162162162))
        #expect(Self.isNear(table.roc.map(\.y).reduce(0, +), 41.913043478260875))
        let area = zip(table.roc, table.roc.dropFirst()).reduce(0) { $0 + ($1.1.x - $1.0.x) * ($1.1.y + $1.0.y) / 2 }
        #expect(Self.isNear(area, 0.9747356051703878))
        #expect(Self.isNear(table.precisionRecall.map(\.y).reduce(0, +), 39.122137126454206))
    }

    @Test("by tenths of the rows as many positive ones are found as are expected where equal scores are cut")
    func gains() throws {
        let gains = try Self.table().gains
        #expect(gains.map(\.rows) == [6, 12, 18, 24, 30, 36, 42, 48, 54, 60])
        #expect(gains.map(\.hits) == [6, 12, 17, 20, 22, 23, 23, 23, 23, 23])
        #expect(Self.isNear(gains[3].threshold, 0.5849056603773585))
        let tied = try #require(DecisionTable(scores: Array(repeating: 0.4, count: 10), targets: (0..<10).map { $0 < 3 ? 1 : 0 }))
        #expect(tied.gains.count == 10 && tied.gains.enumerated().allSatisfy { Self.isNear($1.hits, 0.3 * Double($0 + 1)) })
        #expect(Self.isNear(tied.lift(tied.gains[0]), 1))
    }

    @Test(
        "the best threshold by a figure and the cheapest by costs are those of a look at every score",
        arguments: [
            (.best(.f1), 0.6226415094339622), (.best(.mcc), 0.660377358490566), (.best(.balancedAccuracy), 0.5283018867924528),
            (.best(.youden), 0.5283018867924528), (.costs(falsePositive: 1, falseNegative: 1), 0.660377358490566),
            (.costs(falsePositive: 1, falseNegative: 5), 0.4716981132075472),
            (.costs(falsePositive: 5, falseNegative: 1), 0.7169811320754716),
        ] as [(ThresholdBasis, Double)])
    func chosen(basis: ThresholdBasis, wanted: Double) throws {
        let found = try Self.table().threshold(for: basis)
        #expect(Self.isNear(found.value, wanted) && found.basis == basis)
    }

    /// Rows whose scores tell something; from a seed.
    private static func made(_ count: Int, seed: UInt64) -> (scores: [Double], targets: [Double]) {
        var state = seed
        func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / 9_007_199_254_740_992
        }
        let scores = (0..<count).map { _ in (next() * 360).rounded() / 400 }
        return (scores, scores.map { next() < 0.05 + 0.6 * $0 * $0 ? 1 : 0 })
    }

    @Test(
        "a dearer miss never raises the threshold, a dearer false alarm never lowers it, and no other threshold is cheaper",
        arguments: 1...20)
    func costs(seed: UInt64) throws {
        let (scores, targets) = Self.made(300, seed: seed)
        let table = try #require(DecisionTable(scores: scores, targets: targets))
        var last = Double.infinity
        for miss in [0, 0.1, 0.5, 1, 2, 5, 10, 50, 1_000] {
            let found = try table.threshold(for: .costs(falsePositive: 1, falseNegative: miss)).value
            #expect(found <= last)
            last = found
            let cost = DecisionCounts(scores: scores, targets: targets, threshold: found).cost(falsePositive: 1, falseNegative: miss)
            for other in stride(from: 0.0, through: 1.01, by: 0.0025) {
                let counts = DecisionCounts(scores: scores, targets: targets, threshold: other)
                #expect(cost <= counts.cost(falsePositive: 1, falseNegative: miss) + 1e-9)
            }
        }
        var lowest = -Double.infinity
        for alarm in [0, 0.5, 1, 2, 20] {
            let found = try table.threshold(for: .costs(falsePositive: alarm, falseNegative: 1)).value
            #expect(found >= lowest)
            lowest = found
        }
    }

    @Test(
        "a rate and a capacity are kept, and one score lower they would not be; a recall is reached, a precision as well", arguments: 1...20
    )
    func shares(seed: UInt64) throws {
        let (scores, targets) = Self.made(300, seed: seed)
        let table = try #require(DecisionTable(scores: scores, targets: targets))
        for rate in [0.02, 0.05, 0.2, 0.5, 1] {
            let found = try table.threshold(for: .rate(rate)).value
            #expect(table.confusion(at: found).rate <= rate + 1e-9)
            if let lower = scores.filter({ $0 < found }).max() { #expect(table.confusion(at: lower).rate > rate) }
            #expect(try table.threshold(for: .capacity(cases: rate * 4_000, rows: 4_000)).value == found)
        }
        #expect(try table.threshold(for: .capacity(cases: 9_000, rows: 10)).value == scores.min())
        for recall in [0.1, 0.5, 0.9, 1] {
            let found = try table.threshold(for: .recall(recall)).value
            #expect((table.confusion(at: found).recall ?? 0) >= recall - 1e-9)
            if let higher = scores.filter({ $0 > found }).min() { #expect((table.confusion(at: higher).recall ?? 0) < recall) }
        }
        let precise = try table.threshold(for: .precision(0.3)).value
        #expect((table.confusion(at: precise).precision ?? 0) >= 0.3 - 1e-9)
    }

    @Test("what no threshold does is said with what there is; numbers that are none are refused")
    func refused() throws {
        let table = try #require(DecisionTable(scores: [0.9, 0.9, 0.9, 0.1], targets: [1, 0, 0, 0]))
        #expect(throws: DecisionFailure.tooPrecise(wanted: 0.8, most: 1.0 / 3)) { _ = try table.threshold(for: .precision(0.8)) }
        #expect(throws: DecisionFailure.tooFew(wanted: 0.5, least: 0.75)) { _ = try table.threshold(for: .rate(0.5)) }
        for basis: ThresholdBasis in [
            .rate(0), .rate(.nan), .recall(1.1), .costs(falsePositive: -1, falseNegative: 1), .costs(falsePositive: 0, falseNegative: 0),
            .capacity(cases: 5, rows: 0), .value,
        ] {
            #expect(throws: DecisionFailure.self) { _ = try table.threshold(for: basis) }
        }
        // Where every call costs more than it saves, none is made.
        #expect(table.confusion(at: try table.threshold(for: .costs(falsePositive: 9, falseNegative: 1)).value).called == 0)
        #expect(DecisionTable(scores: [0.1, 0.2], targets: [0, 0]) == nil)
        #expect(DecisionTable(scores: [.nan, 0.2], targets: [0, 1]) == nil)
    }

    @Test("of many rows a bounded number of steps is kept: exact at the top and at one half, elsewhere within 0.4 % of the rows")
    func bounded() throws {
        var state: UInt64 = 7
        let scores = (0..<60_000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / 9_007_199_254_740_992
        }
        let targets = scores.enumerated().map { $0.offset % 7 == 0 || $0.element > 0.9 ? 1.0 : 0 }
        let table = try #require(DecisionTable(scores: scores, targets: targets))
        #expect(!table.isExact && table.count < 600 && table.roc.count == DecisionTable.curvePoints)
        #expect(table.confusion(at: 0.5) == DecisionCounts(scores: scores, targets: targets, threshold: 0.5))
        let sorted = scores.sorted(by: >)
        for place in 0..<15 {
            #expect(
                table.confusion(at: sorted[place]) == DecisionCounts(scores: scores, targets: targets, threshold: sorted[place]))
        }
        for threshold in stride(from: 0.05, to: 1, by: 0.05) {
            let exact = DecisionCounts(scores: scores, targets: targets, threshold: threshold)
            #expect(abs(table.confusion(at: threshold).rate - exact.rate) <= 0.004 + 1e-9)
        }
    }

    @Test("a stored table is read as it was written, and one whose counts do not fit together is refused")
    func stored() throws {
        let table = try Self.table()
        let text = String(decoding: try JSONEncoder().encode(table), as: UTF8.self)
        #expect(try JSONDecoder().decode(DecisionTable.self, from: Data(text.utf8)) == table)
        for (part, other) in [
            ("\"positives\":23", "\"positives\":22"), ("\"negatives\":37", "\"negatives\":-37"), ("\"hits\":[", "\"hits\":[99,"),
        ] {
            let broken = text.replacing(part, with: other)
            #expect(broken != text)
            #expect(throws: DecodingError.self) { _ = try JSONDecoder().decode(DecisionTable.self, from: Data(broken.utf8)) }
        }
    }

    @Test("of several classes each row stands by its class and by the likeliest one; a number has no decisions")
    func classes() throws {
        let target = Target(name: "kind", task: .multiclass, classes: ["a", "b", "c"])
        let report = try #require(
            DecisionReport(scores: [0.8, 0.1, 0.1, 0.2, 0.5, 0.3, 0.4, 0.4, 0.2], targets: [0, 2, 1], target: target))
        #expect(report.classes?.counts == [[1, 0, 0], [1, 0, 0], [0, 1, 0]] && report.table == nil)
        #expect(DecisionReport(scores: [1, 2], targets: [1, 2], target: Target(name: "n", task: .regression, classes: [])) == nil)
    }
}
