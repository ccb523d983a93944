import Foundation
import Learning
import Tabular
import Testing

/// Quality on the whole year of flights beside LightGBM 4.7.0 and XGBoost 3.2.0 with as many trees: Tests/Oracles/trees_quality.py.
@Suite("Boosted trees: quality", .serialized, .enabled(if: FlightsTests.year != nil)) struct TreesQualityTests {
    private func rows(target: String, excluded: String) throws -> LabelledRows {
        let options = ImportOptions(target: target, timeColumn: "time", zone: "America/New_York", excluded: [excluded])
        return try CSVImport.read(path: try #require(FlightsTests.year), options: options).rows
    }

    /// The held-out rows and their scores.
    private func train(_ rows: LabelledRows) throws -> (held: LabelledRows, scores: [Double]) {
        let (train, held) = rows.split(holdout: 0.2)
        let fitted = try BoostedTrees(settings: [:]).fit(train, validation: nil, seed: 0, hooks: TrainingHooks(threads: 2))
        return (held, try Model(fitted: fitted, proving: held).scores(of: held))
    }

    @Test("Two classes: within 0.002 of both areas")
    func binary() throws {
        let figures: Golden.TreesQuality = try Golden.read("trees-quality")
        let (held, scores) = try train(rows(target: "late", excluded: "dep_delay"))
        #expect(held.count == figures.rows - figures.trainRows)
        let metrics = Evaluation.metrics(scores: scores, targets: held.targets, task: .binary)
        let area = try #require(metrics.first { $0.name == "auc" }).value
        #expect(area > max(figures.binary.lightgbm, figures.binary.xgboost) - 0.002)
    }

    @Test("Numbers: within 1 % of both errors")
    func regression() throws {
        let figures: Golden.TreesQuality = try Golden.read("trees-quality")
        let (held, scores) = try train(rows(target: "dep_delay", excluded: "late"))
        let metrics = Evaluation.metrics(scores: scores, targets: held.targets, task: .regression)
        let error = try #require(metrics.first { $0.name == "rmse" }).value
        #expect(error < min(figures.regression.lightgbm, figures.regression.xgboost) * 1.01)
    }

    @Test("Three classes: within 1 % of both log losses")
    func multiclass() throws {
        let figures: Golden.TreesQuality = try Golden.read("trees-quality")
        var delays = try rows(target: "dep_delay", excluded: "late")
        delays.schema.target = Target(name: "departure", task: .multiclass, classes: ["early", "on time", "late"])
        delays.targets = delays.targets.map { $0 < -2 ? 0 : $0 <= 15 ? 1 : 2 }
        let (held, scores) = try train(delays)
        let loss = held.targets.indices.reduce(0) { $0 - log(max(scores[$1 * 3 + Int(held.targets[$1])], 1e-15)) } / Double(held.count)
        #expect(loss < min(figures.multiclass.lightgbm, figures.multiclass.xgboost) * 1.01)
    }
}
