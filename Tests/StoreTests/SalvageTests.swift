import Foundation
import GRDB
import Store
import Tabular
import Testing

@Suite("Rows that cannot be read")
struct SalvageTests {
    /// A deployment with one version and some of everything else.
    private func fill(_ store: ControlStore) throws {
        let schema = Schema(features: [], target: Target(name: "y", task: .regression, classes: []))
        try store.write { transaction in
            for name in ["a", "b"] {
                try transaction.insert(
                    DeploymentRecord(
                        name: name, createdAt: 1, schema: schema, state: "live", champion: 1, lastKnownGood: nil, dataHash: nil,
                        payload: "{}"))
                for number in 1...3 as ClosedRange<UInt32> { try transaction.insert(Self.version(name, number)) }
                try transaction.setFreeze(FreezeRecord(deployment: name, scope: "all", by: "t", since: 1))
                let id = try transaction.nextAlertNumber()
                try transaction.put(AlertRecord(id: id, deployment: name, kind: "drift", state: "firing", payload: "{}"))
                _ = try transaction.enqueue(Scratch.job(name))
                _ = try transaction.append(Scratch.entry("of \(name)", deployment: name))
            }
        }
    }

    private static func version(_ deployment: String, _ number: UInt32) -> VersionRecord {
        VersionRecord(
            deployment: deployment, number: number, createdAt: 1, algorithm: "logistic", state: "candidate", artefactHash: nil,
            profileHash: nil, dataHash: "d", blessed: true, payload: "{}")
    }

    /// Breaks a row, and says where and how it must be reported.
    struct Case: Sendable, CustomTestStringConvertible {
        var sql: String
        var table: String
        var key: String
        var reason: String

        var testDescription: String { "\(table) \(key)" }
    }

    static let cases = [
        Case(
            sql: "UPDATE deployment SET schema = '{' WHERE name = 'a'", table: "deployment", key: "a",
            reason: "column schema does not hold a schema"),
        Case(
            sql: "UPDATE deployment SET payload = x'00' WHERE name = 'a'", table: "deployment", key: "a",
            reason: "column payload does not hold text"),
        Case(
            sql: "UPDATE version SET payload = x'00' WHERE deployment = 'a' AND number = 3", table: "version", key: "a v3",
            reason: "column payload does not hold text"),
        Case(
            sql: "UPDATE version SET blessed = 'perhaps' WHERE deployment = 'a' AND number = 2", table: "version", key: "a v2",
            reason: "column blessed does not hold an integer"),
        Case(
            sql: "UPDATE freeze SET scope = 5.5 WHERE deployment = 'a'", table: "freeze", key: "1", reason: ""),
        Case(
            sql: "UPDATE freeze SET since = 'long ago' WHERE deployment = 'a'", table: "freeze", key: "1",
            reason: "column since does not hold an integer"),
        Case(
            sql: "UPDATE alert SET payload = x'00' WHERE deployment = 'a'", table: "alert", key: "1",
            reason: "column payload does not hold text"),
        Case(
            sql: "UPDATE job SET attempts = 'many' WHERE deployment = 'a'", table: "job", key: "1",
            reason: "column attempts does not hold an integer"),
    ]

