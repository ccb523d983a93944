import Foundation
import Monitoring
import Tabular
import Testing

/// Healthy traffic whose rows depend on each other, and faults in it: the checks of the design's page on dependence.
@Suite("drift on dependent traffic")
struct DependenceTests {
    /// The whole of the design's figures takes minutes; without it fewer rows and days of the same.
    private static let isSlow = ProcessInfo.processInfo.environment["FLYBALL_SLOW"] != nil
    private static let columns = 20
    private static let rows = isSlow ? 50_000 : 20_000
    private static let windows = isSlow ? 480 : 48
    private static let dependent: [DriftStream.Kind] = [.ar10, .ar100, .hour, .season]

    @Test(
        "healthy dependent traffic raises at most 0.1 alarms a day, where at least half of all windows are bad by a rule that takes rows for independent",
        arguments: dependent + (isSlow ? [.ar1000, .weather, .regime, .heavy, .long] : []), isSlow ? [1, 2] : [1])
    func healthy(kind: DriftStream.Kind, seed: UInt64) {
        var trial = DriftTrial(kind, columns: Self.columns, trainingRows: Self.rows, seed: seed)
        trial.watch(windows: Self.windows)
        #expect(Double(trial.unlike.alarms) <= 0.1 * trial.days, "\(trial.unlike)")
        #expect(Double(trial.changing.alarms) <= 0.1 * trial.days, "\(trial.changing)")
        #expect(trial.independent.bad * 2 >= trial.windows, "\(trial.independent)")
        #expect(trial.reference.stretches?.columns.contains(where: \.isDependent) == true)
        #expect(trial.reference.calendarColumns.isEmpty)
    }

    @Test(
        "in each of them a unit that changes, values that go missing and new texts are raised by the second window",
        arguments: dependent + [.independent], [DriftStream.Fault.thousand, .allMissing, .fifthMissing, .newTexts])
    func faults(kind: DriftStream.Kind, fault: DriftStream.Fault) {
        var trial = DriftTrial(kind, columns: Self.columns, trainingRows: Self.rows, seed: 3)
        for _ in 0..<3 {
            trial.watch(windows: 1)
            #expect(trial.raises(fault))
        }
    }

    @Test("on independent rows nothing is raised, and half a σ in one column is by the second window")
    func independent() {
        var trial = DriftTrial(.independent, columns: Self.columns, trainingRows: Self.rows, seed: 5)
        trial.watch(windows: Self.windows)
        #expect(trial.unlike.alarms == 0 && trial.changing.alarms == 0)
        #expect(trial.reference.stretches?.columns.contains(where: \.isDependent) == false)
        #expect(trial.raises(.halfSigma))
        var moved = trial
        moved.watch(windows: 1)
        #expect(moved.raises(.halfSigma))
    }

    @Test("a shuffled training raises no alarm by shape on dependent traffic, and a unit that changes is still raised by the second window")
    func shuffled() throws {
        var trial = DriftTrial(.ar100, columns: Self.columns, trainingRows: Self.rows, seed: 7, isShuffled: true)
        #expect(try #require(trial.reference.stretches).hasOrder == false)
        trial.watch(windows: 1)
        #expect(trial.report?.features.allSatisfy { $0.state == .waiting } == true)
        let words = try #require(trial.report.map { $0.features[0].words(in: $0) })
        #expect(words == "training rows came in no order: learning from traffic how much windows differ, 1 of 12")
        #expect(trial.raises(.thousand))
        trial.watch(windows: Self.windows)
        #expect(trial.unlike.alarms == 0, "\(trial.unlike)")
        #expect(trial.independent.bad > trial.windows / 2)
        #expect(trial.raises(.thousand))
    }

    @Test("the table is the same for the same rows")
    func deterministic() {
        let table = { DriftTrial(.hour, columns: 4, trainingRows: 5_000, seed: 9).reference.stretches }
        #expect(table() != nil && table() == table())
    }

    @Test("a shift that lasts keeps its alarm, though its windows are not all bad enough to raise it")
    func lasting() {
        var rule = RaiseRule(DriftWindowing())
        var changes: [RaiseRule.Change?] = []
        for (index, bad) in [true, true, false, false, false, false].enumerated() {
            changes.append(rule.observe(bad: bad, clean: false, windowStart: Int64(index), at: Int64(index)))
        }
        #expect(changes == [nil, .raised(onset: 0), nil, nil, nil, nil] && rule.isRaised)
        for index in 6..<9 { changes.append(rule.observe(bad: false, clean: true, windowStart: Int64(index), at: Int64(index))) }
        #expect(changes.last == .cleared)
    }

    @Test("waits after trainings double up to 64 windows, and a day of clean windows ends them")
    func backoff() {
        var backoff = DriftBackoff()
        var waits: [Int] = []
        for _ in 0..<8 {
            backoff.answered()
            waits.append(backoff.wait)
            for _ in 0..<backoff.wait { backoff.closed(isBad: true) }
            #expect(backoff.wait == 0)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 64])
        for _ in 0..<(DriftBackoff.calm - 1) { backoff.closed(isBad: false) }
        backoff.closed(isBad: true)
        backoff.answered()
        #expect(backoff.wait == 64)
        for _ in 0..<DriftBackoff.calm { backoff.closed(isBad: false) }
        backoff.answered()
        #expect(backoff.wait == 1)
    }
}
