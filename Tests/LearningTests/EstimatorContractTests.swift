import Learning
import Tabular
import Testing

@Suite("Estimator contract: data") struct EstimatorDataContractTests {
    @Test("No rows are refused", arguments: Subject.all)
    func empty(subject: Subject) {
        #expect(subject.failure(Made.mixed(subject.task, count: 0)) == .tooFewRows(found: 0, needed: 1))
    }

    @Test("One row, and two equal ones, either work or are refused with a reason", arguments: Subject.all)
    func oneRow(subject: Subject) {
        let one = Made.mixed(subject.task, count: 1)
        subject.worksOrSaysWhy(one)
        subject.worksOrSaysWhy(one.selecting([0, 0]))
        if subject.task != .regression { #expect(subject.failure(one) == .oneClass(name: one.schema.target.classes[Int(one.targets[0])])) }
    }

    @Test("One feature is enough", arguments: Subject.all)
    func oneFeature(subject: Subject) throws {
        let rows = Made.wide(subject.task, count: 200, width: 1)
        #expect(try subject.fit(rows).scores(of: rows).allSatisfy { subject.isAnswer($0) })
    }

    @Test("No feature at all, and none that varies, is refused or answered by the mean", arguments: Subject.all)
    func noFeature(subject: Subject) {
        #expect(subject.failure(Made.mixed(subject.task).reordered([])) == .noFeatures)
        let constant = Made.mixed(subject.task).replacing("time") { _ in 1_356_998_400_000 }.reordered([5])
        #expect(subject.failure(constant) == (subject.algorithm == "baseline" ? nil : .noFeatures))
    }

    @Test("Times are learnt from by their hour, weekday and month in the schema's zone, and never as a number", arguments: Subject.all)
    func timeParts(subject: Subject) throws {
        // An hour apart: three weeks see all hours and weekdays, and of the months only January.
        var rows = Made.mixed(subject.task, count: 504)
        rows.schema.zone = "America/New_York"
        rows = rows.reordered([5])
        let week = 7 * 86_400_000.0
        rows.targets = (0..<rows.count).map { row in
            // Midnight of the first row in Greenwich is 19 o'clock in New York.
            let isEvening = (row + 19) % 24 >= 18
            return subject.task == .regression ? (isEvening ? 50 : 20) : isEvening ? 1 : 0
        }
        let model = try subject.fit(rows)
        let scores = try model.scores(of: rows)
        #expect(try model.scores(of: rows.replacing("time") { rows.features[$0] + 52 * week }).count == scores.count)
        // The same hours and weekdays of the same month; the first five hours are December in New York.
        #expect(try model.scores(of: rows.replacing("time") { rows.features[$0] + ((5..<168).contains($0) ? week : 0) }) == scores)
        if subject.algorithm == "baseline" { return }
        let outputs = scores.count / rows.count
        let evening = (0..<rows.count).filter { ($0 + 19) % 24 >= 18 }.map { scores[$0 * outputs + outputs / 2] }
        let others = (0..<rows.count).filter { ($0 + 19) % 24 < 18 }.map { scores[$0 * outputs + outputs / 2] }
        #expect(try #require(evening.min()) > #require(others.max()))
        #expect(try model.scores(of: rows.replacing("time") { _ in .nan }).allSatisfy { subject.isAnswer($0) })
    }

    @Test("A zone that is not known is refused by its name", arguments: Subject.all)
    func unknownZone(subject: Subject) {
        var rows = Made.mixed(subject.task)
        rows.schema.zone = "Mars/Olympus"
        #expect(subject.failure(rows) == .unknownZone(name: "Mars/Olympus"))
    }

    @Test("One class is refused with its name", arguments: Subject.all.filter { $0.task != .regression })
    func oneClass(subject: Subject) {
        var rows = Made.mixed(subject.task)
        rows.targets = rows.targets.map { _ in 1 }
        #expect(subject.failure(rows) == .oneClass(name: rows.schema.target.classes[1]))
        let failure = #expect(throws: LearningFailure.self) {
            try Training.run(rows, request: TrainingRequest(algorithm: subject.algorithm), hooks: TrainingHooks())
        }
        #expect(failure == .oneClass(name: rows.schema.target.classes[1]))
    }

    @Test("A constant column changes no answer", arguments: Subject.all)
    func constant(subject: Subject) throws {
        let rows = Made.mixed(subject.task).replacing("n") { _ in 7 }
        let model = try subject.fit(rows)
        let other = rows.replacing("n") { _ in -1e9 }
        #expect(try model.scores(of: rows) == model.scores(of: other))
    }

    @Test("A column without any value changes no answer", arguments: Subject.all)
    func allMissing(subject: Subject) throws {
        for name in ["gap", "word", "flag"] {
            let rows = Made.mixed(subject.task).replacing(name) { _ in .nan }
            let scores = try subject.fit(rows).scores(of: rows)
            #expect(scores.allSatisfy { subject.isAnswer($0) })
        }
        let nothing = Made.mixed(subject.task).replacing("gap") { _ in .nan }.reordered([4, 5])
        subject.worksOrSaysWhy(nothing)
    }

