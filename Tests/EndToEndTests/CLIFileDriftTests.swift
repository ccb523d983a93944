import Foundation
import Testing

/// Two files compared on the command line: no workspace, no engine.
@Suite("Two files on the command line", .serialized) struct CLIFileDriftTests {
    /// Two files of 600 rows: `x` moves, `word` has a new text, `same` stays.
    private static func files(in rig: CLIRig) throws -> (reference: String, current: String) {
        func write(_ name: String, _ row: (Int) -> String) throws -> String {
            let path = rig.directory + "/" + name
            try Data(("x,word,same\n" + (0..<600).map { row($0) + "\n" }.joined()).utf8).write(to: URL(filePath: path))
            return path
        }
        return (
            try write("a.csv") { "\($0 * 7 % 100),w\($0 % 4),\($0 * 13 % 50)" },
            try write("b.csv") { "\($0 * 7 % 100 + 60),\($0 % 10 == 0 ? "new" : "w\($0 % 4)"),\($0 * 13 % 50)" }
        )
    }

    @Test("what moved is told as a table with histograms, in ASCII where asked, and as JSON with every figure")
    func compare() async throws {
        try await CLIRig.run { rig in
            let (a, b) = try Self.files(in: rig)
            let text = try await rig.done("drift", "--reference", a, "--current", b, "--ascii")
            let lines = text.split(separator: "\n").map(String.init)
            #expect(lines.first?.hasPrefix("COLUMN") == true)
            #expect(lines.contains { $0.hasPrefix("x ") && $0.contains("drift: PSI ") })
            #expect(lines.contains { $0.hasPrefix("same ") && $0.hasSuffix(" ok") })
            #expect(text.contains("10 % new texts"))
            #expect(text.contains("  reference |") && text.contains("new  reference"))
            #expect(text.utf8.allSatisfy { $0 < 0x80 }, "\(text)")
            let document = try await rig.object("drift", "--reference", a, "--current", b)
            #expect(document["rowsReference"] as? Int == 600 && document["verdict"] as? String == "drift")
            let columns = try #require(document["columns"] as? [[String: Any]])
            #expect(columns.map { $0["verdict"] as? String } == ["drift", "drift", "ok"])
            #expect(columns[0]["chiSquared"] is NSNull && columns[1]["kolmogorovSmirnov"] is NSNull)
            #expect(columns[0]["kolmogorovSmirnov"] is Double && columns[1]["cramersV"] is Double)
        }
    }

    @Test("what is asked for wrongly says what to do")
    func mistakes() async throws {
        try await CLIRig.run { rig in
            let (a, b) = try Self.files(in: rig)
            #expect(try await rig.call("drift").status == 64)
            #expect(try await rig.call("drift", "name", "--reference", a, "--current", b).status == 64)
            let one = try await rig.call("drift", "--reference", a)
            #expect(one.status == 64 && one.errors.contains("give both --reference and --current"))
            let column = try await rig.call("drift", "--reference", a, "--current", b, "--exclude", "sam")
            #expect(column.status == 1 && column.errors.contains("did you mean 'same'?"))
            let absent = try await rig.call("drift", "--reference", a, "--current", rig.directory + "/c.csv")
            #expect(absent.status == 1 && absent.errors.contains("no such file"))
        }
    }
}
