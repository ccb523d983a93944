import Foundation
import Monitoring
import Tabular
import Testing

@Suite("streams in bounded memory")
struct SketchTests {
    @Test("numbers are sorted as by comparison, whatever they are", arguments: [0, 1, 2, 100, 2_048, 5_000])
    func sorting(_ count: Int) {
        var random = Random(UInt64(count))
        let odd: [Double] = [
            0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, -1, 1.nextUp,
        ]
        var values = (0..<count).map { index in
            index % 9 == 0 ? odd[random.integer(below: odd.count)] : random.normal() * pow(10, Double(random.integer(below: 40)) - 20)
        }
        let wanted = values.sorted()
        RadixSort.ascending(&values)
        #expect(values == wanted)
        var equal = [Double](repeating: 7, count: count)
        RadixSort.ascending(&equal)
        #expect(equal.allSatisfy { $0 == 7 })
    }

    @Test("a sketch that has room holds every number; beyond, ranks are off by no more than it says, and it says little")
    func ranks() {
        var random = Random(1)
        let values = random.normals(100_000)
        var exact = ValueSketch()
        var sketch = ValueSketch(capacity: 1_024)
        for value in values {
            exact.add(value)
            sketch.add(value)
        }
        #expect(exact.rankError == 0 && exact.runs == ValueRuns(sorted: values.sorted()))
        let runs = sketch.runs
        #expect(runs.total == values.count && sketch.count == values.count)
        #expect(runs.values.count < 16 * 1_024)
        #expect(sketch.rankError <= values.count / 100, "\(sketch.rankError)")
        let sorted = values.sorted()
        for rank in stride(from: 1, through: values.count, by: 997) {
            let value = runs.value(atRank: rank) ?? .nan
            let place = sorted.firstIndex { $0 >= value } ?? 0
            #expect(abs(place + 1 - rank) <= sketch.rankError + 1 << 7, "\(rank) \(place)")
        }
        var again = ValueSketch(capacity: 1_024)
        for value in values { again.add(value) }
        #expect(again.runs == runs)
    }

    @Test("the distance of two sketches is that of the streams within what both say")
    func distances() throws {
        var random = Random(2)
        let (a, b) = (random.normals(60_000), random.normals(50_000, mean: 0.3))
        var (first, second) = (ValueSketch(capacity: 2_048), ValueSketch(capacity: 2_048))
        for value in a { first.add(value) }
        for value in b { second.add(value) }
        let exact = try #require(Distances.gaps(ValueRuns(sorted: a.sorted()), ValueRuns(sorted: b.sorted())))
        let near = try #require(Distances.gaps(first.runs, second.runs))
        let error = Double(first.rankError) / 60_000 + Double(second.rankError) / 50_000
        #expect(error < 0.05)
        #expect(abs(near.greatest - exact.greatest) <= error)
        #expect(abs(near.area - exact.area) < 0.01)
    }

    @Test("repeats are counted exactly while there is room, and within their sampling error beyond")
    func repeats() {
        var random = SplitMix64(state: 9)
        var (exact, sampled) = (RecordRepeats(), RecordRepeats(capacity: 1_000))
        for index in 0..<50_000 {
            let hash = random.next()
            for _ in 0..<(index % 5 == 0 ? 2 : 1) {
                exact.add(hash)
                sampled.add(hash)
            }
        }
        #expect(exact.isExact && exact.records == 60_000 && exact.repeats == 10_000)
        #expect(!sampled.isExact)
        #expect(abs(Double(sampled.repeats) / Double(sampled.records) - 1.0 / 6) < 0.05)
    }

    @Test("mean and spread of batches put together are those of all")
    func moments() {
        var random = Random(8)
        let values = random.normals(10_000, mean: 1e6, deviation: 0.5)
        var moments = StreamMoments()
        for start in stride(from: 0, to: values.count, by: 700) {
            let batch = values[start..<min(values.count, start + 700)]
            moments.add(batch.reduce(0, +), count: batch.count) { mean in batch.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } }
        }
        let mean = values.reduce(0, +) / 10_000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10_000
        #expect(close(moments.mean, mean, 1e-12))
        #expect(close(moments.deviation ?? 0, variance.squareRoot(), 1e-9))
    }

    @Test("shares have the distances of their definitions")
    func closedForms() throws {
        #expect(Distances.jensenShannon([1, 0], [0, 1]) == 1)
        #expect(Distances.jensenShannon([2, 4], [1, 2]) == 0)
        #expect(Distances.jensenShannon([0, 0], [1, 2]) == nil)
        #expect(Distances.largestDifference([1, 3], [3, 1]) == 0.5)
        // [[10, 20], [20, 10]]: 60·(100−400)²/(30⁴).
        let pearson = try #require(Distances.chiSquared([10, 20, 0], [20, 10, 0]))
        #expect(close(pearson.statistic, 60.0 * 90_000 / 810_000) && pearson.df == 1 && close(pearson.cramersV, 1.0 / 3))
        #expect(Distances.chiSquared([5, 0], [5, 0]) == nil)
        #expect(Distances.gaps(ValueRuns(sorted: [0, 1]), ValueRuns(sorted: [0, 3]))?.area == 1)
        #expect(Distances.gaps(ValueRuns(sorted: []), ValueRuns(sorted: [0, 3])) == nil)
    }
}
