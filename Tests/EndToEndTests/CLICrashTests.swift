import Foundation
import Synchronization
import Testing

/// What a client was told, and when it was told no more.
private struct Told: Sendable {
    /// Acknowledged labels: prediction id → value.
    var acknowledged: [String: String] = [:]
    /// Sent without an answer: each may be there or not, but only once.
    var uncertain: [String: String] = [:]
}

@Suite("kill -9", .serialized)
struct CLICrashTests {
    private static let isSlow = ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1"

    @Test("labels that were acknowledged in a burst are all there, once, after a kill", arguments: [40])
    func labels(milliseconds: Int) async throws { try await Self.killInLabelBurst(milliseconds: milliseconds) }

    @Test("the same at twelve other moments", .enabled(if: isSlow), arguments: [1, 3, 7, 12, 20, 30, 45, 60, 80, 110, 150, 200])
    func labelsAtManyMoments(milliseconds: Int) async throws { try await Self.killInLabelBurst(milliseconds: milliseconds) }

    @Test("a training that is killed runs again after the restart, while the champion answers")
    func training() async throws { try await Self.killInTraining(moments: 1) }

    @Test("a training that is killed twice is still finished by the third engine", .enabled(if: isSlow))
    func trainingTwice() async throws { try await Self.killInTraining(moments: 2) }

    @Test("a search that is killed twice goes on with the trials that it had, to the version of one that ran through", .enabled(if: isSlow))
    func search() async throws { try await Self.killInSearch(moments: 2) }

    // MARK: Labels

