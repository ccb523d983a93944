import Foundation
import Learning
import Synchronization
import Tabular
import Testing

@Suite("Search for settings") struct SearchTests {
    /// One column that counts among many that do not: with little penalty a linear model learns the noise.
    private static func noisy(count: Int = 500, width: Int = 100, seed: UInt64 = 3) -> LabelledRows {
        var random = Made.Random(state: seed)
        let columns = (0..<width).map { _ in (0..<count).map { _ in random.normal() } }
        let targets = (0..<count).map { random.unit() < 1 / (1 + exp(-1.5 * columns[0][$0])) ? 1.0 : 0 }
        var rows = Made.numbers(.binary, columns, targets: targets)
        rows.times = (0..<count).map { Int64($0) * 60_000 }
        return rows
    }

    private static func request(_ trials: Int, algorithm: String = "logistic", seed: UInt64 = 1) -> TrainingRequest {
        TrainingRequest(algorithm: algorithm, seed: seed, search: SearchOrder(trials: trials))
    }

    private func search(_ rows: LabelledRows, _ request: TrainingRequest, hooks: TrainingHooks = TrainingHooks()) throws -> SearchOutcome {
        try #require(try Search.run(rows, request: request, hooks: hooks))
    }

    /// What does not depend on the machine's load.
    private func timeless(_ trials: [SearchTrial]) -> [SearchTrial] {
        trials.map { trial in
            var trial = trial
            trial.seconds = 0
            return trial
        }
    }

    @Test("A version with the settings found is better on the hold-out than one with the defaults, where these learn the noise")
    func better() throws {
        let rows = Self.noisy()
        let found = try search(rows, Self.request(12))
        func area(_ settings: [String: String]) throws -> Double {
            let request = TrainingRequest(algorithm: "logistic", settings: settings, seed: 1)
            let outcome = try Training.run(rows, request: request, hooks: TrainingHooks())
            return try #require(outcome.metrics.first { $0.name == "auc" }).value
        }
        #expect(try area(found.settings) > area([:]) + 0.03)
        #expect(found.trials.count == 12 && found.trials.map(\.number) == Array(1...12))
        let best = try #require(found.trials.first { $0.state == .best })
        #expect(found.settings == best.settings && found.trials.allSatisfy { ($0.figure ?? 0) <= (best.figure ?? 0) })
        #expect(found.trials[0].settings == ["l1": "0", "l2": "1.0", "min-count": "20"])
        #expect(found.note.contains("the best of 12 trials"))
    }

    @Test("A figure of a trial is that of a training on the same rows, made by itself")
    func figure() throws {
        let rows = Self.noisy()
        let trial = try search(rows, Self.request(3)).trials[2]
        let (fitting, judging) = rows.split(holdout: 0.2).train.split(holdout: 0.2)
        let model = try Logistic(settings: trial.settings).fit(fitting, validation: nil, seed: 1, hooks: TrainingHooks())
        let predictor = model.predictor(schema: rows.schema, categories: rows.categories)
        var scores = [Double](repeating: 0, count: judging.count)
        judging.features.withUnsafeBufferPointer { source in
            scores.withUnsafeMutableBufferPointer { target in
                guard let source = source.baseAddress, let target = target.baseAddress else { return }
                predictor.predict(rows: source, count: judging.count, into: target)
            }
        }
        // The area by its definition: the share of pairs in the right order.
        var (right, pairs) = (0.0, 0.0)
        for one in scores.indices where judging.targets[one] == 1 {
            for other in scores.indices where judging.targets[other] == 0 {
                pairs += 1
                right += scores[one] > scores[other] ? 1 : scores[one] == scores[other] ? 0.5 : 0
            }
        }
        #expect(abs(try #require(trial.figure) - right / pairs) < 1e-12)
    }

