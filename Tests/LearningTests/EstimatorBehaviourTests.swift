import Foundation
import Learning
import Synchronization
import Tabular
import Testing

@Suite("Estimator contract: behaviour") struct EstimatorBehaviourContractTests {
    @Test("Learning twice gives the bytes of learning once, and leaves its input as it was", arguments: Subject.all)
    func twice(subject: Subject) throws {
        let rows = Made.mixed(subject.task)
        let before = rows.bits
        let names = rows.categories["word"].table.names
        let estimator = try subject.type.init(settings: [:])
        let first = try Model(fitted: estimator.fit(rows, validation: nil, seed: 9, hooks: TrainingHooks()), proving: rows).encode()
        let second = try Model(fitted: estimator.fit(rows, validation: nil, seed: 9, hooks: TrainingHooks()), proving: rows).encode()
        #expect(first == second)
        #expect(rows.bits == before)
        #expect(rows.categories["word"].table.names == names)
    }

    @Test("Threads and the machine's load do not change a bit", arguments: Subject.all)
    func load(subject: Subject) throws {
        let rows = Made.mixed(subject.task, count: 1_500)
        let request = TrainingRequest(algorithm: subject.algorithm, seed: 4)
        let alone = try Training.run(rows, request: request, hooks: TrainingHooks(threads: 1)).artefact
        let isDone = Spinning()
        for _ in 0..<4 { Thread.detachNewThread { isDone.spin() } }
        defer { isDone.stop() }
        for threads in [1, 2, 2, 3] {
            #expect(
                try Training.run(rows, request: request, hooks: TrainingHooks(threads: threads)).artefact == alone, "\(threads) threads")
        }
    }

    @Test("What is watched and held out does not change what is learnt", arguments: Subject.all)
    func watching(subject: Subject) throws {
        let rows = Made.mixed(subject.task)
        let estimator = try subject.type.init(settings: [:])
        let plain = try Model(fitted: estimator.fit(rows, validation: nil, seed: 0, hooks: TrainingHooks()), proving: rows).encode()
        let other = Made.mixed(subject.task, count: 50, seed: 77)
        #expect(try Model(fitted: estimator.fit(rows, validation: other, seed: 0, hooks: TrainingHooks()), proving: rows).encode() == plain)
    }

    @Test("A batch gets the answers of its rows one by one", arguments: Subject.all)
    func batch(subject: Subject) throws {
        let rows = Made.mixed(subject.task)
        let model = try subject.fit(rows)
        let together = try model.scores(of: rows)
        let apart = try (0..<rows.count).flatMap { try model.scores(of: rows.selecting([$0])) }
        #expect(together.map(\.bitPattern) == apart.map(\.bitPattern))
    }

    @Test("Columns are matched by name, and others ignored", arguments: Subject.all)
    func names(subject: Subject) throws {
        let rows = Made.mixed(subject.task)
        let model = try subject.fit(rows)
        var shuffled = rows.reordered([4, 2, 5, 0, 3, 1, 1])
        shuffled.schema.features[6].name = "unknown"
        #expect(try model.scores(of: shuffled) == model.scores(of: rows))
        let timeless = rows.replacing("time") { _ in .nan }
        #expect(try model.scores(of: rows.reordered([0, 1, 2, 3, 4])) == model.scores(of: timeless), "the time may be absent")
    }

    @Test("A column that is absent or of another kind is refused by its name", arguments: Subject.all)
    func wrongNames(subject: Subject) throws {
        let rows = Made.mixed(subject.task)
        let model = try subject.fit(rows)
        #expect(throws: LearningFailure.missingFeature(name: "word")) { try model.scores(of: rows.reordered([0, 1, 2, 4, 5])) }
        var other = rows
        other.schema.features[0].kind = .categorical
        #expect(throws: LearningFailure.otherKind(name: "x", found: .categorical, needed: .numeric)) { try model.scores(of: other) }
    }

    @Test("Categories count by their text, whatever their code, and an unseen text is answered", arguments: Subject.all)
    func dictionaries(subject: Subject) throws {
        let rows = Made.mixed(subject.task)
        let model = try subject.fit(rows)
        var recoded = rows
        recoded.categories = Categories(["unseen", "yew", "more"])
        let table = rows.categories["word"].table
        let width = rows.schema.width
        for row in 0..<rows.count {
            let code = try #require(Int32(exactly: rows.features[row * width + 3]))
            recoded.features[row * width + 3] = Double(recoded.categories["word"].intern(try #require(table.name(of: code))))
        }
        #expect(try model.scores(of: recoded) == model.scores(of: rows))
        let unseen = try model.scores(of: recoded.replacing("word") { _ in 0 })
        #expect(unseen.allSatisfy { subject.isAnswer($0) })
        // A text that came after the model was bound, and the code of all texts beyond the dictionary, are unseen as well.
        let predictor = model.predictor(categories: recoded.categories)
        let later = Double(recoded.categories["word"].intern("later"))
        for code in [later, Double(CategoryDictionary.otherCode), 1e9, -1] {
            let scores = predictor.scores(recoded.replacing("word") { _ in code }.features, count: recoded.count)
            #expect(scores == unseen, "code \(code)")
        }
    }

    @Test("Class names do not matter to what is learnt", arguments: Subject.all.filter { $0.task != .regression })
    func classNames(subject: Subject) throws {
        var rows = Made.mixed(subject.task)
        let scores = try subject.fit(rows).scores(of: rows)
        rows.schema.target.classes = Array(["3", "17", "-40"].prefix(rows.schema.target.classes.count))
        #expect(try subject.fit(rows).scores(of: rows) == scores)
    }

    @Test("A model survives its bytes bit for bit, and its golden rows prove it", arguments: Subject.all)
    func roundTrip(subject: Subject) throws {
        let rows = Made.mixed(subject.task)
        let model = try subject.fit(rows)
        let bytes = model.encode()
        let again = try Model.decode(bytes)
        #expect(again.encode() == bytes)
        #expect(again.algorithm == subject.algorithm)
        #expect(again.schema == rows.schema)
        #expect(try again.scores(of: rows).map(\.bitPattern) == model.scores(of: rows).map(\.bitPattern))
        let categories = Categories(["something", "else"])
        try again.verifyGolden(again.predictor(categories: categories), categories: categories)
    }

    @Test("Extreme settings work, or are reported and give no model", arguments: Subject.all)
    func extremeSettings(subject: Subject) throws {
        let rows = Made.mixed(subject.task, count: 200)
        for spec in try subject.type.parameters {
            let values: [String] =
                switch spec.kind {
                case .integer(let range): ["\(range.lowerBound)", "\(min(range.upperBound, 2_000))"]
                case .real(let range): ["\(range.lowerBound)", "\(range.upperBound)"]
                case .choice(let words): words
                case .directions: ["x=+", "x=-,n=+", "word=+", "nobody=-"]
                case .groups: ["x", "x,n;word", "x;x,flag", "nobody"]
                case .text: []
                case .weights: ["balanced", "yes=1000000,no=0.000001", "red=0.000001", "green=1000000", "nobody=2"]
                }
            for value in values { subject.worksOrSaysWhy(rows, settings: [spec.name: value], "\(spec.name) = \(value)") }
        }
    }

    @Test("Defaults are allowed values; unknown and impossible settings are refused with what is allowed", arguments: Subject.all)
    func settings(subject: Subject) throws {
        for spec in try subject.type.parameters {
            _ = try subject.type.init(settings: [spec.name: spec.defaultText])
            // Groups are names of columns, which may be anything.
            let impossible = if case .groups = spec.kind { [""] } else { ["", "nan", "1e400", "-1", "x", "0x10"] }
            for value in impossible {
                let failure = #expect(throws: LearningFailure.self) { try subject.type.init(settings: [spec.name: value]) }
                #expect(failure == .badSetting(name: spec.name, value: value, allowed: spec.allowed))
            }
        }
        #expect(throws: LearningFailure.self) { try subject.type.init(settings: ["no-such-setting": "1"]) }
    }

    @Test("Training ends as soon as it is asked to, whenever that is", arguments: Subject.all)
    func cancelling(subject: Subject) throws {
        let rows = Made.mixed(subject.task, count: 300)
        var asked = 0
        for patience in [0, 1, 2, 3, 5, 8, 13, 40, 100] {
            let counter = Counter()
            let hooks = TrainingHooks(isCancelled: { counter.next() > patience })
            let failure = subject.failure(rows, hooks: hooks)
            if counter.count > patience {
                #expect(failure == .cancelled, "asked \(counter.count) times")
                #expect(counter.count == patience + 1, "it went on after it was cancelled")
            }
            asked = max(asked, counter.count)
        }
        #expect(asked > 0)
    }

    @Test("Progress never goes back and stays within 0 and 1", arguments: Subject.all)
    func progress(subject: Subject) throws {
        let reports = Reports()
        let hooks = TrainingHooks(report: { reports.add($0) })
        let outcome = try Training.run(Made.mixed(subject.task), request: TrainingRequest(algorithm: subject.algorithm), hooks: hooks)
        let fractions = reports.all.map(\.fraction)
        #expect(fractions == fractions.sorted())
        #expect(fractions.allSatisfy { $0 >= 0 && $0 <= 1 })
        #expect(outcome.curve == reports.all.filter { $0.trainLoss != nil })
        #expect(outcome.curve.allSatisfy { $0.validationLoss != nil })
    }
}

/// Counts calls from any thread.
final class Counter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func next() -> Int {
        value.withLock {
            $0 += 1
            return $0
        }
    }
}

/// Keeps a core busy until it is told to stop.
private final class Spinning: Sendable {
    private let isDone = Atomic(false)

    func spin() { while !isDone.load(ordering: .relaxed) {} }
    func stop() { isDone.store(true, ordering: .relaxed) }
}

/// Keeps progress reports.
private final class Reports: Sendable {
    private let reports = Mutex<[TrainingProgress]>([])

    var all: [TrainingProgress] { reports.withLock { $0 } }

    func add(_ progress: TrainingProgress) { reports.withLock { $0.append(progress) } }
}
