import Learning
import Synchronization
import Tabular
import Testing

/// Searches whose process died, and what they show of their trials.
@Suite("Search, resumed") struct SearchResumeTests {
    /// Where checkpoints go, and a clock that stands still unless it is moved.
    private final class Desk: Sendable {
        struct State: Sendable {
            var bytes: [UInt8]?
            var seconds = 0.0
            var isCancelled = false
            var lines: [String] = []
            var progress: [SearchProgress] = []
        }
        let state: Mutex<State>

        init(_ bytes: [UInt8]? = nil) { state = Mutex(State(bytes: bytes)) }

        /// Lines of trials that were trained here.
        var trained: [String] { state.withLock { $0.lines.filter { $0.hasPrefix("trial ") } } }
        var progress: [SearchProgress] { state.withLock { $0.progress } }

        var hooks: TrainingHooks {
            TrainingHooks(
                isCancelled: { self.state.withLock { $0.isCancelled } },
                checkpoints: TrainingCheckpoints(
                    load: { self.state.withLock { $0.bytes } }, save: { bytes in self.state.withLock { $0.bytes = bytes } }, seconds: 0),
                reportTrials: { progress in self.state.withLock { $0.progress.append(progress) } })
        }

        /// A whole search; `after` sees each trained trial's number of those here, from 1.
        func search(_ rows: LabelledRows, _ request: TrainingRequest, after: (Int) -> Void = { _ in }) throws -> SearchOutcome {
            try #require(
                try Search.run(
                    rows, request: request, hooks: hooks, elapsed: { self.state.withLock { $0.seconds } },
                    log: { line in
                        self.state.withLock { $0.lines.append(line) }
                        if line.hasPrefix("trial ") { after(self.trained.count) }
                    }))
        }

