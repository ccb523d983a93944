import Foundation
import Testing

/// Learning label by label in the real program, over real HTTP, across a kill.
@Suite("Learning online, from the command line", .serialized)
struct CLIOnlineTests {
    private static let name = "flight-delay"

    @Test(
        "labels become versions by policy:online; a kill loses nothing; a time is put back to; every version comes out the same once more")
    func wholeTurn() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy(algorithm: "online-logistic")
            let policy = rig.directory + "/policy.toml"
            try "automation = \"auto\"\n[retrain]\non_drift = false\n[online]\nafter_labels = 600\nevery = \"24h\"\n"
                .write(toFile: policy, atomically: true, encoding: .utf8)
            try await rig.done("policy", "apply", Self.name, policy)
            var server = try await rig.serve()
            try await Self.learn(rig, server, rows: 1_500..<2_200, learnt: nil)
            let first = try await Self.version(rig, 2)
            #expect(first["createdBy"] as? String == "policy:online")
            #expect(first["state"] as? String == "champion")
            let moment = try #require(first["createdAt"] as? String)

            try await Self.learn(rig, server, rows: 2_200..<2_300, learnt: 500)
            server.child.kill()
            _ = await server.child.end()
            server = try await rig.serve()
            _ = try await cliEventually("the labels of before") { try await Self.learnt(rig) == 500 ? true : nil }
            try await Self.learn(rig, server, rows: 2_300..<2_850, learnt: nil)
            let origin = try #require(try await Self.version(rig, 3)["online"] as? [String: Any])
            #expect(origin["base"] as? Int == 2)
            #expect(origin["labels"] as? Int == 600)
            #expect(origin["after"] as? Int == 300)
            #expect(origin["until"] as? Int == 900)

            // What answered a second after the first of them was made.
            let second = try #require(ISO8601DateFormatter().date(from: String(moment.prefix(19)) + "Z")).addingTimeInterval(1)
            let text = ISO8601DateFormatter().string(from: second)
            try await rig.done("rollback", Self.name, "--to", text, "--reason", "complaints")
            let status = try #require((try await rig.object("status")["deployments"] as? [[String: Any]])?.first)
            #expect(status["champion"] as? String == "v2")
            for version in ["v2", "v3"] {
                #expect(try await rig.object("reproduce", Self.name, version)["identical"] as? Bool == true, "\(version)")
            }
            let refused = try await rig.call("rollback", Self.name, "--to", "1999-01-01T00:00")
            #expect(refused.status == 1)
            #expect(refused.errors.contains("no version that is kept of flight-delay answered at 1999-01-01T00:00:00Z"))
            try await rig.done("freeze", Self.name, "--only", "learning")
            #expect(try await rig.call("publish", Self.name).errors.contains("learning is frozen by"))
            #expect(try await rig.object("journal", "verify")["intact"] as? Bool == true)
        }
    }

    /// Answers rows, labels them, waits until they are in the log, and until so many are learnt; nil: until a version is made of them.
    private static func learn(_ rig: CLIRig, _ server: CLIServer, rows: Range<Int>, learnt expected: Int?) async throws {
        let flights = try CLIFlights(rows: rows)
        let client = try #require(CLIHTTP(server.address))
        var ids: [String] = []
        var labels: [String] = []
        for index in 0..<rows.count {
            let answer = try #require(client.post("/v2/models/\(name)/infer", flights.bodies[index]))
            let id = try #require(CLIFlights.answer(answer.body)?.id)
            ids.append(id)
            labels.append("{\"id\":\"\(id)\",\"value\":\"\(flights.labels[index])\"}")
        }
        // What a kill may take is not logged yet: labels are sent for what is.
        let last = try #require(ids.last)
        _ = try await cliEventually("the rows are logged") {
            try await rig.call("predictions", name, "--last", "1", "--json").output.contains(last) ? true : nil
        }
        let before = try await rig.list("versions", name).count
        let answer = try #require(client.post("/v1/deployments/\(name)/labels", "{\"labels\":[\(labels.joined(separator: ","))]}"))
        try #require(answer.status == 200)
        _ = try await cliEventually("the labels are learnt") {
            if let expected { return try await Self.learnt(rig) == expected ? true : nil }
            return try await rig.list("versions", name).count > before ? true : nil
        }
    }

    /// Labels learnt since the last version.
    private static func learnt(_ rig: CLIRig) async throws -> Int? {
        let status = (try await rig.object("status")["deployments"] as? [[String: Any]])?.first
        return (status?["online"] as? [String: Any])?["learnt"] as? Int
    }

    private static func version(_ rig: CLIRig, _ number: Int) async throws -> [String: Any] {
        try #require(try await rig.list("versions", name).first { $0["version"] as? String == "v\(number)" })
    }
}
