import Foundation
import Learning
import Tabular
import Testing

/// Against scikit-learn 1.9.1 (Tests/Oracles/calibration.py).
@Suite("Calibration") struct CalibrationTests {
    private func train(_ algorithm: String, _ rows: LabelledRows, _ method: String) throws -> TrainingOutcome {
        try Training.run(rows, request: TrainingRequest(algorithm: algorithm, settings: ["calibration": method]), hooks: TrainingHooks())
    }

    @Test("Isotonic levels and Platt's two numbers equal scikit-learn's, equal scores included")
    func oracle() throws {
        let figures: Golden.Calibrations = try Golden.read("calibration")
        for figure in figures.cases {
            let (from, to) = Isotonic.fit(scores: figure.scores, outcomes: figure.outcomes)
            #expect(from == from.sorted() && to == to.sorted())
            for (asked, expected) in zip(figure.asked, figure.isotonic) {
                #expect(abs(interpolate(asked, from, to) - expected) < 1e-12, "at \(asked)")
            }
            let (slope, shift) = Platt.fit(logOdds: figure.logits, outcomes: figure.outcomes.map { $0 == 1 })
            #expect(abs(slope - figure.slope) < 1e-4 && abs(shift - figure.shift) < 1e-4, "\(slope), \(shift)")
            let report = try #require(
                CalibrationReport(
                    method: "none", before: figure.scores, after: figure.scores, targets: figure.outcomes, task: .binary))
            #expect(abs(report.errorAfter - figure.error) < 1e-12 && report.errorBefore == report.errorAfter)
            #expect(report.points.reduce(0) { $0 + $1.n } == figure.scores.count)
        }
    }

    @Test("A constant's calibration error is its distance to the base rate, and levels that are fitted to the rows have none")
    func ties() throws {
        var random = Made.Random(state: 6)
        let outcomes = (0..<1_000).map { _ in random.unit() < 0.47 ? 1.0 : 0 }
        let constant = [Double](repeating: 0.5354, count: 1_000)
        let rate = outcomes.reduce(0, +) / 1_000
        let scores = outcomes.map { (random.unit() + 0.2 * $0) / 1.2 }
        let (from, to) = Isotonic.fit(scores: scores, outcomes: outcomes)
        let levels = scores.map { interpolate($0, from, to) }
        let report = try #require(CalibrationReport(method: "none", before: constant, after: levels, targets: outcomes, task: .binary))
        #expect(abs(report.errorBefore - abs(0.5354 - rate)) < 1e-12)
        #expect(report.errorAfter < 1e-9)
        let one = try #require(CalibrationReport(method: "none", before: constant, after: constant, targets: outcomes, task: .binary))
        #expect(one.points.map(\.n) == [1_000])
    }

    private func interpolate(_ x: Double, _ from: [Double], _ to: [Double]) -> Double {
        guard let next = from.firstIndex(where: { $0 >= x }) else { return to.last ?? 0 }
        guard next > 0 else { return to[0] }
        return to[next - 1] + (to[next] - to[next - 1]) * (x - from[next - 1]) / (from[next] - from[next - 1])
    }

    @Test("Outcomes that fall as scores rise give one level, and one outcome gives it without a trap")
    func violators() {
        let falling = Isotonic.fit(scores: [1, 2, 3, 4], outcomes: [1, 1, 0, 0])
        #expect(falling.from == [1, 4] && falling.to == [0.5, 0.5])
        let one = Isotonic.fit(scores: [0.3], outcomes: [1])
        #expect(one.from == [0.3] && one.to == [1])
        let certain = Platt.fit(logOdds: [1, 1, 1], outcomes: [true, true, true])
        #expect(certain.slope.isFinite && certain.shift.isFinite)
    }

    @Test("Class weights overstate a rare class; both methods bring probabilities back", arguments: ["platt", "isotonic"])
    func corrected(method: String) throws {
        var rows = Made.mixed(.binary, count: 6_000)
        var random = Made.Random(state: 4)
        for row in rows.targets.indices where rows.targets[row] == 1 && random.below(6) > 0 { rows.targets[row] = 0 }
        let settings = ["calibration": method, "class-weights": "balanced"]
        let outcome = try Training.run(
            rows, request: TrainingRequest(algorithm: "logistic", settings: settings), hooks: TrainingHooks())
        let report = try #require(outcome.calibration)
        #expect(report.method == method)
        #expect(report.errorBefore > 0.1)
        #expect(report.errorAfter < report.errorBefore / 3, "\(report.errorBefore) → \(report.errorAfter)")
        #expect(report.points.map(\.predicted) == report.points.map(\.predicted).sorted())
        #expect(report.points.allSatisfy { $0.lower <= $0.observed && $0.observed <= $0.upper })
        #expect(outcome.settings["calibration"] == method)
        #expect(outcome.notes.contains { $0.hasPrefix("\(method) calibration on the last 960 training rows") })
    }

    @Test(
        "A corrected version survives its bytes, answers a batch as its rows, sums to one and proves its golden rows",
        arguments: Subject.all.filter { $0.task != .regression }, ["platt", "isotonic"])
    func artefact(subject: Subject, method: String) throws {
        let rows = Made.mixed(subject.task, count: 800)
        let outcome = try train(subject.algorithm, rows, method)
        let model = try Model.decode(outcome.artefact)
        #expect(model.calibrationMethod == method && model.encode() == outcome.artefact)
        let scores = try model.scores(of: outcome.holdout)
        #expect(scores == outcome.holdoutScores && scores.allSatisfy { subject.isAnswer($0) })
        let apart = try (0..<outcome.holdout.count).flatMap { try model.scores(of: outcome.holdout.selecting([$0])) }
        #expect(scores == apart)
        if subject.task == .multiclass {
            for start in stride(from: 0, to: scores.count, by: 3) { #expect(abs(scores[start..<(start + 3)].reduce(0, +) - 1) < 1e-12) }
        }
        let categories = Categories()
        try model.verifyGolden(model.predictor(categories: categories), categories: categories)
        #expect(try train(subject.algorithm, rows, method).artefact == outcome.artefact)
        #expect(throws: LearningFailure.self) { try Model.decode(Array(outcome.artefact.dropLast(9))) }
    }

    @Test("Numbers have nothing to correct, and an unknown method is refused with those that there are")
    func refused() {
        #expect(throws: LearningFailure.badSetting(name: "calibration", value: "platt", allowed: "none where a number is predicted")) {
            try train("ridge", Made.mixed(.regression), "platt")
        }
        let failure = #expect(throws: LearningFailure.self) { try train("logistic", Made.mixed(.binary), "beta") }
        #expect(failure?.description == "setting calibration = beta: it must be one of none, platt, isotonic")
    }

    @Test("Slices give the figures of the rows with each frequent value, the most frequent first")
    func slices() throws {
        let rows = Made.mixed(.binary, count: 2_000)
        let outcome = try train("logistic", rows, "none")
        let words = outcome.slices.filter { $0.feature == "word" }
        #expect(words.map(\.n) == words.map(\.n).sorted(by: >))
        let table = rows.categories["word"].table
        let held = outcome.holdout
        for slice in words {
            let code = try #require(table.names.firstIndex(of: slice.value))
            let members = (0..<held.count).filter { held.features[$0 * 6 + 3] == Double(code) }
            #expect(slice.n == members.count)
            let expected = Evaluation.metrics(
                scores: members.map { outcome.holdoutScores[$0] }, targets: members.map { held.targets[$0] }, task: .binary)
            #expect(slice.metrics == expected.filter { !["balancedAccuracy", "f1", "averagePrecision"].contains($0.name) })
        }
        #expect(Set(outcome.slices.map(\.feature)) == ["word", "flag"])
        #expect(Set(outcome.slices.filter { $0.feature == "flag" }.map(\.value)) == ["false", "true"])
    }
}
