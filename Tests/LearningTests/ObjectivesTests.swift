import Foundation
import Learning
import Tabular
import Testing

/// Other losses than squares, weights and exposures: Tests/Oracles/objectives.py.
@Suite("Objectives, weights and exposures") struct ObjectivesTests {
    struct Figures: Decodable {
        struct Case: Decodable {
            let objective, target: String
            let settings: [String: String]
            let weighted: Bool
            let loss, meanLoss: Double
        }

        struct Judged: Decodable {
            let targets, scores, weights: [Double]
            /// Each without and with weights.
            let poissonDeviance, tweedieDeviance, gammaDeviance, pinball, mae: [Double]
        }

        let trainRows, trees, leaves: Int
        let features: [[Double]]
        let exposures, weights: [Double]
        let targets: [String: [Double]]
        let cases: [Case]
        let figures: Judged
    }

    /// Rows of the golden tables; a weight or an exposure of 1 where the case has none.
    private func rows(_ figures: Figures, _ figure: Figures.Case, _ places: Range<Int>) throws -> LabelledRows {
        let isExposed = figure.target == "exposed"
        var features = (0..<4).map { Feature(name: "c\($0)", kind: .numeric) }
        features.append(Feature(name: "weight", kind: .numeric, optional: true, role: .weight))
        if isExposed { features.append(Feature(name: "years", kind: .numeric, optional: true, role: .exposure)) }
        let targets = try #require(figures.targets[figure.target])
        return LabelledRows(
            schema: Schema(features: features, target: Made.target(.regression)), categories: Categories(),
            features: places.flatMap { row in
                figures.features[row] + [figure.weighted ? figures.weights[row] : .nan] + (isExposed ? [figures.exposures[row]] : [])
            }, targets: Array(targets[places]))
    }

    @Test(
        "Counts, amounts, quantiles and the median are predicted as well as by LightGBM 4.7.0, within 1 % (weighted amounts with zeros, which few rows decide, 1.5 %)"
    )
    func lightgbm() throws {
        let figures: Figures = try Golden.read("objectives")
        for figure in figures.cases {
            let train = try rows(figures, figure, 0..<figures.trainRows)
            let held = try rows(figures, figure, figures.trainRows..<figures.features.count)
            let settings = ["objective": figure.objective, "trees": "\(figures.trees)", "leaves": "\(figures.leaves)"]
                .merging(figure.settings) { $1 }
            let fitted = try BoostedTrees(settings: settings).fit(train, validation: nil, seed: 0, hooks: TrainingHooks())
            let model = Model(fitted: fitted, proving: held)
            let judgement = Judgement(held, settings: settings)
            let metrics = Evaluation.metrics(
                scores: try model.scores(of: held), targets: held.targets, task: .regression, judgement: judgement)
            let loss = try #require(metrics.first { $0.name == judgement.primary(.regression) }).value
            let most = figure.objective == "tweedie" && figure.weighted ? 0.015 : 0.01
            #expect(abs(loss / figure.loss - 1) < most, "\(figure.objective) of \(figure.target), weighted: \(figure.weighted): \(loss)")
        }
    }

    @Test("Deviances, the pinball loss and the absolute error are scikit-learn 1.9.1's, weighted or not")
    func judged() throws {
        let figures: Figures = try Golden.read("objectives")
        let judged = figures.figures
        let cases: [(Objective, [Double], [Double])] = [
            (.poisson, judged.targets, judged.poissonDeviance), (.tweedie(1.3), judged.targets, judged.tweedieDeviance),
            (.gamma, judged.targets.map { $0 + 1 }, judged.gammaDeviance), (.quantile(0.9), judged.targets, judged.pinball),
            (.absolute, judged.targets, judged.mae),
        ]
        for (objective, targets, expected) in cases {
            for (weights, value) in zip([[], judged.weights], expected) {
                let metrics = Evaluation.metrics(
                    scores: judged.scores, targets: targets, task: .regression,
                    judgement: Judgement(objective: objective, weights: weights))
                let found = try #require(metrics.first { $0.name == objective.figure })
                #expect(abs(found.value - value) < 1e-9 * value, "\(objective)")
                #expect(try #require(found.lower) < value && value < #require(found.upper))
            }
        }
    }

