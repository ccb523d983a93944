import Foundation
import Testing

/// What was answered, and why: the log of predictions by the command line.
@Suite("Logged predictions on the command line", .serialized)
struct CLIPredictionsTests {
    private func lines(_ text: String) throws -> [[String: Any]] {
        try text.split(separator: "\n").compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    }

    @Test("replayed rows are listed with their labels, and one is explained alike with and without an engine", .timeLimit(.minutes(2)))
    func round() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            _ = try await rig.serve()
            try await rig.done(
                "replay", "flight-delay", "--data", CLIRig.flights, "--from", "2013-04-01", "--until", "2013-05-01", "--rate", "2000",
                "--labels", "--label-delay", "100ms")
            // Rows are logged within two seconds.
            let rows = try await cliEventually("all rows in the log") { () -> [[String: Any]]? in
                let found = try lines(try await rig.done("predictions", "flight-delay", "--last", "600", "--json"))
                return found.count == 530 && found.allSatisfy({ $0["label"] is String }) ? found : nil
            }
            let times = rows.compactMap { $0["time"] as? String }
            #expect(times == times.sorted())
            #expect(Set(rows.compactMap { $0["id"] as? String }).count == 530)
            #expect(Set(rows.compactMap { $0["version"] as? String }) == ["v1"])
            let last = try #require(rows.last)
            #expect((last["values"] as? [String: Any])?["carrier"] is String)
            // Pages that join: more than one page's rows, the newest ones.
            let newest = try lines(try await rig.done("predictions", "flight-delay", "--last", "3", "--json"))
            #expect(newest.map { $0["id"] as? String } == rows.suffix(3).map { $0["id"] as? String })
            let table = try await rig.done("predictions", "flight-delay", "--last", "5")
            #expect(table.split(separator: "\n").count == 6)
            let id = try #require(last["id"] as? String)
            #expect(table.hasPrefix("TIME") && table.contains(id))
            let explained = try await rig.object("explain", "flight-delay", id)
            let output = try #require((explained["outputs"] as? [[String: Any]])?.first)
            let base = try #require(output["base"] as? Double)
            let parts = try #require(output["contributions"] as? [String: Double])
            let score = try #require(last["score"] as? Double)
            #expect(abs(base + parts.values.reduce(0, +) - log(score / (1 - score))) < 1e-4)
            #expect((explained["versions"] as? [[String: Any]])?.map { $0["version"] as? String } == ["v1"])
            #expect((explained["reference"] as? [String: String])?["carrier"]?.contains("%") == true)
            let text = try await rig.done("explain", "flight-delay", id.lowercased())
            #expect(text.contains("\(id): ") && text.contains("sum") && text.contains("log-odds of yes, exact, linear"))
            try await rig.done("stop")
            #expect(try await rig.done("explain", "flight-delay", id) == text)
        }
    }

    @Test("what is not there is said in a line")
    func mistakes() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let empty = try await rig.call("predictions", "flight-delay")
            #expect(empty.status == 0 && empty.output.isEmpty && empty.errors == "no prediction is in the log of flight-delay yet\n")
            let unknown = try await rig.call("explain", "flight-delay", "0000R5G1C0042")
            #expect(unknown.status == 1)
            #expect(unknown.errors.hasPrefix("flyball: no prediction 0000R5G1C0042 in the log of flight-delay: a new one is logged within"))
            let name = try await rig.call("predictions", "flight-dealy")
            #expect(name.status == 1 && name.errors == "flyball: no such deployment: flight-dealy: did you mean flight-delay?\n")
            #expect(try await rig.call("predictions", "flight-delay", "--last", "0").status == 64)
        }
    }
}
