import Monitoring
import Tabular
import Testing

@Suite("what operators say of columns")
struct TuningTests {
    private let columns: Columns
    private let profile: ReferenceProfile

    init() {
        var random = Random(41)
        var columns = Columns()
        columns.add("a", random.normals(20_000))
        columns.add("b", random.normals(20_000))
        self.columns = columns
        profile = columns.learnt()
    }

    /// A window of two columns, moved by so much.
    private func window(_ random: inout Random, a: Double, b: Double, at start: Int64) -> WindowCounts {
        WindowCounts(
            profile.bind(columns.categories), rows: (0..<1_000).map { _ in [random.normal() + a, random.normal() + b] }, start: start)
    }

    private func judged(_ tuning: DriftTuning, a: Double, b: Double, hasTable: Bool = true, end: Int64 = 3_600_000) -> DriftReport {
        var profile = profile
        if !hasTable { profile.stretches = nil }
        var random = Random(42)
        let bound = profile.bind(columns.categories)
        let rows = (0..<1_000).map { _ in [random.normal() + a, random.normal() + b] }
        var judge = WindowJudge(profile)
        return judge.close(WindowCounts(bound, rows: rows, start: end - 3_600_000), end: end, tuning: tuning)
    }

    @Test("a muted column is measured, says who muted it, and raises nothing; the others raise as before", arguments: [true, false])
    func muted(hasTable: Bool) throws {
        let mute = DriftTuning.Mute(until: 9_000_000, by: "ana", reason: "sensor replaced")
        let report = judged(DriftTuning(mutes: ["a": mute]), a: 1, b: 0, hasTable: hasTable)
        let a = try #require(report.features.first)
        #expect(a.state == .muted && a.mute == mute && a.psi > 0.5)
        #expect(a.words(in: report).hasPrefix("muted until 1970-01-01T02:30:00Z by ana: sensor replaced (PSI "), "\(a.words(in: report))")
        #expect(report.features[1].state == .ok)
        #expect(report.isClean == true)
        let both = judged(DriftTuning(mutes: ["a": mute]), a: 1, b: 1, hasTable: hasTable)
        #expect(both.features.map(\.state) == [.muted, .drift] && both.isClean == false)
    }

    @Test("a mute ends when its time has come")
    func ends() {
        let tuning = DriftTuning(mutes: ["a": DriftTuning.Mute(until: 3_600_000, by: "ana", reason: nil)])
        #expect(judged(tuning, a: 1, b: 0, end: 3_599_999).features[0].state == .muted)
        #expect(judged(tuning, a: 1, b: 0, end: 3_600_000).features[0].state == .drift)
        #expect(tuning.pruned(at: 3_600_000).isEmpty && !tuning.pruned(at: 0).isEmpty)
        let forever = DriftTuning(mutes: ["a": DriftTuning.Mute(until: nil, by: "ana", reason: nil)])
        #expect(forever.mute("a", at: .max) != nil && forever.mute("b", at: 0) == nil)
    }

    @Test(
        "a floor decides from which effect on a significant shift drifts, warns at a fifth, and moves the line on charts",
        arguments: [true, false])
    func floors(hasTable: Bool) {
        // 1 σ is a PSI of about 0.95.
        func state(_ floor: Double?, shift: Double = 1) -> DriftState {
            judged(DriftTuning(floors: floor.map { ["a": $0] } ?? [:]), a: shift, b: 0, hasTable: hasTable).features[0].state
        }
        #expect(state(nil) == .drift && state(0.5) == .drift)
        #expect(state(2) == .warn && state(10) == .ok)
        // 0.25 σ is a PSI of about 0.06: a warning by itself.
        #expect(state(nil, shift: 0.25) == .warn && state(0.03, shift: 0.25) == .drift && state(1, shift: 0.25) == .ok)
        let report = judged(DriftTuning(floors: ["a": 10]), a: 1, b: 0, hasTable: hasTable)
        #expect(report.features[0].floor == 10 && report.features[1].floor == nil && report.isClean == true)
    }

    @Test("a sum of windows that stands raised no longer names a column that was muted since")
    func long() {
        var random = Random(43)
        var judge = WindowJudge(profile)
        var report: DriftReport?
        for turn in 0..<8 {
            let start = Int64(turn) * 3_600_000
            report = judge.close(window(&random, a: 0.12, b: 0, at: start), end: start + 3_600_000)
        }
        guard let long = report?.long, long.contains(where: { $0.columns.contains { $0.name == "a" } }) else { return }
        let tuning = DriftTuning(mutes: ["a": DriftTuning.Mute(until: nil, by: "ana", reason: nil)])
        let next = judge.close(window(&random, a: 0.12, b: 0, at: 30_000_000), end: 33_600_000, tuning: tuning)
        #expect(next.long?.contains { $0.columns.contains { $0.name == "a" } } == false)
    }

    @Test("what was said survives its encoding, and an empty one says nothing")
    func coding() throws {
        #expect(DriftTuning().isEmpty)
        #expect(DriftTuning.effects.contains(0.25) && !DriftTuning.effects.contains(0.001))
    }
}
