import Foundation
import Testing

/// Files of many blocks, which several threads score at the same time.
@Suite("Batch scoring", .serialized) struct CLIPredictTests {
    /// The sample's lines without the header, each with what `predict` adds to it when the sample is scored alone: one block.
    private func scoredSample(_ rig: CLIRig) async throws -> (header: Substring, lines: [(row: Substring, added: Substring)]) {
        let original = try String(contentsOfFile: CLIRig.flights, encoding: .utf8).split(separator: "\n")
        let scored = try await rig.done("predict", "flight-delay", "--data", CLIRig.flights).split(separator: "\n")
        try #require(scored.count == original.count)
        let lines = zip(original, scored).dropFirst().map { (row: $0, added: $1.dropFirst($0.count)) }
        return (original[0], Array(lines))
    }

    @Test(
        "a file of many blocks comes out row for row in its order, line ends within quotes included",
        arguments: ["logistic", "boosted-trees"])
    func order(algorithm: String) async throws {
        try await CLIRig.run { rig in
            try await rig.deploy(algorithm: algorithm)
            let (header, lines) = try await scoredSample(rig)
            var text = "note," + header + "\r\n"
            var expected = "note," + header + ",score,label\n"
            for copy in 0..<12 {
                for (index, line) in lines.enumerated() {
                    // Notes of many lengths, so that blocks end at every place of them.
                    let note = "\"\(copy * lines.count + index)\n\(String(repeating: "\n,\"\"", count: index % 97))\""
                    text += "\(note),\(line.row)" + (index % 2 == 0 ? "\n" : "\r\n")
                    expected += "\(note),\(line.row)\(line.added)\n"
                }
            }
            let path = rig.directory + "/many.csv"
            try Data(text.utf8).write(to: URL(filePath: path))
            let scored = try await rig.done("predict", "flight-delay", "--data", path)
            #expect(scored == expected)
        }
    }

    @Test("a mistake in a later block is named with its line, after the answers to all rows before it")
    func mistakes() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let (header, lines) = try await scoredSample(rig)
            let good = lines.map { $0.row + "\n" }.joined()
            let answers = lines.map { "\($0.row)\($0.added)\n" }.joined()
            let head = "\(header),score,label\n"
            let row = String(lines[0].row)
            let cases = [
                (wrong: "a,b\n", why: "2 fields where the header has 21: late.csv:27812: "),
                (wrong: "x" + row + "\n", why: "' is not a time: late.csv:27812:1 (time): "),
                (wrong: "\"" + row + "\n", why: "a quote that is never closed: late.csv:27812:1 (time): "),
            ]
            let path = rig.directory + "/late.csv"
            for (wrong, why) in cases {
                let text = "\(header)\n" + String(repeating: good, count: 9) + wrong + String(repeating: good, count: 9)
                try Data(text.utf8).write(to: URL(filePath: path))
                let result = try await rig.call("predict", "flight-delay", "--data", path)
                #expect(result.status == 1)
                #expect(result.errors.contains(why), "\(result.errors)")
                #expect(result.output == head + String(repeating: answers, count: 9))
                // A result file is whole or absent.
                let output = rig.directory + "/scored.csv"
                let file = try await rig.call("predict", "flight-delay", "--data", path, "--output", output)
                #expect(file.status == 1 && file.errors == result.errors)
                let names = try FileManager.default.contentsOfDirectory(atPath: rig.directory)
                #expect(!names.contains { $0.hasPrefix("scored.csv") })
            }
        }
    }

    @Test("a header alone gives a header; an empty file is refused")
    func empty() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let (header, _) = try await scoredSample(rig)
            let path = rig.directory + "/none.csv"
            try Data(header.utf8).write(to: URL(filePath: path))
            let result = try await rig.call("predict", "flight-delay", "--data", path)
            #expect(result.status == 0)
            #expect(result.output == "\(header),score,label\n")
            #expect(result.errors == "0 rows scored by flight-delay v1\n")
            try Data().write(to: URL(filePath: path))
            let refused = try await rig.call("predict", "flight-delay", "--data", path)
            #expect(refused.status == 1 && refused.output.isEmpty)
            #expect(refused.errors.contains("the file is empty: none.csv: "))
        }
    }

    @Test("the benchmark measures a linear model and trees, each by the clock and by the processor, beside a floor")
    func benchmark() async throws {
        try await CLIRig.run { rig in
            let figures = try await rig.list("bench", "predict", "--data", CLIRig.flights)
            #expect(figures.count == 4)
            for figure in figures {
                #expect(figure["unit"] as? String == "rows/s")
                #expect(figure["value"] as? Double ?? 0 > 0)
                #expect(figure["ratio"] as? Double ?? 0 > 0)
                #expect((figure["against"] as? String)?.contains("splitting it into records") == true)
            }
        }
    }

    @Test("a file ten times as long takes no more memory")
    func memory() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let (header, lines) = try await scoredSample(rig)
            let good = Data(lines.map { $0.row + "\n" }.joined().utf8)
            let answers = lines.reduce(0) { $0 + $1.row.utf8.count + $1.added.utf8.count + 1 }
            var peaks: [Int] = []
            for copies in [20, 200] {
                let path = rig.directory + "/\(copies).csv"
                var text = Data("\(header)\n".utf8)
                for _ in 0..<copies { text.append(good) }
                try text.write(to: URL(filePath: path))
                // All but the last answers are read; a pipe does not hold those, so that the process waits and can be looked at.
                let script = """
                    exec 3< <(exec "$0" predict flight-delay --data "$1" 2>/dev/null)
                    head -c "$2" <&3 >/dev/null
                    grep VmHWM "/proc/$!/status"
                    cat <&3 >/dev/null
                    """
                let result = try await rig.call(
                    "/bin/bash", ["-c", script, CLIRig.program, path, "\(answers * (copies - 1))"])
                peaks.append(try #require(Int(result.output.filter(\.isNumber)), "\(result)"))
            }
            // In kibibytes; the longer file alone is 60 MB.
            #expect(peaks[1] < peaks[0] + 16_384, "\(peaks)")
        }
    }
}
