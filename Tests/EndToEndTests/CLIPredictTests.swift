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

    /// Three classes around three places of a plane, with noise that mixes them.
    private static let flowers: String = {
        var state: UInt64 = 7
        func unit() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / 9_007_199_254_740_992
        }
        let lines = (0..<600).map { row in
            let kind = row % 3
            let (x, z) = (Double(kind) + 2 * unit(), Double(kind == 1 ? 2 : 0) + 2.5 * unit())
            return "\(x),\(z),\(["rose", "lily", "moss, green"][kind] == "moss, green" ? "\"moss, green\"" : ["rose", "lily"][kind])"
        }
        return (["x,z,kind"] + lines).joined(separator: "\n")
    }()

    @Test(
        "several classes: a column each, the parts of the one in label, and by HTTP the same with the calibration",
        arguments: ["softmax", "boosted-trees"])
    func classes(algorithm: String) async throws {
        try await CLIRig.run { rig in
            let path = rig.directory + "/flowers.csv"
            try Data(Self.flowers.utf8).write(to: URL(filePath: path))
            try await rig.done(
                "deploy", "flowers", "--data", path, "--target", "kind", "--algorithm", algorithm, "--set", "calibration=platt", "--wait")
            let rows = rig.directory + "/rows.csv"
            try Data("x,z\n0.5,1\n1.7,3.2\n3.1,0.4\n".utf8).write(to: URL(filePath: rows))
            let lines = try await rig.done("predict", "flowers", "--data", rows, "--explain").split(separator: "\n")
            #expect(lines[0] == "x,z,score,label,score lily,\"score moss, green\",score rose,base,why x,why z")
            let server = try await rig.serve()
            let client = try #require(CLIHTTP(server.address))
            for line in lines.dropFirst() {
                let cells = line.replacing("\"moss, green\"", with: "moss").split(separator: ",").map(String.init)
                let figures = cells.map { Double($0) ?? .nan }
                let classes = Array(figures[4...6])
                #expect(abs(classes.reduce(0, +) - 1) < 1e-6 && figures[2] == classes.max())
                let named = try #require(["lily", "moss", "rose"].firstIndex(of: cells[3]))
                #expect(classes[named] == figures[2])
                let body =
                    "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[\(cells[0])]},"
                    + "{\"name\":\"z\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[\(cells[1])]}]}"
                let answer = try #require(client.post("/v1/deployments/flowers/explain", body))
                let json = try #require(try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
                #expect(json["calibration"] as? String == "platt")
                let outputs = try #require((json["explanations"] as? [[String: Any]])?.first?["outputs"] as? [[String: Any]])
                #expect(zip(outputs, classes).allSatisfy { abs(($0["probability"] as? Double ?? -1) - $1) < 1e-9 })
                let raw = try #require(outputs[named]["score"] as? Double)
                #expect(abs(figures[7] + figures[8] + figures[9] - raw) < 1e-4)
            }
            let clash = rig.directory + "/clash.csv"
            try Data("x,z,score rose\n1,1,1\n".utf8).write(to: URL(filePath: clash))
            let refused = try await rig.call("predict", "flowers", "--data", clash)
            #expect(refused.status == 1 && refused.errors.contains("the file has a column 'score rose' already: clash.csv"))
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
            #expect(figures.count == 6)
            for figure in figures { #expect(figure["value"] as? Double ?? 0 > 0) }
            for figure in figures where figure["unit"] as? String == "rows/s" {
                #expect((figure["against"] as? String)?.contains("splitting it into records") == true)
                // A ratio only where both sides take as much of the machine.
                let name = figure["name"] as? String ?? ""
                if name.hasSuffix("a processor second") { #expect(figure["ratio"] as? Double ?? 0 > 0, "\(name)") }
            }
            let rows = figures.filter { $0["unit"] as? String == "µs" }
            #expect(rows.count == 2 && rows.allSatisfy { ($0["name"] as? String)?.hasPrefix("one row in process") == true })
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
