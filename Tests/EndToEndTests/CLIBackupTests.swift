import Foundation
import GRDB
import Synchronization
import Testing

/// Backups as an operator makes them, of an engine that serves.
@Suite("backup and restore", .serialized)
struct CLIBackupTests {
    private static let isSlow = ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1"

    /// What makes traffic, labels and changes until it is told to stop; nothing that it was told may be lost.
    private final class Load: Sendable {
        private let isOver = Atomic(false)
        private let answered = Atomic(0)
        private let failed = Atomic(0)

        var counts: (answered: Int, failed: Int) { (answered.load(ordering: .relaxed), failed.load(ordering: .relaxed)) }

        var isRunning: Bool { !isOver.load(ordering: .relaxed) }

        func stop() { isOver.store(true, ordering: .relaxed) }

        func run(_ address: String, clients: Int = 2) async throws {
            let flights = try CLIFlights(rows: 1_500..<2_500)
            await cliThreads(clients) { thread in
                var client: CLIHTTP?
                var row = thread
                while !self.isOver.load(ordering: .relaxed) {
                    client = client ?? CLIHTTP(address)
                    guard let answer = client?.post("/v2/models/flight-delay/infer", flights.bodies[row % 1_000]) else {
                        client = nil
                        usleep(20_000)
                        continue
                    }
                    if answer.status == 200 { self.answered.add(1, ordering: .relaxed) } else { self.failed.add(1, ordering: .relaxed) }
                    if let id = CLIFlights.answer(answer.body)?.id, row % 3 == 0 {
                        let label = "{\"labels\":[{\"id\":\"\(id)\",\"value\":\"\(flights.labels[row % 1_000])\"}]}"
                        _ = client?.post("/v1/deployments/flight-delay/labels", label)
                    }
                    row += clients
                    usleep(2_000)
                }
            }
        }
    }

    @Test("made while an engine serves, listed, tried and restored, a backup answers as the engine did; nothing served meanwhile fails")
    func round() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let server = try await rig.serve()
            let load = Load()
            async let traffic: Void = load.run(server.address)
            _ = try await cliEventually("some traffic") { load.counts.answered > 50 ? true : nil }
            let target = rig.directory + "/b"
            let made = try await rig.object("backup", target)
            #expect(made["backup"] as? Int == 1 && made["good"] as? Bool == true)
            let again = try await rig.object("backup", target)
            #expect((again["addedBytes"] as? Int ?? .max) < (made["addedBytes"] as? Int ?? 0))
            load.stop()
            try await traffic
            #expect(load.counts.failed == 0)
            let list = try await rig.list("backup", "list", target)
            #expect(list.map { $0["backup"] as? Int } == [1, 2] && list.allSatisfy { $0["good"] as? Bool == true })
            let tried = try await rig.object("backup", "verify", target)
            #expect(tried["restores"] as? Bool == true && tried["backup"] as? Int == 2)
            #expect((tried["champions"] as? [[String: Any]])?.first?["deployment"] as? String == "flight-delay")
            let status = try await rig.object("status")
            #expect((status["backup"] as? [String: Any])?["light"] as? String == "ok")
            let client = try #require(CLIHTTP(server.address))
            let body = try CLIFlights(rows: 1_500..<1_501).bodies[0]
            let before = client.post("/v2/models/flight-delay/infer", body).flatMap { CLIFlights.answer($0.body) }
            try await rig.done("stop")
            _ = await server.child.end()

