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
            // A whole second is written without a fraction, which would stand behind the others.
            let times = rows.compactMap { ($0["time"] as? String)?.replacing("Z", with: "") }
            #expect(times.count == 530)
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

    @Test("a calibrated version is explained with what was answered; a number in its unit", .timeLimit(.minutes(2)))
    func corrected() async throws {
        try await CLIRig.run { rig in
            let path = rig.directory + "/rows.csv"
            let lines = (0..<400).map { row in
                let x = Double(row * 7_919 % 400) / 100
                return "\(x),\(row % 5),\(x + Double(row * 104_729 % 17) / 5 > 3.5 ? "yes" : "no"),\(3 * x + Double(row % 7) / 3)"
            }
            try Data((["x,z,late,cost"] + lines).joined(separator: "\n").utf8).write(to: URL(filePath: path))
            try await rig.done(
                "deploy", "late", "--data", path, "--target", "late", "--positive", "yes", "--exclude", "cost", "--algorithm", "logistic",
                "--set", "calibration=platt", "--wait")
            try await rig.done("deploy", "cost", "--data", path, "--target", "cost", "--exclude", "late", "--algorithm", "ridge", "--wait")
            let server = try await rig.serve()
            let client = try #require(CLIHTTP(server.address))
            let body =
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[1.5]},"
                + "{\"name\":\"z\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[2]}]}"
            for (name, ending) in [("late", ", corrected to "), ("cost", "in units of cost, exact, linear")] {
                let answer = try #require(client.post("/v2/models/\(name)/infer", body))
                #expect(answer.status == 200)
                let last = try await cliEventually("the row in the log") {
                    try await rig.call("predictions", name, "--json").output.split(separator: "\n").last
                }
                let row = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
                let id = try #require(row["id"] as? String)
                let text = try await rig.done("explain", name, id)
                #expect(text.split(separator: "\n").last?.contains(ending) == true, "\(text)")
                guard name == "late" else { continue }
                let output = try #require((try await rig.object("explain", name, id)["outputs"] as? [[String: Any]])?.first)
                #expect(output["probability"] as? Double == row["score"] as? Double)
                let raw = try #require(output["score"] as? Double)
                #expect(abs((output["uncorrected"] as? Double ?? 0) - 1 / (1 + exp(-raw))) < 1e-9)
            }
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