        /// A search that dies with its process after so many trainings; returns what was on the disk then.
        func killed(_ rows: LabelledRows, _ request: TrainingRequest, after count: Int) throws -> [UInt8] {
            let kept = Mutex<[UInt8]?>(nil)
            #expect(throws: LearningFailure.cancelled) {
                try self.search(rows, request) { trained in
                    guard trained == count else { return }
                    self.state.withLock { state in
                        kept.withLock { $0 = state.bytes }
                        state.isCancelled = true
                    }
                }
            }
            return try #require(kept.withLock { $0 })
        }
    }

    /// Seconds are the machine's.
    private func timeless(_ outcome: SearchOutcome) -> [SearchTrial] {
        outcome.trials.map { trial in
            var trial = trial
            trial.seconds = 0
            return trial
        }
    }

    @Test(
        "A search that died after any number of trainings goes on with the others to the same trials, settings and words",
        arguments: ["online-logistic", "logistic"])
    func resumed(algorithm: String) throws {
        // Two rounds: seven settings on a third of the rows, three on all.
        let rows = Made.mixed(.binary, count: 10_000)
        let request = TrainingRequest(algorithm: algorithm, seed: 3, search: SearchOrder(trials: 7))
        let first = Desk()
        let whole = try first.search(rows, request)
        let all = first.trained.count
        #expect(all >= 9)
        for died in [1, 4, 7, 8] {
            let second = Desk(try Desk().killed(rows, request, after: died))
            let outcome = try second.search(rows, request)
            #expect(timeless(outcome) == timeless(whole) && outcome.settings == whole.settings && outcome.note == whole.note)
            #expect(second.trained.count == all - died, "what had been trained was not trained again")
            #expect(second.state.withLock { $0.lines.contains { $0.hasPrefix("goes on after \(died) trainings") } })
            #expect(second.progress.last?.best.map(\.number) == first.progress.last?.best.map(\.number))
        }
        // It died when its winner was being trained: nothing is tried again.
        let third = Desk(first.state.withLock { $0.bytes })
        #expect(timeless(try third.search(rows, request)) == timeless(whole) && third.trained.isEmpty)
    }

    @Test("The version of a search that died is the one of a search that ran through, byte for byte")
    func bytes() throws {
        let rows = Made.mixed(.regression, count: 600)
        let request = TrainingRequest(
            algorithm: "boosted-trees", settings: ["trees": "12"], seed: 5, search: SearchOrder(trials: 5))
        func version(_ found: SearchOutcome) throws -> [UInt8] {
            var own = request
            own.settings = found.settings
            return try Training.run(rows, request: own, hooks: TrainingHooks()).artefact
        }
        let whole = try version(try Desk().search(rows, request))
        let died = try Desk().killed(rows, request, after: 3)
        #expect(try version(try Desk(died).search(rows, request)) == whole)
    }

    @Test("The time that was used before a death counts, and what was tried then stays in the race")
    func time() throws {
        let rows = Made.mixed(.binary, count: 500)
        let request = TrainingRequest(algorithm: "online-logistic", search: SearchOrder(trials: 9, seconds: 100))
        let first = Desk()
        first.state.withLock { $0.seconds = 90 }
        let second = Desk(try first.killed(rows, request, after: 4))
        let found = try second.search(rows, request) { trained in if trained == 2 { second.state.withLock { $0.seconds = 10 } } }
        #expect(found.trials.filter { $0.share > 0 }.map(\.number) == Array(1...6))
        #expect(found.trials.filter { $0.state == .unfinished }.map(\.number) == [7, 8, 9])
        #expect(found.note.contains("the best of 6 trials in 100 s") && found.note.hasSuffix("the time was too short for all"))
    }

    @Test("Trials that failed before a death are not tried again, and when all fail the failure is the first one's")
    func failures() throws {
        let rows = Made.mixed(.binary, count: 500)
        var request = TrainingRequest(algorithm: "logistic", memoryBudget: 1, search: SearchOrder(trials: 4))
        let whole = #expect(throws: LearningFailure.self) { try Desk().search(rows, request) }
        let failure = try #require(whole)
        guard case .overBudget = failure else {
            Issue.record("\(failure)")
            return
        }
        let second = Desk(try Desk().killed(rows, request, after: 2))
        #expect(throws: failure) { try second.search(rows, request) }
        #expect(second.trained.count == 2 && second.progress.last?.failed == 4)
        request.memoryBudget = nil
        #expect(try Desk().search(rows, request).trials.allSatisfy { $0.error == nil })
    }

    @Test("A checkpoint of other rows or another order, one with a byte changed, and bytes that are none are passed over")
    func foreign() throws {
        let rows = Made.mixed(.binary, count: 400)
        let request = TrainingRequest(algorithm: "online-logistic", search: SearchOrder(trials: 4))
        let whole = try Desk().search(rows, request)
        var others: [[UInt8]] = [[], [1, 2, 3], [UInt8](repeating: 255, count: 200)]
        others.append(try Desk().killed(Made.mixed(.binary, count: 400, seed: 2), request, after: 2))
        for change: (inout TrainingRequest) -> Void in [
            { $0.seed = 1 }, { $0.search?.trials = 5 }, { $0.settings = ["l1": "0.5"] }, { $0.search?.start = ["l1": "0.5"] },
            { $0.algorithm = "logistic" },
        ] {
            var other = request
            change(&other)
            others.append(try Desk().killed(rows, other, after: 2))
        }
        let own = try Desk().killed(rows, request, after: 2)
        var random = Made.Random(state: 9)
        for _ in 0..<20 {
            var copy = own
            copy[random.below(copy.count)] ^= 1 << UInt8(random.below(8))
            if random.below(4) == 0 { copy.removeLast(random.below(copy.count)) }
            others.append(copy)
        }
        for bytes in others {
            let desk = Desk(bytes)
            #expect(timeless(try desk.search(rows, request)) == timeless(whole) && desk.trained.count == 4)
        }
    }

    @Test("What is told of the trials is bounded, names the running one first and the others by rank, and ends with the best one")
    func progress() throws {
        let rows = Made.mixed(.regression, count: 500)
        let desk = Desk()
        let found = try desk.search(rows, TrainingRequest(algorithm: "ridge", search: SearchOrder(trials: 30)))
        let all = desk.progress
        #expect(all.count == 61 && all.allSatisfy { $0.best.count <= SearchProgress.shown && $0.total == 30 && $0.metric == "rmse" })
        for (index, seen) in all.dropLast().enumerated() {
            let isRunning = index.isMultiple(of: 2)
            #expect(seen.best.filter { $0.state == .running }.map(\.number) == (isRunning ? [index / 2 + 1] : []))
            if isRunning { #expect(seen.best.first?.state == .running && seen.tried == index / 2) }
            let ranked = seen.best.filter { $0.rank != nil }
            #expect(ranked.compactMap(\.rank) == Array(1..<(ranked.count + 1)))
            #expect(zip(ranked, ranked.dropFirst()).allSatisfy { ($0.figure ?? 0) <= ($1.figure ?? 0) })
        }
        let last = try #require(all.last)
        #expect(last.best.first?.state == .best && last.best.first?.number == found.trials.first { $0.state == .best }?.number)
        #expect(last == SearchProgress(found.trials) && last.tried == 30)
        // The start is written out; of the others what differs from it.
        let start = try #require(all[1].best.first { $0.number == 1 })
        #expect(start.settings == found.trials[0].settings)
        let other = try #require(last.best.first { $0.number != 1 })
        #expect(other.settings.allSatisfy { found.trials[0].settings[$0.key] != $0.value } && !other.settings.isEmpty)
        #expect(SearchProgress([]) == nil)
    }
}
