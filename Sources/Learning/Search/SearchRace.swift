import Tabular

/// The trials of one search, round after round.
struct SearchRace {
    let trialling: Trialling
    let plan: SearchPlan
    let seconds: Double
    private(set) var trials: [SearchTrial]
    /// Whether a round's time was over before its last trial.
    private var isOver = false
    private var higherIsBetter = true
    /// The first trial's failure, for when all fail.
    private var firstFailure: LearningFailure?
    /// Trainings on all rows that were done so far.
    private var done = 0.0
    private let clock = ProgressClock()

    init(trialling: Trialling, plan: SearchPlan, seconds: Double, settings: [[String: String]]) {
        self.trialling = trialling
        self.plan = plan
        self.seconds = seconds
        trials = settings.enumerated().map { SearchTrial(number: $0.offset + 1, settings: $0.element, metric: trialling.metric) }
    }

    /// Returns the winner: the best of the last round in which any came to an end; when none did at all in time, the start.
    ///
    /// The rounds share the time evenly, and what one leaves goes to the next: however many settings are tried, the best ones meet the start
    /// on all rows.
    mutating func run(log: (String) -> Void) throws(LearningFailure) -> SearchTrial {
        var standing = Array(trials.indices)
        var ranked: [Int] = []
        for number in plan.rounds.indices {
            let limit = seconds * Double(number + 1) / Double(plan.rounds.count)
            let finished = try run(number, standing, until: limit, log: log)
            guard !finished.isEmpty else { break }
            ranked = finished
            guard number + 1 < plan.rounds.count else { break }
            let third = (finished.count + SearchPlan.factor - 1) / SearchPlan.factor
            let isKnown = standing.allSatisfy { trialling.keeper.run(round: number, trial: $0) != nil }
            standing = cut(ranked, to: min(plan.rounds[number + 1].trials, third))
            if isKnown { continue }
            log("kept \(standing.map { "\(trials[$0].number)" }.joined(separator: ", ")) of \(ranked.count) for more rows")
        }
        if ranked.isEmpty, !isOver { throw firstFailure ?? .diverged(iteration: 0) }
        let winner = ranked.first ?? 0
        settle(winner)
        trialling.hooks.reportTrials(SearchProgress(trials, place: nil, running: nil))
        let text = "best is trial \(trials[winner].number): \(trials[winner].metric) \(SearchText.figure(trials[winner].figure))"
        log(isOver ? "\(text); the time of \(SearchText.seconds(seconds)) was too short for all" : text)
        return trials[winner]
    }

    /// Tries each one on the round's rows; returns those that came to an end, best first.
    private mutating func run(
        _ number: Int, _ standing: [Int], until limit: Double, log: (String) -> Void
    ) throws(LearningFailure) -> [Int] {
        let round = plan.rounds[number]
        let part = trialling.part(round)
        var finished: [Int] = []
        for (place, index) in standing.enumerated() {
            if let before = trialling.keeper.run(round: number, trial: index) {
                take(before, index, round, &finished)
                continue
            }
            guard trialling.elapsed() < limit else {
                isOver = true
                break
            }
            // Also where trials fail before they ask.
            try trialling.hooks.checkpoint()
            reportTrials(number, part.count, running: index)
            let report = reporter(round, place: place, of: standing.count, trying: index, finished)
            report(0)
            guard let run = try train(index, number, part, until: limit, report) else {
                isOver = true
                break
            }
            take(run, index, round, &finished)
            trialling.keeper.add(run, elapsed: trialling.elapsed())
            reportTrials(number, part.count, running: nil)
            log(SearchText.line(trials[index], of: trials.count))
        }
        return finished.sorted { isBetter($0, $1) }
    }

    /// One training of one trial; nil when the time was over first.
    ///
    /// - Throws: `.cancelled` when somebody asked for it.
    private mutating func train(
        _ index: Int, _ round: Int, _ part: LabelledRows, until limit: Double, _ report: @escaping @Sendable (Double) -> Void
    ) throws(LearningFailure) -> SearchCheckpoint.Run? {
        let began = trialling.elapsed()
        func run(_ metric: Metric?, _ failure: LearningFailure?) -> SearchCheckpoint.Run {
            SearchCheckpoint.Run(
                round: round, trial: index, figure: metric?.value, higherIsBetter: metric?.higherIsBetter, failure: failure,
                seconds: trialling.elapsed() - began)
        }
        do {
            return run(try trialling.figure(trials[index].settings, on: part, until: limit, report: report), nil)
        } catch {
            guard error == .cancelled else { return run(nil, error) }
            if trialling.hooks.isCancelled() { throw .cancelled }
            trials[index].seconds += trialling.elapsed() - began
            done += plan.rounds[round].share
            return nil
        }
    }