    @Test("The same seed gives the same trials and the same winner, another seed others", arguments: [PredictionTask.binary, .regression])
    func seeds(task: PredictionTask) throws {
        let rows = Made.mixed(task, count: 600)
        let first = try search(rows, Self.request(6, algorithm: "boosted-trees"))
        let again = try search(rows, Self.request(6, algorithm: "boosted-trees"), hooks: TrainingHooks(threads: 2))
        #expect(timeless(first.trials) == timeless(again.trials) && first.settings == again.settings)
        let other = try search(rows, Self.request(6, algorithm: "boosted-trees", seed: 2))
        #expect(first.trials[0].settings == other.trials[0].settings && first.trials[1].settings != other.trials[1].settings)
        #expect(first.trials[0].metric == (task == .regression ? "rmse" : "auc"))
        let best = try #require(first.trials.first { $0.state == .best }?.figure)
        for trial in first.trials { #expect(task == .regression ? best <= trial.figure ?? best : best >= trial.figure ?? best) }
    }

    @Test("Whatever the hold-out holds, every trial and the winner are the same", arguments: [true, false])
    func holdout(timed: Bool) throws {
        let rows = Made.mixed(.binary, count: 600, time: timed)
        // By content, other content would be held out.
        let rule = SplitRule(kind: timed ? .time : .shuffled, share: 0.2)
        let held = rows.heldOut(by: rule).features.chunks(of: rows.schema.width)
        var other = rows
        for row in 0..<rows.count {
            let values = Array(rows.features[row * rows.schema.width..<(row + 1) * rows.schema.width])
            // Shuffled, the hold-out is chosen by class: the targets stay, the columns turn to junk.
            guard timed ? row >= 480 : held.contains(values.map(\.bitPattern)) else { continue }
            other.features[row * rows.schema.width] = 1e6
            if timed { other.targets[row] = 1 - other.targets[row] }
        }
        #expect(other.bits != rows.bits)
        var request = Self.request(5, algorithm: "online-logistic")
        request.split = rule
        let (first, second) = (try search(rows, request), try search(other, request))
        #expect(timeless(first.trials) == timeless(second.trials) && first.settings == second.settings)
    }

    @Test("A cancel ends the search in the midst of a trial, with no result")
    func cancel() throws {
        let asked = Atomic(0)
        let hooks = TrainingHooks(isCancelled: { asked.wrappingAdd(1, ordering: .relaxed).newValue > 40 })
        let failure = #expect(throws: LearningFailure.self) {
            try search(Made.mixed(.binary, count: 2_000), Self.request(50, algorithm: "boosted-trees"), hooks: hooks)
        }
        #expect(failure == .cancelled)
        // Nothing was tried after the wish was known: asking once more ends it.
        #expect(asked.load(ordering: .relaxed) <= 45)
    }