    private static func killInLabelBurst(milliseconds: Int) async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            var server = try await rig.serve()
            let ids = try await predictions(server, count: 1_200)
            let address = server.address
            let child = server.child
            let told = Mutex(Told())
            let hasBegun = Mutex(false)
            // Four clients send small batches until the connection breaks; a fifth thread pulls the plug.
            await cliThreads(5) { thread in
                if thread == 4 {
                    while !hasBegun.withLock({ $0 }) { usleep(200) }
                    usleep(UInt32(milliseconds) * 1_000)
                    child.kill()
                    return
                }
                burst(ids.enumerated().filter { $0.offset % 4 == thread }.map(\.element), address: address, told: told) {
                    hasBegun.withLock { $0 = true }
                }
            }
            _ = await server.child.end()
            server = try await rig.serve()
            try check(told.withLock { $0 }, address: server.address)
            #expect(try await rig.object("journal", "verify")["intact"] as? Bool == true)
        }
    }

    /// Makes predictions and returns their ids.
    private static func predictions(_ server: CLIServer, count: Int) async throws -> [String] {
        let flights = try CLIFlights(rows: 1_500..<1_500 + count)
        let address = server.address
        let found = Mutex([String?](repeating: nil, count: count))
        await cliThreads(4) { thread in
            guard let client = CLIHTTP(address) else { return }
            for row in stride(from: thread, to: count, by: 4) {
                let id = client.post("/v2/models/flight-delay/infer", flights.bodies[row]).flatMap { CLIFlights.answer($0.body)?.id }
                found.withLock { $0[row] = id }
            }
        }
        let ids = found.withLock { $0.compactMap { $0 } }
        try #require(ids.count == count)
        return ids
    }

    private static func burst(_ ids: [String], address: String, told: borrowing Mutex<Told>, hasBegun: () -> Void) {
        guard let client = CLIHTTP(address) else { return }
        for start in stride(from: 0, to: ids.count, by: 5) {
            let batch = ids[start..<min(start + 5, ids.count)].map { ($0, value(of: $0)) }
            guard let results = send(batch, client) else {
                told.withLock { for (id, value) in batch { $0.uncertain[id] = value } }
                return
            }
            told.withLock { told in
                for ((id, value), outcome) in zip(batch, results) where outcome == "accepted" || outcome == "pending" {
                    told.acknowledged[id] = value
                }
            }
            hasBegun()
        }
    }

    private static func value(of id: String) -> String { (id.utf8.last ?? 0) % 2 == 0 ? "yes" : "no" }

    /// Sends labels; the outcome of each, nil when no answer came.
    private static func send(_ labels: [(String, String)], _ client: CLIHTTP) -> [String]? {
        struct Reply: Decodable {
            struct Result: Decodable { var outcome: String }
            var results: [Result]
        }
        let items = labels.map { "{\"id\":\"\($0.0)\",\"value\":\"\($0.1)\"}" }.joined(separator: ",")
        guard let answer = client.post("/v1/deployments/flight-delay/labels", "{\"labels\":[\(items)]}"), answer.status == 200 else {
            return nil
        }
        return (try? JSONDecoder().decode(Reply.self, from: answer.body))?.results.map(\.outcome)
    }

    /// The engine itself says of each label whether it stands: the same value again is a duplicate, another one a conflict.
    private static func check(_ told: Told, address: String) throws {
        try #require(!told.acknowledged.isEmpty, "the kill came before the first acknowledgement")
        let client = try #require(CLIHTTP(address))
        for (id, value) in told.acknowledged {
            let other = value == "yes" ? "no" : "yes"
            let outcomes = send([(id, value), (id, other)], client)
            #expect(outcomes == ["duplicate", "conflict"], "\(id) was acknowledged")
        }
        for (id, value) in told.uncertain {
            let first = send([(id, value)], client)?.first ?? ""
            // One that the kill took together with its prediction is of nothing that is known.
            if first == "unknown" { continue }
            #expect(["duplicate", "accepted", "pending"].contains(first), "\(id): \(first)")
            #expect(send([(id, value)], client) == ["duplicate"])
        }
    }

    // MARK: Training

    private static func killInTraining(moments: Int) async throws {
        try await CLIRig.run { rig in
            try await rig.deploy(algorithm: "boosted-trees")
            var server = try await rig.serve()
            let flights = try CLIFlights(rows: 0..<1)
            // Long enough to be met at work, whatever the machine; the kill comes as soon as it is seen to run.
            try await rig.done("train", "flight-delay", "--data", CLIRig.flights, "--set", "trees=4000", "--set", "learning-rate=0.02")
            for moment in 1...moments {
                _ = try await cliEventually("the job runs") {
                    try await rig.list("jobs").first {
                        $0["id"] as? Int == 2 && $0["state"] as? String == "running" && ($0["progress"] as? Double ?? 0) > 0
                    }
                }
                server.child.kill()
                _ = await server.child.end()
                server = try await rig.serve()
                // The first request after the restart is answered, by the champion, while the training is still to be done.
                let client = try #require(CLIHTTP(server.address))
                let answer = try #require(client.post("/v2/models/flight-delay/infer", flights.bodies[0]))
                #expect(answer.status == 200)
                #expect(CLIFlights.answer(answer.body)?.modelVersion == "1")
                let job = try #require(try await rig.list("jobs").first { $0["id"] as? Int == 2 })
                #expect(["queued", "running"].contains(job["state"] as? String), "\(job)")
                if moment == moments {
                    let done = try await cliEventually("the job is done") {
                        try await rig.list("jobs").first { $0["id"] as? Int == 2 && $0["state"] as? String == "done" }
                    }
                    // The end of an engine is no fault of the job: those attempts do not count.
                    #expect(done["attempts"] as? Int == 1)
                }
            }
            #expect(try await rig.list("versions", "flight-delay").map { $0["version"] as? String } == ["v2", "v1"])
            #expect(try await rig.object("journal", "verify")["intact"] as? Bool == true)
            // Begun anew or gone on from its checkpoint: the same bytes as in one go.
            #expect(try await rig.object("reproduce", "flight-delay", "v2")["identical"] as? Bool == true)
            // The directory is made with the first checkpoint, which a quick machine never needs.
            let left = try? FileManager.default.contentsOfDirectory(atPath: rig.workspace + "/checkpoints")
            #expect(left?.isEmpty != false)
        }
    }

    private static func killInSearch(moments: Int) async throws {
        try await CLIRig.run { rig in
            try await rig.deploy(algorithm: "boosted-trees")
            // About a second each, so that what is kept once a second is kept with every trial.
            func train(_ more: String...) async throws -> CLIResult {
                let order = [
                    "train", "flight-delay", "--data", CLIRig.flights, "--search", "12", "--search-time", "10m", "--set", "trees=2000",
                    "--set",
                    "leaves=63", "--seed", "8",
                ]
                return try await rig.call(CLIRig.program, order + more)
            }
            var server = try await rig.serve()
            #expect(try await train().status == 0)
            for moment in 1...moments {
                _ = try await cliEventually("trials were made") {
                    let search = try await rig.object("job", "show", "2")["search"] as? [String: Any]
                    return (search?["tried"] as? Int ?? 0) >= moment * 4 ? search : nil
                }
                server.child.kill()
                _ = await server.child.end()
                server = try await rig.serve()
            }
            _ = try await cliEventually("the job is done") {
                try await rig.list("jobs").first { $0["id"] as? Int == 2 && $0["state"] as? String == "done" }
            }
            let log = try await rig.object("job", "show", "2", "--log", "1000")["log"] as? [[String: Any]] ?? []
            #expect(log.contains { ($0["text"] as? String)?.hasPrefix("goes on after ") == true })
            #expect(try await train("--wait").status == 0)
            let versions = try await rig.list("versions", "flight-delay")
            let hashes = ["v2", "v3"].map { name in versions.first { $0["version"] as? String == name }?["artefactHash"] as? String }
            #expect(hashes[0] != nil && hashes[0] == hashes[1])
        }
    }
}
