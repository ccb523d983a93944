import Foundation
import Monitoring
import Tabular
import Testing

@Suite("drift")
struct DriftTests {
    @Test("bins, PSI, excess, threshold and p-value are those of the definition in NumPy and SciPy")
    func golden() throws {
        let tables = try Golden.load().tables
        var reference = Columns()
        var current: [[Double]] = []
        for name in tables.order {
            let column = try #require(tables.columns[name])
            if let texts = column.referenceTexts {
                reference.add(name, texts: texts)
                current.append((column.currentTexts ?? []).map { $0.isEmpty ? .nan : Double(reference.categories[name].intern($0)) })
            } else {
                reference.add(name, (column.reference ?? []).map { $0 ?? .nan })
                current.append((column.current ?? []).map { $0 ?? .nan })
            }
        }
        let profile = reference.reference
        let bound = profile.bind(reference.categories)
        let rows = (0..<current[0].count).map { row in current.map { $0[row] } }
        // α of a window is the false alarms a day over the windows a day.
        let report = Drift.report(
            reference: profile, window: WindowCounts(bound, rows: rows), end: 1, windowsPerDay: 100, falseAlarmsPerDay: tables.alpha * 100)
        #expect(close(report.alpha, tables.alpha))
        for (index, name) in tables.order.enumerated() {
            let golden = try #require(tables.columns[name])
            let entry = report.features[index]
            #expect(entry.feature == name)
            if let edges = golden.edges { #expect(profile.features[index].edges.count == edges) }
            #expect(close(entry.psi, golden.psi, 1e-12), "\(name)")
            #expect(entry.degreesOfFreedom == golden.df, "\(name)")
            #expect(abs(entry.excess - golden.excess) < 1e-12, "\(name)")
            #expect(close(entry.threshold, golden.threshold), "\(name)")
            #expect(close(entry.pValue, golden.p, 1e-8), "\(name)")
            #expect(entry.n == 200 && entry.m == 2_000)
        }
        let states = Dictionary(uniqueKeysWithValues: report.features.map { ($0.feature, $0.state) })
        #expect(states == ["plain": .ok, "zeros": .ok, "gaps": .drift, "rare": .drift, "same": .ok, "words": .drift])
    }

    @Test("PSI of counts is the sum of the definition, zero for equal shares, finite for empty bins")
    func psi() {
        #expect(Drift.psi(current: [10, 20], reference: [10, 20]) == 0)
        // (20.5/31 − 10.5/31) ln(20.5/10.5) twice, by symmetry.
        #expect(close(Drift.psi(current: [10, 20], reference: [20, 10]), 2 * (10.0 / 31) * log(20.5 / 10.5), 1e-12))
        // Equal shares of unequal samples, and bins that are empty in both, say nothing.
        #expect(abs(Drift.psi(current: [10, 20, 0, 0], reference: [1_000, 2_000, 0, 0])) < 1e-15)
        #expect(Drift.psi(current: [0, 100], reference: [100, 0]).isFinite)
        #expect(close(Drift.psi(current: [3, 9, 1], reference: [5, 2, 7]), Drift.psi(current: [5, 2, 7], reference: [3, 9, 1]), 1e-12))
        #expect(Drift.psi(current: [0, 0], reference: [0, 0]) == 0)
    }

    @Test("a window counts the same whatever the order of its rows and however it is put together")
    func merging() throws {
        var random = Random(5)
        var columns = Columns()
        columns.add("x", random.normals(1_000))
        columns.add("word", texts: (0..<1_000).map { _ in "t\(random.integer(below: 30))" })
        let profile = columns.reference.bind(columns.categories)
        let rows = columns.rows()
        let whole = WindowCounts(profile, rows: rows)
        let shuffled = WindowCounts(profile, rows: rows.reversed())
        var merged = WindowCounts(profile, rows: Array(rows[..<137]))
        let isMerged = merged.merge(WindowCounts(profile, rows: Array(rows[137...])))
        #expect(isMerged)
        for feature in 0..<2 {
            #expect(shuffled.bins(feature) == whole.bins(feature))
            #expect(merged.bins(feature) == whole.bins(feature))
        }
        #expect(merged.n == 1_000)
        var other = WindowCounts(columns.reference.bind(columns.categories), start: 0)
        let isForeign = other.merge(whole)
        #expect(!isForeign)
        #expect(other.n == 0)
        merged.reset(start: 9)
        #expect(merged.n == 0 && merged.start == 9 && merged.bins(0).allSatisfy { $0 == 0 })
    }

    @Test("too few rows, and too small a reference, are states of their own")
    func states() {
        var random = Random(6)
        let reference = Columns.reference(random.normals(10_000))
        let profile = reference.bind(Categories())
        func state(_ count: Int, shift: Double, _ reference: ReferenceProfile, _ profile: BoundProfile) -> DriftState {
            let rows = random.normals(count, mean: shift).map { [$0] }
            return Drift.report(reference: reference, window: WindowCounts(profile, rows: rows), end: 0, windowsPerDay: 1_440).features[0]
                .state
        }
        #expect(state(99, shift: 5, reference, profile) == .notEnoughData)
        #expect(state(0, shift: 0, reference, profile) == .notEnoughData)
        #expect(state(1_000, shift: 0, reference, profile) == .ok)
        #expect(state(1_000, shift: 0.25, reference, profile) == .warn)
        #expect(state(1_000, shift: 1, reference, profile) == .drift)
        let small = Columns.reference(random.normals(900))
        #expect(state(1_000, shift: 5, small, small.bind(Categories())) == .referenceTooSmall)
        let nothing = Columns.reference([])
        #expect(state(1_000, shift: 0, nothing, nothing.bind(Categories())) == .referenceTooSmall)
    }

    @Test("a shift of 0.2 σ has the excess PSI of theory: significant at 1,000 rows, and a warning at most")
    func smallShift() {
        var random = Random(7)
        let reference = Columns.reference(random.normals(100_000))
        let profile = reference.bind(Categories())
        var excess = 0.0
        var states: Set<DriftState> = []
        for _ in 0..<50 {
            let rows = random.normals(1_000, mean: 0.2).map { [$0] }
            let entry = Drift.report(reference: reference, window: WindowCounts(profile, rows: rows), end: 0, windowsPerDay: 24).features[0]
            excess += entry.excess / 50
            states.insert(entry.state)
        }
        // PSI of N(0.2, 1) against N(0, 1) is δ² = 0.04 in the limit of fine bins, and a little less on tenths.
        #expect(excess > 0.03 && excess < 0.042, "\(excess)")
        #expect(states.isSubset(of: [.ok, .warn]))
    }

    @Test("the verdict on a missing share is SciPy's test of two shares, with a least effect")
    func missingShares() throws {
        for golden in try Golden.load().shares {
            let reference = Columns.reference((0..<golden.m).map { $0 < golden.b ? .nan : Double($0) })
            let profile = reference.bind(Categories())
            let rows = (0..<golden.n).map { [$0 < golden.a ? Double.nan : Double(golden.b + $0 * 4)] }
            // α just above and just below the golden p-value.
            for factor in [1.01, 0.99] where golden.p * factor < 0.05 {
                let report = Drift.report(
                    reference: reference, window: WindowCounts(profile, rows: rows), end: 0, windowsPerDay: 1,
                    falseAlarmsPerDay: golden.p * factor)
                let entry = report.features[0]
                let difference = abs(Double(golden.a) / Double(golden.n) - Double(golden.b) / Double(golden.m))
                let wanted: DriftState = factor < 1 && golden.p * factor >= 1e-9 ? .ok : difference >= 0.1 ? .drift : .warn
                #expect(entry.missingState == wanted, "\(golden)")
                #expect(close(entry.missing, Double(golden.a) / Double(golden.n)))
            }
        }
    }

    @Test("the worst feature is the one with the greatest excess, also when none has any")
    func worst() {
        var random = Random(8)
        var columns = Columns()
        columns.add("a", random.normals(5_000))
        columns.add("b", random.normals(5_000))
        let reference = columns.reference
        let profile = reference.bind(Categories())
        let rows = (0..<500).map { _ in [random.normal(), random.normal() + 1] }
        let report = Drift.report(reference: reference, window: WindowCounts(profile, rows: rows), end: 5, windowsPerDay: 10)
        #expect(report.worst?.feature == "b")
        #expect(report.n == 500 && report.windowEnd == 5)
        let empty = ReferenceProfile.build(
            rows: LabelledRows(
                schema: Schema(features: [], target: Target(name: "y", task: .regression, classes: [])), categories: Categories(),
                features: [],
                targets: []), scores: [])
        #expect(
            Drift.report(reference: empty, window: WindowCounts(empty.bind(Categories()), start: 0), end: 0, windowsPerDay: 1).worst
                == nil)
    }
}
