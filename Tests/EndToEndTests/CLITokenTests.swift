import Foundation
import Testing

/// Tokens and fallbacks of the real program.
@Suite("Tokens and fallbacks", .serialized)
struct CLITokenTests {
    /// Status and parsed body of a POST on a connection of its own.
    private static func post(_ address: String, _ path: String, _ body: String, token: String? = nil) async throws -> (Int, [String: Any]) {
        let bytes = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<(Int, Data), any Error>) in
            Thread {
                guard let answer = CLIHTTP(address)?.post(path, body, token: token) else {
                    return continuation.resume(throwing: CLIUnexpected("no answer: \(path)"))
                }
                continuation.resume(returning: (answer.status, answer.body))
            }.start()
        }
        return (bytes.0, (try? JSONSerialization.jsonObject(with: bytes.1) as? [String: Any]) ?? [:])
    }

    @Test(
        "a pipeline promotes and pauses with its token, which is printed once, listed with its last use, and worth nothing when it is revoked"
    )
    func pipeline() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            try await rig.done(
                "train", "flight-delay", "--data", CLIRig.flights, "--until", "2013-06-01", "--algorithm", "logistic", "--wait")
            let made = try await rig.object("token", "create", "early", "--scopes", "infer", "--deployments", "flight-delay")
            let early = try #require(made["token"] as? String)
            let server = try await rig.serve()
            let secret = try await rig.done("token", "create", "ci", "--scopes", "admin", "--rate", "100", "--reason", "pipeline")
                .trimmingCharacters(
                    in: .whitespacesAndNewlines)
            #expect(secret.hasPrefix("flyball_") && secret != early)
            #expect(try await rig.call("token", "create", "ci", "--scopes", "admin").errors.contains("exists already"))
            #expect(try await rig.call("token", "create", "x", "--scopes", "infre").errors.contains("did you mean infer?"))
            let place = "/v1/deployments/flight-delay/"
            let body = "{\"version\":2,\"expected_champion\":1,\"reason\":\"compared\"}"
            #expect(try await Self.post(server.address, place + "promote", body).0 == 401)
            #expect(try await Self.post(server.address, place + "promote", body, token: early).0 == 403)
            let promoted = try await Self.post(server.address, place + "promote", body, token: secret)
            #expect(promoted.0 == 200 && (promoted.1["summary"] as? String)?.contains("v2 answers instead of v1") == true)
            #expect(try await Self.post(server.address, place + "promote", body, token: secret).0 == 409)
            let flights = try CLIFlights(rows: 0..<1)
            func version(_ token: String? = nil) async throws -> (Int, String?) {
                let answer = try await Self.post(server.address, "/v2/models/flight-delay/infer", flights.bodies[0], token: token)
                return (answer.0, answer.1["model_version"] as? String)
            }
            #expect(try await version() == (200, "2"))
            #expect(try await version(early) == (200, "2"))
            let paused = try await Self.post(server.address, place + "pause", "{\"fallback\":\"last-known-good\"}", token: secret)
            #expect(paused.0 == 200)
            #expect(try await version() == (200, "1"))
            #expect(try await rig.done("status").contains("flight-delay is paused: requests get last-known-good"))
            try await rig.done("pause", "flight-delay", "--fallback", "constant=yes", "--reason", "both are wrong")
            #expect(try await version() == (200, "0"))
            try await rig.done("undo")
            #expect(try await version() == (200, "1"))
            #expect(try await rig.call("pause", "flight-delay", "--fallback", "nothing").status == 64)
            try await rig.done("resume", "flight-delay")
            #expect(try await version() == (200, "2"))
            let tokens = try await rig.list("token", "list")
            #expect(tokens.compactMap { $0["name"] as? String } == ["ci", "early"])
            #expect(tokens.allSatisfy { $0["lastUsed"] is String })
            #expect(try await rig.done("token", "list").contains("100/s"))
            try await rig.done("token", "revoke", "early", "--reason", "it stood in a log")
            #expect(try await version(early).0 == 401)
            #expect(try await version().0 == 200)
            let journal = try await rig.done("journal", "--json")
            #expect(journal.contains("token:ci") && !journal.contains(secret) && !journal.contains(early))
        }
    }

    @Test("where the workspace requires tokens nobody asks without one, on this machine either; health answers")
    func required() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            try "[serving]\nrequire_tokens = true\n".write(toFile: rig.workspace + "/flyball.toml", atomically: true, encoding: .utf8)
            let token = try #require(try await rig.object("token", "create", "a", "--scopes", "infer")["token"] as? String)
            let server = try await rig.serve()
            let flights = try CLIFlights(rows: 0..<1)
            let path = "/v2/models/flight-delay/infer"
            #expect(try await Self.post(server.address, path, flights.bodies[0]).0 == 401)
            #expect(try await Self.post(server.address, path, flights.bodies[0], token: token).0 == 200)
            let replay = ["replay", "flight-delay", "--data", CLIRig.flights, "--limit", "20"]
            #expect(try await rig.call(CLIRig.program, replay).status == 1)
            let sent = try await rig.call("/usr/bin/env", ["FLYBALL_TOKEN=\(token)", CLIRig.program] + replay)
            #expect(sent.status == 0 && sent.output.contains("statuses  200 20"), "\(sent.output) \(sent.errors)")
        }
    }
}
