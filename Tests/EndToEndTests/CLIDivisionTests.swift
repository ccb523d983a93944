import Foundation
import Testing

/// Which rows judge a version, chosen on the command line.
@Suite("Divisions at the doors", .serialized) struct CLIDivisionTests {
    /// Visits of customers, four each, some of whom leave: it follows from `spent` and chance.
    private static func visits(_ count: Int, seed: UInt64) -> String {
        var state = seed
        func unit() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        let lines = (0..<count).map { row in
            let spent = (unit() * 10_000).rounded() / 100
            let plan = ["free", "plus", "pro"][Int(unit() * 3)]
            return "c\(row / 4),\(spent),\(plan),\(spent + 60 * (unit() - 0.5) > 50 ? "yes" : "no")"
        }
        return (["customer_id,spent,plan,left"] + lines).joined(separator: "\n")
    }

    private func write(_ rig: CLIRig, _ name: String, _ count: Int, seed: UInt64) throws -> String {
        let path = rig.directory + "/" + name
        try Self.visits(count, seed: seed).write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func split(_ rig: CLIRig, _ deployment: String) async throws -> [String: Any] {
        try #require(try await rig.list("versions", deployment).first?["split"] as? [String: Any])
    }

    @Test("a deployment by customers: its versions, its card and its answers know them, and a retraining follows")
    func group() async throws {
        try await CLIRig.run { rig in
            let few = try write(rig, "few.csv", 1_600, seed: 1)
            let all = try write(rig, "all.csv", 3_200, seed: 1)
            try await rig.done(
                "deploy", "churn", "--data", few, "--target", "left", "--positive", "yes", "--algorithm", "logistic", "--group",
                "customer_id",
                "--holdout-share", "0.25", "--wait")
            let first = try await split(rig, "churn")
            #expect(first["kind"] as? String == "group" && first["group"] as? String == "customer_id" && first["chosen"] as? Bool == true)
            try await rig.done("train", "churn", "--data", all, "--wait")
            let second = try await split(rig, "churn")
            #expect(second["kind"] as? String == "group" && second["share"] as? Double == 0.25)
            let gates = try #require(try await rig.list("versions", "churn").first?["gates"] as? [[String: Any]])
            #expect(gates.contains { $0["name"] as? String == "against the champion" && $0["passed"] as? Bool == true }, "\(gates)")
            let card = try await rig.done("card", "churn", "v2")
            #expect(card.contains("judged: by a hash of customer\\_id, all rows of about 25 % of them judge"), "\(card)")
            #expect(card.contains(", by units") && card.contains("which are all those of some of its units"))
            // Whose row it is changes no answer, and may be left out.
            let lines = try String(contentsOfFile: few, encoding: .utf8).split(separator: "\n").prefix(20)
            let without = rig.directory + "/without.csv"
            try lines.map { $0.split(separator: ",").dropFirst().joined(separator: ",") }.joined(separator: "\n")
                .write(toFile: without, atomically: true, encoding: .utf8)
            let answers = try await rig.done("predict", "churn", "--data", without).split(separator: "\n")
            let whole = try await rig.done("predict", "churn", "--data", few).split(separator: "\n").prefix(20)
            #expect(answers.count == 20)
            func scores(_ lines: some Sequence<Substring>) -> [String] {
                lines.map { $0.split(separator: ",").suffix(2).joined(separator: ",") }
            }
            #expect(scores(answers) == scores(whole))
            try await rig.done("reproduce", "churn", "v2")
        }
    }

    @Test("small data judged by parts, and by a file of its own; what cannot be divided says what to do")
    func partsAndFiles() async throws {
        try await CLIRig.run { rig in
            let few = try write(rig, "few.csv", 240, seed: 2)
            let judges = try write(rig, "judges.csv", 400, seed: 3)
            let order = ["--target", "left", "--positive", "yes", "--algorithm", "logistic", "--exclude", "customer_id", "--wait"]
            let parts = try await rig.call(CLIRig.program, ["deploy", "parts", "--data", few, "--split", "cv", "--folds", "6"] + order)
            #expect(parts.status == 0, "\(parts.errors)")
            #expect(try await split(rig, "parts")["folds"] as? Int == 6)
            let first = try #require(try await rig.list("versions", "parts").first)
            #expect(first["trainRows"] as? Int == 240 && first["holdoutRows"] as? Int == 240)
            try await rig.done("reproduce", "parts", "v1")
            #expect(try await rig.done("card", "parts", "v1").contains("6 parts judge in turn, each by what learnt the others"))
            let filed = try await rig.call(CLIRig.program, ["deploy", "filed", "--data", few, "--holdout", judges] + order)
            #expect(filed.status == 0, "\(filed.errors)")
            let version = try #require(try await rig.list("versions", "filed").first)
            // Rows of the one file that stand in the other one too, but for the customer, are not learnt.
            let learnt = try #require(version["trainRows"] as? Int)
            #expect(230..<240 ~= learnt && version["holdoutRows"] as? Int == 400)
            try await rig.done("reproduce", "filed", "v1")
            // Every carrier flies until the end: nothing would be left to learn from.
            let straddling = try await rig.call(
                "deploy", "flights", "--data", CLIRig.flights, "--target", "late", "--positive", "yes", "--time", "time", "--exclude",
                "dep_delay", "--group", "carrier", "--wait")
            #expect(straddling.status == 1 && straddling.errors.contains("divide by --split group"), "\(straddling.errors)")
        }
    }
}
