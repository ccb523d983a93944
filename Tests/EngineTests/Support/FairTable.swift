import Engine
import Foundation
import Learning
import Tabular
import Testing

/// Rows of which a deployment is made for judging.
enum FairTable {
    /// Four numbers whose sum, with two products that a line cannot see, makes yes likelier.
    static func lines(_ count: Int, seed: UInt64 = 5) -> [String] {
        var random = GateTests.SplitMix(state: seed)
        return (0..<count).map { _ in
            let x = (0..<4).map { _ in ((random.unit() * 4 - 2) * 1_000).rounded() / 1_000 }
            let logit = 0.8 * x[0] - 0.5 * x[1] + 0.5 * x[0] * x[2] + 0.4 * x[1] * x[3]
            return x.map { "\($0)" }.joined(separator: ",") + (random.unit() < 1 / (1 + exp(-logit)) ? ",yes" : ",no")
        }
    }

    static func write(_ lines: [String], _ path: String) throws {
        try (["x0,x1,x2,x3,y"] + lines).joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// `grow`, by small trees.
    static func deploy(_ harness: EngineHarness, _ path: String, policy: String? = nil) async throws {
        let order = DeployOrder(
            name: "grow", path: path, options: ImportOptions(target: "y", positive: "yes"),
            training: TrainingRequest(algorithm: "boosted-trees", settings: ["trees": "60"]), policy: policy)
        try await harness.finished(try await harness.perform(.deploy(order)).job)
        #expect(try harness.status("grow").champion == 1)
    }
}
