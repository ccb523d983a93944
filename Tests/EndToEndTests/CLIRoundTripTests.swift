import Foundation
import Testing

/// The verbs of the real program, with and without an engine that runs.
@Suite("The command line", .serialized)
struct CLIRoundTripTests {
    @Test("a deployment is made, trained, promoted, paused, resumed and rolled back, and the journal tells of each")
    func loop() async throws {
        try await CLIRig.run { rig in
            #expect(try await rig.deploy().contains("flight-delay: v1 passed its gates, v1 answers\n"))
            let server = try await rig.serve()
            let trained = try await rig.object("train", "flight-delay", "--data", CLIRig.flights, "--until", "2013-06-01", "--wait")
            #expect(trained["jobState"] as? String == "done")
            #expect(trained["result"] as? String == "v2 passed its gates")
            let versions = try await rig.list("versions", "flight-delay")
            #expect(versions.map { $0["version"] as? String } == ["v2", "v1"])
            #expect(versions.map { $0["state"] as? String } == ["candidate", "champion"])
            for key in ["algorithm", "createdAt", "metrics", "dataHash", "artefactHash", "blessed", "gates"] {
                #expect(versions[0][key] != nil, "\(key)")
            }
            let promoted = try await rig.object("promote", "flight-delay", "v2", "--reason", "spring")
            #expect(promoted["version"] as? String == "v2")
            #expect(promoted["swapMilliseconds"] is Double)
            try await rig.done("pause", "flight-delay")
            try await rig.done("resume", "flight-delay")
            let back = try await rig.object("rollback", "flight-delay")
            #expect(back["version"] as? String == "v1")
            try await rig.done("freeze", "--only", "promotion")
            let refused = try await rig.call("freeze", "--only", "promotion")
            #expect(refused.status == 1)
            try await rig.done("unfreeze")
            let journal = try await rig.done("journal", "--json").split(separator: "\n").map {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            #expect(
                journal.compactMap { $0?["verb"] as? String } == [
                    "deploy", "trained", "promote", "train", "trained", "promote", "pause", "resume", "rollback", "freeze", "unfreeze",
                ])
            #expect(journal[5]?["reason"] as? String == "spring")
            #expect(journal[5]?["uid"] as? Int == Int(getuid()))
            try await rig.done("stop")
            #expect(await server.child.end().status == 0)
            // The same verbs without an engine read and change the same workspace.
            let withdrawn = try await rig.call("promote", "flight-delay", "v2")
            #expect(withdrawn.errors == "flyball: flight-delay v2 was rolled back once: give a reason why it may answer again\n")
            #expect(try await rig.object("promote", "flight-delay", "v2", "--reason", "it was the feed")["version"] as? String == "v2")
            #expect(try await rig.object("journal", "verify")["intact"] as? Bool == true)
        }
    }

    @Test("status --json has the documented keys")
    func status() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let server = try await rig.serve()
            let status = try await rig.object("status")
            let engine = try #require(status["engine"] as? [String: Any])
            #expect(engine["pid"] as? Int == Int(server.child.pid))
            #expect(engine["http"] as? String == server.address)
            for key in ["version", "startedAt"] { #expect(engine[key] is String) }
            let deployment = try #require((status["deployments"] as? [[String: Any]])?.first)
            #expect(deployment["name"] as? String == "flight-delay")
            #expect(deployment["state"] as? String == "live")
            #expect(deployment["champion"] as? String == "v1")
            #expect(deployment["requestsPerSecond"] is Double)
            let arm = try #require((deployment["arms"] as? [[String: Any]])?.first)
            #expect(Set(arm.keys) == ["version", "role", "share", "observedShare"])
            let health = try #require(deployment["health"] as? [String: Any])
            #expect(Set(health.keys) == ["overall", "service", "data", "quality", "freshness", "reasons"])
            #expect((status["jobs"] as? [String: Int]) == ["running": 0, "queued": 0])
            for key in ["frozen", "operators"] { #expect(status[key] is [Any]) }
        }
    }