    @Test("one of them is reported with file, row and reason, and takes no other with it", arguments: cases.filter { !$0.reason.isEmpty })
    func reported(_ damage: Case) throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            try fill(store)
            try Scratch.tamper(path + "/control.db", damage.sql)
            let (records, damaged) = try store.read { reader -> (Int, [DamagedRecord]) in
                switch damage.table {
                case "deployment":
                    let found = try reader.deployments()
                    return (found.records.count, found.damaged)
                case "version":
                    let found = try reader.versions(of: "a")
                    return (found.records.count, found.damaged)
                case "freeze":
                    let found = try reader.freezes()
                    return (found.records.count, found.damaged)
                case "alert":
                    let found = try reader.openAlerts()
                    return (found.records.count, found.damaged)
                default:
                    let found = try reader.jobs(states: ["queued"], limit: 9, before: nil)
                    return (found.records.count, found.damaged)
                }
            }
            #expect(records == (damage.table == "version" ? 2 : 1))
            let record = try #require(damaged.first)
            #expect(damaged.count == 1)
            #expect(record.file == "control.db" && record.table == damage.table && record.key == damage.key)
            #expect(record.deployment == "a")
            #expect(record.reason == damage.reason)
            #expect(record.text == "control.db, \(damage.table) \(damage.key): \(damage.reason)")
        }
    }

    @Test("one of them that is kept is replaced by no write, its neighbours are")
    func kept() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            try fill(store)
            let rows = try store.read { reader in
                (
                    deployment: try reader.deployment("a"), version: try reader.version(of: "a", number: 2),
                    alert: try reader.openAlerts().records[0]
                )
            }
            func damaged(_ table: String, _ key: String) -> DamagedRecord {
                DamagedRecord(file: "control.db", table: table, key: key, deployment: "a", reason: "broken")
            }
            store.keep([damaged("deployment", "a"), damaged("version", "a v2"), damaged("alert", "1"), damaged("freeze", "1")])
            let deployment = try #require(rows.deployment)
            let version = try #require(rows.version)
            let refusals: [@Sendable (ControlTransaction) throws -> Void] = [
                { try $0.update(deployment) }, { try $0.update(version) }, { try $0.archiveVersion(of: "a", number: 2) },
                { try $0.put(rows.alert) },
            ]
            for refused in refusals {
                let failure = #expect(throws: StoreFailure.self) { try store.write(refused) }
                #expect("\(try #require(failure))".contains("broken: it is left as it is"))
            }
            // All freezes but the one that cannot be read are replaced.
            try store.write { try $0.replaceFreezes([FreezeRecord(deployment: nil, scope: "learning", by: "t", since: 2)]) }
            #expect(try store.read { try $0.freezes() }.records.map(\.scope).sorted() == ["all", "learning"])
            store.release(table: "freeze", key: "1")
            try store.write { try $0.replaceFreezes([]) }
            #expect(try store.read { try $0.freezes() }.records.isEmpty)
            try store.write { try $0.archiveVersion(of: "a", number: 3) }
        }
    }

    @Test("a number that a version or an alert had is never given again, whatever became of its row")
    func numbers() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            try fill(store)
            try Scratch.tamper(
                path + "/control.db",
                "DELETE FROM version WHERE number = 3; UPDATE version SET number = 'two' WHERE deployment = 'a' AND number = 2; DELETE FROM alert"
            )
            #expect(try store.read { try $0.lastVersionNumber(of: "a") } == 3)
            #expect(try store.read { try $0.lastVersionNumber(of: "new") } == 0)
            #expect(throws: StoreFailure.conflict("v3 of a: v3 was there")) { try store.write { try $0.insert(Self.version("a", 3)) } }
            try store.write { try $0.insert(Self.version("a", 4)) }
            #expect(try store.write { try $0.nextAlertNumber() } == 3)
            #expect(try ControlStore(directory: path).write { try $0.nextAlertNumber() } == 4)
        }
    }

    @Test("a job that cannot be read stays in the queue as it is, and the next one is claimed")
    func queue() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            try fill(store)
            try Scratch.tamper(path + "/control.db", "UPDATE job SET created_at = 'noon' WHERE id = 1")
            #expect(try store.write { try $0.claimNext(worker: "w", leaseUntil: 2, now: 1) }?.id == 2)
            #expect(try store.write { try $0.claimNext(worker: "w", leaseUntil: 2, now: 1) } == nil)
            #expect(try store.read { try $0.jobs(states: ["queued"], limit: 9, before: nil) }.damaged.map(\.key) == ["1"])
            #expect(try store.write { try $0.requeueRunning(now: 3) }.map(\.id) == [2])
        }
    }

    @Test("a journal entry that cannot be read is shown as such in its place, holds up no later one, and fails the verification")
    func journal() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            try fill(store)
            try Scratch.tamper(
                path + "/control.db", "DROP TRIGGER journal_no_update; UPDATE journal SET time = 'noon' WHERE sequence = 2")
            _ = try store.write { try $0.append(Scratch.entry("after it")) }
            let rows = try store.read { try $0.journal(before: nil, after: nil, limit: 9, deployment: nil) }
            #expect(rows.map(\.sequence) == [3, 2, 1])
            #expect(rows[1].entry.verb == JournalRow.unreadableVerb)
            #expect(rows[1].entry.summary.contains("control.db, journal 2: column time does not hold an integer"))
            #expect(try JournalVerification.verify(store: store, checkpoint: nil).firstBad == 2)
        }
    }

    @Test("a tally that cannot be read is reported for its deployment, and the others are counted")
    func tallies() throws {
        try Scratch.directory { path in
            let store = try LabelStore(directory: path)
            for name in ["a", "b"] {
                _ = try store.commit([
                    LabelRecord(deployment: name, id: Scratch.id(1), value: 1, received: 0, correct: false, isPending: false)
                ])
            }
            try Scratch.tamper(path + "/labels.db", "UPDATE tally SET outcome = 'approved' WHERE deployment = 'a'")
            let (counts, damaged) = try store.counts()
            #expect(counts["b"]?.accepted == 1 && counts["a"] == nil)
            #expect(damaged.map(\.deployment) == ["a"])
            #expect(damaged.first?.text.hasPrefix("labels.db, tally a: column outcome") == true)
        }
    }

    @Test("a waiting label that cannot be read, or of which nothing can be told now, holds up no other and goes on waiting")
    func waitingLabels() throws {
        try Scratch.directory { path in
            let store = try LabelStore(directory: path)
            _ = try store.commit(
                (1...3).map {
                    LabelRecord(deployment: "d", id: Scratch.id($0), value: 1, received: 0, correct: false, isPending: true)
                })
            try Scratch.tamper(path + "/labels.db", "UPDATE label SET base = 'x' WHERE sequence = 1")
            let late = LabelStore.pendingMilliseconds + 1
            #expect(try store.settlePending(now: late) { id, _ in id == Scratch.id(2) ? nil : true } == ["d"])
            let counts = try #require(try store.counts().counts["d"])
            #expect(counts.accepted == 1 && counts.pending == 2 && counts.unknown == 0)
            #expect(try StoreInspection.damagedLabels(directory: path, limit: 9).map(\.key) == ["1"])
        }
    }
}
