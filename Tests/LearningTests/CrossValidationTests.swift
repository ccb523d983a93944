import Learning
import Tabular
import Testing

@Suite("Judging by parts and units") struct CrossValidationTests {
    private func request(_ algorithm: String, _ rule: SplitRule, _ settings: [String: String] = [:]) -> TrainingRequest {
        TrainingRequest(algorithm: algorithm, settings: settings, split: rule)
    }

    /// Rows of units with a target that follows from the unit and a little from `x`.
    private func grouped(_ units: Int, rowsEach: Int = 5) -> LabelledRows {
        var random = Made.Random(state: 5)
        let schema = Schema(
            features: [Feature(name: "x", kind: .numeric), Feature(name: "unit", kind: .numeric, optional: true)],
            target: Made.target(.binary), groupColumn: "unit")
        var rows = LabelledRows(schema: schema, categories: Categories(), features: [], targets: [])
        for unit in 0..<units {
            let bias = random.normal()
            for _ in 0..<rowsEach {
                let x = random.normal()
                rows.features += [x, Double(unit)]
                rows.targets.append(x + 2 * bias + random.normal() > 0 ? 1 : 0)
            }
        }
        return rows
    }

    @Test("What is kept has learnt all rows and is what a plain fit of them gives; what judges are the parts' scores, made by hand")
    func byHand() throws {
        let rows = Made.mixed(.binary, count: 200, time: false)
        let rule = SplitRule(kind: .stratified, share: 0.2, folds: 4)
        let outcome = try Training.run(rows, request: request("logistic", rule), hooks: TrainingHooks())
        #expect(outcome.trainRows == 200 && outcome.holdoutRows == 200)
        let folds = try #require(outcome.division?.folds)
        for fold in folds {
            let fitted = try Logistic(settings: [:]).fit(rows.selecting(fold.learning), validation: nil, seed: 0, hooks: TrainingHooks())
            let part = rows.selecting(fold.judging)
            let scores = fitted.predictor(schema: rows.schema, categories: rows.categories).scores(part.features, count: part.count)
            #expect(scores == fold.judging.map { outcome.holdoutScores[$0] })
        }
        let whole = try Logistic(settings: [:]).fit(rows, validation: nil, seed: 0, hooks: TrainingHooks())
        let all = whole.predictor(schema: rows.schema, categories: rows.categories).scores(rows.features, count: rows.count)
        #expect(try Model.decode(outcome.artefact).scores(of: rows) == all && all != outcome.holdoutScores)
        #expect(outcome.notes.contains { $0.contains("each by a version that had not learnt it") })
    }

    @Test(
        "By time each part is judged by what came before it, and the first rows judge nothing",
        arguments: [PredictionTask.binary, .regression])
    func byTime(task: PredictionTask) throws {
        let rows = Made.mixed(task, count: 330)
        let algorithm = task == .regression ? "ridge" : "logistic"
        let outcome = try Training.run(
            rows, request: request(algorithm, SplitRule(kind: .time, share: 0.2, folds: 10)), hooks: TrainingHooks())
        #expect(outcome.trainRows == 330 && outcome.holdoutRows == 300 && outcome.holdout.times == Array(rows.times.suffix(300)))
        #expect(outcome.division?.bounds.learntUntil == rows.times.last)
    }

    @Test("Several classes and a calibration have scores of their own in each part") func classes() throws {
        let rows = Made.mixed(.multiclass, count: 300, time: false)
        let rule = SplitRule(kind: .stratified, share: 0.2, folds: 3)
        let outcome = try Training.run(rows, request: request("softmax", rule, ["calibration": "platt"]), hooks: TrainingHooks())
        #expect(outcome.holdoutScores.count == 900 && outcome.calibration?.method == "platt")
        for row in 0..<300 { #expect(abs(outcome.holdoutScores[(row * 3)..<(row * 3 + 3)].reduce(0, +) - 1) < 1e-9) }
    }

    @Test(
        "The column of units is not learnt: whatever it says, the answer is the same",
        arguments: ["logistic", "boosted-trees", "perceptron", "online-logistic"])
    func withheld(algorithm: String) throws {
        let rows = grouped(80)
        let outcome = try Training.run(
            rows, request: request(algorithm, SplitRule(kind: .group, share: 0.2, group: "unit")), hooks: TrainingHooks())
        let model = try Model.decode(outcome.artefact)
        let scores = try model.scores(of: rows)
        #expect(try model.scores(of: rows.replacing("unit") { _ in .nan }) == scores)
        #expect(try model.scores(of: rows.replacing("unit") { _ in 7 }) == scores)
        #expect(try Model.decode(model.encode()).scores(of: rows) == scores)
        #expect(model.importance().first { $0.feature == "unit" }.map { $0.value == 0 } ?? true)
        let units = Set((0..<outcome.holdout.count).map { outcome.holdout.features[$0 * 2 + 1] })
        #expect(outcome.groups?.count == units.count)
        #expect(outcome.metrics.first { $0.name == "auc" }?.interval?.hasSuffix(", by units") == true)
    }

    @Test("Intervals know of units: rows of one say less than as many of others") func widths() throws {
        let rows = grouped(200)
        func width(_ rule: SplitRule) throws -> Double {
            let area = try #require(
                try Training.run(rows, request: request("logistic", rule), hooks: TrainingHooks()).metrics.first { $0.name == "auc" })
            return try #require(area.upper) - (try #require(area.lower))
        }
        let alone = try width(SplitRule(kind: .stratified, share: 0.2, folds: 5))
        #expect(try width(SplitRule(kind: .group, share: 0.2, group: "unit", folds: 5)) > 1.05 * alone)
    }

    @Test("What cannot be divided is refused in one line that says what to do") func refused() {
        let rows = grouped(1, rowsEach: 100)
        func failure(_ rule: SplitRule, _ search: SearchOrder? = nil) -> String {
            var asked = request("logistic", rule)
            asked.search = search
            do {
                try Training.check(asked)
                _ = try Training.run(rows, request: asked, hooks: TrainingHooks())
                return "none"
            } catch { return "\(error)" }
        }
        let byUnit = SplitRule(kind: .group, share: 0.2, group: "unit")
        #expect(failure(byUnit) == "rows cannot be divided: all rows are of one unit: choose another split, or give more data")
        #expect(failure(SplitRule(kind: .group, share: 0.2, group: "unit", folds: 5)).contains("all rows are of one unit"))
        #expect(failure(SplitRule(kind: .group, share: 0.2, group: "nobody")).hasPrefix("no column nobody"))
        #expect(failure(SplitRule(kind: .time, share: 1)).contains("hold-out share of 1.0"))
        #expect(
            failure(SplitRule(kind: .stratified, share: 0.2, folds: 5), SearchOrder(trials: 3, seconds: 10)).contains(
                "a search looks at rows that a cross-validation judges on"))
    }
}
