import Learning
import Tabular
import Testing

@Suite("Learning benchmark") struct LearningBenchmarkTests {
    @Test("The table is bit for bit the one that Tests/Oracles/bench_learning.py makes for its peers (NumPy 2.4.6)")
    func table() {
        let rows = DenseTable.rows(0..<10_000)
        #expect(Array(rows.features.prefix(3)) == [0.5082254409790039, 1.5217666625976562, -1.7669925689697266])
        #expect(rows.targets.reduce(0, +) == 4_562)
        // Sums of multiples of 2⁻²⁰ are exact in any order.
        #expect(rows.features.reduce(0, +) == 37.24851608276367)
        let later = DenseTable.rows(1_000_000..<1_000_004)
        #expect(Array(later.features.prefix(2)) == [-1.6301679611206055, -0.37032508850097656])
        #expect(later.targets == [1, 0, 1, 0])
    }

    @Test("Trees are timed, scored and judged on rows that they have not seen")
    func trees() throws {
        let figures = LearningBenchmark.trees(threads: 2, rows: 4_000, trees: 20)
        #expect(figures.map(\.unit) == ["s", "CPU s", "auc", "rows/s"])
        #expect(figures.allSatisfy { $0.value > 0 })
        let area = try #require(figures.first { $0.unit == "auc" }).value
        #expect(area > 0.7 && area < 0.85)
    }
}
