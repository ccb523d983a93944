import Learning
import Tabular
import Testing

@Suite("Leakage") struct LeakageTests {
    @Test("Departure delay gives late flights away, and nothing else does")
    func flights() throws {
        let found = Leakage.suspects(try Made.flights(excluded: []))
        #expect(found.map(\.name) == ["dep_delay"])
        #expect(found.first?.metric == "auc")
        #expect(found.first?.description.contains("column dep_delay alone tells the target") == true)
        #expect(Leakage.suspects(try Made.flights()).isEmpty)
    }

    @Test("A copy of the target is found, as a number and as a text, in each task", arguments: PredictionTask.allCases)
    func copies(task: PredictionTask) {
        let rows = Made.mixed(task, count: 800)
        #expect(Leakage.suspects(rows).isEmpty)
        #expect(Leakage.suspects(rows.replacing("gap") { -3 * rows.targets[$0] + 1 }).map(\.name) == ["gap"])
        if task != .regression {
            let codes = (0..<3).map { Double(rows.categories["word"].intern("class \($0)")) }
            #expect(Leakage.suspects(rows.replacing("word") { codes[Int(rows.targets[$0])] }).map(\.name) == ["word"])
        }
        // Missing just where the target is high: known only afterwards, too.
        if task == .binary { #expect(Leakage.suspects(rows.replacing("n") { rows.targets[$0] == 1 ? .nan : 4 }).map(\.name) == ["n"]) }
    }

    @Test("A column that tells one of three classes, or all but some rows, is no leak; noise on a copy of few is one")
    func oneClass() throws {
        let rows = Made.mixed(.multiclass, count: 900)
        let end = rows.replacing("gap") { rows.targets[$0] == 2 ? 10 + Double($0 % 50) : Double($0 % 7) }
        #expect(Leakage.suspects(end).isEmpty)
        // Nineteen of twenty rows told, as a flower's petal tells its kind: no copy.
        let petal = rows.replacing("gap") { row in
            let told = row % 20 == 0 ? Double(row / 20 % 3) : rows.targets[row]
            return told * 10 + Double(row * 7 % 10)
        }
        #expect(Leakage.suspects(petal).allSatisfy { $0.strength < 0.95 })
        let copy = rows.replacing("gap") { row in row % 300 == 0 ? 1 : rows.targets[row] }
        let found = try #require(Leakage.suspects(copy).first)
        #expect(found.name == "gap" && found.metric == "entropy" && found.strength > 0.95, "\(found)")
        #expect(found.description.contains("alone tells the target: share of the classes' entropy 0.9"))
    }

    @Test("A column that names each row is no leak, however many texts it has")
    func names() {
        let rows = Made.mixed(.binary, count: 800)
        let codes = (0..<800).map { Double(rows.categories["word"].intern("row \($0)")) }
        #expect(Leakage.suspects(rows.replacing("word") { codes[$0] }).isEmpty)
        #expect(Leakage.suspects(rows.replacing("x") { Double($0) }).isEmpty)
    }

    @Test("Too few rows prove nothing, and odd values are no trouble")
    func edges() {
        let few = Made.mixed(.binary, count: 60)
        #expect(Leakage.suspects(few.replacing("x") { few.targets[$0] }).isEmpty)
        #expect(Leakage.suspects(Made.mixed(.binary, count: 0)).isEmpty)
        let odd = Made.mixed(.regression, count: 300).replacing("x") { $0 % 2 == 0 ? .infinity : .nan }.replacing("word") { _ in -5 }
        #expect(Leakage.suspects(odd).isEmpty)
        var huge = odd
        huge.targets = huge.targets.indices.map { $0 % 2 == 0 ? 1e308 : -1e308 }
        #expect(Leakage.suspects(huge).isEmpty)
    }
}
