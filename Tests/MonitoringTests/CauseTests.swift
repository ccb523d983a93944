import Foundation
import Monitoring
import Testing

/// Why?: scripted incidents, each made of logged rows, labels and measurements, with what is behind it.
@Suite("causes")
struct CauseTests {
    private static func find(_ kind: ScriptedIncident.Kind, seed: UInt64) -> CauseReport {
        CauseFinder.find(ScriptedIncident(kind, seed: seed).incident) { ScriptedIncident.score($0) }
    }

    /// What must come first, and the columns that it must name.
    private static let truths: [(ScriptedIncident.Kind, CauseKind, [String])] = [
        (.null, .missing, ["pressure"]), (.thousand, .unit, ["speed"]), (.celsius, .unit, ["temp"]),
        (.correlated, .population, ["humid", "temp"]), (.category, .category, ["channel"]), (.concept, .concept, []),
        (.deploy, .deploy, []), (.mix, .mix, ["amount", "channel"]), (.latency, .deploy, []), (.labels, .labels, []),
        (.stuck, .stuck, ["pressure"]), (.swapped, .swapped, ["humid", "speed"]), (.late, .lateClass, []),
        (.season, .season, ["humid", "temp"]), (.both, .missing, ["pressure"]),
    ]

    @Test("the right cause comes first in every scripted incident, with its columns", arguments: truths.indices, [UInt64(1), 2, 3])
    func first(index: Int, seed: UInt64) throws {
        let (kind, cause, columns) = Self.truths[index]
        let report = Self.find(kind, seed: seed)
        let first = try #require(report.probable.first, "\(kind.rawValue)")
        #expect(first.kind == cause)
        #expect(first.columns.sorted() == columns)
        #expect(!first.evidence.isEmpty && (first.replay != nil || first.replayLack != nil))
        #expect(first.score > 0.5 && first.score <= 1)
    }

    @Test(
        "its beginning is found to within a minute where it began at once",
        arguments: [ScriptedIncident.Kind.null, .thousand, .celsius, .stuck, .swapped, .correlated, .mix, .category])
    func onset(kind: ScriptedIncident.Kind) throws {
        let incident = ScriptedIncident(kind, seed: 4).incident
        let found = try #require(Self.find(kind, seed: 4).probable.first?.onset)
        #expect(abs(found - incident.rows.times[ScriptedIncident.fault]) <= 60_000)
    }

    @Test("of two causes at once both are told, and nothing else")
    func both() {
        let report = Self.find(.both, seed: 5)
        #expect(report.probable.map(\.kind) == [.missing, .category])
    }

    @Test("undoing a unit in logged rows brings the score back, and so it says")
    func undone() throws {
        let replay = try #require(Self.find(.celsius, seed: 6).probable.first?.replay)
        #expect(try #require(replay.share) > 0.9)
        #expect(abs(replay.undone - replay.before) < 0.05 && abs(replay.since - replay.before) > 0.2)
    }

    @Test("without a champion that can be asked nothing is undone, and that is said")
    func unasked() throws {
        let first = try #require(CauseFinder.find(ScriptedIncident(.thousand, seed: 1).incident).probable.first)
        #expect(first.kind == .unit && first.replay == nil)
        #expect(first.replayLack == "not tried: the champion is not in memory to be asked")
    }

    @Test("a deploy that came after the onset is shown and ruled out")
    func innocent() throws {
        let report = Self.find(.null, seed: 1)
        let deploy = try #require(report.causes.last)
        #expect(deploy.isRuledOut && deploy.kind == .deploy && deploy.score == 0)
        #expect(deploy.verdict == "'canary v2 5 %' is not the cause: it came after the onset")
    }

    @Test("labels of one class that lack are told, and not taken for a changed world")
    func selective() throws {
        let report = Self.find(.late, seed: 1)
        #expect(report.probable.map(\.kind) == [.lateClass])
        #expect(report.causes.contains { $0.kind == .concept && $0.isRuledOut })
    }

    @Test("a hundred quiet runs of dependent traffic have no cause, nor those that hang together for longer", arguments: [false, true])
    func quiet(isSlow: Bool) {
        for seed in UInt64(100)..<200 {
            let report = CauseFinder.find(ScriptedIncident(.quiet, seed: seed, isSlow: isSlow).incident)
            #expect(report.causes.isEmpty, "\(seed): \(report.causes.map(\.verdict))")
            #expect(report.headline.hasPrefix("no cause found: nothing in 6,000 answers"))
        }
    }

    @Test("the same incident gives the same report")
    func deterministic() { #expect(Self.find(.mix, seed: 3) == Self.find(.mix, seed: 3)) }

    @Test("too few rows and no rows are said, and no cause is made up")
    func few() {
        let whole = ScriptedIncident(.quiet, seed: 1).incident
        var rows = IncidentRows(width: 7, isProbability: true)
        for row in 0..<20 { rows.add(whole.rows.row(row), at: Int64(row), score: 0.5, version: 1) }
        for rows in [rows, IncidentRows(width: 7, isProbability: true)] {
            let report = CauseFinder.find(
                Incident(deployment: "plant", asOf: 1, rows: rows, profile: whole.profile, categories: whole.categories))
            #expect(report.causes.isEmpty)
            #expect(report.lacks.first == "only \(rows.count) answers are in the log: 125 are needed to judge columns")
        }
    }

    @Test("a healthy version that came is no cause")
    func quietDeploy() {
        var incident = ScriptedIncident(.quiet, seed: 9).incident
        for row in 3_000..<incident.rows.count { incident.rows.versions[row] = 2 }
        incident.rows.former = incident.rows.scores
        incident.events = [IncidentEvent(.deploy, at: incident.rows.times[3_000], "v2 answers instead of v1")]
        #expect(CauseFinder.find(incident) { ScriptedIncident.score($0) }.probable.isEmpty)
    }
}
