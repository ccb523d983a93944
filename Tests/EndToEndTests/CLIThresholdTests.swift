import Foundation
import Testing

/// From where on a row is positive: shown, tried and set at the command line, and followed by what answers.
@Suite("Thresholds at the command line", .serialized)
struct CLIThresholdTests {
    @Test("without an option the table is shown, with one the threshold is chosen, and --dry-run changes nothing")
    func shown() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let table = try await rig.done("threshold", "flight-delay")
            for words in ["flight-delay v1 calls a row positive from 0.5 on (the standard)", "FALSE ALARMS", "LIFT", "now"] {
                #expect(table.contains(words), "the table lacks «\(words)»: \(table)")
            }
            let tried = try await rig.object("threshold", "flight-delay", "v1", "--recall", "0.9", "--dry-run")
            #expect(((tried["then"] as? [String: Any])?["recall"] as? Double ?? 0) >= 0.9 && tried["receipt"] == nil)
            #expect((tried["gains"] as? [Any])?.count == 10)
            let versions = try await rig.done("versions", "flight-delay", "--json")
            #expect(!versions.contains("\"threshold\""))
            #expect(try await rig.call("threshold", "flight-delay", "--rate", "5%", "--best", "f1").status == 64)
            #expect(try await rig.call("threshold", "flight-delay", "--value", "2").status == 64)
            #expect(try await rig.call("threshold", "flight-delay", "--costs", "0,0").status == 64)
            let capacity = try await rig.call("threshold", "flight-delay", "--capacity", "20/day")
            #expect(capacity.status == 1 && capacity.errors.contains("--rows-a-day"), "\(capacity.errors)")
            let said = try await rig.object("threshold", "flight-delay", "--capacity", "20/day", "--rows-a-day", "100", "--dry-run")
            #expect(((said["then"] as? [String: Any])?["rate"] as? Double ?? 1) <= 0.2)
        }
    }

    @Test("a threshold that is set is followed by predict and the card, said by versions, and given back")
    func set() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            func labels() async throws -> Set<Substring> {
                let scored = try await rig.done("predict", "flight-delay", "--data", CLIRig.flights).split(separator: "\n").dropFirst()
                return Set(scored.compactMap { $0.split(separator: ",").last })
            }
            let set = try await rig.done("threshold", "flight-delay", "--value", "0", "--reason", "every case is looked at")
            #expect(set.contains("v1 of flight-delay calls from 0 on (as said); 0.5 before"), "\(set)")
            #expect(try await labels() == ["yes"])
            #expect(try await rig.done("versions", "flight-delay", "--json").contains("\"threshold\""))
            let again = try await rig.call("threshold", "flight-delay", "--value", "0")
            #expect(again.status == 1 && again.errors.contains("already"), "\(again.errors)")
            let path = rig.directory + "/card.html"
            try await rig.done("card", "flight-delay", "v1", "--html", "--output", path)
            let page = try String(contentsOfFile: path, encoding: .utf8)
            #expect(page.contains("<h2>Decisions</h2>") && page.contains("ROC") && page.contains("<svg"))
            #expect(try await rig.done("card", "flight-delay", "v1").contains("A row is called positive from 0 on"))
            try await rig.done("threshold", "flight-delay", "--standard")
            #expect(try await labels() == ["no", "yes"])
            #expect(try await rig.done("journal").contains("every case is looked at"))
        }
    }
}
