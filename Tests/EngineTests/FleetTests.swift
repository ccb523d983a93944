import Engine
import Foundation
import GRDB
import Learning
import Store
import Tabular
import Testing

/// Many deployments in one engine.
///
/// Figures are printed when `FLYBALL_FIGURES=1`.
@Suite("Fleet", .serialized)
struct FleetTests {
    private static let prints = ProcessInfo.processInfo.environment["FLYBALL_FIGURES"] == "1"

    /// A workspace with copies of one trained deployment, each with that many versions.
    private func fleet(_ count: Int, versions: Int, _ directory: String, _ clock: ManualClock, _ algorithm: String) async throws {
        try await EngineHarness.run(in: directory, clock: clock) { harness in try await harness.deploy(algorithm: algorithm) }
        let queue = try ControlDatabase.open(directory)
        try await queue.write { database in
            try database.execute(
                sql: """
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
                    INSERT INTO deployment (name, created_at, schema, state, champion, last_known_good, data_hash, payload)
                    SELECT printf('copy-%04d', i), created_at, schema, state, champion, last_known_good, data_hash, payload
                    FROM deployment, n WHERE name = 'flights'
                    """, arguments: [count - 1])
            try database.execute(
                sql: """
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
                    INSERT OR IGNORE INTO version (deployment, number, created_at, algorithm, state, artefact_hash, profile_hash, data_hash, blessed,
                        payload, report_hash)
                    SELECT d.name, n.i, v.created_at, v.algorithm, CASE n.i WHEN 1 THEN v.state ELSE 'candidate' END, v.artefact_hash,
                        v.profile_hash, v.data_hash, v.blessed, json_set(v.payload, '$.number', n.i), v.report_hash
                    FROM deployment AS d, n, version AS v WHERE v.deployment = 'flights' AND v.number = 1
                    """, arguments: [versions])
            try database.execute(
                sql: "INSERT OR REPLACE INTO counter (name, deployment, value) SELECT 'version', name, ? FROM deployment",
                arguments: [versions])
        }
    }

    @Test("with 100 deployments of boosted trees every champion answers right after the start")
    func restart() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            try await fleet(100, versions: 20, directory, clock, "boosted-trees")
            let started = ContinuousClock.now
            let harness = try await EngineHarness.start(in: directory, clock: clock)
            let answering = ContinuousClock.now - started
            let names = harness.snapshot.deployments.map(\.name)
            #expect(names.count == 100)
            for name in names { #expect(harness.plane.champions(name) == [1, 1]) }
            await harness.engine.restored()
            let all = ContinuousClock.now - started
            if Self.prints {
                print("restart with 100 deployments of 20 versions: champions answer after \(answering), all restored after \(all)")
            }
            #expect(answering < .seconds(20))
            await harness.engine.shutdown()
        }
    }

    @Test("a present of 1,000 deployments is whole, sorted and found by name, with traffic on every one of them")
    func publishing() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            try await fleet(1_000, versions: 5, directory, clock, "logistic")
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                await harness.engine.restored()
                let names = harness.snapshot.deployments.map(\.name)
                #expect(names.count == 1_000 && names == names.sorted())
                let row = Array(
                    try harness.rows(until: EngineHarness.may, "copy-0500").features.prefix(try harness.rows("copy-0500").schema.width))
                var busy: [Duration] = []
                for _ in 0..<24 {
                    for name in names { _ = harness.plane.predict(name, row: row) }
                    let started = ContinuousClock.now
                    await harness.pass(seconds: 0.25)
                    busy.append(ContinuousClock.now - started)
                }
                #expect(try harness.status("copy-0500").predictions == 24)
                #expect(try harness.status("copy-0999").requestsPerSecond > 0)
                await harness.pass(seconds: 61)
                var idle: [Duration] = []
                for _ in 0..<24 {
                    let started = ContinuousClock.now
                    await harness.pass(seconds: 0.25)
                    idle.append(ContinuousClock.now - started)
                }
                if Self.prints {
                    print("tick with 1,000 busy deployments: median \(busy.sorted()[12]), worst \(busy.max() ?? .zero)")
                    print("tick with 1,000 idle deployments: median \(idle.sorted()[12]), worst \(idle.max() ?? .zero)")
                    let started = ContinuousClock.now
                    try await harness.perform(.pause(deployment: "copy-0007"))
                    print("pause among 1,000 deployments, commit, swap and publish: \(ContinuousClock.now - started)")
                }
            }
        }
    }
}
