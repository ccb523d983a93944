import Engine
import Foundation
import GRDB
import Monitoring
import Store
import Testing

/// Parts of the present that are asked for one by one, and versions that come in pages.
@Suite("Parts of the present", .serialized)
struct PresentTests {
    /// As many versions as that of one trained deployment, the first of them champion.
    private func withVersions(_ count: Int, _ body: (EngineHarness) async throws -> Void) async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            try await EngineHarness.run(in: directory, clock: clock) { harness in try await harness.deploy() }
            let queue = try ControlDatabase.open(directory)
            try await queue.write { database in
                try database.execute(
                    sql: """
                        WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
                        INSERT INTO version (deployment, number, created_at, algorithm, state, artefact_hash, profile_hash, data_hash,
                            blessed, payload, report_hash)
                        SELECT v.deployment, n.i, v.created_at, v.algorithm, 'candidate', v.artefact_hash, v.profile_hash, v.data_hash,
                            0, json_set(v.payload, '$.number', n.i), v.report_hash
                        FROM n, version AS v WHERE v.deployment = 'flights' AND v.number = 1
                        """, arguments: [count])
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in try await body(harness) }
        }
    }

    private func versions(_ harness: EngineHarness, before: UInt32?, limit: Int) async -> [UInt32]? {
        let content = await harness.engine.history(.versions(deployment: "flights", before: before, limit: limit)).content
        guard case .versions(let found) = content else { return nil }
        return found.map(\.number)
    }

    @Test("a snapshot holds the champion and the newest few of many versions, and says how many there are")
    func bounded() async throws {
        try await withVersions(500) { harness in
            let status = try harness.status()
            #expect(status.versions.map(\.number) == [500, 499, 498, 497, 496, 1])
            #expect(status.versionCount == 500)
            #expect(!status.holdsAllVersions)
            #expect(status.version(1)?.state == .champion)
            #expect(status.version(7) == nil)
            // One that is not here is the engine's to judge, and it does; one that has never been is known to be none.
            let promote = Action.promote(deployment: "flights", version: 7)
            #expect(promote.disabledReason(in: harness.snapshot, role: .admin) == nil)
            #expect(await harness.refusal(promote)?.description.contains("refused") == true)
            let never = Action.promote(deployment: "flights", version: 501)
            #expect(never.disabledReason(in: harness.snapshot, role: .admin)?.contains("no such version: flights v501") == true)
            // What has come in a page is judged at once.
            var known = harness.snapshot
            guard case .versions(let page) = await harness.engine.history(.versions(deployment: "flights", before: 8, limit: 1)).content
            else { throw ActionFailure.unavailable("no versions") }
            known.add(page, to: "flights")
            #expect(known.deployment("flights")?.versions.map(\.number) == [500, 499, 498, 497, 496, 7, 1])
            #expect(Action.promote(deployment: "flights", version: 7).disabledReason(in: known, role: .admin)?.contains("refused") == true)
        }
    }

    @Test("versions come in pages, newest first, without a gap or a repetition, and no page is longer than it may be")
    func pages() async throws {
        try await withVersions(450) { harness in
            #expect(await versions(harness, before: nil, limit: 3) == [450, 449, 448])
            #expect(await versions(harness, before: 448, limit: 2) == [447, 446])
            #expect(await versions(harness, before: 1, limit: 10) == [])
            #expect(await versions(harness, before: .max, limit: 1) == [450])
            #expect(await versions(harness, before: nil, limit: 100_000)?.count == 200)
            #expect(await versions(harness, before: nil, limit: -1)?.count == 1)
            var all: [UInt32] = []
            while let page = await versions(harness, before: all.last, limit: 100), !page.isEmpty { all += page }
            #expect(all == (1...450).reversed())
        }
    }

    @Test("a deployment, a job and the engine are had alone; what is not there is named, with the nearest name")
    func alone() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            guard case .deployment(let status) = await harness.engine.history(.deployment("flights")).content else {
                Issue.record("no deployment")
                return
            }
            let expected = try harness.status()
            #expect(status == expected)
            guard case .failed(let reason) = await harness.engine.history(.deployment("flihgts")).content else {
                Issue.record("an answer about nothing")
                return
            }
            #expect(reason == "no such deployment: flihgts: did you mean flights?")
            guard case .jobs(let jobs) = await harness.engine.history(.job(1)).content else {
                Issue.record("no job")
                return
            }
            #expect(jobs.map(\.id) == [1] && jobs.first?.state == .done)
            guard case .failed(let missing) = await harness.engine.history(.job(77)).content else {
                Issue.record("an answer about no job")
                return
            }
            #expect(missing == "no such job: 77")
            guard case .engine(let engine) = await harness.engine.history(.engine).content else {
                Issue.record("no engine")
                return
            }
            #expect(engine == harness.snapshot.engine)
        }
    }

    @Test("the status is the document of the snapshot; in short it leaves out what asks for no attention")
    func status() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            guard case .text(let text) = await harness.engine.history(.status).content,
                case .overview(let brief) = await harness.engine.history(.overview).content
            else {
                Issue.record("no status")
                return
            }
            let whole = StatusDocument(harness.snapshot)
            #expect(Array(text.utf8) == whole.json())
            #expect(brief.deployments.map(\.name) == ["flights"])
            #expect(brief.deployments.allSatisfy { $0.health.reasons.allSatisfy { $0.light == .warn || $0.light == .alert } })
            #expect(whole.deployments.first?.arms.isEmpty == false && brief.deployments.first?.arms.isEmpty == true)
        }
    }
}