    @Test("When the time is over, the best of what came to its end wins, and the others are recorded as unfinished")
    func timeOver() throws {
        let clock = Mutex(0.0)
        var lines: [String] = []
        var request = Self.request(10)
        request.search?.seconds = 100
        let found = try #require(
            try Search.run(
                Self.noisy(), request: request, hooks: TrainingHooks(), elapsed: { clock.withLock { $0 } },
                log: { line in
                    lines.append(line)
                    if line.hasPrefix("trial  4 of 10") { clock.withLock { $0 = 100 } }
                }))
        #expect(found.trials.map { $0.state == .unfinished } == (1...10).map { $0 > 4 })
        let best = try #require(found.trials.first { $0.state == .best })
        #expect(best.number <= 4 && found.settings == best.settings)
        #expect(
            found.note.hasSuffix("the time was too short for all")
                && lines.last?.hasSuffix("the time of 100 s was too short for all") == true)
    }

    @Test("When a round's time is over, the best of it go on to the next one, where they meet the start on all rows")
    func roundOver() throws {
        let clock = Mutex(0.0)
        var request = Self.request(7, algorithm: "online-logistic")
        request.search?.seconds = 100
        let found = try #require(
            try Search.run(
                Made.mixed(.binary, count: 10_000), request: request, hooks: TrainingHooks(), elapsed: { clock.withLock { $0 } },
                log: { line in if line.hasPrefix("trial 5 of 7") { clock.withLock { $0 = 50 } } }))
        #expect(found.trials.filter { $0.state == .unfinished }.map(\.number) == [6, 7])
        let judged = found.trials.filter { $0.share == 1 }
        // A third of five, and the start if it is not among them.
        #expect((2...3).contains(judged.count) && judged.first?.number == 1)
        let best = try #require(judged.first { $0.state == .best })
        #expect(judged.allSatisfy { $0.figure ?? 0 <= best.figure ?? 0 } && found.settings == best.settings)
    }

    @Test("When no trial comes to its end in time, the version is trained with what the search started with")
    func noTime() throws {
        let found = try #require(
            try Search.run(Self.noisy(), request: Self.request(4), hooks: TrainingHooks(), elapsed: { 1e9 }, log: { _ in }))
        #expect(found.settings == found.trials[0].settings && found.trials[0].state == .best)
        #expect(found.trials.allSatisfy { $0.figure == nil } && found.note.hasPrefix("no trial of the search came to its end"))
    }

    @Test("With many rows most settings are dropped early, and what it started with stays to the end")
    func halving() throws {
        let rows = Made.mixed(.binary, count: 10_000)
        let found = try search(rows, Self.request(7, algorithm: "online-logistic"))
        #expect(found.trials[0].share == 1 && found.trials[0].state != .dropped)
        let dropped = found.trials.filter { $0.state == .dropped }
        #expect((3...4).contains(dropped.count) && dropped.allSatisfy { abs($0.share - 1.0 / 3) < 1e-12 })
        let kept = found.trials.filter { $0.share == 1 }
        let best = try #require(kept.first { $0.state == .best }?.figure)
        #expect(kept.count + dropped.count == 7 && kept.allSatisfy { $0.figure ?? 0 <= best })
    }

    @Test("Progress rises from 0 to 1 and names the trial, its figure and the best one")
    func progress() throws {
        let seen = Mutex<[TrainingProgress]>([])
        let hooks = TrainingHooks(report: { progress in seen.withLock { $0.append(progress) } })
        _ = try search(Self.noisy(), Self.request(4), hooks: hooks)
        let all = seen.withLock { $0 }
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.fraction <= $1.fraction } && all.allSatisfy { (0...1).contains($0.fraction) })
        #expect(all.first?.stage == "search 1 of 4" && all.first?.detail == "trying l1=0 l2=1.0 min-count=20")
        let last = try #require(all.last)
        let detail = try #require(last.detail)
        #expect(last.stage == "search 4 of 4")
        #expect(detail.hasPrefix("auc 0.") && detail.contains(" (best 0.") && detail.contains("), trying l1="))
    }

    @Test("What is given stays as it is, and what a search starts with is tried first")
    func given() throws {
        var request = Self.request(5)
        request.settings = ["l1": "0.5", "calibration": "platt"]
        request.search?.start = ["l2": "30"]
        let found = try search(Self.noisy(), request)
        #expect(found.trials.allSatisfy { Set($0.settings.keys) == ["l2", "min-count"] } && found.trials[0].settings["l2"] == "30")
        #expect(found.settings["l1"] == "0.5" && found.settings["calibration"] == "platt" && found.settings["l2"] != nil)
    }

    @Test(
        "A search that cannot be is refused before anything is read",
        arguments: [
            (TrainingRequest(algorithm: "baseline", search: SearchOrder(trials: 5)), "nothing to search: baseline has no setting"),
            (
                TrainingRequest(algorithm: "ridge", settings: ["l2": "1", "min-count": "9"], search: SearchOrder(trials: 5)),
                "nothing to search: every setting of ridge that a search varies is given"
            ),
            (TrainingRequest(algorithm: "ridge", search: SearchOrder(trials: 1)), "setting search = 1: it must be a number of trials"),
            (TrainingRequest(algorithm: "ridge", search: SearchOrder(trials: 5, seconds: .nan)), "setting search-time = nan s"),
            (TrainingRequest(algorithm: "ridge", search: SearchOrder(trials: 5, start: ["l2": "x"])), "setting l2 = x: it must be"),
        ])
    func refused(request: TrainingRequest, message: String) {
        let failure = #expect(throws: LearningFailure.self) { try Training.check(request) }
        #expect(failure?.description.hasPrefix(message) == true, "\(failure?.description ?? "")")
    }

    @Test("An order of an earlier release, which knows no search, is read as one without")
    func earlier() throws {
        let text = #"{"algorithm":"ridge","settings":{"l2":"2"},"seed":4,"holdout":0.2}"#
        let request = try JSONDecoder().decode(TrainingRequest.self, from: Data(text.utf8))
        #expect(request == TrainingRequest(algorithm: "ridge", settings: ["l2": "2"], seed: 4))
        let order = try JSONDecoder().decode(SearchOrder.self, from: Data(#"{"trials":9}"#.utf8))
        #expect(order == SearchOrder(trials: 9))
    }

    @Test("Every setting that a search of any algorithm draws is allowed, and the drawn ones differ")
    func spaces() throws {
        for type in AlgorithmRegistry.all where type.name != "baseline" {
            let space = try SearchSpace(type, given: [:], start: [:])
            let drawn = space.settings(count: 500, seed: 9)
            #expect(drawn.count == 500 && Set(drawn).count == 500, "\(type.name)")
            for settings in drawn { _ = try type.init(settings: settings) }
            #expect(Set(drawn[0].keys) == Search.settings(of: type.name))
        }
    }

    @Test("A space with few settings gives each of them once")
    func smallSpace() throws {
        let given = ["learning-rate": "0.1", "hold": "1", "l1": "0", "l2": "0", "min-count": "20"]
        let drawn = try SearchSpace(OnlineLinear.self, given: given, start: [:]).settings(count: 100, seed: 1)
        #expect(Set(drawn.map { $0["passes"] }) == ["1", "2", "3", "4", "5"] && drawn.count == 5)
    }

    @Test(
        "Rounds: a third of the settings on three times the rows, as far as rows and settings reach",
        arguments: [
            (20, 60_000, [9, 3, 1], [20, 7, 3]), (6, 60_000, [3, 1], [6, 2]), (2, 60_000, [1], [2]), (20, 5_000, [1], [20]),
            (9, 6_000, [3, 1], [9, 3]), (1_000, 1_000_000, [9, 3, 1], [1_000, 334, 112]),
        ])
    func plan(trials: Int, rows: Int, divisors: [Int], sizes: [Int]) {
        let plan = SearchPlan(trials: trials, rows: rows)
        #expect(plan.rounds.map(\.divisor) == divisors && plan.rounds.map(\.trials) == sizes)
    }
}

extension [Double] {
    /// The bits of each run of so many values.
    fileprivate func chunks(of width: Int) -> Set<[UInt64]> {
        Set(stride(from: 0, to: count, by: width).map { self[$0..<$0 + width].map(\.bitPattern) })
    }
}
