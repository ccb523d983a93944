import Foundation
import Testing

/// The same rows in every kind of file that can be made here, through the doors that take a table.
@Suite("Files at the doors", .serialized) struct CLIFileTests {
    /// The sample written in other ways, by the name of the file.
    private static func write(into directory: String) throws {
        // No field of the sample holds a comma or a quote.
        let lines = try String(contentsOfFile: CLIRig.flights, encoding: .utf8).split(separator: "\n").map(String.init)
        let names = lines[0].split(separator: ",")
        let objects = lines.dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            return "{" + zip(names, cells).map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",") + "}"
        }
        let half = lines.count / 2
        let texts = [
            "objects.jsonl": objects.joined(separator: "\n"), "array.json": "[" + objects.joined(separator: ",\n") + "]",
            "semicolons.csv": lines.map { $0.replacing(".", with: "@").replacing(",", with: ";").replacing("@", with: ",") }.joined(
                separator: "\n"),
            "part-1.csv": lines[..<half].joined(separator: "\n"), "part-2.csv": ([lines[0]] + lines[half...]).joined(separator: "\n"),
        ]
        for (name, text) in texts { try Data(text.utf8).write(to: URL(filePath: directory + "/" + name)) }
    }

    @Test("predict answers JSON lines, an array, another way of writing CSV, several files, a pattern and a pipe as it answers the CSV")
    func predict() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            try Self.write(into: rig.directory)
            let expected = try await rig.done("predict", "flight-delay", "--data", CLIRig.flights)
            func path(_ name: String) -> String { rig.directory + "/" + name }
            #expect(try await rig.done("predict", "flight-delay", "--data", path("objects.jsonl")) == expected)
            #expect(try await rig.done("predict", "flight-delay", "--data", path("array.json")) == expected)
            #expect(
                try await rig.done("predict", "flight-delay", "--data", path("semicolons.csv"), "--separator", ";", "--decimal", ",")
                    == expected)
            #expect(
                try await rig.done("predict", "flight-delay", "--data", path("part-1.csv"), "--data", path("part-2.csv")) == expected)
            #expect(try await rig.done("predict", "flight-delay", "--data", path("part-?.csv")) == expected)
            let pipe = "cat '\(CLIRig.flights)' | '\(CLIRig.program)' predict flight-delay --data -"
            #expect(try await rig.call("/bin/sh", ["-c", pipe]).output == expected)
        }
    }

    @Test("a deployment is made from JSON lines; from a pipe only where somebody waits for it")
    func deploy() async throws {
        try await CLIRig.run { rig in
            try Self.write(into: rig.directory)
            let order = ["--target", "late", "--positive", "yes", "--time", "time", "--exclude", "dep_delay", "--algorithm", "logistic"]
            let refused = try await rig.call(CLIRig.program, ["deploy", "a", "--data", "-"] + order)
            #expect(refused.status == 64)
            #expect(refused.errors.contains("say --wait"), "\(refused.errors)")
            let made = try await rig.call(
                CLIRig.program, ["deploy", "b", "--data", rig.directory + "/objects.jsonl"] + order + ["--wait"])
            #expect(made.status == 0, "\(made.errors)")
        }
    }

    @Test("describe says what a file would be taken for, for people and for machines, and needs no workspace")
    func describe() async throws {
        try await CLIRig.run { rig in
            let text = try await rig.done("describe", CLIRig.flights, "--time", "time", "--ascii")
            #expect(text.contains("rows, 21 columns"))
            #expect(text.contains("whole numbers") && text.contains("names") && text.contains("times"))
            #expect(text.contains("|"))
            let found = try await rig.object("describe", CLIRig.flights)
            #expect((found["columns"] as? [[String: Any]])?.count == 21)
            let failed = try await rig.call("describe", rig.directory + "/nothing-*.csv")
            #expect(failed.status == 1)
            #expect(failed.errors.contains("no file matches the pattern"))
        }
    }
}
