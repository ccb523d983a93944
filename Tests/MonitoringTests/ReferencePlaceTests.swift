import Foundation
import Monitoring
import Tabular
import Testing

@Suite("the place of a value in its reference")
struct ReferencePlaceTests {
    private static let hours: [(Double, Int)] = [(5, 30), (6, 120), (7, 180), (8, 200), (12, 250), (17, 150), (21, 60), (23, 10)]

    /// `percentileofscore(values, value, kind="mean")` of SciPy 1.17.1, a hundredth of it.
    @Test(
        "a whole number has the rank that SciPy gives it",
        arguments: [(5.0, 0.015), (8.0, 0.43), (12.0, 0.655), (17.0, 0.855), (23.0, 0.995)])
    func wholeNumbers(value: Double, rank: Double) {
        let feature = Columns.reference(Self.hours.flatMap { [Double](repeating: $0, count: $1) }, kind: .integer).features[0]
        guard case .rank(let found) = feature.place(of: value) else {
            Issue.record("no rank")
            return
        }
        #expect(abs(found - rank) < 1e-12)
    }

    /// The same of 0 … 11,999.
    @Test(
        "a real number has SciPy's rank within half a bin of the grid",
        arguments: [(0.0, 0.0000416667), (1_234.0, 0.102875), (6_000.0, 0.5000416667), (11_999.0, 0.9999583333)])
    func realNumbers(value: Double, rank: Double) {
        guard case .rank(let found) = Columns.reference((0..<12_000).map { Double($0) }).features[0].place(of: value) else {
            Issue.record("no rank")
            return
        }
        #expect(abs(found - rank) <= 0.5 / 120)
    }

    @Test("what training never saw is named: below, above, unseen; what is missing has its share")
    func outside() {
        let numbers = Columns.reference([1, 2, 3, .nan]).features[0]
        #expect(numbers.place(of: 0.5) == .below)
        #expect(numbers.place(of: 3.5) == .above)
        #expect(numbers.place(of: nil) == .missing(0.25))
        #expect(numbers.place(of: .infinity) == .missing(0.25))
        #expect(Columns.reference([.nan]).features[0].place(of: 1) == .unseen)
        var columns = Columns()
        // 25 frequent texts twice each, two rare ones, one missing.
        let frequent = (0..<25).flatMap { [String(format: "a%02d", $0), String(format: "a%02d", $0)] }
        columns.add("x", texts: frequent + ["z1", "z2", ""])
        let texts = columns.reference.features[0]
        #expect(texts.place(ofText: "a07") == .share(2.0 / 53))
        #expect(texts.place(ofText: "z1") == .rare(2.0 / 53))
        #expect(texts.place(ofText: "new") == .unseen)
        #expect(texts.place(ofText: nil) == .missing(1.0 / 53))
    }

    @Test("true and false have their shares, not ranks")
    func truths() {
        let feature = Columns.reference((0..<100).map { $0 < 8 ? 1 : 0 }, kind: .boolean).features[0]
        #expect(feature.place(of: 1) == .share(0.08))
        #expect(feature.place(of: 0) == .share(0.92))
    }

    @Test(
        "places read in a word or two",
        arguments: [
            (ReferencePlace.rank(0.8249), "p82"), (.rank(1), "p100"), (.share(0.123), "12 %"), (.share(0.0123), "1.2 %"),
            (.share(0.0001), "<0.1 %"), (.missing(0), "0 %"), (.rare(0.04), "rare, 4.0 %"), (.unseen, "unseen"), (.below, "below all"),
            (.above, "above all"),
        ])
    func words(place: ReferencePlace, text: String) { #expect(place.text == text) }
}
