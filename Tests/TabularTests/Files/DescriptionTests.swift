import Foundation
import Tabular
import Testing

@Suite("Descriptions of tables") struct DescriptionTests {
    private func described(_ text: String, categorical: Set<String> = [], time: String? = nil) throws -> TableDescription {
        try Samples.withFile(text.utf8) { try TableDescription.read(path: $0, categorical: categorical, time: time) }
    }

    @Test("Each column is what an import would take it for, with what it would leave out")
    func columns() throws {
        let lines = (0..<40).map { "\($0),\($0 % 4).5,\($0 % 2 == 0),w\($0 % 3),2024-01-\($0 % 9 + 10),,u\($0),$\($0)\n" }.joined()
        let found = try described(",real,flag,word,day,empty,id,price\n" + lines)
        #expect(found.rows == 40)
        #expect(found.columns.map(\.kind) == [.integer, .numeric, .boolean, .categorical, .time, nil, .categorical, .numeric])
        #expect(found.columns.map { $0.leftOut != nil } == [true, false, false, false, true, true, true, false])
        #expect(found.columns[6].leftOut == "40 distinct texts in 40 cells: --categorical keeps it")
        #expect(found.columns[7].format?.unit == "$")
        #expect(found.columns[5].missing == 40)
        #expect(found.columns[2].values == .truths(20))
        let timed = try described("day,x\n2024-01-01,1\n2024-01-02,2\n", time: "day")
        #expect(timed.columns[0].leftOut == nil)
    }

    @Test("Numbers have their exact ends, mean and deviation, and each is in the histogram, whichever comes first", arguments: [1, 7, 997])
    func numbers(step: Int) throws {
        let values = (0..<1_000).map { Double($0 * step % 1_000) / 8 - 20 }
        let found = try described("x,y\n" + values.map { "\($0),1\n" }.joined())
        guard case .numbers(let numbers)? = found.columns[0].values else {
            Issue.record("no numbers")
            return
        }
        #expect(numbers.least == -20)
        #expect(numbers.most == 999.0 / 8 - 20)
        // Of 0, 1/8, … 999/8: the mean is 999/16, the variance (1000² - 1) / 12 / 64 · 1000/999.
        #expect(abs(numbers.mean - (999.0 / 16 - 20)) < 1e-9)
        #expect(abs(numbers.deviation - (999_999.0 / 12 / 64 * 1_000 / 999).squareRoot()) < 1e-9)
        #expect(abs(numbers.histogram.reduce(0, +) - 1_000) < 1e-6)
        // Even over its range, so that each bin has about as many.
        for count in numbers.histogram { #expect(abs(count - 1_000.0 / 32) < 8) }
        for (share, quartile) in zip([0.25, 0.5, 0.75], numbers.quartiles) { #expect(abs(quartile - (share * 125 - 20)) < 1.5) }
    }

    @Test("A number far away, zeros and one number only are no trouble for a histogram")
    func extremes() throws {
        for text in ["0\n0\n0\n", "1e300\n-1e300\n0\n", "5\n", "1e-300\n1e300\n", "-0.0\n1e308\n-1e308\n"] {
            let found = try described("x,y\n" + text.split(separator: "\n").map { "\($0),1\n" }.joined())
            guard case .numbers(let numbers)? = found.columns[0].values else {
                Issue.record("no numbers")
                continue
            }
            #expect(numbers.histogram.allSatisfy { $0.isFinite && $0 >= 0 })
            #expect(numbers.least <= numbers.quartiles[0] && numbers.quartiles[2] <= numbers.most)
        }
    }

    @Test("Cells that do not fit are counted, and the first is named with its place; nothing is refused for them")
    func misfits() throws {
        let found = try described("x,y\n" + (0..<50).map { "\($0 % 20 == 7 ? "oops" : "\($0)"),1\n" }.joined())
        #expect(found.columns[0].kind == .numeric)
        #expect(found.columns[0].misfits == 3)
        #expect(found.columns[0].present == 47)
        #expect(found.columns[0].firstMisfit?.hasPrefix("'oops' is not a number, as the others are: t.csv:9:1 (x): ") == true)
    }

    @Test("The commonest texts come first, and the others are counted")
    func texts() throws {
        let found = try described("c,y\n" + (0..<100).map { "\($0 < 60 ? "often" : "t\($0 % 20)"),1\n" }.joined())
        guard case .texts(let texts)? = found.columns[0].values else {
            Issue.record("no texts")
            return
        }
        #expect(texts.distinct == 21)
        #expect(texts.commonest.first?.text == "often" && texts.commonest.first?.count == 60)
        #expect(texts.commonest.count == 8)
        #expect(texts.others == 100 - texts.commonest.reduce(0) { $0 + $1.count })
    }

    @Test("A Parquet file is described like the CSV of the same table")
    func parquet() throws {
        for name in TypedFileTests.tables {
            let folder = TypedFileTests.golden + "/" + name
            let csv = try TableDescription.read(path: folder + "/table.csv")
            let parquet = try TableDescription.read(path: folder + "/v2-zstd.parquet")
            #expect(parquet.rows == csv.rows)
            #expect(parquet.columns.map(\.name) == csv.columns.map(\.name))
            #expect(parquet.columns.map(\.missing) == csv.columns.map(\.missing))
            #expect(parquet.columns.map(\.misfits) == csv.columns.map(\.misfits))
        }
    }
}
