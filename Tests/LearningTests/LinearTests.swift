import Foundation
import Learning
import Tabular
import Testing

@Suite("Linear models") struct LinearTests {
    @Test(
        "Coefficients on the flights sample equal scikit-learn 1.9.1's within 1e-4 (Tests/Oracles/linear.py)",
        arguments: ["logistic", "ridge"])
    func coefficients(algorithm: String) throws {
        let figures: Golden.Linear = try Golden.read("linear")
        let isLogistic = algorithm == "logistic"
        let rows = try isLogistic ? Made.flights() : Made.flights(target: "dep_delay", excluded: ["late"])
        let train = rows.split(holdout: 0.2).train
        #expect(train.count == figures.rows)
        for figure in isLogistic ? figures.logistic : figures.ridge {
            let type = try AlgorithmRegistry.named(algorithm)
            let fitted = try type.init(settings: ["l2": "\(figure.l2)"]).fit(train, validation: nil, seed: 0, hooks: TrainingHooks())
            let found = try #require(Model(fitted: fitted, proving: train).coefficients)
            #expect(Set(found.weights.keys) == Set(figure.weights.keys))
            for (name, expected) in figure.weights {
                let weight = try #require(found.weights[name])
                #expect(abs(weight - expected) < 1e-4, "\(name): \(weight), not \(expected), at λ = \(figure.l2)")
            }
            #expect(abs(found.intercept - figure.intercept) < 1e-4)
        }
    }

