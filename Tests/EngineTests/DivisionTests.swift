import Engine
import Foundation
import Learning
import Store
import Tabular
import Testing

/// Which rows judge is chosen once and holds for all versions of a deployment.
@Suite("Chosen divisions", .serialized)
struct DivisionTests {
    /// Lines of `FairTable` with a customer in front, each with four rows.
    private func customers(_ count: Int, seed: UInt64 = 5) -> [String] {
        FairTable.lines(count, seed: seed).enumerated().map { "\($0 / 4),\($1)" }
    }

    private func write(_ lines: [String], _ path: String) throws {
        try (["customer,x0,x1,x2,x3,y"] + lines).joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func order(_ path: String, _ rule: SplitRule?, group: String? = "customer") -> DeployOrder {
        var training = TrainingRequest(algorithm: "logistic")
        training.split = rule
        return DeployOrder(
            name: "grow", path: path, options: ImportOptions(target: "y", positive: "yes", groupColumn: group), training: training)
    }

    private func newest(_ harness: EngineHarness) throws -> VersionSummary { try #require(try harness.status("grow").versions.first) }

    private func retrain(_ harness: EngineHarness, _ path: String? = nil, _ change: (inout TrainOrder) -> Void = { _ in }) async throws {
        var order = TrainOrder(deployment: "grow", path: path, training: TrainingRequest(algorithm: ""))
        change(&order)
        try await harness.train(order)
    }

    @Test("by units: a retraining follows the deployment's rule, is judged on units that neither has learnt, and says so")
    func units() async throws {
        try await EngineHarness.withDirectory { directory in
            try write(customers(1_600), directory + "/few.csv")
            try write(customers(4_000), directory + "/all.csv")
            try await EngineHarness.run { harness in
                let rule = try #require(SplitRule(nil, unit: "customer", isTimed: false, share: 0.25))
                try await harness.finished(try await harness.perform(.deploy(order(directory + "/few.csv", rule))).job)
                let first = try newest(harness)
                #expect(try harness.status("grow").champion == 1)
                #expect(first.split?.rule.kind == .group && first.split?.rule.group == "customer" && first.split?.rule.isOrdered == true)
                #expect(first.metric("auc")?.interval?.hasSuffix(", by units") == true)
                #expect(first.notes.contains { $0 == "judging: by a hash of customer, all rows of about 25 % of them judge" })
                let ordered = try #require(try await harness.journal().first { $0.entry.verb == "deploy" })
                #expect(ordered.entry.details.contains("by a hash of customer"))
                // Requests may leave the unit out, and no version learns from it.
                let schema = try #require(try harness.status("grow").schema)
                #expect(schema.groupColumn == "customer" && schema.features.first { $0.name == "customer" }?.optional == true)
                #expect(!first.importance.contains { $0.feature == "customer" && $0.value > 0 })
                try await retrain(harness, directory + "/all.csv")
                let second = try newest(harness)
                #expect(second.split?.rule.kind == .group && second.split?.rule.share == 0.25)
                let gate = try #require(second.gates.first { $0.name == "against the champion" })
                #expect(gate.passed && gate.detail.contains("on the same \(second.holdoutRows) rows"), "\(gate.detail)")
            }
        }
    }

    @Test("a file of one's own judges, also the next version, and its rows are never learnt")
    func holdoutFile() async throws {
        try await EngineHarness.withDirectory { directory in
            let judges = customers(400, seed: 77)
            try write(customers(1_200), directory + "/learn.csv")
            try write(judges, directory + "/judge.csv")
            try write(customers(1_200, seed: 9) + judges.prefix(40), directory + "/more.csv")
            try await EngineHarness.run { harness in
                var deploy = order(directory + "/learn.csv", nil, group: nil)
                deploy.holdout = directory + "/judge.csv"
                try await harness.finished(try await harness.perform(.deploy(deploy)).job)
                let first = try newest(harness)
                #expect(first.holdoutRows == 400 && first.trainRows == 1_200 && first.split?.rule.kind == .file)
                #expect(first.source.hasSuffix("judged by 400 rows of judge.csv"), "\(first.source)")
                try await retrain(harness, directory + "/more.csv")
                let second = try newest(harness)
                #expect(second.holdoutRows == 400 && second.trainRows == 1_200)
                #expect(second.notes.contains { $0.hasPrefix("judging: 40 rows are neither learnt nor judged: they are copies") })
                let gate = try #require(second.gates.first { $0.name == "against the champion" })
                #expect(gate.paired?.rows == 400, "\(gate.detail)")
                // Without labels it is the import that is learnt again, and the file's rows are no part of that.
                try await retrain(harness)
                let third = try newest(harness)
                #expect(third.holdoutRows == 400 && third.trainRows == 1_200)
                // Another division is chosen.
                try await retrain(harness, directory + "/more.csv") { order in
                    order.training.split = SplitRule(.hash, unit: nil, isTimed: false, share: 0.3)
                }
                #expect(try newest(harness).split?.rule.kind == .hash)
            }
        }
    }

    @Test("small data: all rows judge in turn and all are learnt; a successor is compared on rows that came later, or waits")
    func crossValidation() async throws {
        try await EngineHarness.withDirectory { directory in
            try write(customers(300), directory + "/few.csv")
            try write(customers(900), directory + "/all.csv")
            try await EngineHarness.run { harness in
                let rule = try #require(SplitRule(.cv, unit: nil, isTimed: false, folds: 5, share: 0.2))
                try await harness.finished(try await harness.perform(.deploy(order(directory + "/few.csv", rule, group: nil))).job)
                let first = try newest(harness)
                #expect(first.trainRows == 300 && first.holdoutRows == 300 && first.split?.rule.folds == 5)
                #expect(try harness.status("grow").champion == 1)
                try await retrain(harness, directory + "/few.csv") { $0.training.settings = ["l2": "5"] }
                let again = try newest(harness)
                let waits = try #require(again.gates.first { $0.name == "against the champion" })
                #expect(waits.undecided && waits.detail.contains("v1 never learnt 0 of the 300 held-out rows"), "\(waits.detail)")
                try await retrain(harness, directory + "/all.csv")
                let later = try newest(harness)
                #expect(later.trainRows == 900 && later.split?.rule.folds == 5)
                let gate = try #require(later.gates.first { $0.name == "against the champion" })
                #expect(gate.paired?.rows == 600, "\(gate.detail)")
                // A search looks at rows, so that its training is judged on a part of them.
                try await retrain(harness, directory + "/all.csv") { $0.training.search = SearchOrder(trials: 2, seconds: 60) }
                let searched = try newest(harness)
                #expect(searched.split?.rule.folds == nil && searched.holdoutRows < 300)
            }
        }
    }

    @Test("an order that cannot be is refused at the door") func refused() async throws {
        try await EngineHarness.withDirectory { directory in
            try write(customers(300), directory + "/few.csv")
            try await EngineHarness.run { harness in
                try await harness.finished(try await harness.perform(.deploy(order(directory + "/few.csv", nil))).job)
                for (rule, words) in [
                    (SplitRule(kind: .group, share: 0.2, group: "custommer"), "did you mean customer?"),
                    (SplitRule(kind: .time, share: 0.2, folds: 1_000), "1000 folds"), (SplitRule(kind: .group, share: 0.2), "--group"),
                ] {
                    var order = TrainOrder(deployment: "grow", training: TrainingRequest(algorithm: ""))
                    order.training.split = rule
                    let failure = await harness.refusal(.train(order))
                    #expect(failure.map { "\($0)" }?.contains(words) == true, "\(failure.map { "\($0)" } ?? "none")")
                }
            }
        }
    }
}
