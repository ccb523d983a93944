import Tabular
import Testing

@Suite("Category dictionaries") struct CategoryDictionaryTests {
    private static let hour: Int64 = 3_600_000

    private func deployment(_ limits: CategoryLimits = CategoryLimits(), _ stored: [CategoryEntry] = []) -> Categories {
        Categories(stored: stored, limits: limits)
    }

    private func isOther(_ code: Int32) -> Bool { code == CategoryDictionary.otherCode }

    /// Sweeps as the traffic writer does; the codes that went, by column.
    @discardableResult
    private func sweep(_ categories: Categories, oldest: Int64, now: Int64) -> [String: Set<Int32>] {
        var gone: [String: Set<Int32>] = [:]
        categories.sweep(oldest: oldest, now: now) { feature, codes in gone[feature] = Set(codes) }
        return gone
    }

    @Test("A column that traffic has filled is other for further texts, and no other column, and no training, feels it")
    func flood() {
        let categories = deployment(CategoryLimits(trafficTexts: 100))
        let codes = (0..<1_000).map { categories["id"].intern("row \($0)") }
        #expect(Set(codes.prefix(100)).count == 100 && !codes.prefix(100).contains { isOther($0) })
        #expect(codes.dropFirst(100).allSatisfy { isOther($0) })
        #expect(categories["id"].intern("row 7") == codes[7])
        #expect(!isOther(categories["carrier"].intern("AA")))
        // A training's texts find room in the very column, and a text that traffic brought keeps its code when a training uses it.
        #expect(!isOther(categories["id"].pin("NEW")) && categories["id"].pin("row 3") == codes[3])
        #expect(categories.overfull() == nil)
        // The pinned text gave its place in the traffic's room back.
        #expect(!isOther(categories["id"].intern("row 500")) && isOther(categories["id"].intern("row 501")))
        let fills = categories.fills
        #expect(fills.map(\.feature) == ["id", "carrier"] && fills[0].share == 1 && !fills[0].isPinned)
        #expect(fills[0].trafficTexts == 100 && fills[0].pinnedTexts == 2 && fills[0].turnedAway == 901)
    }

    @Test("The room is bounded in bytes too, and a text that is too long for a category takes none of it")
    func bytes() {
        let categories = deployment(CategoryLimits(trafficBytes: 1_000, longestTrafficText: 400))
        let column = categories["c"]
        #expect(isOther(column.intern(String(repeating: "x", count: 401))))
        #expect(!isOther(column.intern(String(repeating: "a", count: 400))) && !isOther(column.intern(String(repeating: "b", count: 400))))
        #expect(isOther(column.intern(String(repeating: "c", count: 400))))
        #expect(!isOther(column.intern(String(repeating: "d", count: 200))) && isOther(column.intern("e")))
        #expect(column.fill.share == 1)
    }

    @Test(
        "Trainings have a bound of their own; a version whose texts do not fit is told so by the copy that it is tried in, and nothing changed"
    )
    func pinnedBound() {
        let categories = deployment(CategoryLimits(pinnedTexts: 3))
        for text in ["a", "b"] { categories["c"].pin(text) }
        let trial = categories.copy()
        #expect(trial.overfull() == nil)
        trial["c"].pin("d")
        #expect(isOther(trial["c"].pin("e")) && trial.overfull() == "c" && trial.overfull(since: trial.refusedPins) == nil)
        #expect(categories.overfull() == nil && categories["c"].table.names == ["a", "b"])
        #expect(categories.copy().overfull() == nil)
    }

    @Test("The code of all others is never a text's, however many there are")
    func others() {
        let categories = Categories()
        let codes = (0..<66_000).map { categories["c"].pin("\($0)") }
        #expect(Set(codes).count == 66_000 && !codes.contains { isOther($0) })
        #expect(categories["c"].name(of: CategoryDictionary.otherCode) == nil && categories["c"].name(of: codes[65_999]) == "65999")
    }

    @Test("A text that only traffic brought is given up when no stored row has it; a pinned one and one that is stored never are")
    func givingUp() {
        let categories = deployment()
        let column = categories["c"]
        let (old, recent, used) = (column.intern("old"), column.intern("recent"), column.intern("used"))
        _ = column.needed(for: [old, recent, used], at: 1_000)
        _ = column.needed(for: [recent], at: 9_000)
        column.pin("used")
        #expect(sweep(categories, oldest: 1_000, now: 10_000).isEmpty)
        let before = categories.generation
        #expect(sweep(categories, oldest: 1_001, now: 10_000) == ["c": [old]])
        #expect(categories.generation > before)
        #expect(column.name(of: old) == nil && column.name(of: recent) == "recent" && column.name(of: used) == "used")
        #expect(sweep(categories, oldest: .max, now: 20_000) == ["c": [recent]])
        #expect(column.name(of: used) == "used" && column.fill.pinnedTexts == 1 && column.fill.trafficTexts == 0)
    }

    @Test("A code that was given up stands for another text only when no row under way can have it any more")
    func reuse() {
        let categories = deployment()
        let column = categories["c"]
        let old = column.intern("old")
        _ = column.needed(for: [old], at: 1_000)
        sweep(categories, oldest: 2_000, now: 0)
        // A row that was under way still has it: there is no text for it, so it must not be stored.
        #expect(column.needed(for: [old], at: 2_000).unknown == [old])
        var seen: Set<Int32> = []
        for minute in 0..<9 { seen.insert(column.intern("text \(minute)")) }
        #expect(!seen.contains(old))
        for time: Int64 in [1, 2] { sweep(categories, oldest: .min, now: time) }
        #expect(column.intern("soon") != old)
        sweep(categories, oldest: .min, now: CategoryDictionary.restMilliseconds)
        #expect(column.intern("later") == old && column.name(of: old) == "later")
    }