    /// Enters what came of a training, of this process or of an earlier one.
    private mutating func take(_ run: SearchCheckpoint.Run, _ index: Int, _ round: SearchPlan.Round, _ finished: inout [Int]) {
        trials[index].seconds += run.seconds
        done += round.share
        if let failure = run.failure { note(failure, index) }
        guard let figure = run.figure else { return }
        higherIsBetter = run.higherIsBetter ?? higherIsBetter
        trials[index].figure = figure
        trials[index].share = round.share
        finished.append(index)
    }

    private func reportTrials(_ number: Int, _ rows: Int, running: Int?) {
        let place = SearchProgress.Place(
            round: number + 1, rounds: plan.rounds.count, rows: rows, share: plan.rounds[number].share, seconds: trialling.elapsed(),
            limit: seconds)
        trialling.hooks.reportTrials(SearchProgress(trials, place: place, running: running))
    }

    private mutating func note(_ failure: LearningFailure, _ index: Int) {
        firstFailure = firstFailure ?? failure
        trials[index].state = .failed
        trials[index].error = "\(failure)"
    }

    /// The earlier one of two equals.
    private func isBetter(_ one: Int, _ other: Int) -> Bool {
        guard let first = trials[one].figure, let second = trials[other].figure, first != second else { return one < other }
        return higherIsBetter ? first > second : first < second
    }

    /// What the search started with, while it has not failed, and the best ones.
    ///
    /// It goes first: when the time is over early, nothing wins that was not compared with it.
    private mutating func cut(_ ranked: [Int], to count: Int) -> [Int] {
        var kept = Array(ranked.prefix(count))
        if ranked.contains(0) { kept = [0] + kept.filter { $0 != 0 } }
        for index in ranked where !kept.contains(index) { trials[index].state = .dropped }
        return kept
    }

    private mutating func settle(_ winner: Int) {
        for index in trials.indices where trials[index].state == .unfinished && trials[index].share == 1 { trials[index].state = .judged }
        trials[winner].state = .best
    }

    // MARK: Words

    /// `search 7 of 20: auc 0.6912 (best 0.7012), trying trees=80 …`.
    private func reporter(
        _ round: SearchPlan.Round, place: Int, of count: Int, trying index: Int, _ finished: [Int]
    ) -> @Sendable (Double) -> Void {
        let rows = round.divisor == 1 ? "" : " on \(SearchText.percent(round.share)) of the rows"
        var figures = ""
        if let last = finished.last, let best = finished.min(by: { isBetter($0, $1) }) {
            figures = "\(trialling.metric) \(SearchText.figure(trials[last].figure)) (best \(SearchText.figure(trials[best].figure))), "
        }
        let stage = "search \(place + 1) of \(count)\(rows)"
        let detail = "\(figures)trying \(trials[index].settingsText)"
        let (done, share, work, clock) = (done, round.share, max(plan.work, 1), clock)
        let (report, elapsed, seconds) = (trialling.hooks.report, trialling.elapsed, seconds)
        return { part in
            let fraction = min(1, max((done + min(max(part, 0), 1) * share) / work, elapsed() / seconds))
            report(
                clock.timed(
                    TrainingProgress(
                        stage: stage, detail: detail, iteration: 0, iterations: 0, trainLoss: nil, validationLoss: nil,
                        fraction: fraction, secondsLeft: nil
                    )))
        }
    }

    /// For the version's remarks.
    func note(_ winner: SearchTrial, seconds spent: Double) -> String {
        let tried = trials.count { $0.share > 0 }
        guard tried > 0 else {
            return
                "no trial of the search came to its end in \(SearchText.seconds(seconds)): trained with the settings that it started with"
        }
        let start = trials[0].share == winner.share ? trials[0].figure : nil
        let text =
            "settings of the best of \(tried) trials in \(SearchText.seconds(spent)): \(winner.metric) \(SearchText.figure(winner.figure))"
            + " on \(trialling.judging.count) training rows"
        let compared =
            winner.number == 1 ? ", the ones that the search started with" : start.map { ", \(SearchText.figure($0)) at the start" }
        return text + (compared ?? "") + (isOver ? "; the time was too short for all" : "")
    }
}