            try await rig.done("restore", target, "--into", rig.directory + "/w2")
            let refused = try await rig.call("restore", target, "--into", rig.directory + "/w2")
            #expect(refused.status == 1 && refused.errors.contains("it is not empty"))
            try FileManager.default.moveItem(atPath: rig.workspace, toPath: rig.directory + "/old")
            try FileManager.default.moveItem(atPath: rig.directory + "/w2", toPath: rig.workspace)
            let second = try await rig.serve()
            let other = try #require(CLIHTTP(second.address))
            let after = other.post("/v2/models/flight-delay/infer", body).flatMap { CLIFlights.answer($0.body) }
            #expect(after?.score == before?.score && after?.score != nil && after?.modelVersion == before?.modelVersion)
            #expect(try await rig.object("journal", "verify")["intact"] as? Bool == true)
            let rows = try await rig.call("journal", "--json", "--limit", "20")
            #expect(rows.output.contains("\"verb\":\"restore\""))
        }
    }

    @Test("a workspace at rest is backed up too, and the words say what there is")
    func atRest() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let text = try await rig.done("backup", rig.directory + "/b")
            #expect(text.hasPrefix("backup 1 of \(rig.directory)/b: ") && text.contains("of them new, the journal up to row"))
            let verified = try await rig.done("backup", "verify", rig.directory + "/b")
            #expect(verified.hasPrefix("backup 1 restores: ") && verified.contains("flight-delay v1 answers "))
            #expect(try await rig.done("backup", "list", rig.directory + "/b").contains("good"))
            for (arguments, said) in [
                (["backup"], "no place for backups is named"), (["backup", "verify", rig.directory], "it is no directory of backups"),
                (["backup", "verify", rig.directory + "/b", "--backup", "9"], "it has no backup 9"),
                (["restore", "/nowhere", "--into", rig.directory + "/x"], "there is no such directory"),
                (["backup", rig.workspace + "/b"], "is part of the workspace"),
                (["backup", rig.directory + "/b", "--rate", "much"], "8MiB"),
            ] {
                let result = try await rig.call(CLIRig.program, arguments)
                #expect(result.status != 0 && result.errors.contains(said), "\(arguments): \(result.errors)")
            }
        }
    }

    @Test(
        "an engine that is killed half-way through a backup leaves the former one whole; the next engine makes another that restores",
        arguments: [150])
    func killed(milliseconds: Int) async throws { try await Self.kill(after: [milliseconds]) }

    @Test("the same at ten other moments", .enabled(if: isSlow))
    func killedAtManyMoments() async throws { try await Self.kill(after: [1, 20, 40, 80, 120, 250, 400, 600, 900, 1_300]) }

    private static func kill(after moments: [Int]) async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let target = rig.directory + "/b"
            try await rig.done("backup", target)
            let manifest = try Data(contentsOf: URL(filePath: target + "/manifests/000001.backup"))
            for milliseconds in moments {
                let server = try await rig.serve()
                let backup = try rig.start("backup", target, "--rate", "2MiB")
                _ = try await cliEventually("a backup that goes") {
                    FileManager.default.fileExists(atPath: target + "/part") || !backup.isRunning ? true : nil
                }
                try await Task.sleep(for: .milliseconds(milliseconds))
                server.child.kill()
                _ = await server.child.end()
                let ended = await backup.end()
                #expect(try Data(contentsOf: URL(filePath: target + "/manifests/000001.backup")) == manifest)
                #expect(try await rig.object("backup", "verify", target, "--backup", "1")["restores"] as? Bool == true)
                // It may have been done already.
                if ended.status == 0 { continue }
                #expect(!ended.errors.isEmpty)
            }
            let made = try await rig.object("backup", target)
            #expect(made["good"] as? Bool == true)
            #expect(try await rig.object("backup", "verify", target)["backup"] as? Int == made["backup"] as? Int)
        }
    }

    @Test("a workspace is returned to a row or a time that is named on the command line, and what is undone is said")
    func until() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let rows = try await rig.call("journal", "--json", "--limit", "1")
            let last = try JSONSerialization.jsonObject(with: Data(rows.output.utf8)) as? [String: Any]
            let row = try #require(last?["sequence"] as? Int)
            try await rig.done("train", "flight-delay", "--seed", "5", "--wait")
            try await rig.done("promote", "flight-delay", "v2")
            try await rig.done("pause", "flight-delay")
            try await rig.done("backup", rig.directory + "/b")
            let said = try await rig.done("restore", rig.directory + "/b", "--into", rig.directory + "/r", "--until", "\(row)")
            #expect(
                said.contains("returned to row \(row) of the journal") && said.contains("1 versions")
                    && said.contains("/r/store/aside/until-\(row)-"))
            let findings = try await rig.list("doctor", "--workspace", rig.directory + "/r")
            #expect(findings.first { $0["check"] as? String == "records" }?["verdict"] as? String == "ok", "\(findings)")
            let deployments = try await rig.list("versions", "flight-delay", "--workspace", rig.directory + "/r")
            #expect(deployments.map { $0["version"] as? String } == ["v1"])
        }
    }

    @Test("migrate says that there is nothing to do, and refuses a newer format with both numbers before anything is touched")
    func migrate() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let plan = try await rig.object("migrate", "--check")
            #expect(plan["upToDate"] as? Bool == true && plan["format"] as? Int == plan["known"] as? Int)
            #expect(try await rig.done("migrate").hasPrefix("nothing to do: format "))
            try await DatabaseQueue(path: rig.workspace + "/store/control.db").write {
                try $0.execute(sql: "UPDATE meta SET value = 9 WHERE key = 'format'")
            }
            for arguments in [["migrate", "--check"], ["migrate"], ["serve", "--listen", "127.0.0.1:0"]] {
                let result = try await rig.call(CLIRig.program, arguments)
                #expect(
                    result.status == 1 && result.errors.contains("its format is 9, this flyball knows 3"), "\(arguments): \(result.errors)")
            }
        }
    }

    @Test("SIGUSR1 opens the log anew after it was moved away, without a terminal anywhere; SIGHUP ends nothing")
    func signals() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let log = rig.workspace + "/log/engine.log"
            let child = try rig.start("/bin/sh", ["-c", "exec '\(CLIRig.program)' serve --listen 127.0.0.1:0 2>> '\(log)'"])
            let line = try await child.line { $0.hasPrefix("listening on ") }
            let address = String(line.dropFirst("listening on ".count))
            try FileManager.default.moveItem(atPath: log, toPath: log + ".1")
            child.signal(SIGUSR1)
            _ = try await cliEventually("another log") {
                (try? String(contentsOfFile: log, encoding: .utf8))?.contains("the log was opened anew") == true ? true : nil
            }
            for _ in 0..<20 { child.signal(SIGHUP) }
            let client = try #require(CLIHTTP(address))
            let body = try CLIFlights(rows: 1_500..<1_501).bodies[0]
            #expect(client.post("/v2/models/flight-delay/infer", body)?.status == 200)
            // What is said from now on stands in the new one, and nothing more in the one that was moved away.
            let size = try #require(FileManager.default.contents(atPath: log + ".1")).count
            child.signal(SIGTERM)
            #expect(await child.end().status == 0)
            #expect(try String(contentsOfFile: log, encoding: .utf8).contains("stopped"))
            #expect(FileManager.default.contents(atPath: log + ".1")?.count == size)
        }
    }

    // MARK: Drills under load

    @Test("a backup at any moment of labels, trainings and promotions restores to what the stores were, row by row", arguments: [2])
    func drills(count: Int) async throws { try await Self.drill(count) }

    @Test("fifty of them do", .enabled(if: isSlow), .timeLimit(.minutes(60)))
    func fiftyDrills() async throws { try await Self.drill(50) }

    /// Makes backups at random moments under load; each is tried, restored, and compared with its own list and with the workspace that it came from.
    private static func drill(_ count: Int) async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let server = try await rig.serve()
            let load = Load()
            async let traffic: Void = load.run(server.address)
            async let changes: Int = change(rig, load)
            let target = rig.directory + "/b"
            for number in 1...count {
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...400)))
                let made = try await rig.object("backup", target, "--rate", "0")
                #expect(made["backup"] as? Int == number && made["good"] as? Bool == true)
                let tried = try await rig.object("backup", "verify", target)
                #expect(tried["restores"] as? Bool == true && tried["backup"] as? Int == number, "\(tried)")
                let place = rig.directory + "/r"
                try await rig.done("restore", target, "--into", place)
                try compare(place, rig.workspace, upTo: made["journal"] as? Int ?? 0)
                try FileManager.default.removeItem(atPath: place)
            }
            load.stop()
            try await traffic
            #expect(try await changes > 0)
            #expect(load.counts.failed == 0 && load.counts.answered > 0)
        }
    }

    /// Trains, promotes and rolls back until the load is over; how often.
    private static func change(_ rig: CLIRig, _ load: Load) async throws -> Int {
        var done = 0
        while load.isRunning {
            done += try await rig.call("train", "flight-delay", "--seed", "\(done)", "--wait").status == 0 ? 1 : 0
            let versions = try await rig.list("versions", "flight-delay")
            if let newest = versions.first?["version"] as? String {
                _ = try await rig.call("promote", "flight-delay", newest)
                _ = try await rig.call("note", "flight-delay", "round \(done)")
                if done % 3 == 2 { _ = try await rig.call("rollback", "flight-delay") }
            }
        }
        return done
    }

    /// Journal and labels of the restored workspace are the first ones of the living one, row by row, and each artefact has its bytes.
    private static func compare(_ restored: String, _ living: String, upTo journal: Int) throws {
        func rows(_ place: String, _ store: String, _ sql: String) throws -> [String] {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            return try DatabaseQueue(path: "\(place)/store/\(store).db", configuration: configuration).read { database in
                try Row.fetchAll(database, sql: sql).map { $0.map { "\($0.0)=\($0.1)" }.joined(separator: " ") }
            }
        }
        let entries = "SELECT * FROM journal WHERE sequence <= \(journal) ORDER BY sequence"
        let ours = try rows(restored, "control", entries)
        #expect(ours.count == journal)
        #expect(try ours == rows(living, "control", entries))
        let newest = try rows(restored, "labels", "SELECT COALESCE(MAX(sequence), 0) FROM label").first?.split(separator: "=").last ?? "0"
        let labels =
            "SELECT sequence, deployment, base, row, value, received, checksum FROM label WHERE sequence <= \(newest) ORDER BY sequence"
        #expect(try rows(restored, "labels", labels) == rows(living, "labels", labels))
        let artefacts = "SELECT hash, hex(bytes) FROM artefact ORDER BY hash"
        let (kept, all) = (try rows(restored, "control", artefacts), Set(try rows(living, "control", artefacts)))
        // What the policy has archived since is gone there; whatever is still there has the same bytes.
        let hashes = Set(all.compactMap { $0.split(separator: " ").first })
        let others = kept.filter { !all.contains($0) }
        #expect(!kept.isEmpty && !others.contains { hashes.contains($0.split(separator: " ").first ?? "") })
        let blocks = "SELECT id, hex(bytes), hex(ids) FROM block ORDER BY id"
        #expect(try Set(rows(living, "telemetry", blocks)).isSuperset(of: try rows(restored, "telemetry", blocks)))
    }
}
