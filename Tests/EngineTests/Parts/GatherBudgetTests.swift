import Engine
import Tabular
import Testing

/// How much a training may gather, decided before anything is read.
@Suite("Gather budget")
struct GatherBudgetTests {
    private static let schema = Schema(
        features: (0..<20).map { Feature(name: "x\($0)", kind: .numeric) },
        target: Target(name: "y", task: .binary, classes: ["no", "yes"]))

    private static func labels(import bytes: Int = 0, memory: Int?) -> Int? {
        GatherBudget(schema: schema, importBytes: bytes, memory: memory, fewest: 50).labels
    }

    @Test("without a bound the newest two million labels are gathered, and never more")
    func unbounded() {
        #expect(Self.labels(memory: nil) == GatherBudget.labelLimit)
        #expect(Self.labels(memory: .max) == GatherBudget.labelLimit)
    }

    @Test("what there is memory for grows with it and shrinks with the import, and the labels fit into it with their rows")
    func bounded() throws {
        let few = try #require(Self.labels(memory: 100 << 20))
        let many = try #require(Self.labels(memory: 200 << 20))
        #expect(few > 50 && many > few && many < GatherBudget.labelLimit)
        #expect(try #require(Self.labels(import: 20 << 20, memory: 100 << 20)) < few)
        // One copy of the rows alone is 160 bytes a label.
        #expect(few * 160 < 100 << 20)
    }

    @Test("an import that leaves no room for the fewest labels is refused, with what it takes")
    func tooLarge() {
        let budget = GatherBudget(schema: Self.schema, importBytes: 50 << 20, memory: 100 << 20, fewest: 50)
        #expect(budget.labels == nil && budget.needed > 150 << 20)
        #expect(Self.labels(import: .max, memory: .max / 4) == nil)
    }
}

/// Checks on many rows show that they are alive, and can be ended.
@Suite("Data checks' pulse")
struct DataCheckPulseTests {
    private enum Stop: Error { case now }

    /// Rows that repeat, so that every part of the checks has work.
    private static func rows(_ count: Int) -> LabelledRows {
        let schema = GatherBudgetTests.rowsSchema
        let width = schema.width
        return LabelledRows(
            schema: schema, categories: Categories(),
            features: (0..<(count * width)).map { Double(($0 / width) % 500 + $0 % width) },
            targets: (0..<count).map { Double($0 % 2) }, times: Array(repeating: 0, count: count))
    }

    @Test("a pulse comes for each column and for each stretch of rows, and the verdict is the one without")
    func pulses() {
        let checks = DataChecks(rows: Self.rows(200_000), champion: nil)
        var pulses = 0
        let result = checks.result { pulses += 1 }
        #expect(pulses >= 3 + 200_000 / 65_536 + 3, "\(pulses)")
        #expect(result == checks.result())
    }

    @Test("whoever is asked can end the checks at any pulse", arguments: [1, 3, 5, 8])
    func ends(_ last: Int) {
        let checks = DataChecks(rows: Self.rows(200_000), champion: nil)
        var pulses = 0
        #expect(throws: Stop.self) {
            _ = try checks.result { () throws(Stop) in
                pulses += 1
                if pulses == last { throw .now }
            }
        }
        #expect(pulses == last)
    }
}

extension GatherBudgetTests {
    static let rowsSchema = Schema(
        features: (0..<3).map { Feature(name: "x\($0)", kind: .numeric) },
        target: Target(name: "y", task: .binary, classes: ["no", "yes"]))
}
