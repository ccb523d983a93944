import Tabular
import Testing

@Suite("Labelled rows") struct LabelledRowsTests {
    private func rows(_ targets: [Double], times: [Int64] = [], task: PredictionTask = .binary) -> LabelledRows {
        let classes = task == .regression ? [] : ["no", "yes"]
        let schema = Schema(
            features: [Feature(name: "i", kind: .integer), Feature(name: "word", kind: .categorical)],
            target: Target(name: "y", task: task, classes: classes), timeColumn: times.isEmpty ? nil : "time")
        let features = targets.indices.flatMap { [Double($0), Double($0 % 2)] }
        return LabelledRows(
            schema: schema, categories: Categories(["a", "b"]), features: features, targets: targets, times: times)
    }

    private func numbers(_ rows: LabelledRows) -> [Double] {
        stride(from: 0, to: rows.features.count, by: rows.schema.width).map { rows.features[$0] }
    }

    @Test("With times the last part is the hold-out")
    func splitByTime() {
        let parts = rows([0, 1, 0, 1, 0], times: [1, 2, 3, 4, 5]).split(holdout: 0.4)
        #expect(numbers(parts.train) == [0, 1, 2])
        #expect(parts.holdout.times == [4, 5])
        #expect(parts.holdout.targets == [1, 0])
    }

    @Test("Without times each class gives its share, the same rows every time, in the file's order")
    func stratified() {
        let data = rows((0..<1_000).map { $0 % 10 == 0 ? 1 : 0 })
        let parts = data.split(holdout: 0.2)
        #expect(parts.holdout.targets.filter { $0 == 1 }.count == 20)
        #expect(parts.holdout.count == 200)
        #expect(numbers(parts.train) == numbers(parts.train).sorted())
        #expect(numbers(parts.holdout) == numbers(data.split(holdout: 0.2).holdout))
        #expect(Set(numbers(parts.train)).union(numbers(parts.holdout)).count == 1_000)
        #expect(numbers(parts.holdout) != (800..<1_000).map(Double.init))
    }

    @Test(
        "No share leaves a part empty that could have a row, and none traps",
        arguments: [0.001, 0.5, 0.999, 0, 1, -1, 2, .nan, .infinity] as [Double])
    func extremes(share: Double) {
        for data in [rows([0, 1]), rows([0, 1], times: [1, 2]), rows([5, 6, 7], task: .regression), rows([]), rows([1])] {
            let parts = data.split(holdout: share)
            #expect(parts.train.count + parts.holdout.count == data.count)
            if share > 0, share < 1, data.count > 1 { #expect(parts.train.count > 0 && parts.holdout.count > 0) }
        }
    }

    @Test("Filtering takes its start and leaves its end; positions outside are ignored when selecting")
    func filtering() {
        let data = rows([0, 1, 0, 1], times: [10, 20, 20, 30])
        #expect(data.filtered(from: 20, until: 30).times == [20, 20])
        #expect(data.filtered(from: nil, until: 20).times == [10])
        #expect(data.filtered(from: .min, until: .max).count == 4)
        #expect(numbers(data.selecting([3, -1, 0, 4])) == [3, 0])
    }

    @Test("Appending recodes categories, matches features and classes by name, and merges by time with own rows first")
    func appending() {
        let own = rows([0, 1, 0], times: [10, 20, 30])
        let schema = Schema(
            features: [
                Feature(name: "word", kind: .categorical), Feature(name: "other", kind: .numeric), Feature(name: "i", kind: .integer),
            ],
            target: Target(name: "y", task: .binary, classes: ["yes", "no"]), timeColumn: "time")
        let other = LabelledRows(
            schema: schema, categories: Categories(["new", "a"]), features: [1, 7, 100, 0, 7, 101, .nan, 7, 102, 40_000, 7, 103],
            targets: [0, 1, 1, 9], times: [5, 20, 40, 50])
        let both = own.appending(other)
        #expect(both.schema == own.schema)
        #expect(both.times == [5, 10, 20, 20, 30, 40])
        #expect(numbers(both) == [100, 0, 1, 101, 2, 102])
        #expect(both.targets == [1, 0, 1, 0, 0, 0])
        #expect(both.categories["word"].table.names == ["a", "b", "new"])
        #expect([1, 3, 5, 7].map { both.features[$0] } == [0, 0, 1, 2])
        #expect(both.features[11].isNaN)
    }

    @Test("Appending nothing changes nothing, and appending to nothing gives the other rows")
    func empty() {
        let some = rows([0, 1], times: [1, 2])
        #expect(some.appending(rows([])).targets == [0, 1])
        #expect(rows([]).appending(some).times == [1, 2])
    }
}