    @Test("The same loss sets two versions side by side: what a deviance prefers is not what squares do")
    func paired() {
        let targets = (0..<200).map { Double($0 % 4 == 0 ? 8 : 0) }
        let mean = targets.map { _ in 2.0 }
        let median = targets.map { _ in 0.0 }
        func better(_ objective: Objective) -> Double? {
            Evaluation.paired(
                first: mean, second: median, targets: targets, task: .regression, judgement: Judgement(objective: objective)
            ).first?.difference
        }
        #expect(better(.squared).map { $0 > 0 } == true)
        #expect(better(.poisson).map { $0 > 0 } == true)
        #expect(better(.absolute).map { $0 < 0 } == true)
        #expect(better(.quantile(0.1)).map { $0 < 0 } == true)
    }

    @Test("A weight of two is the row twice, and of zero no row, for all that learn from rows at once")
    func weights() throws {
        let plain = Made.numbers(
            .binary, [(0..<240).map { Double($0 % 17) }, (0..<240).map { Double($0 % 7) }],
            targets: (0..<240).map { ($0 % 17) * 3 + $0 % 5 > 26 ? 1 : 0 })
        let counts = (0..<240).map { $0 % 3 }
        let repeated = plain.selecting((0..<240).flatMap { row in Array(repeating: row, count: counts[row]) })
        let weighted = weighing(plain, counts.map(Double.init))
        for (type, task, tolerance) in [
            (Logistic.self as any Estimator.Type, PredictionTask.binary, 1e-6), (Ridge.self, .regression, 1e-9),
            (Baseline.self, .binary, 1e-12),
        ] {
            var (once, often) = (weighted, repeated)
            if task == .regression {
                once.schema.target = Made.target(.regression)
                often.schema.target = Made.target(.regression)
            }
            // Standardised by other rows, the penalty is another: it must be too small to matter.
            let settings = type.name == "baseline" ? [:] : ["l2": "0.000001"]
            let a = try type.init(settings: settings).fit(once, validation: nil, seed: 0, hooks: TrainingHooks())
            let b = try type.init(settings: settings).fit(often, validation: nil, seed: 0, hooks: TrainingHooks())
            let first = try Model(fitted: a, proving: once).scores(of: once)
            let second = try Model(fitted: b, proving: often).scores(of: plain)
            #expect(zip(first, second).allSatisfy { abs($0 - $1) < tolerance * max(1, abs($1)) }, "\(type.name)")
        }
    }

    /// The same rows with a column of weights.
    private func weighing(_ rows: LabelledRows, _ weights: [Double]) -> LabelledRows {
        var result = rows
        result.schema.features.append(Feature(name: "weight", kind: .numeric, optional: true, role: .weight))
        result.features = weights.indices.flatMap { row in
            rows.features[(row * rows.schema.width)..<((row + 1) * rows.schema.width)] + [weights[row]]
        }
        return result
    }

    @Test("Weights are no input: what a row weighs changes no answer, and a request may leave it out", arguments: PredictionTask.allCases)
    func noInput(_ task: PredictionTask) throws {
        let plain = Made.mixed(task, count: 300, time: false)
        var random = Made.Random(state: 3)
        let rows = weighing(plain, (0..<300).map { _ in 0.5 + random.unit() })
        for type in AlgorithmRegistry.all where type.tasks.contains(task) && type.roles.contains(.weight) {
            let settings = type.name == "perceptron" ? ["epochs": "3"] : [:]
            let fitted = try type.init(settings: settings).fit(rows, validation: rows, seed: 0, hooks: TrainingHooks())
            let model = Model(fitted: fitted, proving: rows)
            let scores = try model.scores(of: rows)
            #expect(try model.scores(of: rows.replacing("weight") { _ in 99 }) == scores, "\(type.name)")
            #expect(try model.scores(of: plain) == scores, "\(type.name)")
            #expect(model.importance().allSatisfy { $0.feature != "weight" })
        }
    }