    @Test("a replay sends the rows and their labels, and counts them")
    func replay() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            _ = try await rig.serve()
            let report = try await rig.object(
                "replay", "flight-delay", "--data", CLIRig.flights, "--from", "2013-04-01", "--until", "2013-05-01", "--rate", "2000",
                "--labels", "--label-delay",
                "100ms")
            // 530 rows of the sample lie in April, New York time: counted with awk.
            #expect(report["requests"] as? Int == 530)
            #expect(report["failed"] as? Int == 0)
            #expect(report["statusCounts"] as? [String: Int] == ["200": 530])
            #expect(report["versions"] as? [String: Int] == ["v1": 530])
            #expect(report["labelsAccepted"] as? Int == 530)
            let drift = try await rig.object("drift", "flight-delay")
            #expect(drift["columns"] is [Any])
        }
    }

    @Test("batch scores are the served scores, bit for bit")
    func predict() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy(algorithm: "boosted-trees")
            let server = try await rig.serve()
            let output = rig.directory + "/scored.csv"
            let summary = try await rig.object("predict", "flight-delay", "--data", CLIRig.flights, "--output", output)
            #expect(summary["rows"] as? Int == 3_090)
            #expect(summary["version"] as? String == "v1")
            let scored = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n")
            let original = try String(contentsOfFile: CLIRig.flights, encoding: .utf8).split(separator: "\n")
            #expect(scored.count == original.count)
            #expect(scored[0] == original[0] + ",score,label")
            let flights = try CLIFlights(rows: 0..<200)
            let client = try #require(CLIHTTP(server.address))
            for row in 0..<200 {
                let cells = scored[row + 1].split(separator: ",", omittingEmptySubsequences: false)
                #expect(cells.dropLast(2).joined(separator: ",") == original[row + 1])
                let answer = try #require(
                    client.post("/v2/models/flight-delay/infer", flights.bodies[row]).flatMap { CLIFlights.answer($0.body) })
                let score = try #require(answer.score)
                #expect(Double(cells[cells.count - 2]) == score)
                #expect(cells.last == (score >= 0.5 ? "yes" : "no"))
            }
            let again = try await rig.call("predict", "flight-delay", "--data", CLIRig.flights, "--output", output)
            #expect(again.status == 1)
            #expect(again.errors.contains("it exists already"))
        }
    }

    @Test("a job that is ordered without an engine waits for one, and the output says so")
    func waiting() async throws {
        try await CLIRig.run { rig in
            let order = try await rig.call(
                "deploy", "flight-delay", "--data", CLIRig.flights, "--target", "late", "--algorithm", "logistic")
            #expect(order.status == 0)
            #expect(order.output.hasSuffix("job 1 is queued\n"))
            #expect(order.errors.contains("no engine runs, so the job waits"))
            #expect(try await rig.list("jobs").first?["state"] as? String == "queued")
            _ = try await rig.serve()
            _ = try await cliEventually("v1") {
                try await rig.list("versions", "flight-delay").first { $0["state"] as? String == "champion" }
            }
        }
    }

    @Test("the journal is followed, exported, and verified against the export")
    func journal() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            _ = try await rig.serve()
            let following = try rig.start("journal", "--follow")
            _ = try await following.line { $0.contains("v1 answers") }
            try await rig.done("pause", "flight-delay", "--reason", "a test")
            _ = try await following.line { $0.contains("pause: paused flight-delay") && $0.hasSuffix(" - a test") }
            let export = rig.directory + "/journal.jsonl"
            #expect(try await rig.object("journal", "export", export)["rows"] as? Int == 4)
            try await rig.done("resume", "flight-delay")
            let verdict = try await rig.object("journal", "verify", "--checkpoint", export)
            #expect(verdict["intact"] as? Bool == true)
            #expect(verdict["rows"] as? Int == 5)
            // What `verify` prints is a checkpoint as it stands, and one that was changed is none.
            let printed = rig.directory + "/printed.txt"
            for arguments in [["journal", "verify"], ["journal", "verify", "--json"]] {
                let output = try await rig.call(CLIRig.program, arguments).output
                try output.write(toFile: printed, atomically: true, encoding: .utf8)
                #expect(try await rig.object("journal", "verify", "--checkpoint", printed)["intact"] as? Bool == true)
                try output.replacing("checkpoint 5 ", with: "checkpoint 4 ").write(toFile: printed, atomically: true, encoding: .utf8)
                let changed = try await rig.call("journal", "verify", "--checkpoint", printed)
                #expect(changed.status == 1 && changed.errors.contains("the checkpoint is not as it was signed"), "\(changed.errors)")
            }
            // An export of another history: its last row is no checkpoint of this one.
            let text = try String(contentsOfFile: export, encoding: .utf8).replacing("\"sequence\":4", with: "\"sequence\":3")
            try text.write(toFile: export, atomically: true, encoding: .utf8)
            let foreign = try await rig.call("journal", "verify", "--checkpoint", export)
            #expect(foreign.status == 1)
            #expect(foreign.errors.contains("row 3: its hash differs from the checkpoint's"))
        }
    }

    @Test("a policy is shown, replaced with its difference shown, and a mistyped key is named")
    func policy() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let former = try await rig.done("policy", "show", "flight-delay")
            let applied = try await rig.call(
                "policy", "apply", "flight-delay", "-", input: former.replacing("\"advise\"", with: "\"auto\""))
            #expect(applied.status == 0)
            #expect(applied.errors.contains("-automation = \"advise\"\n+automation = \"auto\"\n"))
            #expect(try await rig.done("policy", "show", "flight-delay").hasPrefix("automation = \"auto\""))
            let wrong = try await rig.call("policy", "apply", "flight-delay", "-", input: "automaton = \"auto\"\n")
            #expect(wrong.status == 1)
            #expect(wrong.errors == "flyball: configuration: automaton: no such key: did you mean automation?\n")
        }
    }
}
