import Engine
import Foundation
import GRDB
import Learning
import Monitoring
import Store
import Tabular
import Testing

/// What one record that cannot be read does: it is shown, left as it is, and harms nothing else.
@Suite("Records that cannot be read", .serialized)
struct DamageTests {
    /// A way to break a row of the fixture, and what must be said of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var sql: String
        /// Selects the row that was broken.
        var row: String
        /// How it is named.
        var place: String
        var reason: String
        /// The deployment whose state is failed then, if it is one.
        var failed: String?

        var testDescription: String { place }
    }

    static let cases = [
        Case(
            sql: "UPDATE version SET payload = '{' WHERE deployment = 'delays' AND number = 2",
            row: "SELECT * FROM version WHERE deployment = 'delays' AND number = 2", place: "control.db, version delays v2",
            reason: "it is no JSON", failed: "delays"),
        Case(
            sql: "UPDATE version SET payload = json_set(payload, '$.format', 9) WHERE deployment = 'delays' AND number = 2",
            row: "SELECT * FROM version WHERE deployment = 'delays' AND number = 2", place: "control.db, version delays v2",
            reason: "its format is 9, this flyball knows 1", failed: "delays"),
        Case(
            sql: "UPDATE version SET state = 'promising' WHERE deployment = 'delays' AND number = 3",
            row: "SELECT * FROM version WHERE deployment = 'delays' AND number = 3", place: "control.db, version delays v3",
            reason: "state promising is not known here", failed: nil),
        Case(
            sql: "UPDATE version SET payload = x'00' WHERE deployment = 'delays' AND number = 3",
            row: "SELECT * FROM version WHERE deployment = 'delays' AND number = 3", place: "control.db, version delays v3",
            reason: "column payload does not hold text", failed: nil),
        Case(
            sql: "UPDATE deployment SET schema = '{}' WHERE name = 'segments'", row: "SELECT * FROM deployment WHERE name = 'segments'",
            place: "control.db, deployment segments", reason: "column schema does not hold a schema", failed: "segments"),
        Case(
            sql: "UPDATE deployment SET payload = '{\"format\":2}' WHERE name = 'segments'",
            row: "SELECT * FROM deployment WHERE name = 'segments'", place: "control.db, deployment segments",
            reason: "its format is 2, this flyball knows 1", failed: "segments"),
        Case(
            sql: "UPDATE deployment SET state = 'resting' WHERE name = 'segments'", row: "SELECT * FROM deployment WHERE name = 'segments'",
            place: "control.db, deployment segments", reason: "state resting is not known here", failed: "segments"),
        Case(
            sql: "UPDATE policy SET text = 'automation = \"wild\"' WHERE deployment = 'delays'",
            row: "SELECT * FROM policy WHERE deployment = 'delays'", place: "control.db, policy delays", reason: "automation", failed: nil),
        Case(
            sql: "UPDATE freeze SET scope = 'hope' WHERE deployment = 'segments'",
            row: "SELECT * FROM freeze WHERE deployment = 'segments'", place: "control.db, freeze 1",
            reason: "scope hope is not known here",
            failed: nil),
        Case(
            sql: "UPDATE alert SET payload = '[]' WHERE id = 2", row: "SELECT * FROM alert WHERE id = 2", place: "control.db, alert 2",
            reason: "is no", failed: nil),
        Case(
            sql: "UPDATE job SET payload = '{\"sing\":{}}' WHERE id = 8", row: "SELECT * FROM job WHERE id = 8", place: "control.db, job 8",
            reason: "job 8", failed: nil),
        Case(
            sql: "UPDATE job SET attempts = 'many' WHERE id = 8", row: "SELECT * FROM job WHERE id = 8", place: "control.db, job 8",
            reason: "column attempts does not hold an integer", failed: nil),
    ]

    private func tamper(_ directory: String, _ sql: String) throws {
        try ControlDatabase.open(directory).write { try $0.execute(sql: sql) }
    }

    /// A row's values, but for what they add up to.
    private func row(_ directory: String, _ sql: String) throws -> [String: DatabaseValue]? {
        try ControlDatabase.open(directory).read { try Row.fetchOne($0, sql: sql) }.map { row in
            Dictionary(row.filter { $0.0 != "row_sum" }, uniquingKeysWith: { a, _ in a })
        }
    }

    /// Two heartbeats a minute apart, so that what the engine writes by itself is written.
    private func passAMinute(_ harness: EngineHarness) async {
        for _ in 0..<2 {
            harness.clock.advance(61_000)
            await harness.engine.tick()
        }
    }

    @Test("one is shown with file, row and reason, fails what it belongs to and nothing else, and is left as it is", arguments: cases)
    func shown(_ damage: Case) async throws {
        try await StoredBefore.withCopy { directory, clock in
            try tamper(directory, damage.sql)
            let before = try row(directory, damage.row)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                await harness.engine.restored()
                await passAMinute(harness)
                let system = harness.snapshot.system
                #expect(system.damagedCount == 1)
                let text = try #require(system.damaged.first?.text)
                #expect(text.hasPrefix(damage.place) && text.contains(damage.reason))
                let document = StatusDocument(harness.snapshot)
                #expect(document.damaged == system.damaged)
                #expect(document.damagedCount == 1)
                for status in harness.snapshot.deployments {
                    #expect((status.state == .failed) == (status.name == damage.failed), "\(status.name)")
                    #expect((status.failure?.contains(damage.place) ?? false) == (status.name == damage.failed))
                }
                #expect(
                    document.deployments.first { $0.state == .failed }?.failure?.contains(damage.place)
                        == (damage.failed == nil ? nil : true))
                // The others serve.
                let others = Set(["delays", "online", "segments"]).subtracting([damage.failed ?? ""])
                for name in others { #expect(harness.plane.champions(name).allSatisfy { $0 != nil }, "\(name)") }
                if let failed = damage.failed { #expect(harness.plane.champions(failed) == [nil, nil]) }
            }
            let after = try row(directory, damage.row)
            #expect(after != nil && after == before)
            let found = try RecordCheck.run(storeDirectory: directory + "/store").damaged
            #expect(found.count == 1 && found.first?.text.hasPrefix(damage.place) == true)
        }
    }

    @Test("a champion that cannot be read is failed, a roll back to the last good version works, and its number is never given again")
    func champion() async throws {
        try await StoredBefore.withCopy { directory, clock in
            try tamper(directory, "UPDATE version SET payload = '{' WHERE deployment = 'delays' AND number >= 2")
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                await harness.engine.restored()
                let failed = try harness.status("delays")
                #expect(failed.state == .failed && failed.lastKnownGood == 1 && failed.versions.map(\.number) == [1])
                #expect(failed.damaged.compactMap(\.version) == [2, 3])
                let refusal = await harness.refusal(.promote(deployment: "delays", version: 3), reason: "try")
                #expect(refusal != nil)
                try await harness.perform(.rollback(deployment: "delays", to: nil))
                #expect(try harness.status("delays").state == .live)
                #expect(harness.plane.champions("delays") == [1, 1])
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                await harness.engine.restored()
                let status = try harness.status("delays")
                #expect(status.champion == 1)
                #expect(harness.snapshot.system.damagedCount == 2)
            }
            let numbers = try await ControlDatabase.open(directory).read {
                try Int.fetchAll($0, sql: "SELECT number FROM version WHERE deployment = 'delays' AND payload = '{' ORDER BY number")
            }
            #expect(numbers == [2, 3])
            let last = try StoreInspection.control(directory: directory + "/store") { try $0.lastVersionNumber(of: "delays") }
            #expect(last == 3)
        }
    }

    @Test("a deployment that cannot be read is changed by nobody, but can be frozen and noted")
    func deployment() async throws {
        try await StoredBefore.withCopy { directory, clock in
            try tamper(directory, "UPDATE deployment SET schema = 'none' WHERE name = 'segments'")
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                await harness.engine.restored()
                for action in [Action.pause(deployment: "segments"), .rollback(deployment: "segments", to: nil)] {
                    let refusal = try #require(await harness.refusal(action))
                    #expect("\(refusal)".contains("control.db, deployment segments"))
                }
                #expect(await harness.refusal(.deploy(EngineHarness.order("segments"))) != nil)
                try await harness.perform(.note(deployment: "segments", text: "called the owner"))
                #expect(harness.snapshot.engine.degraded == nil)
                // The others go on as ever.
                try await harness.perform(.pause(deployment: "delays"))
                try await harness.perform(.resume(deployment: "delays"))
            }
        }
    }

    @Test("a freeze that cannot be read freezes all of its deployment until a person lifts it")
    func freeze() async throws {
        try await StoredBefore.withCopy { directory, clock in
            try tamper(directory, "UPDATE freeze SET scope = 'hope' WHERE deployment = 'segments'")
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let frozen = try #require(harness.snapshot.frozen.first { $0.deployment == "segments" })
                #expect(frozen.scope == .all && frozen.by.contains("control.db, freeze 1"))
                #expect(frozen.stops(.promotion, in: "segments") && frozen.stops(.learning, in: "segments"))
                // Another freeze and its end leave the row as it is.
                try await harness.perform(.freeze(deployment: nil, scope: .learning))
                try await harness.perform(.unfreeze(deployment: nil, scope: .learning))
                #expect(try row(directory, "SELECT 1 FROM freeze WHERE scope = 'hope'") != nil)
                try await harness.perform(.unfreeze(deployment: "segments", scope: .all))
                #expect(try row(directory, "SELECT 1 FROM freeze WHERE deployment = 'segments'") == nil)
                #expect(harness.snapshot.system.damagedCount == 0)
                #expect(try await harness.journal().last?.entry.details.contains("freeze 1") == true)
            }
        }
    }

    @Test("a policy that cannot be read does nothing, is shown as it stands, and is mended by another one")
    func policy() async throws {
        try await StoredBefore.withCopy { directory, clock in
            try tamper(directory, "UPDATE policy SET text = 'automation = \"wild\"' WHERE deployment = 'delays'")
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let status = try harness.status("delays")
                #expect(status.state == .live && status.policy.automation == "manual" && status.policy.triggers.isEmpty)
                guard case .text(let text) = await harness.engine.history(.policy(deployment: "delays")).content else {
                    throw EngineHarness.Missed(what: "the policy")
                }
                #expect(text.hasPrefix("# This policy cannot be read") && text.hasSuffix("automation = \"wild\""))
                try await harness.perform(.setPolicy(deployment: "delays", text: "automation = \"manual\""))
                #expect(harness.snapshot.system.damagedCount == 0)
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in #expect(harness.snapshot.system.damagedCount == 0) }
        }
    }

    @Test("an alert that cannot be read is shown as such and acknowledged by nobody, and the next one has a number of its own")
    func alert() async throws {
        try await StoredBefore.withCopy { directory, clock in
            try tamper(directory, "UPDATE alert SET payload = '[]' WHERE id = 2")
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let alert = try #require(harness.snapshot.alerts.first { $0.id == 2 })
                #expect(alert.title.contains("control.db, alert 2") && alert.state == .firing && alert.deployment == "failed")
                let refusal = try #require(await harness.refusal(.acknowledge(alert: 2, until: nil, note: nil)))
                #expect("\(refusal)".contains("cannot be read"))
                guard case .alerts(let listed) = await harness.engine.history(.alerts(limit: 9)).content else {
                    throw EngineHarness.Missed(what: "alerts")
                }
                #expect(listed.map(\.id) == [2, 1] && listed.first?.title.contains("control.db, alert 2") == true)
                let order = TrainOrder(deployment: "segments", path: "/no/such/file.csv", training: TrainingRequest(algorithm: "softmax"))
                #expect(try await harness.train(order).state == .failed)
                #expect(harness.snapshot.alerts.contains { $0.id == 3 && $0.deployment == "segments" })
            }
        }
    }

    @Test("a faulty time that cannot be read is not learnt from: training on traffic says why it does not begin")
    func hiddenFaults() async throws {
        try await StoredBefore.withCopy { directory, clock in
            try tamper(
                directory, "INSERT INTO alert VALUES (3, 'delays', 'missing values', 'resolved', '{')")
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let job = try await harness.train(TrainOrder(deployment: "delays", training: TrainingRequest(algorithm: "logistic")))
                #expect(job.state == .failed)
                #expect(job.error?.contains("control.db, alert 3") == true && job.error?.contains("were missing is not known") == true)
            }
        }
    }

    @Test("a queued job whose order cannot be read fails with the reason, and the next one runs")
    func order() async throws {
        try await StoredBefore.withCopy { directory, clock in
            try tamper(directory, "UPDATE job SET state = 'queued', payload = '{\"format\":5}' WHERE id = 8")
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let failed = try await harness.finished(8)
                #expect(failed.state == .failed)
                #expect(failed.error?.contains("its format is 5, this flyball knows 1") == true)
                let next = try await harness.train(
                    TrainOrder(deployment: "segments", path: "/no/such/file.csv", training: TrainingRequest(algorithm: "softmax")))
                #expect(next.id == 9)
            }
        }
    }

    @Test("while a version cannot be read nothing is tidied away that it may need")
    func kept() async throws {
        try await StoredBefore.withCopy { directory, clock in
            try tamper(
                directory,
                "UPDATE version SET payload = '{' WHERE deployment = 'delays' AND number = 3; INSERT INTO artefact VALUES ('orphan', x'00')"
            )
            try await EngineHarness.run(in: directory, clock: clock) { _ in }
            #expect(try row(directory, "SELECT 1 FROM artefact WHERE hash = 'orphan'") != nil)
            try tamper(directory, "DELETE FROM version WHERE payload = '{'")
            try await EngineHarness.run(in: directory, clock: clock) { _ in }
            #expect(try row(directory, "SELECT 1 FROM artefact WHERE hash = 'orphan'") == nil)
        }
    }

    @Test("labels that cannot be counted are said so, and the counts of the others are right")
    func tallies() async throws {
        try await StoredBefore.withCopy { directory, clock in
            try await DatabaseQueue(path: directory + "/store/labels.db").write {
                try $0.execute(sql: "UPDATE tally SET outcome = 'approved' WHERE deployment = 'delays' AND outcome = 'conflict'")
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                await harness.engine.restored()
                let (online, delays) = (try harness.status("online"), try harness.status("delays"))
                #expect(online.labels.accepted == 80 && delays.labels.accepted == 40)
                #expect(harness.snapshot.system.damaged.map(\.file) == ["labels.db"])
                #expect(delays.damaged.count == 1)
            }
        }
    }

    @Test("a workspace of a newer format is refused with both numbers, before anything of it is touched")
    func newer() async throws {
        try await StoredBefore.withCopy { directory, clock in
            try tamper(directory, "UPDATE meta SET value = 40 WHERE key = 'format'")
            let failure = await #expect(throws: StoreFailure.self) { _ = try await EngineHarness.start(in: directory, clock: clock) }
            #expect(failure == .newerFormat(store: "control", found: 40, known: WorkspaceFormat.current))
            #expect(WorkspaceFormat.asides(directory: directory + "/store").isEmpty)
            #expect(try row(directory, "SELECT 1 FROM grdb_migrations WHERE identifier LIKE '4 %'") == nil)
        }
    }

    @Test("labels of many requests at a time share the syncs of the disk, and each request hears of its own")
    func batching() async throws {
        try await StoredBefore.run { harness in
            await harness.engine.restored()
            let open = try StoredBefore.said().predictions.filter { $0.label == nil }.map(\.id)
            #expect(open.count == 51)
            let before = harness.engine.labelCommits
            let results = await withTaskGroup(of: [LabelResult].self) { group in
                for id in open {
                    group.addTask {
                        (try? await harness.engine.acceptLabels([IncomingLabel(id: id, value: "no")], deployment: "delays").get()) ?? []
                    }
                }
                return await group.reduce(into: [LabelResult]()) { $0 += $1 }
            }
            #expect(results == Array(repeating: .accepted, count: 51))
            let commits = harness.engine.labelCommits - before
            #expect(commits >= 1 && commits <= 25, "\(commits) commits for 51 requests")
        }
    }
}
