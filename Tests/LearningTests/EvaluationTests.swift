import Learning
import Tabular
import Testing

/// Against scikit-learn 1.9.1 and SciPy 1.17.1 (Tests/Oracles/evaluation.py).
@Suite("Evaluation") struct EvaluationTests {
    private static let z = 1.959_963_984_540_054

    private func metric(_ name: String, _ metrics: [Metric]) throws -> Metric { try #require(metrics.first { $0.name == name }) }

    private func isNear(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 - b) <= 1e-12 * max(1, abs(b)) } ?? false }

    @Test("Two-class figures and intervals equal scikit-learn's, SciPy's and DeLong's definition, ties included")
    func binary() throws {
        let figures: Golden.Evaluations = try Golden.read("evaluation")
        for figure in figures.binary {
            let metrics = Evaluation.metrics(scores: figure.a, targets: figure.targets, task: .binary)
            let area = try metric("auc", metrics)
            #expect(isNear(area.value, figure.auc))
            let variances = try #require(DeLong(scores: figure.a, targets: figure.targets))
            let others = try #require(DeLong(scores: figure.b, targets: figure.targets))
            #expect(isNear(variances.variance, figure.aucVariance))
            #expect(isNear(variances.varianceOfDifference(others), figure.differenceVariance))
            let isOrdinary = figure.newcombe.positives >= 15
            let half = Self.z * figure.aucVariance.squareRoot()
            #expect(isNear(area.lower, isOrdinary ? max(0, figure.auc - half) : figure.newcombe.lower))
            #expect(isNear(area.upper, isOrdinary ? min(1, figure.auc + half) : figure.newcombe.upper))
            #expect(area.interval == (isOrdinary ? "DeLong 95 %" : "Newcombe 95 %"))
            #expect(isNear(try metric("logLoss", metrics).value, figure.logLoss))
            #expect(isNear(try metric("brier", metrics).value, figure.brier))
            let accuracy = try metric("accuracy", metrics)
            #expect(isNear(accuracy.value, figure.accuracy))
            #expect(isNear(accuracy.lower, figure.accuracyLower) && isNear(accuracy.upper, figure.accuracyUpper))
            let difference = Evaluation.compare(candidate: figure.a, champion: figure.b, targets: figure.targets, task: .binary)
            #expect(isNear(difference.difference, figure.auc - figure.aucB))
            let width = difference.upper - difference.lower
            let correlated = 2 * Self.z * figure.differenceVariance.squareRoot()
            #expect(isOrdinary ? isNear(width, correlated) : width > correlated)
            for (name, values) in figure.decisions {
                let found = try metric(name, metrics)
                #expect(isNear(found.value, values[0]) && isNear(found.lower, values[1]) && isNear(found.upper, values[2]), "\(name)")
                #expect(found.interval?.hasPrefix("Wilson 95 %") == true)
            }
            #expect(figure.decisions.count == 5 && metrics.first?.name == "auc")
        }
        #expect(figures.binary.contains { $0.newcombe.positives >= 15 } && figures.binary.contains { $0.newcombe.positives < 15 })
    }

    @Test("Figures of numbers equal scikit-learn's and SciPy's")
    func regression() throws {
        let figures: Golden.Evaluations = try Golden.read("evaluation")
        for figure in figures.regression {
            let metrics = Evaluation.metrics(scores: figure.scores, targets: figure.targets, task: .regression)
            let rmse = try metric("rmse", metrics)
            #expect(isNear(rmse.value, figure.rmse) && isNear(rmse.lower, figure.rmseLower) && isNear(rmse.upper, figure.rmseUpper))
            #expect(isNear(try metric("mae", metrics).value, figure.mae))
            let median = try metric("medianError", metrics)
            #expect(isNear(median.value, figure.medianError))
            #expect(try #require(median.lower) < median.value && median.value < #require(median.upper))
            #expect(isNear(try metric("r2", metrics).value, figure.r2))
            #expect(isNear(try metric("bias", metrics).value, figure.bias))
        }
    }

    @Test("Figures of several classes equal scikit-learn's, the interval of the mean area DeLong's definition summed over pairs of classes")
    func multiclass() throws {
        let figures: Golden.Evaluations = try Golden.read("evaluation")
        for figure in figures.multiclass {
            let names = (0..<figure.classes).map { "c\($0)" }
            let metrics = Evaluation.metrics(scores: figure.scores, targets: figure.targets, task: .multiclass, classes: names)
            let area = try metric("auc", metrics)
            #expect(isNear(area.value, figure.auc))
            #expect(isNear(area.upper, min(1, figure.auc + Self.z * figure.aucVariance.squareRoot())))
            let expected = [
                "logLoss": figure.logLoss, "accuracy": figure.accuracy, "balancedAccuracy": figure.balancedAccuracy,
                "macroF1": figure.macroF1, "brier": figure.brier,
            ]
            for (name, value) in expected { #expect(isNear(try metric(name, metrics).value, value), "\(name)") }
            for k in 0..<figure.classes {
                #expect(isNear(try metric("recall c\(k)", metrics).value, figure.recalls[k]))
                #expect(isNear(try metric("precision c\(k)", metrics).value, figure.precisions[k]))
            }
            for metric in metrics {
                #expect(try #require(metric.lower) <= metric.value && metric.value <= #require(metric.upper), "\(metric.name)")
                #expect(metric.interval?.contains("95 %") == true)
            }
        }
    }

    @Test("Half as wide with four times the rows: the bootstrap of the mean F1 knows how many there are")
    func bootstrap() throws {
        let figures: Golden.Evaluations = try Golden.read("evaluation")
        let figure = try #require(figures.multiclass.last)
        func width(_ times: Int) throws -> Double {
            let scores = (0..<times).flatMap { _ in figure.scores }
            let targets = (0..<times).flatMap { _ in figure.targets }
            let found = try metric("macroF1", Evaluation.metrics(scores: scores, targets: targets, task: .multiclass))
            return try #require(found.upper) - #require(found.lower)
        }
        let ratio = try width(4) / width(16)
        #expect(ratio > 1.5 && ratio < 2.7, "\(ratio)")
        #expect(try width(1) > width(4))
    }

    @Test("The mean area of two classes is the area of one, and a model compared with itself differs by nothing")
    func macroOfTwo() throws {
        let figures: Golden.Evaluations = try Golden.read("evaluation")
        let figure = try #require(figures.binary.last)
        let area = try #require(MacroArea(scores: figure.a.flatMap { [1 - $0, $0] }, targets: figure.targets))
        #expect(isNear(area.auc, figure.auc) && isNear(area.variance, figure.aucVariance))
        let several = try #require(figures.multiclass.first)
        let same = Evaluation.compare(candidate: several.scores, champion: several.scores, targets: several.targets, task: .multiclass)
        #expect(same.difference == 0 && same.lower == 0 && same.upper == 0)
        let worse = Evaluation.compare(
            candidate: several.scores.map { _ in 0.3 }, champion: several.scores, targets: several.targets, task: .multiclass)
        #expect(worse.upper < 0)
    }

    @Test("Perfect, reversed and constant scores have areas of 1, 0 and one half")
    func areas() {
        let targets = [0.0, 0, 1, 1, 1]
        #expect(DeLong(scores: [1, 2, 3, 4, 5], targets: targets)?.auc == 1)
        #expect(DeLong(scores: [5, 4, 3, 2, 1], targets: targets)?.auc == 0)
        #expect(DeLong(scores: [7, 7, 7, 7, 7], targets: targets)?.auc == 0.5)
        #expect(DeLong(scores: [7, 7, 7, 7, 7], targets: targets)?.variance == 0)
    }

    @Test("What the rows do not allow is left out, and nothing is made up of no rows or of scores that are no numbers")
    func leftOut() {
        #expect(Evaluation.metrics(scores: [], targets: [], task: .binary).isEmpty)
        #expect(Evaluation.metrics(scores: [0.5], targets: [0.5, 1], task: .binary).isEmpty)
        let oneClass = Evaluation.metrics(scores: [0.2, 0.4], targets: [0, 0], task: .binary)
        #expect(oneClass.map(\.name) == ["logLoss", "accuracy", "brier"])
        let found = Evaluation.metrics(scores: [0.2, 0.4], targets: [1, 1], task: .binary)
        #expect(found.map(\.name) == ["logLoss", "accuracy", "brier", "recall", "f1", "averagePrecision"])
        #expect(
            Evaluation.metrics(scores: [1, 2], targets: [3, 3], task: .regression).map(\.name) == ["rmse", "mae", "medianError", "bias"])
        #expect(DeLong(scores: [.nan, 1], targets: [0, 1]) == nil)
        #expect(DeLong(scores: [1, 2], targets: [1, 1]) == nil)
    }

    @Test("A certain mistake is dear, and finite")
    func clipped() throws {
        let loss = try metric("logLoss", Evaluation.metrics(scores: [0, 1], targets: [1, 1], task: .binary)).value
        #expect(loss > 10 && loss.isFinite)
    }

    @Test("A model compared with itself differs by nothing, and a better regression has a smaller error")
    func comparing() {
        let targets = [1.0, 2, 3, 4, 5, 6]
        let same = Evaluation.compare(candidate: targets, champion: targets, targets: targets, task: .regression)
        #expect(same.difference == 0 && same.lower == 0 && same.upper == 0)
        let better = Evaluation.compare(
            candidate: targets.map { $0 + 0.1 }, champion: [3, 0, 5, 2, 7, 4], targets: targets, task: .regression)
        #expect(!better.higherIsBetter)
        #expect(better.upper < 0)
    }
}
