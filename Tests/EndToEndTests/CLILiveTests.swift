import Foundation
import Testing

/// A learner that answers, in the real program, over real HTTP: what it answers next, across a kill, and what keeps it from answering.
@Suite("Learning online, answered live, from the command line", .serialized)
struct CLILiveTests {
    private static let policy =
        "automation = \"auto\"\n[retrain]\non_drift = false\n[online]\nanswer = \"live\"\nafter_labels = 1000000\nevery = \"24h\"\n"

    /// One answer: its id, its score, and who gave it.
    private struct Answer {
        var id: String
        var score: Double
        var answeredBy: String?
    }

    private static func infer(_ client: CLIHTTP, _ name: String, _ body: String) throws -> Answer {
        let answer = try #require(client.post("/v2/models/\(name)/infer", body))
        let object = try #require(try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
        let parameters = try #require(object["parameters"] as? [String: Any], "\(answer.status)")
        let outputs = try #require(object["outputs"] as? [[String: Any]])
        return Answer(
            id: try #require(parameters["prediction_id"] as? String), score: try #require((outputs[0]["data"] as? [Double])?.first),
            answeredBy: parameters["answered_by"] as? String)
    }

    private static func label(_ client: CLIHTTP, _ name: String, _ labels: [(id: String, value: String)]) throws {
        let texts = labels.map { "{\"id\":\"\($0.id)\",\"value\":\"\($0.value)\"}" }.joined(separator: ",")
        let answer = try #require(client.post("/v1/deployments/\(name)/labels", "{\"labels\":[\(texts)]}"))
        #expect(answer.status == 200)
    }

    private static func apply(_ rig: CLIRig, _ name: String) async throws {
        let path = rig.directory + "/policy.toml"
        try policy.write(toFile: path, atomically: true, encoding: .utf8)
        try await rig.done("policy", "apply", name, path)
    }

