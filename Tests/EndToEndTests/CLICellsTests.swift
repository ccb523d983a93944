import Foundation
import Testing

/// What a cell means at the program's own doors: files by command, requests and labels over HTTP.
@Suite("Cells at the doors", .serialized) struct CLICellsTests {
    private static func write(_ rig: CLIRig, _ name: String, _ text: String) throws -> String {
        let path = rig.directory + "/" + name
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    /// Numbers from 0 to 1, the same every time.
    private struct Chance {
        private var state: UInt64 = 11

        mutating func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / 9_007_199_254_740_992
        }
    }

    /// Rows of a text column that decides the target mostly, and a number that does not.
    private static func decided(_ header: String, _ texts: [(text: String, chance: Double)], rows: Int = 600, separator: String = ",")
        -> String
    {
        var chance = Chance()
        return header + "\n"
            + (0..<rows).map { row in
                let (text, likely) = texts[row % texts.count]
                return [text, "\(Int(chance.next() * 100))", chance.next() < likely ? "yes" : "no"].joined(separator: separator) + "\n"
            }.joined()
    }

    private static func scores(_ server: CLIServer, _ model: String, _ body: String) throws -> [Double] {
        let client = try #require(CLIHTTP(server.address))
        let answer = try #require(client.post("/v2/models/\(model)/infer", body))
        try #require(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
        let json = try JSONSerialization.jsonObject(with: answer.body) as? [String: Any]
        return ((json?["outputs"] as? [[String: Any]])?.first?["data"] as? [Double]) ?? []
    }

    private static func scoreColumn(_ csv: String, _ name: String = "score") throws -> [Double] {
        let lines = csv.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let position = try #require(lines[0].firstIndex { $0 == name })
        return lines.dropFirst().compactMap { Double($0[position]) }
    }

    @Test("a word for missing, a blank around a text and a text have the same score by file and over HTTP, and the words are counted")
    func words() async throws {
        try await CLIRig.run { rig in
            let data = Self.decided("region, x ,y", [("NA", 0.9), ("EU", 0.1), ("", 0.9), (" US ", 0.3)])
            let path = try Self.write(rig, "train.csv", data)
            let said = try await rig.done("deploy", "na", "--data", path, "--target", "y", "--algorithm", "logistic", "--wait")
            #expect(said.contains("150 cells read as missing words such as 'NA'; 150 blank cells"), "\(said)")
            #expect(said.contains("binary target y, 2 classes: no, yes, positive yes"))
            let versions = try await rig.list("versions", "na")
            let understanding = try #require(versions[0]["understanding"] as? [String: Any])
            #expect((understanding["columns"] as? [[String: Any]])?.map { $0["name"] as? String } == ["region", "x", "y"])
            let log = try await rig.done("job", "show", "1", "--log", "100")
            #expect(log.contains("150 cells read as missing words"))
            let rows = try Self.write(rig, "rows.csv", "region,x\nna,50\n,50\n\" EU\",50\nUS ,50\n")
            let filed = try Self.scoreColumn(try await rig.done("predict", "na", "--data", rows))
            let server = try await rig.serve()
            let served = try Self.scores(
                server, "na",
                """
                {"inputs":[{"name":"region","shape":[4],"datatype":"BYTES","data":["N/A"," "," EU","US"]},\
                {"name":"x","shape":[4],"datatype":"INT64","data":[50,50,50,50]}]}
                """)
            // Foundation reads a number of JSON to within its last bit.
            #expect(filed.count == served.count && zip(filed, served).allSatisfy { abs($0 - $1) < 1e-12 })
            #expect(filed[0] == filed[1] && filed[1] != filed[2])
        }
    }

