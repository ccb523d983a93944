import Engine
import Foundation
import GRDB
import Learning
import Monitoring
import Store
import Tabular
import Testing

/// Damaged files at a start: what can serve serves.
@Suite("Damaged stores at a start", .serialized)
struct SetAsideTests {
    /// A way to damage a file.
    struct Damage: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var change: @Sendable (inout Data) -> Void
    }

    static let damages = [
        Damage(testDescription: "its first bytes are gone") { $0.replaceSubrange(0..<64, with: Data(count: 64)) },
        Damage(testDescription: "its pages have another size") { $0[16] ^= 0x40 },
        Damage(testDescription: "it is cut off within a page") { $0 = $0.prefix(5_000) },
        Damage(testDescription: "it is cut off after the first page") { $0 = $0.prefix(4_096) },
        Damage(testDescription: "it is something else") { $0 = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }) },
        Damage(testDescription: "its table of tables is gone") { $0.replaceSubrange(100..<4_096, with: Data(count: 3_996)) },
        Damage(testDescription: "every page but the first is gone") {
            $0.replaceSubrange(4_096..<$0.count, with: Data(count: $0.count - 4_096))
        },
    ]

    /// A workspace with one deployment, some traffic and its labels, whose engine has ended.
    private func inWorkspace(_ body: (String, ManualClock) async throws -> Void) async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                try await harness.label(try await harness.send(try harness.rows(from: EngineHarness.may), count: 100))
            }
            // What the logs of the stores hold is in their files, where it can be damaged.
            for store in ["labels", "telemetry"] {
                try await ControlDatabase.open(directory, store).writeWithoutTransaction {
                    try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                }
            }
            try await body(directory, clock)
        }
    }

    @Test("a registry whose log was changed starts, says what may be lost, and lets nothing act by itself until a person lifts that")
    func changedLog() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            let (living, left) = (directory + "/living", directory + "/left")
            for place in [living, left] { try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true) }
            try await EngineHarness.run(in: living, clock: clock) { harness in
                try await harness.deploy()
                for number in 1...20 { try await harness.perform(.note(deployment: nil, text: "note \(number)")) }
                // What a kill leaves: an engine that ends in order may empty its logs.
                for name in ["store", "data"] { try FileManager.default.copyItem(atPath: "\(living)/\(name)", toPath: "\(left)/\(name)") }
            }
            let path = left + "/store/control.db-wal"
            let log = try #require(try WriteAheadLog(path: path))
            var bytes = try #require(FileManager.default.contents(atPath: path))
            bytes[Int(log.formerEnd) - 100] ^= 1
            try bytes.write(to: URL(filePath: path))
            for start in 1...2 {
                try await EngineHarness.run(in: left, clock: clock) { harness in
                    #expect(harness.plane.champions("flights") == [1, 1])
                    #expect(harness.snapshot.frozen.map(\.scope) == [.all], "start \(start)")
                    #expect(start == 2 || harness.snapshot.system.damaged.map(\.file) == ["control.db-wal"])
                    let freezes = try await harness.journal().filter { $0.entry.verb == "freeze" }
                    #expect(freezes.count == 1 && freezes[0].entry.summary.contains("the log of control.db is damaged"))
                    guard start == 2 else { return }
                    try await harness.perform(.unfreeze(deployment: nil, scope: .all))
                    #expect(harness.snapshot.frozen.isEmpty)
                }
            }
        }
    }

    @Test(
        "labels or a log that are damaged are set aside whole and begun anew, said on screen and in the journal; the champion answers",
        arguments: ["labels", "telemetry"], damages)
    func aside(store: String, damage: Damage) async throws {
        try await inWorkspace { directory, clock in
            let path = "\(directory)/store/\(store).db"
            var bytes = try #require(FileManager.default.contents(atPath: path))
            damage.change(&bytes)
            try bytes.write(to: URL(filePath: path))
            for start in 1...2 {
                try await EngineHarness.run(in: directory, clock: clock) { harness in
                    #expect(harness.plane.champions("flights") == [1, 1])
                    await harness.engine.restored()
                    let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 20)
                    #expect(try await harness.label(served).allSatisfy { $0 == .accepted })
                    #expect(harness.snapshot.system.damaged.map(\.file) == (start == 1 ? ["\(store).db"] : []))
                    let said = try await harness.journal().filter { $0.entry.verb == "set aside" }
                    #expect(said.count == 1 && said.first?.entry.summary.hasPrefix("\(store).db is damaged (") == true)
                }
                let asides = try FileManager.default.contentsOfDirectory(atPath: directory + "/store/aside").filter { $0.hasSuffix(".db") }
                #expect(asides.count == 1)
                #expect(FileManager.default.contents(atPath: "\(directory)/store/aside/\(asides.first ?? "")") == bytes)
            }
        }
    }

    /// What somebody with a database tool may do, and what must be said of it.
    static let edits = [
        ("UPDATE deployment SET champion = 1 WHERE name = 'flights'", "control.db, deployment flights: its champion is v1, but row "),
        ("UPDATE deployment SET state = 'paused' WHERE name = 'flights'", "control.db, deployment flights: it is paused, but row "),
        (
            "UPDATE policy SET text = replace(text, '\"auto\"', '\"advise\"') WHERE deployment = 'flights'",
            "control.db, policy flights: it is not what row "
        ),
        ("UPDATE policy SET text = 'automation = 7' WHERE deployment = 'flights'", "control.db, policy flights: "),
        (
            "INSERT INTO freeze (deployment, scope, by, since) VALUES (NULL, 'promotion', 'x', 1)",
            "control.db, freeze promotion of all deployments: it stands, but no row of the journal has frozen it"
        ),
        ("DELETE FROM freeze", "control.db, freeze learning of flights: row "),
        ("UPDATE freeze SET scope = 'nothing'", "control.db, freeze 1: scope nothing is not known here"),
        (
            "DROP TRIGGER journal_no_update; UPDATE journal SET summary = 'nothing' WHERE sequence = 2",
            "control.db, journal 2: the chain: its content does not match its hash"
        ),
    ]

    @Test("doctor sees whoever edits the registry behind the engine's back, and says each thing once")
    func edited() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                try await harness.train(
                    TrainOrder(
                        deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: 5)))
                try await harness.perform(.promote(deployment: "flights", version: 2))
                try await harness.perform(.setPolicy(deployment: "flights", text: "automation = \"auto\""))
                try await harness.perform(.pause(deployment: "flights"))
                try await harness.perform(.resume(deployment: "flights"))
                try await harness.perform(.freeze(deployment: nil, scope: .all))
                try await harness.perform(.freeze(deployment: "flights", scope: .promotion))
                try await harness.perform(.unfreeze(deployment: nil, scope: .all))
                try await harness.perform(.unfreeze(deployment: "flights", scope: .promotion))
                try await harness.perform(.freeze(deployment: "flights", scope: .learning))
            }
            let store = directory + "/store"
            try await ControlDatabase.open(directory).writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
            #expect(try RecordCheck.run(storeDirectory: store).damaged.map(\.text) == [])
            let whole = try #require(FileManager.default.contents(atPath: store + "/control.db"))
            for (sql, said) in Self.edits {
                try await ControlDatabase.open(directory).write { database in
                    try database.execute(sql: sql)
                    try ControlDatabase.makeSound(database)
                }
                let found = try RecordCheck.run(storeDirectory: store).damaged.map(\.text)
                #expect(found.count == 1 && found.first?.hasPrefix(said) == true, "\(sql): \(found)")
                for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: store + "/control.db" + suffix) }
                try whole.write(to: URL(filePath: store + "/control.db"))
            }
        }
    }

    @Test("an engine whose lock file somebody has removed still keeps a second one out")
    func removedLock() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            try await EngineHarness.run(in: directory, clock: clock) { _ in
                try FileManager.default.removeItem(atPath: directory + "/run/lock")
                #expect(EngineInfo.isHeld(runDirectory: directory + "/run"))
                let failure = await #expect(throws: WorkspaceFailure.self) { try await EngineHarness.start(in: directory, clock: clock) }
                guard case .busy = failure else {
                    Issue.record("\(failure.map { "\($0)" } ?? "started")")
                    return
                }
            }
            #expect(!EngineInfo.isHeld(runDirectory: directory + "/run"))
            try await EngineHarness.run(in: directory, clock: clock) { _ in }
        }
    }

    /// Two versions, the second one answering, whose model is damaged behind the engine's back.
    private func withBrokenChampion(
        frozen: Bool = false, _ body: @escaping @Sendable (EngineHarness) async throws -> Void
    ) async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                try await harness.train(
                    TrainOrder(
                        deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: 5)))
                try await harness.perform(.promote(deployment: "flights", version: 2))
                if frozen { try await harness.perform(.freeze(deployment: "flights", scope: .traffic)) }
            }
            try await ControlDatabase.open(directory).write { database in
                try database.execute(
                    sql: """
                        UPDATE artefact SET bytes = CAST(zeroblob(length(bytes)) AS BLOB)
                        WHERE hash = (SELECT artefact_hash FROM version WHERE deployment = 'flights' AND number = 2)
                        """)
            }
            try await EngineHarness.run(in: directory, clock: clock) { try await body($0) }
        }
    }

    @Test("a champion whose model is damaged gives way to what a roll back returns to, by itself, with a journal row and an alert")
    func fallBack() async throws {
        try await withBrokenChampion { harness in
            #expect(harness.plane.champions("flights") == [1, 1])
            await harness.engine.restored()
            let status = try harness.status()
            #expect(status.state == .live && status.champion == 1)
            #expect(status.versions.first { $0.number == 2 }?.state == .withdrawn)
            let last = try #require(try await harness.journal().last { $0.entry.verb == "rollback" })
            #expect(last.entry.actor == "engine" && last.entry.reason == "the model of v2 is damaged")
            let alert = try #require(status.alerts(in: harness.snapshot).first)
            #expect(alert.kind == .champion && alert.severity == .critical)
            #expect(alert.title.hasPrefix("v2 is damaged: v1 answers instead: "), "\(alert.title)")
        }
    }

    @Test("nothing changes what answers by itself while traffic is frozen: the damaged champion is shown as failed")
    func frozen() async throws {
        try await withBrokenChampion(frozen: true) { harness in
            await harness.engine.restored()
            #expect(try harness.status().state == .failed && harness.status().champion == 2)
            try await harness.perform(.rollback(deployment: "flights", to: nil), by: EngineHarness.oncall)
            #expect(try harness.status().state == .live && harness.status().champion == 1)
        }
    }
}
