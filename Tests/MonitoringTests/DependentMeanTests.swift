import Foundation
import Monitoring
import Testing

/// Means of series whose neighbours depend on each other.
@Suite("dependent means")
struct DependentMeanTests {
    private static func series(_ count: Int, correlation: Double, _ random: inout Random) -> [Double] {
        var value = random.normal()
        return (0..<count).map { _ in
            value = correlation * value + (1 - correlation * correlation).squareRoot() * random.normal()
            return value
        }
    }

    @Test("95 % intervals hold the truth in 93 to 97 of 100 series, dependent or not", arguments: [0.0, 0.5, 0.8])
    func coverage(correlation: Double) throws {
        var random = Random(UInt64(correlation * 100) + 3)
        var (held, naive) = (0, 0)
        let trials = 1_000
        for _ in 0..<trials {
            let mean = try #require(DependentMean(Self.series(1_000, correlation: correlation, &random)))
            if abs(mean.mean) <= mean.halfWidth { held += 1 }
            if abs(mean.mean) <= 1.96 * mean.independentError { naive += 1 }
        }
        #expect((0.92...0.975).contains(Double(held) / Double(trials)), "\(held)")
        // The test can fail: rows taken for independent hold far less.
        if correlation >= 0.5 { #expect(naive < 800, "\(naive)") }
    }

    @Test("independent values have about the error of the textbook, a constant has none, and a pair is enough")
    func plain() throws {
        var random = Random(4)
        let mean = try #require(DependentMean(Self.series(4_000, correlation: 0, &random)))
        #expect(abs(mean.standardError / mean.independentError - 1) < 0.15)
        #expect(try #require(DependentMean([3, 3, 3])).standardError == 0)
        #expect(DependentMean([1]) == nil)
        #expect(try #require(DependentMean([1, 2])).mean == 1.5)
    }

    @Test("in closed form it is what drawing blocks tends to")
    func drawn() throws {
        var random = Random(12)
        let values = Self.series(400, correlation: 0.7, &random)
        let mean = try #require(DependentMean(values))
        let blocks = 400 / mean.block
        var means: [Double] = []
        for _ in 0..<4_000 {
            var sum = 0.0
            for _ in 0..<blocks {
                let start = random.integer(below: 400)
                for offset in 0..<mean.block { sum += values[(start + offset) % 400] }
            }
            means.append(sum / Double(blocks * mean.block))
        }
        let center = means.reduce(0, +) / 4_000
        let spread = (means.reduce(0) { $0 + ($1 - center) * ($1 - center) } / 3_999).squareRoot()
        let corrected = spread * (400.0 / Double(400 - mean.block)).squareRoot()
        #expect(abs(corrected / mean.standardError - 1) < 0.06, "\(corrected) \(mean.standardError)")
    }
}
