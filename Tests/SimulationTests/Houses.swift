import Engine
import Foundation
import Learning
import Tabular

/// The deployments of a simulation: what their rows are, what is true of them, and by which policies they live.
enum Houses {
    static let names = ["alpha", "beta"]

    /// Raw values with their truth: three numbers and a category, of which the chance of yes follows.
    struct Row {
        var numbers: [Double]
        var category: String
        var isYes: Bool
    }

    static func row(shift: Double, _ random: inout SimulationRandom) -> Row {
        let numbers = (0..<3).map { index in ((random.normal() + (index == 0 ? shift : 0)) * 1_000).rounded() / 1_000 }
        let category = random.pick(["a", "b", "c"]) ?? "a"
        let logit = 0.9 * numbers[0] - 0.7 * numbers[1] + (category == "b" ? 0.8 : 0) - shift
        return Row(numbers: numbers, category: category, isYes: random.chance(1 / (1 + exp(-logit))))
    }

    static func writeFiles(_ root: String, seed: UInt64) throws {
        var random = SimulationRandom(seed: seed ^ 0x5eed)
        for name in names {
            let lines = (0..<400).map { _ in
                let row = row(shift: 0, &random)
                return row.numbers.map { "\($0)" }.joined(separator: ",") + ",\(row.category),\(row.isYes ? "yes" : "no")"
            }
            try (["x0,x1,x2,kind,y"] + lines).joined(separator: "\n").write(
                toFile: "\(root)/\(name).csv", atomically: true, encoding: .utf8)
        }
    }

    static func order(_ name: String, root: String) -> DeployOrder {
        DeployOrder(
            name: name, path: "\(root)/\(name).csv", options: ImportOptions(target: "y", positive: "yes"),
            training: TrainingRequest(algorithm: "logistic"), policy: policy(name))
    }

    /// How often a policy trains at least, milliseconds.
    static func period(_ name: String) -> Int64 { (name == "alpha" ? 1 : 3) * World.day }

    static func policy(_ name: String) -> String {
        """
        automation = "\(name == "alpha" ? "auto" : "advise")"
        [retrain]
        on_drift = true
        every = "\(period(name) / World.day)d"
        window = "3d"
        minimum_labels = 100
        cooldown = "2h"
        [promote]
        max_per_day = 6
        [versions]
        keep = 8
        """
    }
}
