import Foundation
import GRDB
import Store
import Tabular
import Testing

@Suite("Checksums of rows")
struct ChecksumTests {
    // Python 3.11: zlib.crc32 over struct.pack("<bq", 1, …), ("<bd", 2, …), ("<bQ", 3, length) and the bytes, ("b", 5).
    @Test(
        "a row's sum is what zlib makes of its values' types, lengths and bytes",
        arguments: [
            ("row_sum()", 0), ("row_sum(1, -2.5, 'é', x'00ff', NULL)", 1266214977), ("row_sum('', x'', 4611686018427387904)", 3286367653),
            ("row_sum(NULL, NULL)", 1287918133),
        ] as [(String, Int64)])
    func sums(_ sql: String, _ expected: Int64) throws {
        let queue = try DatabaseQueue()
        let found = try queue.write { database in
            try SummedConnection.prepare(database, store: "control")
            return try Int64.fetchOne(database, sql: "SELECT " + sql)
        }
        #expect(found == expected)
    }

    /// A registry with some of everything.
    private func fill(_ store: ControlStore) throws {
        let schema = Schema(features: [], target: Target(name: "y", task: .regression, classes: []))
        try store.write { transaction in
            for (index, name) in ["arrivals", "delays"].enumerated() {
                try transaction.insert(
                    DeploymentRecord(
                        name: name, createdAt: 1_700_000_000_000, schema: schema, state: "live", champion: 2, lastKnownGood: 1,
                        dataHash: "data of \(name)", payload: #"{"format":1,"scores":[0.25,0.5]}"#))
                for number in 1...4 as ClosedRange<UInt32> {
                    try transaction.insert(
                        VersionRecord(
                            deployment: name, number: number, createdAt: 1_700_000_000_000 + Int64(number), algorithm: "logistic",
                            state: "candidate", artefactHash: nil, profileHash: nil, dataHash: "d\(number)", blessed: number != 3,
                            payload: #"{"format":1,"number":\#(number),"pinned":false,"auc":0.7\#(number)}"#))
                }
                try transaction.setPolicy(name, "automation = \"advise\"\nkeep = 2\(index)")
                try transaction.setFreeze(FreezeRecord(deployment: name, scope: "promotion", by: "oncall", since: 7))
                let id = try transaction.nextAlertNumber()
                try transaction.put(AlertRecord(id: id, deployment: name, kind: "drift", state: "firing", payload: #"{"n":3}"#))
                let job = try transaction.enqueue(Scratch.job(name))
                _ = try transaction.claim(job, worker: "w", leaseUntil: 60_000, now: 1)
                _ = try transaction.progress(job, fence: 1, fraction: 0.25, text: "fitting")
                try transaction.appendLog(job, time: 5, line: "read 700 rows")
                try transaction.put(TokenRecord(name: "\(name) token", payload: #"{"scopes":["infer"]}"#))
                _ = try transaction.append(Scratch.entry("of \(name)", deployment: name))
            }
            try transaction.set("boot_epoch", 12)
        }
    }

    /// All that is said of a registry, a line each, and all that is said to be wrong with it.
    private final class Said {
        var lines: Set<String> = []
        var damage: [String] = []

        func take(_ what: String, _ body: () throws -> [String]) {
            do { lines.formUnion(try body().map { "\(what): \($0)" }) } catch { damage.append("\(what): \(error)") }
        }

        func take<Record>(_ what: String, _ found: () throws -> Salvage<Record>) {
            take(what) {
                let found = try found()
                damage += found.damaged.map(\.text)
                return found.records.map { "\($0)" }
            }
        }
    }

    private func read(_ directory: String) -> Said {
        let said = Said()
        do {
            try StoreInspection.control(directory: directory) { reader in
                said.take("deployment") { try reader.deployments() }
                let policies = try reader.policies()
                for name in ["arrivals", "delays"] {
                    said.take("version") { try reader.versions(of: name) }
                    said.take("line") { try reader.versionLines(of: name) }
                    said.take("policy") { [try policies.text(of: name) ?? "none"] }
                }
                said.take("freeze") { try reader.freezes() }
                said.take("alert") { try reader.alerts(limit: 100) }
                said.take("job") { try reader.jobPage(limit: 100, before: nil).jobs }
                for job in 1...2 as ClosedRange<Int64> {
                    said.take("log") {
                        try reader.log(job, after: 0, limit: 10).map { line in
                            if line.text.hasPrefix("this line cannot be read") { said.damage.append(line.text) }
                            return "\(job) \(line)"
                        }.filter { !$0.contains("this line cannot be read") }
                    }
                }
                said.take("token") { try reader.tokens() }
                said.take("journal") {
                    try reader.journal(following: 0, limit: 100, deployment: nil).compactMap { row in
                        guard row.entry.verb != JournalRow.unreadableVerb else {
                            said.damage.append(row.entry.summary)
                            return nil
                        }
                        return "\(row)"
                    }
                }
                said.take("meta") { ["\(try reader.integer("boot_epoch") ?? -1)"] }
                said.take("counter") { ["\(try reader.lastVersionNumber(of: "delays"))"] }
            }
        } catch { said.damage.append("\(error)") }
        return said
    }

    /// A registry in one file, and what it says.
    private func withFile(_ body: (String, [UInt8], Set<String>) throws -> Void) throws {
        try Scratch.directory { path in
            do {
                let store = try ControlStore(directory: path)
                try fill(store)
            }
            let file = path + "/control.db"
            try DatabaseQueue(path: file).writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
            let truth = read(path)
            #expect(truth.damage == [] && truth.lines.count > 25)
            try body(path, [UInt8](try Data(contentsOf: URL(filePath: file))), truth.lines)
        }
    }

    @Test("whatever byte of the registry's file is another one, nothing is said that was not so, and what is missing is told of")
    func flips() throws {
        try withFile { path, sound, truth in
            var random = SplitMix64(state: 11)
            let file = path + "/control.db"
            // Where rows are; most pages of a small registry are empty.
            let places = sound.indices.filter { sound[$0] != 0 }
            for _ in 0..<1_500 {
                var bytes = sound
                let place = places[Int.random(in: places.indices, using: &random)]
                bytes[place] ^= UInt8.random(in: 1...255, using: &random)
                try Data(bytes).write(to: URL(filePath: file))
                for suffix in ["-wal", "-shm"] { unlink(file + suffix) }
                let said = read(path)
                let invented = said.lines.subtracting(truth)
                #expect(invented.isEmpty, "byte \(place): \(invented.first ?? "")")
                if said.lines != truth, said.damage.isEmpty {
                    // Rows that are out of reach: SQLite's own check sees those.
                    let problems = (try? StoreInspection.integrity("control", directory: path)) ?? ["cannot be read"]
                    #expect(
                        !problems.isEmpty, "byte \(place): \(truth.subtracting(said.lines).first ?? "") is not said, and nothing is wrong")
                }
            }
        }
    }

    @Test(
        "a value that somebody has changed with another program is known, and the row keeps it",
        arguments: [
            "UPDATE deployment SET champion = 1 WHERE name = 'delays'", "UPDATE version SET blessed = 1 WHERE number = 3",
            "UPDATE version SET payload = replace(payload, '0.7', '0.9')", "UPDATE policy SET text = 'automation = \"auto\"'",
            "UPDATE freeze SET scope = 'training'", "UPDATE alert SET state = 'resolved'", "UPDATE job SET state = 'done'",
            "UPDATE job_log SET text = 'read 70 rows'", "UPDATE counter SET value = 1",
            "UPDATE meta SET value = 3 WHERE key = 'boot_epoch'",
            "UPDATE token SET payload = '{\"scopes\":[\"admin\"]}'", "UPDATE freeze SET row_sum = NULL",
            "INSERT INTO freeze (deployment, scope, by, since) VALUES ('delays', 'all', 'x', 1)",
        ])
    func edits(_ sql: String) throws {
        try withFile { path, _, truth in
            try Scratch.tamper(path + "/control.db", sql)
            let said = read(path)
            #expect(said.lines.subtracting(truth).isEmpty)
            #expect(said.damage.contains { $0.contains("its content does not match its checksum") }, "\(said.damage)")
        }
    }

    @Test("a write to another column of a damaged row does not make it right; a row that is replaced whole is sound")
    func laundering() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            try fill(store)
            try Scratch.tamper(path + "/control.db", "UPDATE job SET payload = '{\"x\":1}' WHERE id = 1; UPDATE policy SET text = 'x'")
            try store.write { transaction in
                #expect(try transaction.progress(1, fence: 1, fraction: 0.5, text: "on"))
                try transaction.setPolicy("delays", "automation = \"manual\"")
            }
            try store.read { (reader: ControlReader) throws in
                #expect(throws: StoreFailure.corrupt("its content does not match its checksum")) { try reader.job(1) }
                #expect(try reader.job(2)?.progressText == "fitting")
                let policies = try reader.policies()
                #expect(try policies.text(of: "delays") == "automation = \"manual\"")
                #expect(throws: StoreFailure.self) { try policies.text(of: "arrivals") }
            }
        }
    }

    @Test("while a policy stands under a wrong name no deployment is believed to have none; setting any policy makes an end of it")
    func strays() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            try fill(store)
            try Scratch.tamper(path + "/control.db", "UPDATE policy SET deployment = 'delayz' WHERE deployment = 'delays'")
            try store.read { (reader: ControlReader) throws in
                let policies = try reader.policies()
                #expect(try policies.text(of: "arrivals") == "automation = \"advise\"\nkeep = 20")
                #expect(policies.damaged == ["delayz"])
                for name in ["delays", "another"] { #expect(throws: StoreFailure.self) { try policies.text(of: name) } }
            }
            try store.write { try $0.setPolicy("delays", "automation = \"manual\"") }
            try store.read { (reader: ControlReader) throws in
                let policies = try reader.policies()
                #expect(try policies.text(of: "delays") == "automation = \"manual\"")
                #expect(try policies.text(of: "another") == nil && policies.damaged == [])
            }
            try Scratch.tamper(path + "/control.db", "UPDATE meta SET key = 'boot_epocz' WHERE key = 'boot_epoch'")
            #expect(throws: StoreFailure.self) { try store.read { try $0.integer("boot_epoch") } }
        }
    }

    @Test("artefacts stay while the row of a version that may point to them is damaged")
    func orphans() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            try fill(store)
            let hash = try store.storeArtefact([1, 2, 3])
            try Scratch.tamper(path + "/control.db", "UPDATE version SET data_hash = 'x' WHERE deployment = 'delays' AND number = 1")
            #expect(try store.write { try $0.deleteOrphanArtefacts() } == 0)
            #expect(try store.read { try $0.artefact(hash) } == [1, 2, 3])
        }
    }

    @Test("charts have a gap where a point is damaged, and texts of categories that are say so")
    func telemetry() throws {
        try Scratch.directory { path in
            let store = try TelemetryStore(directory: path, retention: Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40))
            try store.append(
                series: (0..<3).map {
                    SeriesRow(
                        deployment: "d", metric: "m", resolution: SeriesRow.minute, time: $0 * 60_000, mean: 0.5, low: 0, high: 1, n: 10)
                })
            let entry = CategoryEntry(feature: "carrier", code: 0, text: "AA", isPinned: false, seen: 5)
            try store.append([Scratch.block(count: 2)], categories: ["d": [entry]])
            #expect(try store.categories(deployment: "d") == [entry])
            try Scratch.tamper(path + "/telemetry.db", "UPDATE series SET mean = 0.75 WHERE time = 60000")
            let points = try store.series(deployment: "d", metric: "m", resolution: SeriesRow.minute, from: 0, until: 1 << 40)
            #expect(points.map(\.time) == [0, 120_000])
            try Scratch.tamper(path + "/telemetry.db", "UPDATE column_category SET text = x'4242'")
            #expect(throws: StoreFailure.self) { try store.categories(deployment: "d") }
            let damaged = try StoreInspection.damagedRows("telemetry", directory: path, limit: 10)
            #expect(damaged.map(\.table) == ["column_category", "series"])
            #expect(damaged.allSatisfy { $0.deployment == "d" })
        }
    }
}
