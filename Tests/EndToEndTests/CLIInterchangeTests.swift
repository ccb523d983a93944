import Foundation
import Testing

/// Models that come and go as files of ONNX, through the real program.
@Suite("Models in and out", .serialized)
struct CLIInterchangeTests {
    /// Rows whose class follows their numbers, with some noise.
    private func rows(in rig: CLIRig) throws -> String {
        var state: UInt64 = 9
        func unit() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / 9_007_199_254_740_992
        }
        var text = "a,b,c,y\n"
        for _ in 0..<1_500 {
            let (a, b, c) = (unit() * 4 - 2, unit() * 10, unit())
            text += "\(a),\(b),\(c),\(a + 0.3 * b - 1.5 + unit() * 2 - 1 > 0 ? "yes" : "no")\n"
        }
        let path = rig.directory + "/rows.csv"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    @Test("a version goes out, comes back as a version of another library, is promoted and rolled back, and goes out again byte for byte")
    func roundTrip() async throws {
        try await CLIRig.run { rig in
            let data = try rows(in: rig)
            try await rig.done(
                "deploy", "toy", "--data", data, "--target", "y", "--positive", "yes", "--algorithm", "boosted-trees", "--wait")
            let file = rig.directory + "/toy.onnx"
            let written = try await rig.object("export", "toy", "v1", file)
            #expect(written["goldenRows"] as? Int == 32 && written["inputs"] as? [String] == ["X"])
            let again = try await rig.call("export", "toy", "v1", file)
            #expect(again.status == 1 && again.errors.contains("it exists already"))
            let brought = try await rig.object("import", "toy", file, "--wait")
            #expect(brought["jobState"] as? String == "done" && brought["result"] as? String == "v2 passed its gates")
            let versions = try await rig.list("versions", "toy")
            #expect(versions.map { $0["algorithm"] as? String } == ["onnx", "boosted-trees"])
            try await rig.done("promote", "toy", "v2", "--reason", "from elsewhere")
            #expect(try await rig.object("rollback", "toy")["version"] as? String == "v1")
            let copy = rig.directory + "/copy.onnx"
            try await rig.done("export", "toy", "v2", copy)
            #expect(try Data(contentsOf: URL(filePath: copy)) == Data(contentsOf: URL(filePath: file)))
            try await rig.done("export", "toy", "v1", rig.directory + "/score.py", "--code", "python")
            #expect(try String(contentsOfFile: rig.directory + "/score.py", encoding: .utf8).contains("def score(v_a, v_b, v_c):"))
        }
    }

    @Test("a file that is no model, one that does not fit, and code of what is no tree and no line are refused with what to do")
    func refused() async throws {
        try await CLIRig.run { rig in
            let data = try rows(in: rig)
            try await rig.done("deploy", "toy", "--data", data, "--target", "y", "--positive", "yes", "--algorithm", "logistic", "--wait")
            let wrong = try await rig.call("import", "toy", data)
            #expect(wrong.status == 1 && wrong.errors.contains("export it again"))
            let file = rig.directory + "/toy.onnx"
            try await rig.done("export", "toy", "v1", file)
            let unfit = try await rig.call("import", "toy", file, "--map", "X=a,b")
            #expect(unfit.status == 1 && unfit.errors.contains("the model reads [?, 3]"))
            let none = try await rig.call("import", "toy", file, "--map", "Z=a,b")
            #expect(none.status == 1 && none.errors.contains("the model has no input Z: it has X"))
        }
    }
}
