import Monitoring
import Tabular
import Testing

@Suite("rare categories")
struct RareCategoriesTests {
    /// Rows of one categorical feature.
    private func rows(_ texts: [String], _ dictionary: Categories) -> LabelledRows {
        LabelledRows(
            schema: Schema(
                features: [Feature(name: "place", kind: .categorical)], target: Target(name: "y", task: .binary, classes: ["n", "y"])),
            categories: dictionary, features: texts.map { Double(dictionary["place"].intern($0)) }, targets: texts.map { _ in 0 })
    }

    private func count(_ texts: [String], _ bound: BoundProfile, _ dictionary: Categories) -> WindowCounts {
        var window = WindowCounts(bound, start: 0)
        for text in texts {
            let row = [Double(dictionary["place"].intern(text))]
            window.add(row, score: 0)
        }
        return window
    }

    @Test("the training's own rows do not drift, however many rare texts they have and in whatever order a dictionary meets them")
    func rareTexts() {
        let texts = (0..<20_000).map { "p\($0 * $0 % 97)" }
        let training = Categories()
        let profile = ReferenceProfile.build(rows: rows(texts, training), scores: [])
        let serving = Categories()
        let bound = profile.bind(serving)
        let window = count(Array(texts.prefix(1_000)), bound, serving)
        let report = Drift.report(reference: profile, window: window, end: 1, windowsPerDay: 1_000)
        #expect(report.features.map(\.state) == [.ok])
    }

    @Test("a text that training did not have counts as unseen, also when the dictionary knew it before the profile was bound")
    func unseenTexts() {
        let texts = (0..<20_000).map { "p\($0 * $0 % 97)" }
        let profile = ReferenceProfile.build(rows: rows(texts, Categories()), scores: [])
        for known in [true, false] {
            let serving = Categories(known ? ["new"] : [])
            let bound = profile.bind(serving)
            let window = count(texts.prefix(900) + Array(repeating: "new", count: 200), bound, serving)
            let report = Drift.report(reference: profile, window: window, end: 1, windowsPerDay: 1_000)
            #expect(report.features.map(\.state) == [.drift])
        }
    }
}