    @Test("codes with leading zeros are names, and digits over HTTP find theirs")
    func leadingZeros() async throws {
        try await CLIRig.run { rig in
            let data = Self.decided("code,x,y", [("0100", 0.95), ("100", 0.05), ("0200", 0.9), ("200", 0.1)])
            let path = try Self.write(rig, "train.csv", data)
            let said = try await rig.done("deploy", "z", "--data", path, "--target", "y", "--algorithm", "logistic", "--wait")
            #expect(said.contains("names: 300 of 600 cells begin with a zero"), "\(said)")
            let rows = try Self.write(rig, "rows.csv", "code,x\n0100,50\n100,50\n")
            let filed = try Self.scoreColumn(try await rig.done("predict", "z", "--data", rows))
            #expect(filed[0] > 0.8 && filed[1] < 0.2)
            let server = try await rig.serve()
            let served = try Self.scores(
                server, "z",
                """
                {"inputs":[{"name":"code","shape":[1],"datatype":"INT64","data":[100]},{"name":"x","shape":[1],"datatype":"FP64","data":[50]}]}
                """)
            // Foundation reads a number of JSON to within its last bit.
            #expect(served.count == 1 && zip(served, filed.dropFirst()).allSatisfy { abs($0 - $1) < 1e-12 }, "\(served), \(filed)")
        }
    }

    @Test("a column that is nearly numbers is refused with what to do, a name with a comma is excluded whole, and score may be a feature")
    func options() async throws {
        try await CLIRig.run { rig in
            let nearly = try Self.write(
                rig, "nearly.csv",
                "a,y\n" + (0..<200).map { "\($0 % 10 == 0 ? "?" : "\($0 % 9)"),\($0 % 2 == 0 ? "no" : "yes")\n" }.joined())
            let refused = try await rig.call("deploy", "nearly", "--data", nearly, "--target", "y", "--wait")
            #expect(refused.status == 1)
            #expect(refused.errors.contains("'?' is not a number, as the others are: nearly.csv:2:1 (a): 180 of 200 cells (90.0 %)"))
            let named = Self.decided("score,\"size, cm\",y", [("1", 0.9), ("2", 0.1), ("3", 0.5)])
            let path = try Self.write(rig, "named.csv", named)
            let said = try await rig.done(
                "deploy", "s", "--data", path, "--target", "y", "--exclude", "size, cm", "--algorithm", "logistic", "--wait")
            #expect(said.contains("size, cm  excluded"), "\(said)")
            let rows = try Self.write(rig, "rows.csv", ",score\n0,1\n1,2\n")
            let taken = try await rig.call("predict", "s", "--data", rows)
            #expect(taken.status == 1 && taken.errors.contains("--score-column"))
            let scored = try await rig.done("predict", "s", "--data", rows, "--score-column", "risk")
            #expect(scored.hasPrefix(",score,risk,label\n0,1,"))
            #expect(try Self.scoreColumn(scored, "risk").count == 2)
        }
    }

    @Test("JSON's true names the class True; what names none is refused with the classes")
    func labels() async throws {
        try await CLIRig.run { rig in
            let data = Self.decided("cat,x,churn", [("AA", 0.9), ("BB", 0.1)])
                .replacing(",yes\n", with: ",True\n").replacing(",no\n", with: ",False\n")
            let path = try Self.write(rig, "tf.csv", data)
            try await rig.done("deploy", "tf", "--data", path, "--target", "churn", "--algorithm", "logistic", "--wait")
            let server = try await rig.serve()
            let client = try #require(CLIHTTP(server.address))
            let body = """
                {"inputs":[{"name":"cat","shape":[1],"datatype":"BYTES","data":["AA"]},{"name":"x","shape":[1],"datatype":"FP64","data":[1]}]}
                """
            let answer = try #require(client.post("/v2/models/tf/infer", body))
            let json = try JSONSerialization.jsonObject(with: answer.body) as? [String: Any]
            let id = try #require((json?["parameters"] as? [String: Any])?["prediction_id"] as? String)
            let labels = try #require(
                client.post(
                    "/v1/deployments/tf/labels", "{\"labels\":[{\"id\":\"\(id)\",\"value\":true},{\"id\":\"\(id)\",\"value\":\"0x1\"}]}"))
            let said = String(decoding: labels.body, as: UTF8.self)
            #expect(said.contains("\"accepted\"") || said.contains("\"pending\""), "\(said)")
            #expect(said.contains("the classes are False, True"), "\(said)")
        }
    }
}
