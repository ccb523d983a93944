import Foundation
import Monitoring
import Tabular
import Testing

@Suite("reference profiles")
struct ReferenceProfileTests {
    @Test("a continuous feature gets 120 bins of equal mass, twelve in each tenth")
    func quantileGrid() {
        let feature = Columns.reference((0..<12_000).map { Double($0) }).features[0]
        #expect(feature.edges.count == 120)
        #expect(feature.counts == [Int](repeating: 100, count: 120) + [0, 0, 0])
        #expect(feature.groups == (0..<120).map { $0 / 12 })
        #expect(feature.least == 0)
        #expect(feature.edges.last == 11_999)
    }

    @Test("equal edges merge, and a value with more than 1/120 of the mass has a bin for itself")
    func pointBins() throws {
        // Half zeros, the rest spread over (0, 6].
        let values = [Double](repeating: 0, count: 600) + (1...600).map { Double($0) / 100 }
        let feature = Columns.reference(values).features[0]
        #expect(feature.edges.first == 0)
        #expect(feature.counts[0] == 600)
        #expect(feature.edges.count < 120)
        #expect(Set(feature.edges).count == feature.edges.count)
        // A point within a range: what lies just below it is another bin.
        let inner = Columns.reference((0..<1_000).map { Double($0) } + [Double](repeating: 500.5, count: 50)).features[0]
        let point = try #require(inner.edges.firstIndex(of: 500.5))
        #expect(inner.counts[point] == 50)
        #expect(inner.edges[point - 1] == 500.5.nextDown)
    }

    @Test("a whole number of few values has a bin for each", arguments: [2, 3, 7, 10])
    func integers(distinct: Int) {
        let feature = Columns.reference((0..<1_000).map { Double($0 % distinct) }, kind: .integer).features[0]
        let held = feature.counts.filter { $0 > 0 }
        #expect(held.count == distinct)
        #expect(Set(zip(feature.counts, feature.groups).filter { $0.0 > 0 }.map(\.1)).count == distinct)
    }

    @Test("a rare value and a frequent one do not share a PSI bin", arguments: [0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999])
    func rareBoolean(share: Double) {
        let n = 10_000
        let feature = Columns.reference((0..<n).map { Double($0) < share * Double(n) ? 1 : 0 }, kind: .boolean).features[0]
        let groups = zip(feature.counts, feature.groups).filter { $0.0 > 0 }.map(\.1)
        #expect(Set(groups).count == 2)
    }

    @Test("missing values, and what is no finite number, are counted as missing")
    func missing() {
        let feature = Columns.reference([1, 2, .nan, 4, .infinity]).features[0]
        #expect(feature.missing == 2)
        #expect(feature.counts.reduce(0, +) == 5)
        let empty = Columns.reference([.nan, .nan]).features[0]
        #expect(empty.edges.isEmpty)
        #expect(empty.counts == [0, 0, 2])
    }

    @Test("the 25 most frequent texts have bins of their own, the rest is other, ties go by the alphabet")
    func topCategories() {
        var columns = Columns()
        let texts =
            (0..<40).flatMap { index in [String](repeating: String(format: "t%02d", index), count: index < 5 ? 100 : 10) } + ["", ""]
        columns.add("word", texts: texts.reversed())
        let feature = columns.reference.features[0]
        #expect(feature.categories == (0..<25).map { String(format: "t%02d", $0) })
        #expect(feature.counts == [Int](repeating: 100, count: 5) + [Int](repeating: 10, count: 20) + [150, 0, 2])
        #expect(feature.rare.count == 15)
    }

    @Test("a text that training never saw is unseen, also when the dictionary has learnt it before the profile was bound")
    func unseen() {
        var columns = Columns()
        columns.add("word", texts: (0..<30).flatMap { index in [String](repeating: "t\(index)", count: 30 - index) })
        let reference = columns.reference
        let before = reference.bind(columns.categories)
        let late = Double(columns.categories["word"].intern("later"))
        let after = reference.bind(columns.categories)
        let rare = Double(columns.categories["word"].intern("t29"))
        for profile in [before, after] {
            let bins = WindowCounts(profile, rows: [[late], [late], [rare], [.nan], [0], [-1], [0.5], [1e300], [65_535]]).bins(0)
            // t0, then other, unseen, missing.
            #expect(bins[0] == 1)
            #expect(Array(bins.suffix(3)) == [1, 6, 1])
        }
    }