    @Test("each label is in the answers that follow; a killed engine comes back to the same weights; answers are given once more")
    func killed() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy(algorithm: "online-logistic")
            try await Self.apply(rig, "flight-delay")
            var server = try await rig.serve()
            var client = try #require(CLIHTTP(server.address))
            let flights = try CLIFlights(rows: 1_500..<1_801)
            func answered(by wanted: String, _ client: CLIHTTP) async throws -> Answer {
                try await cliEventually(wanted) {
                    let probe = try Self.infer(client, "flight-delay", flights.bodies[300])
                    return probe.answeredBy == wanted ? probe : nil
                }
            }
            _ = try await answered(by: "v1+0", client)
            for index in 0..<300 {
                let answer = try Self.infer(client, "flight-delay", flights.bodies[index])
                try Self.label(client, "flight-delay", [(answer.id, flights.labels[index])])
            }
            let before = try await answered(by: "v1+300", client)
            server.child.kill()
            _ = await server.child.end()
            server = try await rig.serve()
            client = try #require(CLIHTTP(server.address))
            let after = try await answered(by: "v1+300", client)
            #expect(after.score == before.score)
            _ = try await cliEventually("the row is logged") {
                try await rig.call("predictions", "flight-delay", "--last", "1", "--json").output.contains(after.id) ? true : nil
            }
            let again = try await rig.object("reproduce", "flight-delay", "--prediction", after.id)
            #expect(again["identical"] as? Bool == true && again["answeredBy"] as? String == "v1+300")
            #expect(try await rig.call("predictions", "flight-delay", "--last", "1").output.contains("v1+300"))
            let status = (try await rig.object("status")["deployments"] as? [[String: Any]])?.first?["online"] as? [String: Any]
            #expect(status?["answering"] as? String == "v1+300" && status?["answer"] as? String == "live")
            #expect(try await rig.done("status").contains("v1+300 answers live"))
        }
    }

    // MARK: The electricity market

    /// Its rows as requests, with their truths; nil where the file, which may not be committed, is not there.
    private static let electricity: (header: String, rows: [String])? = {
        let beside = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "shared/data/electricity-nsw.csv.gz").path
        let path = ProcessInfo.processInfo.environment["FLYBALL_ELECTRICITY"] ?? beside
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let unpacked = Process()
        let pipe = Pipe()
        unpacked.executableURL = URL(filePath: "/bin/gzip")
        unpacked.arguments = ["-dc", path]
        unpacked.standardOutput = pipe
        guard (try? unpacked.run()) != nil else { return nil }
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        unpacked.waitUntilExit()
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        return lines.first.map { ($0, Array(lines.dropFirst())) }
    }()

    private static let trained = 5_000

    /// Serves the market, learnt from its first rows, and hands over its later ones.
    private static func market(_ body: (CLIRig, CLIHTTP, (Int) -> (body: String, truth: String)) async throws -> Void) async throws {
        let (header, rows) = try #require(electricity)
        try await CLIRig.run { rig in
            let file = rig.directory + "/train.csv"
            try ([header] + rows[..<trained]).joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
            try await rig.done(
                "deploy", "power", "--data", file, "--target", "class", "--positive", "up", "--algorithm", "online-logistic", "--wait")
            try await apply(rig, "power")
            let server = try await rig.serve()
            let client = try #require(CLIHTTP(server.address))
            let names = header.split(separator: ",").dropLast()
            try await body(rig, client) { index in
                let cells = rows[trained + index].split(separator: ",")
                let inputs = zip(names, cells).map {
                    "{\"name\":\"\($0)\",\"datatype\":\"FP64\",\"shape\":[1,1],\"data\":[\($1)]}"
                }
                return ("{\"inputs\":[\(inputs.joined(separator: ","))]}", String(cells[cells.count - 1]))
            }
        }
    }

    /// On a machine that is busy with other things the learner, whose thread yields to all, may fall behind: then rows come slower than 50 a
    /// second, as if the machine were not.
    private static func letCatchUp(_ answer: Answer, labelled: Int) async throws {
        guard let count = answer.answeredBy?.split(separator: "+").last.flatMap({ Int($0) }), labelled - count > 1 else { return }
        try await Task.sleep(for: .milliseconds(min(2_000, 40 * (labelled - count))))
    }

    @Test(
        "electricity through HTTP, labels at once at 50 rows a second: at least 0.88 of the answers are right",
        .enabled(if: electricity != nil))
    func atOnce() async throws {
        try await Self.market { _, client, row in
            var right = 0
            let count = 800
            for index in 0..<count {
                let (body, truth) = row(index)
                let answer = try Self.infer(client, "power", body)
                if (answer.score >= 0.5) == (truth == "up") { right += 1 }
                try Self.label(client, "power", [(answer.id, truth)])
                try await Task.sleep(for: .milliseconds(20))
                try await Self.letCatchUp(answer, labelled: index)
            }
            #expect(Double(right) / Double(count) >= 0.88, "\(right) of \(count)")
        }
    }

    @Test(
        "electricity through HTTP, labels 48 rows late: at least 0.775 of the answers are right",
        .enabled(if: electricity != nil))
    func late() async throws {
        try await Self.market { _, client, row in
            var right = 0
            let count = 4_000
            var waiting: [(id: String, value: String)] = []
            for index in 0..<count {
                let (body, truth) = row(index)
                let answer = try Self.infer(client, "power", body)
                if (answer.score >= 0.5) == (truth == "up") { right += 1 }
                waiting.append((answer.id, truth))
                guard waiting.count > 48 else { continue }
                try Self.label(client, "power", [waiting.removeFirst()])
            }
            #expect(Double(right) / Double(count) >= 0.775, "\(right) of \(count)")
        }
    }

    @Test(
        "electricity through HTTP, poisoned: within 500 wrong labels the champion answers at rest, with an alert and a row in the journal",
        .enabled(if: electricity != nil))
    func poisoned() async throws {
        try await Self.market { rig, client, row in
            for index in 0..<600 {
                let (body, truth) = row(index)
                let answer = try Self.infer(client, "power", body)
                try Self.label(client, "power", [(answer.id, truth)])
            }
            var wrong = 0
            var random: UInt64 = 88_172_645_463_325_252
            var isLive = true
            while isLive, wrong < 500 {
                let answer = try Self.infer(client, "power", row(600 + wrong).body)
                isLive = answer.answeredBy != nil
                random ^= random << 13
                random ^= random >> 7
                random ^= random << 17
                try Self.label(client, "power", [(answer.id, random >> 63 == 0 ? "up" : "down")])
                wrong += 1
            }
            #expect(!isLive, "after \(wrong) wrong labels")
            #expect(try await rig.call("alerts").output.contains("the live learner is worse than"))
            #expect(try await rig.call("journal", "--limit", "20").output.contains("live stopped"))
        }
    }
}
