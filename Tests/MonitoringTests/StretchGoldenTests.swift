import Foundation
import Monitoring
import Tabular
import Testing

/// The figures of `Golden/stretches.json`, and the data that they are of.
private struct StretchGolden: Decodable {
    struct Entry: Decodable {
        var rows: Int, statistic: String, kind: String, stretches: Int, df: Int
        var noise: Double, phi: Double, tau2: Double, omega2: Double
    }
    struct Statistic: Decodable { var psi: Double, expected: Double, p: Double, state: String }
    struct Verdicts: Decodable { var shape: Statistic, new: Statistic, missing: Statistic, today: String }
    struct Window: Decodable { var `case`: String, first: Int, rows: Int, alpha: Double, columns: [String: Verdicts] }
    struct Tail: Decodable { var x: Double, d1: Double, d2: Double, tail: Double }
    struct Change: Decodable {
        var stretch: Int, stretches: Double, tau2: Double, omega2: Double, expected: Double
        var psiWindow8: Double, pWindow8: Double, psiWindow9: Double, pWindow9: Double
    }
    struct Changes: Decodable { var columns: [String: [String: Change]] }
    struct Watch: Decodable { var level: Double?, up: Double?, down: Double?, limit: Double }
    struct Gaps: Decodable {
        var rate: Double, part: Watch, whole: Watch, healthyRaises: Int, allMissingRaisedAtRow: Int
        var allMissingInHarvestsOf125: Int
    }
    struct NoGaps: Decodable {
        var limit: Double, allMissingRaisedAtRow: Int, oneInFiveRaisedAtRow: Int
        var allMissingInHarvestsOf125: Int, oneInFiveInHarvestsOf125: Int
    }
    struct Missing: Decodable { var gaps: Gaps, neverMissing: NoGaps }

    var bins: [String: [Int]]
    var dependent: [String: Bool]
    var table: [String: [Entry]]
    var windows: [Window]
    var fTail: [Tail]
    var missing: Missing
    var changingNow: Changes

    static func load() throws -> StretchGolden {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/stretches.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(StretchGolden.self, from: Data(contentsOf: file))
    }
}

/// Five columns by formula: independent, sharing its hours, rising, losing whole hours, a word.
private struct StretchData {
    static let training = 20_000
    static let names = ["free", "hour", "rising", "gaps", "word"]
    private(set) var rows: [[Double]] = []
    let reference: ReferenceProfile
    let categories: Categories

    init() {
        var columns = Columns()
        var random = Random(1)
        var hourly = Random(2)
        let count = 30_000
        let hours = (0..<(count / 50)).map { _ in (hourly.uniform(), hourly.uniform()) }
        for letter in ["a", "b", "c", "d", "e", "f", "z"] { _ = columns.categories["word"].intern(letter) }
        for index in 0..<count {
            let (u0, u1, u2) = (random.uniform(), random.uniform(), random.uniform())
            let hour = hours[index / 50]
            rows.append([
                u0, 0.7 * hour.0 + 0.3 * u1, Double(index), hour.1 < 0.06 ? .nan : u2, min(5, (6 * u0 * u1).rounded(.down)),
            ])
        }
        for (index, name) in Self.names.enumerated() {
            columns.add(name, rows[..<Self.training].map { $0[index] }, kind: name == "word" ? .categorical : .numeric)
        }
        reference = columns.learnt()
        categories = columns.categories
    }

    /// A window with the fault of a golden case.
    func window(_ profile: BoundProfile, first: Int, count: Int, fault: String = "healthy") -> WindowCounts {
        var window = WindowCounts(profile, start: 0)
        for (index, row) in rows[first..<(first + count)].enumerated() {
            var row = row
            switch fault {
            case "free + 0.15": row[0] += 0.15
            case "free x 1000": row[0] *= 1_000
            case "hour + 0.2": row[1] += 0.2
            case "hour x 1000": row[1] *= 1_000
            case "gaps all missing": row[3] = .nan
            case "free 1 in 5 missing": if index % 5 == 0 { row[0] = .nan }
            case "word 1 in 20 new": if index % 20 == 0 { row[4] = 6 }
            default: break
            }
            window.add(row)
        }
        return window
    }
}

