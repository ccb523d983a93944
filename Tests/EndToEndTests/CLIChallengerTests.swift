import Foundation
import Synchronization
import Testing

/// A canary from its first slice to the whole, under traffic of the real program.
@Suite("Canaries under traffic", .serialized)
struct CLIChallengerTests {
    private struct Counts: Sendable {
        var versions: [String: Int] = [:]
        var arms: Set<String> = []
        var failed = 0
    }

    /// Asks so many times; each request has one of `keys` ids.
    private static func ask(_ address: String, _ flights: CLIFlights, count: Int, keys: Int = 1_000) async throws -> Counts {
        let counts = Mutex(Counts())
        await cliThreads(1) { _ in
            let client = CLIHTTP(address)
            for index in 0..<count {
                let body = "{\"id\":\"k\(index % keys)\"," + flights.bodies[index % flights.bodies.count].dropFirst()
                let answer = client?.post("/v2/models/flight-delay/infer", body)
                let decoded = answer?.status == 200 ? answer.flatMap { CLIFlights.answer($0.body) } : nil
                counts.withLock { counts in
                    guard let decoded else { return counts.failed += 1 }
                    counts.versions[decoded.modelVersion, default: 0] += 1
                    counts.arms.insert("\(decoded.modelVersion) \(decoded.parameters["arm"] ?? "")")
                }
            }
        }
        return counts.withLock { $0 }
    }

    @Test(
        "a canary answers its slice, is seen in status, grows by share, goes on by itself from bake to bake, and is the champion in the end"
    )
    func canary() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            try await rig.done(
                "train", "flight-delay", "--data", CLIRig.flights, "--until", "2013-06-01", "--algorithm", "logistic", "--wait")
            let server = try await rig.serve()
            let flights = try CLIFlights(rows: 0..<200)
            try await rig.done("promote", "flight-delay", "v2", "--canary", "30")
            let first = try await Self.ask(server.address, flights, count: 400)
            #expect(first.failed == 0 && first.arms == ["1 champion", "2 canary"])
            #expect((first.versions["2"] ?? 0) > 70 && (first.versions["2"] ?? 0) < 170)
            let present = try await cliEventually("the canary in status") { () async throws -> [String: Any]? in
                let deployments = try await rig.object("status")["deployments"] as? [[String: Any]]
                let present = (deployments?.first?["challengers"] as? [[String: Any]])?.first
                // A request that was under way while the counting began may be missing.
                let missing = (first.versions["2"] ?? 0) - (present?["answered"] as? Int ?? 0)
                return (0...2).contains(missing) ? present : nil
            }
            let observed = try #require(present["observed"] as? [String: Any])
            #expect(try #require(observed["lower"] as? Double) < 0.3 && (try #require(observed["upper"] as? Double)) > 0.3)
            #expect(try await rig.done("status").contains("flight-delay: v2 canary 30 %, seen "))
            #expect(try await rig.call("promote", "flight-delay", "v2", "--canary", "5", "--shadow").status == 64)
            #expect(try await rig.call("share", "flight-delay", "v2", "140").status == 64)
            try await rig.done("share", "flight-delay", "v2", "0")
            #expect(try await Self.ask(server.address, flights, count: 50).versions == ["1": 50])
            try await rig.done("abort", "flight-delay", "v2", "--reason", "enough")
            try await rig.done("undo")
            try await rig.done("promote", "flight-delay", "v2", "--ab", "50", "--key", "id")
            let keyed = try await Self.ask(server.address, flights, count: 200, keys: 1)
            #expect(keyed.versions.count == 1)
            try await rig.done("promote", "flight-delay", "v2", "--canary", "50,100", "--bake", "1s")
            _ = try await cliEventually("v2 to be the champion") { () async throws -> Bool? in
                #expect(try await Self.ask(server.address, flights, count: 40).failed == 0)
                let deployments = try await rig.object("status")["deployments"] as? [[String: Any]]
                return deployments?.first?["champion"] as? String == "v2" ? true : nil
            }
            let verbs = try await rig.done("journal", "--json").split(separator: "\n").compactMap {
                (try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["verb"] as? String
            }
            let alerts = try await rig.list("alerts").compactMap { $0["title"] as? String }
            #expect(!alerts.contains { $0.contains("was asked") || $0.contains("was cut") }, "\(alerts)")
            #expect(
                verbs.filter { !$0.hasPrefix("alert") }.suffix(8) == [
                    "canary", "share", "abort", "canary", "a/b", "canary", "share", "promote",
                ])
        }
    }
}