    @Test(
        "Softmax's coefficients on the flights sample equal scikit-learn 1.9.1's within 1e-4, class weights and L1 included (Tests/Oracles/linear.py)"
    )
    func softmax() throws {
        let figures: Golden.Linear = try Golden.read("linear")
        for figure in figures.softmax {
            var train = try Made.flights(target: "dep_delay", excluded: ["late"]).split(holdout: 0.2).train
            train.schema.target = Target(name: "y", task: .multiclass, classes: figure.classes)
            train.targets = train.targets.map { $0 < -4 ? 0 : $0 > 4 ? 1 : 2 }
            let settings = [
                "l1": "\(figure.l1)", "l2": "\(figure.l2)", "iterations": "5000", "class-weights": figure.balanced ? "balanced" : "none",
                "tolerance": "0.000000001",
            ]
            let fitted = try SoftmaxRegression(settings: settings).fit(train, validation: nil, seed: 0, hooks: TrainingHooks(threads: 2))
            let model = Model(fitted: fitted, proving: train)
            for (index, expected) in figure.weights.enumerated() {
                let found = try #require(model.coefficients(ofClass: index))
                #expect(Set(found.weights.keys) == Set(expected.keys))
                for (name, value) in expected {
                    let weight = try #require(found.weights[name])
                    #expect(abs(weight - value) < 1e-4, "\(figure.classes[index]), \(name): \(weight), not \(value)")
                    if figure.l1 > 0 { #expect((weight == 0) == (value == 0), "\(name): \(weight), not \(value)") }
                }
                #expect(abs(found.intercept - figure.intercepts[index]) < 1e-4)
            }
        }
    }

    @Test("Class weights and the L1 penalty give scikit-learn 1.9.1's coefficients, its zeros exactly (Tests/Oracles/linear.py)")
    func weightedAndSparse() throws {
        let figures: Golden.Linear = try Golden.read("linear")
        let train = try Made.flights().split(holdout: 0.2).train
        func found(_ settings: [String: String]) throws -> (weights: [String: Double], intercept: Double) {
            let fitted = try Logistic(settings: settings).fit(train, validation: nil, seed: 0, hooks: TrainingHooks(threads: 2))
            return try #require(Model(fitted: fitted, proving: train).coefficients)
        }
        let balanced = try found(["class-weights": "balanced"])
        for (name, value) in figures.balanced.weights { #expect(abs(try #require(balanced.weights[name]) - value) < 1e-4, "\(name)") }
        #expect(abs(balanced.intercept - figures.balanced.intercept) < 1e-4)
        let weighted = try found(["class-weights": "yes=3,no=0.5"])
        for (name, value) in figures.weighted.weights { #expect(abs(try #require(weighted.weights[name]) - value) < 1e-4, "\(name)") }
        #expect(abs(weighted.intercept - figures.weighted.intercept) < 1e-4)
        for figure in figures.sparse {
            let sparse = try found(["l1": "\(figure.l1)", "l2": "\(figure.l2)"])
            #expect(sparse.weights.values.contains(0))
            for (name, value) in figure.weights {
                let weight = try #require(sparse.weights[name])
                #expect(abs(weight - value) < 1e-4, "\(name): \(weight), not \(value), at λ₁ = \(figure.l1)")
                #expect((weight == 0) == (value == 0), "\(name): \(weight), not \(value)")
            }
        }
    }

    @Test("Dense rows and sparse ones, one thread and three, give the same Newton steps")
    func paths() throws {
        // Sixty numbers fill every column, which takes the dense way; sixty words fill few.
        for rows in [Made.wide(.binary, count: 3_000, width: 60), Made.mixed(.binary, count: 3_000)] {
            let models = try [1, 3].map { threads in
                let hooks = TrainingHooks(threads: threads)
                return Model(fitted: try Logistic(settings: [:]).fit(rows, validation: nil, seed: 0, hooks: hooks), proving: rows).encode()
            }
            #expect(models[0] == models[1])
        }
    }

    @Test("Rarer categories than asked for share a weight")
    func folding() throws {
        let rows = Made.mixed(.binary, count: 600)
        func names(_ least: String) throws -> Set<String> {
            let fitted = try Logistic(settings: ["min-count": least]).fit(rows, validation: nil, seed: 0, hooks: TrainingHooks())
            return Set(try #require(Model(fitted: fitted, proving: rows).coefficients).weights.keys.filter { $0.hasPrefix("word") })
        }
        #expect(try names("1") == ["word=oak", "word=elm", "word=fir", "word=ash", "word=yew", "word=box"])
        let folded = try names("100")
        #expect(folded.contains("word other") && !folded.contains("word=box") && folded.contains("word=oak"))
    }

    @Test("A line without noise is found by ridge, up to the penalty's shrinking: w = Sxy / (Sxx + λ)")
    func line() throws {
        let x = (0..<100).map(Double.init)
        let rows = Made.numbers(.regression, [x], targets: x.map { 3 * $0 - 7 })
        let fitted = try Ridge(settings: ["l2": "25"]).fit(rows, validation: nil, seed: 0, hooks: TrainingHooks())
        let model = Model(fitted: fitted, proving: rows)
        // Standardised, Sxx is the number of rows.
        let deviation = (x.reduce(0) { $0 + ($1 - 49.5) * ($1 - 49.5) } / 100).squareRoot()
        let weight = try #require(model.coefficients?.weights["c0"])
        #expect(abs(weight - 3 * deviation * 100 / 125) < 1e-9)
        #expect(abs(try #require(model.coefficients).intercept - (3 * 49.5 - 7)) < 1e-9)
    }

    @Test("With one binary feature and no penalty to speak of, probabilities are the groups' rates")
    func rates() throws {
        // 30 of 100 and 60 of 80.
        let x = [Double](repeating: 0, count: 100) + [Double](repeating: 1, count: 80)
        let targets = (0..<100).map { $0 < 30 ? 1.0 : 0 } + (0..<80).map { $0 < 60 ? 1.0 : 0 }
        let rows = Made.numbers(.binary, [x], targets: targets)
        let fitted = try Logistic(settings: ["l2": "0.000001"]).fit(rows, validation: nil, seed: 0, hooks: TrainingHooks())
        let scores = try Model(fitted: fitted, proving: rows).scores(of: rows)
        #expect(abs(scores[0] - 0.3) < 1e-6)
        #expect(abs(scores[100] - 0.75) < 1e-6)
    }

    @Test("Classes that a line parts exactly give finite weights")
    func separable() throws {
        let x = (0..<100).map(Double.init)
        let rows = Made.numbers(.binary, [x], targets: x.map { $0 < 50 ? 0 : 1 })
        for l2 in ["0.000001", "1", "1000000"] {
            let fitted = try Logistic(settings: ["l2": l2]).fit(rows, validation: nil, seed: 0, hooks: TrainingHooks())
            let model = Model(fitted: fitted, proving: rows)
            let scores = try model.scores(of: rows)
            #expect(scores == scores.sorted())
            #expect(model.coefficients?.weights.values.allSatisfy(\.isFinite) == true)
        }
    }

    @Test("The most important feature of a sum is the one with the largest weight")
    func importance() throws {
        let rows = Made.wide(.binary, count: 500, width: 4)
        let fitted = try Logistic(settings: [:]).fit(rows, validation: nil, seed: 0, hooks: TrainingHooks())
        let importance = Model(fitted: fitted, proving: rows).importance()
        #expect(importance.first?.feature == "c0")
        #expect(abs(importance.reduce(0) { $0 + $1.value } - 1) < 1e-12)
    }
}