@Suite("stretches of the training, by SciPy")
struct StretchGoldenTests {
    private static let data = StretchData()

    @Test("tails of F are SciPy's from 0.02 to 24,000 degrees of freedom, and quantiles are their inverse")
    func tails() throws {
        for golden in try StretchGolden.load().fTail {
            let tail = FDistribution.upperTail(golden.x, golden.d1, golden.d2)
            #expect(close(tail, golden.tail, 1e-9) || (golden.tail == 0 && tail < 1e-300), "\(golden) \(tail)")
            guard golden.tail > 0 else { continue }
            #expect(close(FDistribution.upperQuantile(golden.tail, golden.d1, golden.d2), golden.x, 1e-7), "\(golden)")
        }
        #expect(FDistribution.upperTail(0, 3, 4) == 1 && FDistribution.upperTail(.infinity, 3, 4) == 0)
    }

    @Test("the table of the training has NumPy's moments, and tells who is dependent")
    func table() throws {
        let golden = try StretchGolden.load()
        let table = try #require(Self.data.reference.stretches)
        #expect(table.lengths == [125, 250, 500, 1_000, 2_000])
        #expect(table.order == .arrival && table.hasOrder)
        for (index, name) in StretchData.names.enumerated() {
            let column = table.columns[index]
            #expect(column.isDependent == golden.dependent[name], "\(name)")
            #expect(BinCounts.training(Self.data.reference).bins(index) == golden.bins[name]?.map { Double($0) }, "\(name)")
            for entry in try #require(golden.table[name]) {
                let at = try #require(table.lengths.firstIndex(of: entry.rows))
                let moments: StretchMoments =
                    switch (entry.statistic, entry.kind) {
                    case ("shape", "rest"): column.shapeRest
                    case ("shape", _): column.shapeHalf
                    case ("new", _): column.newHalf
                    case (_, "rest"): column.missingRest
                    default: column.missingHalf
                    }
                #expect(table.stretches(entry.rows) == entry.stretches)
                #expect(near(moments.mean[at], entry.tau2) && near(moments.variance[at], entry.omega2), "\(name) \(entry) \(moments)")
                if entry.statistic == "shape", entry.kind == "rest" {
                    #expect(close(column.designEffect[at], entry.phi, 1e-8), "\(name) \(entry)")
                }
            }
        }
    }

    @Test("windows of 300, 1,000 and 3,000 rows, healthy and with seven faults, have SciPy's PSI, expectation, p-value and verdict")
    func windows() throws {
        let reference = Self.data.reference
        let profile = reference.bind(Self.data.categories)
        let judge = try #require(StretchJudge(reference, judgingCalendar: true))
        for golden in try StretchGolden.load().windows {
            let window = Self.data.window(profile, first: golden.first, count: golden.rows, fault: golden.case)
            let verdicts = judge.judge(BinCounts(window), StretchJudge.Occasion(alpha: golden.alpha))
            for (index, name) in StretchData.names.enumerated() {
                let wanted = try #require(golden.columns[name])
                for (statistic, figures) in [(DriftStatistic.shape, wanted.shape), (.new, wanted.new), (.missing, wanted.missing)] {
                    let verdict = verdicts[index][statistic]
                    #expect(
                        near(verdict.psi, figures.psi) && near(verdict.expected, figures.expected), "\(golden.case) \(name) \(statistic)")
                    #expect(close(verdict.pValue, figures.p, 1e-6) || figures.p < 1e-290, "\(golden.case) \(name) \(statistic) \(verdict)")
                    #expect(verdict.state.rawValue == figures.state, "\(golden.case) \(name) \(statistic) \(verdict)")
                }
            }
        }
    }

    @Test("`changing now` has SciPy's moments in training, and its PSI and p-value in the ninth and tenth window")
    func changing() throws {
        let golden = try StretchGolden.load().changingNow.columns
        let reference = Self.data.reference
        let profile = reference.bind(Self.data.categories)
        let judge = try #require(StretchJudge(reference, judgingCalendar: true))
        var changing = ChangingNow(reference)
        for number in 0..<10 {
            let counts = BinCounts(Self.data.window(profile, first: 20_000 + number * 1_000, count: 1_000))
            let psi = changing.psi(counts)
            let verdicts = changing.judge(counts, psi, by: judge, alpha: 0.0042)
            #expect((verdicts == nil) == (number < 8))
            for (index, name) in StretchData.names.enumerated() where number >= 8 {
                let verdict = try #require(verdicts?[index])
                for (kind, value) in [("shape", verdict.shape), ("missing", verdict.missing)] {
                    let figures = try #require(golden[name]?[kind])
                    #expect(judge.table.recentLength == figures.stretch && Double(judge.table.recentStretches) == figures.stretches)
                    #expect(near(value.expected, figures.expected), "\(name) \(kind)")
                    #expect(near(value.psi, number == 8 ? figures.psiWindow8 : figures.psiWindow9), "\(name) \(kind)")
                    #expect(close(value.pValue, number == 8 ? figures.pWindow8 : figures.pWindow9, 1e-6), "\(name) \(kind)")
                }
            }
            changing.merge(counts)
        }
    }

    @Test("limits of missing values are replayed as by NumPy, and faults are told after as many rows")
    func gaps() throws {
        let golden = try StretchGolden.load().missing
        let training = Self.data.rows[..<StretchData.training].map { $0[3].isNaN }
        let limits = try #require(GapLimits(isMissing: training))
        #expect(close(limits.rate, golden.gaps.rate))
        for (watch, figures) in [(limits.part, golden.gaps.part), (limits.whole, golden.gaps.whole)] {
            #expect(close(watch.level, figures.level ?? .nan) && close(watch.up, figures.up ?? .nan, 1e-8))
            #expect(close(watch.down, figures.down ?? .nan, 1e-8) && close(watch.limit, figures.limit))
        }
        #expect(raises(limits, Self.data.rows[StretchData.training...].map { $0[3].isNaN }).count == golden.gaps.healthyRaises)
        let all = [Bool](repeating: true, count: 3_000)
        let fifth = (0..<3_000).map { $0 % 5 == 0 }
        #expect(raises(limits, all).first == golden.gaps.allMissingRaisedAtRow)
        #expect(raises(limits, all, harvest: 125).first == golden.gaps.allMissingInHarvestsOf125)
        let never = try #require(GapLimits(isMissing: [Bool](repeating: false, count: 20_000)))
        #expect(never.part.limit == golden.neverMissing.limit)
        #expect(raises(never, all).first == golden.neverMissing.allMissingRaisedAtRow)
        #expect(raises(never, fifth).first == golden.neverMissing.oneInFiveRaisedAtRow)
        #expect(raises(never, all, harvest: 125).first == golden.neverMissing.allMissingInHarvestsOf125)
        #expect(raises(never, fifth, harvest: 125).first == golden.neverMissing.oneInFiveInHarvestsOf125)
        #expect(GapLimits(isMissing: [true, true, true, true, false]) == nil, "mostly missing: not watched")
    }

    /// Rows after which faults were told.
    private func raises(_ limits: GapLimits, _ isMissing: [Bool], harvest: Int = 25) -> [Int] {
        var detector = GapDetector(limits: [limits], names: ["x"])
        return stride(from: 0, through: isMissing.count - harvest, by: harvest).compactMap { start in
            let gaps = isMissing[start..<(start + harvest)].count { $0 }
            let change = detector.observe(counts: [gaps], rows: harvest, at: 0).first
            return change?.isRaised == true ? start + harvest : nil
        }
    }

    /// Equal to the ten digits of the golden figures, or both nothing.
    private func near(_ a: Double, _ b: Double) -> Bool { close(a, b, 1e-8) || (abs(a) < 1e-13 && abs(b) < 1e-13) }
}