    @Test("rows that are added together count as rows that are added one by one, however many edges a column has")
    func batches() {
        var columns = Columns()
        for distinct in [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 119, 500] {
            columns.add("x\(distinct)", (0..<500).map { Double(($0 * 7) % distinct) })
        }
        columns.add("empty", [Double](repeating: .nan, count: 500))
        columns.add("word", texts: (0..<500).map { "t\($0 % 40)" })
        let profile = columns.reference.bind(columns.categories)
        let width = columns.columns.count
        let odd = [-1, 0.5, 1e300, .nan, .infinity, -.infinity].map { [Double](repeating: $0, count: width) }
        let rows = columns.rows() + odd
        var together = WindowCounts(profile, start: 0)
        let flat = rows.flatMap { $0 }
        let scores: [Double] = rows.indices.flatMap { row -> [Double] in [row == 3 ? .nan : Double(row), -1] }
        flat.withUnsafeBufferPointer { rows in
            scores.withUnsafeBufferPointer { scores in
                guard let rows = rows.baseAddress, let scores = scores.baseAddress else { return }
                together.add(rows, count: flat.count / width, width: width, scores: scores, outputs: 2)
            }
        }
        var single = WindowCounts(profile, start: 0)
        for (index, row) in rows.enumerated() { single.add(row, score: scores[2 * index]) }
        #expect(together.n == 506 && together.n == single.n && together.scoreSum == single.scoreSum)
        for feature in 0..<width { #expect(together.bins(feature) == single.bins(feature), "\(feature)") }
    }

    @Test("values fall into the same bins as a search by hand, below and above included")
    func binning() {
        let values = (0..<500).map { Double($0 * $0 % 311) / 7 }
        let feature = Columns.reference(values).features[0]
        let profile = Columns.reference(values).bind(Categories())
        for value in values + [-1, 1e9, -1e300, 0, .nan, .infinity, -.infinity] + values.map({ $0.nextUp }) {
            let bins = WindowCounts(profile, rows: [[value]]).bins(0)
            let expected: Int
            if value.isNaN {
                expected = feature.edges.count + 2
            } else if value < feature.least {
                expected = feature.edges.count
            } else {
                expected = feature.edges.firstIndex { value <= $0 } ?? feature.edges.count + 1
            }
            #expect(bins.firstIndex(of: 1) == expected, "\(value)")
        }
    }

    @Test("a profile survives its encoding bit for bit")
    func coding() throws {
        var random = Random(3)
        var columns = Columns()
        columns.add("x", random.normals(500))
        columns.add("word", texts: (0..<500).map { "t\($0 % 40)" })
        let reference = columns.reference
        let read = try JSONDecoder().decode(ReferenceProfile.self, from: JSONEncoder().encode(reference))
        #expect(read == reference)
    }

    @Test("a column of weights has no reference: requests seldom have one, and nobody is to be told that it went missing")
    func weights() {
        let features = [
            Feature(name: "w", kind: .numeric, optional: true, role: .weight), Feature(name: "x", kind: .numeric),
            Feature(name: "years", kind: .numeric, optional: true, role: .exposure),
        ]
        let schema = Schema(features: features, target: Target(name: "y", task: .regression, classes: []))
        let rows = LabelledRows(
            schema: schema, categories: Categories(), features: (0..<300).map { Double($0) }, targets: [Double](repeating: 1, count: 100))
        let reference = ReferenceProfile.build(rows: rows, scores: rows.targets)
        #expect(reference.features.map(\.name) == ["x", "years"])
        #expect(reference.positions == [1, 2])
    }
}