    @Test("A text that no stored row has outlives three sweeps, since its rows may be on their way")
    func unstored() {
        let categories = deployment()
        let code = categories["c"].intern("asked about only")
        for time: Int64 in 1...3 { #expect(sweep(categories, oldest: .max, now: time).isEmpty) }
        #expect(sweep(categories, oldest: .max, now: 4) == ["c": [code]])
    }

    @Test("What must be stored is said once, again when its newest row is an hour younger, and again until it is stored")
    func storing() {
        let column = deployment()["c"]
        let code = column.intern("a")
        func needed(_ time: Int64) -> [CategoryEntry] { column.needed(for: [code, CategoryDictionary.otherCode], at: time).entries }
        let first = CategoryEntry(feature: "c", code: code, text: "a", isPinned: false, seen: 5)
        #expect(needed(5) == [first])
        #expect(needed(5) == [first])
        column.stored([first])
        #expect(needed(6).isEmpty && needed(5 + Self.hour - 1).isEmpty)
        #expect(needed(5 + Self.hour).map(\.seen) == [5 + Self.hour])
        // What a training used is stored as such with the next rows, whatever they have.
        let pinned = column.pin("b")
        let entries = column.needed(for: [], at: 9).entries
        #expect(entries == [CategoryEntry(feature: "c", code: pinned, text: "b", isPinned: true, seen: 9)])
        column.stored(entries)
        #expect(column.needed(for: [pinned], at: 10).entries.isEmpty)
    }

    @Test("What was stored comes back with its codes; gaps are filled again, and what a training used is still pinned")
    func restoring() {
        func entry(_ feature: String?, _ code: Int32, _ text: String, _ isPinned: Bool) -> CategoryEntry {
            CategoryEntry(feature: feature, code: code, text: text, isPinned: isPinned, seen: 1_000)
        }
        let categories = deployment(CategoryLimits(), [entry("c", 0, "a", true), entry("c", 3, "d", false), entry("e", 0, "x", false)])
        #expect(categories["c"].table.names == ["a", nil, nil, "d"] && categories["e"].table.names == ["x"])
        #expect([categories["c"].intern("f"), categories["c"].intern("g"), categories["c"].intern("h")] == [1, 2, 4])
        // The stored time may lag by an hour.
        #expect(sweep(categories, oldest: 1_000 + Self.hour, now: 0).isEmpty)
        #expect(sweep(categories, oldest: 1_001 + Self.hour, now: 0) == ["c": [3], "e": [0]])
        #expect(categories["c"].name(of: 0) == "a")
    }

    @Test(
        "Codes from when a deployment had one dictionary mean the same in every column, take no room there, and go with the rows of that time"
    )
    func inherited() {
        let texts = (0..<50).map { CategoryEntry(feature: nil, code: $0, text: "old \($0)", isPinned: false, seen: 1_000) }
        let categories = deployment(CategoryLimits(trafficTexts: 10), texts)
        let (one, two) = (categories["one"], categories["two"])
        #expect(one.name(of: 7) == "old 7" && two.name(of: 7) == "old 7" && two.intern("old 49") == 49)
        #expect(one.fill.trafficTexts == 0 && one.intern("new") == 50)
        // A row has it again: it is the column's own from then on, and stored as such.
        #expect(one.needed(for: [7], at: 9_000_000).entries.map(\.code) == [7])
        #expect(one.fill.trafficTexts == 2 && two.fill.trafficTexts == 0)
        one.pin("old 8")
        sweep(categories, oldest: 1_001 + Self.hour, now: 0)
        #expect(one.name(of: 7) == "old 7" && one.name(of: 8) == "old 8" && one.name(of: 9) == nil && two.name(of: 7) == nil)
        #expect(categories["three"].name(of: 7) == nil)
    }

    @Test("A binding lays values out by code: of a text that comes twice the first counts, and codes of other texts have none")
    func binding() {
        let categories = Categories(["x", "a"])
        #expect(categories["c"].binding([10, 20, 30], of: ["a", "b", "a"]) == [nil, 10, 20])
    }

    @Test("Rows keep their texts when they get dictionaries of their own, and equal rows get equal codes whatever else a dictionary held")
    func ownCategories() {
        let schema = Schema(
            features: [Feature(name: "c", kind: .categorical), Feature(name: "n", kind: .numeric), Feature(name: "d", kind: .categorical)],
            target: Target(name: "y", task: .regression, classes: []))
        func rows(_ before: [String]) -> LabelledRows {
            let categories = Categories(before)
            let texts = [("x", "y"), ("z", "x"), ("x", "z")]
            var features: [Double] = []
            for (one, two) in texts { features += [Double(categories["c"].pin(one)), 1, Double(categories["d"].pin(two))] }
            return LabelledRows(schema: schema, categories: categories, features: features, targets: [1, 2, 3])
        }
        let (one, two) = (rows([]).withOwnCategories(), rows(["p", "z", "q"]).withOwnCategories())
        #expect(one.features == two.features && one.features == [0, 1, 1, 1, 1, 0, 0, 1, 2])
        // The order of the list for all columns: x, y, z.
        #expect(one.categories["c"].table.names == ["x", "z"] && one.categories["d"].table.names == ["x", "y", "z"])
    }
}