    @Test("NaN and infinities in features count as missing, in training and in prediction", arguments: Subject.all)
    func notNumbers(subject: Subject) throws {
        let missing = Made.mixed(subject.task)
        let infinite = missing.replacing("gap") { row in
            let value = missing.features[row * missing.schema.width + 4]
            return value.isNaN ? (row % 2 == 0 ? Double.infinity : -.infinity) : value
        }
        let model = try subject.fit(missing)
        #expect(try model.scores(of: missing) == model.scores(of: infinite))
        #expect(try subject.fit(infinite).scores(of: infinite) == model.scores(of: missing))
    }

    @Test("Values of any size give answers", arguments: Subject.all)
    func anySize(subject: Subject) throws {
        let rows = Made.mixed(subject.task)
        let model = try subject.fit(rows)
        for value in [1e300, -1e300, Double.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0, 65_535, 1e18]
        {
            for name in ["x", "n", "flag", "word", "gap", "time"] {
                let scores = try model.scores(of: rows.replacing(name) { _ in value })
                #expect(scores.allSatisfy { subject.isAnswer($0) }, "\(name) = \(value)")
            }
        }
        let huge = rows.replacing("x") { row in row % 3 == 0 ? 1e308 : row % 3 == 1 ? -1e308 : Double(row) }
        #expect(try subject.fit(huge).scores(of: huge).allSatisfy { subject.isAnswer($0) })
    }

    @Test(
        "A target that is no number or no class is refused with its row", arguments: Subject.all,
        [Double.nan, .infinity, -.infinity, -1, 0.5, 99])
    func badTarget(subject: Subject, value: Double) throws {
        var rows = Made.mixed(subject.task)
        rows.targets[17] = value
        if subject.task == .regression, value.isFinite {
            #expect(subject.failure(rows) == nil)
            return
        }
        guard case .badTarget(let column, let row, _) = subject.failure(rows) else {
            Issue.record("\(value) was not refused")
            return
        }
        #expect(column == "y" && row == 17)
    }

    @Test("Values that do not fill the width are refused", arguments: Subject.all)
    func wrongWidth(subject: Subject) throws {
        var rows = Made.mixed(subject.task)
        let model = try subject.fit(rows)
        rows.features.removeLast()
        let expected = LearningFailure.misshapen(values: 2_399, rows: 400, width: 6)
        #expect(subject.failure(rows) == expected)
        #expect(throws: expected) { try model.scores(of: rows) }
    }

    @Test("A rare class is learnt without a certain answer", arguments: Subject.all.filter { $0.task != .regression })
    func rareClass(subject: Subject) throws {
        var rows = Made.mixed(subject.task)
        for row in rows.targets.indices { rows.targets[row] = row == 200 ? 1 : 0 }
        let scores = try subject.fit(rows).scores(of: rows)
        #expect(scores.allSatisfy { subject.isAnswer($0) })
        if subject.task == .binary { #expect(scores.allSatisfy { $0 > 0 && $0 < 1 }) }
    }

    @Test("Equal columns are no trouble", arguments: Subject.all)
    func collinear(subject: Subject) throws {
        let wide = Made.wide(subject.task, count: 300, width: 2)
        let columns = [0, 0, 1, 0].map { column in (0..<wide.count).map { wide.features[$0 * 2 + column] } }
        let rows = Made.numbers(subject.task, columns + [columns[0].map { 2 * $0 + 3 }], targets: wide.targets)
        #expect(try subject.fit(rows).scores(of: rows).allSatisfy { subject.isAnswer($0) })
    }

    @Test("Fewer rows than columns work", arguments: Subject.all)
    func moreColumnsThanRows(subject: Subject) throws {
        let rows = Made.wide(subject.task, count: 60, width: 200)
        #expect(try subject.fit(rows).scores(of: rows).allSatisfy { subject.isAnswer($0) })
    }

    @Test("Very many columns work or are refused with the limit", .timeLimit(.minutes(1)), arguments: Subject.all)
    func veryWide(subject: Subject) {
        subject.worksOrSaysWhy(Made.wide(subject.task, count: 60, width: 700))
        subject.worksOrSaysWhy(Made.wide(subject.task, count: 12, width: 5_000))
    }

    @Test("More texts than columns or bins work", arguments: Subject.all)
    func manyTexts(subject: Subject) throws {
        var rows = Made.mixed(subject.task, count: 2_000)
        let codes = (0..<800).map { Double(rows.categories["word"].intern("text \($0)")) }
        rows = rows.replacing("word") { codes[$0 % 800] }
        #expect(try subject.fit(rows).scores(of: rows).allSatisfy { subject.isAnswer($0) })
    }
}
