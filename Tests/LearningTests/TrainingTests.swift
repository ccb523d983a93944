import Learning
import Tabular
import Testing

@Suite("Training") struct TrainingTests {
    private func run(_ rows: LabelledRows, _ request: TrainingRequest) throws -> TrainingOutcome {
        try Training.run(rows, request: request, hooks: TrainingHooks())
    }

    @Test("The last rows by time judge, and a note of their number, settings and libraries comes with the version")
    func outcome() throws {
        let rows = Made.mixed(.binary, count: 500)
        let outcome = try run(rows, TrainingRequest(algorithm: "logistic", settings: ["l2": "3"]))
        #expect(outcome.trainRows == 400 && outcome.holdoutRows == 100)
        #expect(outcome.holdout.times == Array(rows.times.suffix(100)))
        #expect(outcome.settings["l2"] == "3" && outcome.settings["iterations"] == "50")
        #expect(Set(outcome.settings.keys) == Set((Logistic.parameters + Training.parameters).map(\.name)))
        #expect(outcome.libraries["OpenBLAS"]?.isEmpty == false)
        #expect(outcome.libraries["Swift"]?.hasPrefix("6.") == true)
        #if os(Linux)
            #expect(outcome.libraries["C library"]?.hasPrefix("glibc 2.") == true)
        #endif
        let model = try Model.decode(outcome.artefact)
        #expect(try model.scores(of: outcome.holdout) == outcome.holdoutScores)
        #expect(outcome.metrics == Evaluation.metrics(scores: outcome.holdoutScores, targets: outcome.holdout.targets, task: .binary))
        #expect(model.goldenCount == 32)
    }

    @Test("The baseline's figures are those of the training part's mean")
    func baseline() throws {
        let rows = Made.mixed(.regression, count: 300)
        let outcome = try run(rows, TrainingRequest(algorithm: "baseline"))
        #expect(outcome.metrics == outcome.baselineMetrics)
        let mean = rows.targets.prefix(240).reduce(0, +) / 240
        #expect(outcome.holdoutScores.allSatisfy { abs($0 - mean) < 1e-12 * abs(mean) })
    }

    @Test(
        "What cannot be trained is refused in one line that says what to do",
        arguments: [
            ("boosted-tree", [:], "no such algorithm: boosted-tree: did you mean boosted-trees?"),
            ("logistic", ["iteratons": "1"], "no such setting: iteratons: did you mean iterations?"),
            ("logistic", ["l2": "-1"], "setting l2 = -1: it must be a number from 1e-06 to 1000000.0"),
            ("boosted-trees", ["trees": "ten"], "setting trees = ten: it must be a whole number from 1 to 10000"),
        ] as [(String, [String: String], String)])
    func refused(algorithm: String, settings: [String: String], message: String) {
        let failure = #expect(throws: LearningFailure.self) {
            try run(Made.mixed(.binary), TrainingRequest(algorithm: algorithm, settings: settings))
        }
        #expect(failure?.description == message)
    }

    @Test("A task that an algorithm cannot learn is refused with those that can")
    func unsuited() {
        let failure = #expect(throws: LearningFailure.self) { try run(Made.mixed(.regression), TrainingRequest(algorithm: "logistic")) }
        #expect(failure?.description.hasPrefix("logistic cannot learn a regression target: use ") == true)
        #expect(failure?.description.contains("boosted-trees") == true)
    }

    @Test("Fewer rows than can be judged are refused with both numbers")
    func few() {
        let failure = #expect(throws: LearningFailure.self) {
            try run(Made.mixed(.binary, count: 49), TrainingRequest(algorithm: "logistic"))
        }
        #expect(failure == .tooFewRows(found: 49, needed: 50))
    }

    @Test("A training that would not fit its memory budget is refused before it starts, with both figures", arguments: Subject.all)
    func budget(subject: Subject) throws {
        let rows = Made.mixed(subject.task, count: 200)
        var request = TrainingRequest(algorithm: subject.algorithm, memoryBudget: 1 << 10)
        let started = Counter()
        let failure = #expect(throws: LearningFailure.self) {
            try Training.run(rows, request: request, hooks: TrainingHooks(report: { _ in _ = started.next() }))
        }
        guard case .overBudget(let needed, 1_024) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(started.count == 0)
        request.memoryBudget = needed
        _ = try run(rows, request)
        let estimator = try subject.type.init(settings: [:])
        #expect(
            estimator.memoryNeeded(rows: 1_000_000, schema: rows.schema) > estimator.memoryNeeded(rows: 1_000, schema: rows.schema)
                || ["ridge"].contains(subject.algorithm))
        #expect(estimator.memoryNeeded(rows: .max, schema: rows.schema) > 0)
    }

    @Test("Progress carries an estimate of the seconds left once a part is done")
    func secondsLeft() throws {
        let outcome = try run(Made.mixed(.binary, count: 2_000), TrainingRequest(algorithm: "perceptron"))
        let left = outcome.curve.compactMap(\.secondsLeft)
        #expect(!left.isEmpty && left.allSatisfy { $0 >= 0 && $0.isFinite })
    }

    @Test("A hold-out of one class gives figures without an area, not a failure")
    func oneClassHoldout() throws {
        var rows = Made.mixed(.binary, count: 200)
        for row in 160..<200 { rows.targets[row] = 0 }
        let outcome = try run(rows, TrainingRequest(algorithm: "boosted-trees"))
        let decided = outcome.holdoutScores.contains { $0 >= 0.5 }
        #expect(outcome.metrics.map(\.name) == ["logLoss", "accuracy", "brier"] + (decided ? ["precision"] : []))
    }
}