    @Test("Twice the exposure is twice the answer, and one of them where a row has none; explanations add up to its logarithm")
    func exposure() throws {
        let figures: Figures = try Golden.read("objectives")
        let figure = try #require(figures.cases.first { $0.target == "exposed" })
        let rows = try rows(figures, figure, 0..<400)
        let fitted = try BoostedTrees(settings: ["trees": "20"]).fit(rows, validation: nil, seed: 0, hooks: TrainingHooks())
        let model = try Model.decode(Model(fitted: fitted, proving: rows).encode())
        let one = try model.scores(of: rows.replacing("years") { _ in .nan })
        let two = try model.scores(of: rows.replacing("years") { _ in 2 })
        #expect(zip(one, two).allSatisfy { abs(2 * $0 - $1) < 1e-12 * $1 })
        let explanation = try model.explain(Array(rows.features.prefix(rows.schema.width)), categories: rows.categories)
        let answer = try #require(model.scores(of: rows).first)
        let output = try #require(explanation.outputs.first)
        #expect(explanation.unit == "log y" && abs(output.score - log(answer)) < 1e-9)
        #expect(abs(output.contributions[5] - log(rows.features[5])) < 1e-12)
    }

    @Test("What does not fit is refused with what would: targets, weights, exposures, algorithms that overlook them")
    func refusals() throws {
        let x = (0..<80).map { Double($0 % 9) }
        let rows = Made.numbers(.regression, [x], targets: x)
        func refusal(_ type: any Estimator.Type, _ settings: [String: String], _ rows: LabelledRows) -> String {
            do {
                _ = try type.init(settings: settings).fit(rows, validation: nil, seed: 0, hooks: TrainingHooks())
                return ""
            } catch { return "\(error)" }
        }
        #expect(refusal(BoostedTrees.self, ["objective": "gamma"], rows).contains("targets must be above 0, and row 0 has 0.0"))
        let negative = Made.numbers(.regression, [x], targets: x.map { $0 - 1 })
        #expect(refusal(BoostedTrees.self, ["objective": "poisson"], negative).contains("row 0 has -1.0"))
        #expect(
            refusal(BoostedTrees.self, ["objective": "poisson"], Made.numbers(.regression, [x], targets: x.map { _ in 0 })).contains(
                "all are 0"))
        #expect(
            refusal(Ridge.self, [:], weighing(rows, x.map { $0 - 1 }))
                == "weight weight is -1.0: row 0: it must be a finite number, 0 or more, and not 0 in every row: correct or leave out the row"
        )
        #expect(refusal(OnlineLinear.self, [:], weighing(rows, x)).contains("online-linear does not look at the weight column weight: use"))
        var exposed = weighing(rows, x.map { $0 + 1 })
        exposed.schema.features[1].role = .exposure
        #expect(refusal(Ridge.self, [:], exposed).contains("use boosted-trees"))
        #expect(refusal(BoostedTrees.self, ["objective": "absolute"], exposed).contains("poisson, gamma or tweedie"))
        #expect(refusal(BoostedTrees.self, [:], exposed).isEmpty)
    }

    @Test("The base of trees' contributions is the mean raw score of the training rows, also for classes")
    func base() throws {
        for task in PredictionTask.allCases {
            let rows = Made.mixed(task, count: 300, time: false)
            let fitted = try BoostedTrees(settings: ["trees": "30"]).fit(rows, validation: nil, seed: 0, hooks: TrainingHooks())
            let explainer = try Model(fitted: fitted, proving: rows).explainer(categories: rows.categories)
            let width = rows.schema.width
            let all = try (0..<rows.count).map { try explainer.explain(Array(rows.features[($0 * width)..<(($0 + 1) * width)])) }
            for output in try #require(all.first).outputs.indices {
                let mean = all.reduce(0) { $0 + $1.outputs[output].score } / Double(all.count)
                #expect(abs(all[0].outputs[output].base - mean) < 1e-9, "\(task), output \(output)")
            }
        }
    }
}
