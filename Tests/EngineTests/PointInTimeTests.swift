import Engine
import Foundation
import GRDB
import Learning
import Store
import Tabular
import Testing

/// A workspace that is restored and returned to an earlier row of its journal.
@Suite("Point in time", .serialized)
struct PointInTimeTests {
    /// What must be as it was.
    private struct Standing: Equatable {
        var champion: UInt32?
        var lastKnownGood: UInt32?
        var state: DeploymentState
        var versions: [UInt32: VersionState]
        var frozen: [String]
        var policy: String
        var labels: Int64

        init(_ harness: EngineHarness) async throws {
            let status = try harness.status()
            champion = status.champion
            lastKnownGood = status.lastKnownGood
            state = status.state
            versions = Dictionary(uniqueKeysWithValues: status.versions.map { ($0.number, $0.state) })
            frozen = harness.snapshot.frozen.map { "\($0.scope.rawValue) of \($0.deployment ?? "all") by \($0.by)" }.sorted()
            guard case .text(let text) = await harness.engine.history(.policy(deployment: "flights")).content else {
                throw EngineHarness.Missed(what: "the policy")
            }
            policy = text
            labels = status.labels.accepted
        }
    }

    private static func train(_ harness: EngineHarness, seed: UInt64) async throws {
        try await harness.train(
            TrainOrder(deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: seed)))
    }

    /// A second passes, so that what comes has a time of its own.
    private static func pass(_ harness: EngineHarness) async { await harness.pass(seconds: 1) }

    /// Does all that can be undone.
    private static func goOn(_ harness: EngineHarness, _ served: [EngineHarness.Served]) async throws {
        try await harness.perform(.rollback(deployment: "flights", to: nil))
        await pass(harness)
        try await train(harness, seed: 9)
        try await harness.perform(.promote(deployment: "flights", version: 3))
        try await harness.label(Array(served[20..<50]))
        try await harness.label(Array(served[0..<3]), correct: true) { 1 - $0.truth }
        await pass(harness)
        try await harness.deploy("other")
        try await harness.perform(.unfreeze(deployment: "flights", scope: .learning))
        try await harness.perform(.freeze(deployment: nil, scope: .promotion))
        try await harness.perform(.setPolicy(deployment: "flights", text: "automation = \"manual\""))
        try await harness.perform(.pin(deployment: "flights", version: 2))
        try await harness.perform(.pause(deployment: "flights"))
    }

    @Test(
        "promotions, policies, pauses, freezes and labels are as they were at a row; the rest is set aside, said, and the journal stays whole"
    )
    func row() async throws {
        try await EngineHarness.withDirectory { root in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            try FileManager.default.createDirectory(atPath: root + "/w", withIntermediateDirectories: true)
            var before: Standing?
            var row: Int64 = 0
            var time: Int64 = 0
            var scores: [Double] = []
            var features: [Double] = []
            try await EngineHarness.run(in: root + "/w", clock: clock) { harness in
                try await harness.deploy()
                let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 60)
                try await harness.label(Array(served[0..<20]))
                try await Self.train(harness, seed: 5)
                try await harness.perform(.promote(deployment: "flights", version: 2))
                try await harness.perform(.setPolicy(deployment: "flights", text: "automation = \"auto\""))
                try await harness.perform(.freeze(deployment: "flights", scope: .learning), by: EngineHarness.oncall)
                await Self.pass(harness)
                before = try await Standing(harness)
                row = try #require(try await harness.journal().last).sequence
                time = clock.clock.milliseconds()
                let rows = try harness.rows(from: EngineHarness.may)
                features = Array(rows.features[0..<rows.schema.width])
                scores = [try #require(harness.plane.predict("flights", row: features)).score]
                await Self.pass(harness)
                try await Self.goOn(harness, served)
                try await harness.perform(.backup(BackupOrder(target: root + "/b", bytesPerSecond: 0)))
                try await harness.wait("the backup") { $0.system.backup.outcome != nil }
                #expect(harness.snapshot.system.backup.outcome?.failure == nil)
            }
            for (name, point) in [("row", RestorePoint.row(row)), ("time", .time(time))] {
                let place = root + "/" + name
                let report = try WorkspaceRestore.run(
                    RestoreOrder(
                        directory: root + "/b", number: nil, workspace: place, until: point, who: EngineHarness.admin,
                        time: clock.clock.milliseconds()))
                let returned = try #require(report.returned)
                #expect(returned.row == row && returned.versionsRemoved == ["flights v3"] && returned.deploymentsRemoved == ["other"])
                #expect(returned.labelsRemoved == 30 && returned.labelsUncorrected == 3 && returned.notBroughtBack == [])
                #expect(FileManager.default.fileExists(atPath: place + "/" + returned.aside + "/control.db"))
                #expect(try RecordCheck.run(storeDirectory: place + "/store").damaged.map(\.text) == [])
                try await EngineHarness.run(in: place, clock: clock) { harness in
                    await harness.engine.restored()
                    #expect(try await Standing(harness) == before)
                    #expect(harness.snapshot.deployments.map(\.name) == ["flights"])
                    #expect(harness.plane.predict("flights", row: features)?.score == scores.first)
                    guard case .verification(let verdict) = await harness.engine.history(.verifyJournal(checkpoint: nil)).content else {
                        throw EngineHarness.Missed(what: "the verdict")
                    }
                    #expect(verdict.isIntact && verdict.rows > row)
                    // A number is never given again.
                    try await Self.train(harness, seed: 11)
                    #expect(try harness.status().versions.map(\.number).max() == 4)
                    // What came after the return is judged by what holds since.
                    try await harness.perform(.promote(deployment: "flights", version: 4))
                    try await harness.perform(.rollback(deployment: "flights", to: nil))
                    #expect(try harness.status().champion == 2)
                }
                #expect(try RecordCheck.run(storeDirectory: place + "/store").damaged.map(\.text) == [])
            }
        }
    }

    @Test("a point that no backup reaches, or at which a model answered that is gone, is refused with what to do; nothing is left behind")
    func refused() async throws {
        try await EngineHarness.withDirectory { root in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            try FileManager.default.createDirectory(atPath: root + "/w", withIntermediateDirectories: true)
            var row: Int64 = 0
            try await EngineHarness.run(in: root + "/w", clock: clock) { harness in
                try await harness.deploy()
                row = try #require(try await harness.journal().last).sequence
                await Self.pass(harness)
                for seed in [5, 6] as [UInt64] {
                    try await Self.train(harness, seed: seed)
                    try await harness.perform(.promote(deployment: "flights", version: UInt32(seed - 3)))
                }
                try await harness.perform(.archive(deployment: "flights", version: 1))
                try await harness.perform(.backup(BackupOrder(target: root + "/b", bytesPerSecond: 0)))
                try await harness.wait("the backup") { $0.system.backup.outcome != nil }
            }
            for (point, said) in [
                (RestorePoint.row(row), "its model is gone, archived by row"), (.row(9_999), "none of its backups goes as far as row 9999"),
                (.time(clock.clock.milliseconds() + 60_000), "none of its backups goes as far as "),
            ] {
                let failure = #expect(throws: BackupFailure.self) {
                    try WorkspaceRestore.run(
                        RestoreOrder(
                            directory: root + "/b", number: nil, workspace: root + "/x", until: point, who: EngineHarness.admin, time: 0))
                }
                #expect(failure.map { "\($0)" }?.contains(said) == true, "\(failure.map { "\($0)" } ?? "")")
                #expect(
                    !FileManager.default.fileExists(atPath: root + "/x") && !FileManager.default.fileExists(atPath: root + "/x.restoring"))
            }
        }
    }
}
