import Foundation
import Testing

/// What the program tells of a version: its card, its bytes once more, and why a row got its score.
@Suite("A version under the lamp", .serialized)
struct CLIVersionTests {
    @Test("a card says what it learnt from, how good it is, on what it relies and who made it, in Markdown and in HTML")
    func card() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            try await rig.done("train", "flight-delay", "--data", CLIRig.flights, "--set", "calibration=platt", "--wait")
            let card = try await rig.done("card", "flight-delay", "v2")
            for words in [
                "# flight-delay v2", "logistic, made by", "Left out on purpose: dep\\_delay", "| auc | 0.", "DeLong 95 %", "## Calibration",
                "Method platt", "## By slice", "| carrier | ", "Mean size of contributions", "exact, linear", "| seed | 0 |",
                "v2 passed its gates",
            ] { #expect(card.contains(words), "the card lacks «\(words)»") }
            let path = rig.directory + "/card.html"
            try await rig.done("card", "flight-delay", "v2", "--html", "--output", path)
            let page = try String(contentsOfFile: path, encoding: .utf8)
            #expect(
                page.hasPrefix("<!DOCTYPE html>") && page.contains("<h1>flight-delay v2</h1>") && page.contains("<td>dep_delay") == false)
            let again = try await rig.call("card", "flight-delay", "v2", "--output", path)
            #expect(again.status == 1 && again.errors.contains("it exists already"))
        }
    }

    @Test("a report tells what happened to a deployment and who did it, and is written once")
    func report() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            try await rig.done("note", "looked at by the night shift", "--deployment", "flight-delay")
            let path = rig.directory + "/report.html"
            try await rig.done("report", "flight-delay", "--since", "1h", "--output", path)
            let page = try String(contentsOfFile: path, encoding: .utf8)
            for words in [
                "<h1>flight-delay</h1>", "It answered nothing in this time.", "v1 answers since", "No alert was raised.",
                "looked at by the night shift", "rows are whole", "data (SHA-256)",
            ] { #expect(page.contains(words), "the report lacks «\(words)»") }
            let again = try await rig.call("report", "flight-delay", "--output", path)
            #expect(again.status == 1 && again.errors.contains("it exists already"))
            let other = try await rig.call("report", "flight-dealy")
            #expect(other.status == 1 && other.errors.contains("flight-delay"), "\(other.errors)")
            #expect(try await rig.call("report", "flight-delay", "--since", "2ms").status == 64)
        }
    }

    @Test("every version comes out the same, bit for bit, and a difference is told with both figures", .timeLimit(.minutes(2)))
    func reproduce() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy(algorithm: "boosted-trees")
            try await rig.done("train", "flight-delay", "--data", CLIRig.flights, "--algorithm", "logistic", "--seed", "7", "--wait")
            for version in ["v1", "v2"] {
                let found = try await rig.object("reproduce", "flight-delay", version)
                #expect(found["identical"] as? Bool == true)
                #expect(found["recorded"] as? String == found["reproduced"] as? String)
            }
            // Without its data it cannot be made again, and the error says so.
            let data = rig.workspace + "/data"
            for name in try FileManager.default.contentsOfDirectory(atPath: data) where name.hasSuffix(".fbd") {
                try FileManager.default.removeItem(atPath: data + "/" + name)
            }
            let gone = try await rig.call("reproduce", "flight-delay", "v1")
            #expect(gone.status == 1 && gone.errors.contains(".fbd"), "\(gone.errors)")
            let card = try await rig.call("card", "flight-delay", "v1")
            #expect(card.status == 0 && card.errors.contains("the model's own importance"))
        }
    }

    @Test("two versions are compared by calibration, slices and importance too; a version records the release that made it")
    func compared() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            try await rig.done("train", "flight-delay", "--data", CLIRig.flights, "--set", "calibration=platt", "--wait")
            let text = try await rig.done("compare", "flight-delay", "v1", "v2")
            for words in ["\nCALIBRATION\n", "\nAUC BY SLICE\n", "\ncarrier UA ", "\nIMPORTANCE\n", "method ", "platt"] {
                #expect(text.contains(words), "it lacks «\(words)»: \(text)")
            }
            let found = try await rig.object("compare", "flight-delay", "v1", "v2")
            let calibration = try #require(found["calibration"] as? [String: [String: Any]])
            #expect(calibration["a"]?["method"] as? String == "none" && calibration["b"]?["method"] as? String == "platt")
            #expect((found["slices"] as? [[String: Any]])?.contains { $0["feature"] as? String == "carrier" } == true)
            #expect((found["importance"] as? [[String: Any]])?.isEmpty == false)
            let versions = try await rig.list("versions", "flight-delay")
            #expect((versions.first?["libraries"] as? [String: String])?["Flyball"] == "0.1.0")
        }
    }

    @Test("a version that a gate refuses ends --wait with status 1; without times the card says how rows were held out")
    func refused() async throws {
        try await CLIRig.run { rig in
            let path = rig.directory + "/rows.csv"
            let lines = (0..<400).map { row in
                "\(Double(row * 7_919 % 400) / 100),\(row * 7_919 % 400 + row * 104_729 % 300 > 350 ? "yes" : "no")"
            }
            try Data((["x,y"] + lines).joined(separator: "\n").utf8).write(to: URL(filePath: path))
            try await rig.done("deploy", "plain", "--data", path, "--target", "y", "--positive", "yes", "--algorithm", "logistic", "--wait")
            let card = try await rig.done("card", "plain", "v1")
            #expect(card.contains("80 held out by their content, of each class the same share") && !card.contains("the latest"))
            let refused = try await rig.call("train", "plain", "--data", path, "--algorithm", "baseline", "--wait")
            #expect(refused.status == 1 && refused.errors.contains("plain: v2 refused by the gate metric against the baseline"))
            let json = try await rig.call("train", "plain", "--data", path, "--algorithm", "baseline", "--wait", "--json")
            #expect(json.status == 1 && json.output.contains("\"result\":\"v3 refused by the gate"))
            // What cannot be learnt is refused at once.
            for wrong in [["--algorithm", "ridge"], ["--algorithm", "softmax"]] {
                let result = try await rig.call(CLIRig.program, ["train", "plain", "--data", path] + wrong)
                #expect(result.status == 1 && result.errors.contains(wrong[1]), "\(result.errors)")
            }
            #expect(try await rig.list("jobs").count == 3)
        }
    }

    @Test("the algorithms are listed with their tasks, and one with every setting")
    func algorithms() async throws {
        try await CLIRig.run { rig in
            let all = try await rig.list("algorithms")
            #expect(all.contains { $0["name"] as? String == "boosted-trees" && ($0["tasks"] as? [String])?.contains("multiclass") == true })
            let one = try await rig.object("algorithms", "boosted-trees")
            let trees = try #require((one["settings"] as? [[String: Any]])?.first { $0["name"] as? String == "trees" })
            #expect(trees["kind"] as? String == "integer" && trees["default"] as? String == "100" && trees["summary"] as? String != "")
            let text = try await rig.done("algorithms", "logistic")
            #expect(text.contains("predicts: binary") && text.contains("l2") && text.contains("calibration"))
            #expect(try await rig.done("algorithms").contains("online-linear"))
            let unknown = try await rig.call("algorithms", "lugistic")
            #expect(unknown.status == 1 && unknown.errors.contains("logistic"))
        }
    }

    @Test("a search makes a version that comes out the same without one, and its trials are in the card", .timeLimit(.minutes(2)))
    func search() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy(algorithm: "boosted-trees")
            try await rig.done(
                "train", "flight-delay", "--data", CLIRig.flights, "--search", "6", "--search-time", "90s", "--seed", "3", "--set",
                "bins=63",
                "--wait")
            #expect(try await rig.object("reproduce", "flight-delay", "v2")["identical"] as? Bool == true)
            let card = try await rig.done("card", "flight-delay", "v2")
            for words in ["## Search", "6 settings were tried", "| trial | settings | auc |", "| best |", "| bins | 63 |", "trials in "] {
                #expect(card.contains(words), "the card lacks «\(words)»")
            }
            for trial in 1...6 { #expect(card.contains("\n| \(trial) | l2=")) }
            let plain = try await rig.done("card", "flight-delay", "v1")
            #expect(!plain.contains("## Search"))
            // The job is over: its log tells of the trials.
            let job = try await rig.object("job", "show", "2", "--log", "100")
            #expect(job["state"] as? String == "done" && job["search"] == nil)
            let texts = (job["log"] as? [[String: Any]])?.compactMap { $0["text"] as? String } ?? []
            for trial in 1...6 { #expect(texts.contains { $0.hasPrefix("trial \(trial) of 6 | ") }) }
            let end = try await rig.done("job", "show", "2", "--log", "1")
            #expect(end.contains("train flight-delay boosted-trees") && end.contains("v2 passed its gates"))
            let none = try await rig.call("job", "show", "7")
            #expect(none.status == 1 && none.errors == "flyball: no such job: 7\n")
        }
    }

    @Test("what each column adds sums to the raw score", arguments: ["logistic", "boosted-trees"])
    func explained(algorithm: String) async throws {
        try await CLIRig.run { rig in
            try await rig.deploy(algorithm: algorithm)
            let lines = try await rig.done("predict", "flight-delay", "--data", CLIRig.flights, "--explain").split(separator: "\n")
            let header = lines[0].split(separator: ",", omittingEmptySubsequences: false)
            let score = try #require(header.firstIndex(of: "score"))
            let base = try #require(header.firstIndex(of: "base"))
            #expect(header.count { $0.hasPrefix("why ") } == header.count - base - 1)
            for line in lines.dropFirst().prefix(200) {
                let cells = line.split(separator: ",", omittingEmptySubsequences: false)
                let sum = cells[base...].compactMap { Double($0) }.reduce(0, +)
                let probability = try #require(Double(cells[score]))
                #expect(abs(1 / (1 + exp(-sum)) - probability) < 1e-6)
            }
        }
    }

    @Test("a version that one gate refused shows what the others remarked on")
    func remarks() async throws {
        try await CLIRig.run { rig in
            // Noise that teaches nothing, each row four times over.
            var state: UInt64 = 2
            func next() -> UInt64 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return state >> 33
            }
            let rows = (0..<300).map { _ in "\(next() % 1_000_003),\(next() % 1_000_003),\(next() % 2 == 0 ? "no" : "yes")\n" }
            let path = rig.directory + "/copies.csv"
            try ("a,b,y\n" + (0..<4).map { _ in rows.joined() }.joined()).write(toFile: path, atomically: true, encoding: .utf8)
            let result = try await rig.call("deploy", "copies", "--data", path, "--target", "y", "--wait")
            #expect(result.status != 0 && result.errors.contains("refused by the gate metric against the baseline"), "\(result.errors)")
            #expect(result.output.contains("warning: data checks: 900 of 1200 rows (75 %) repeat another one exactly"), "\(result.output)")
        }
    }
}
