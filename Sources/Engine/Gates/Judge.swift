import Learning
import Synchronization
import Tabular

/// One question about a version that was trained; none waits for another one's answer.
enum Judge: CaseIterable, Sendable {
    /// Is it better than the constant that looks at no row?
    case baseline
    /// Is it worse than the champion, on rows that neither has learnt?
    case champion
    /// Do its probabilities mislead, beside the constant's?
    case constant
    /// What do the rows themselves say against it?
    case data
}

/// What one judge said.
struct Opinion: Sendable {
    var results: Result<[GateResult], TrainingEnd>
    var seconds: Double
}

/// What all judges look at, at once.
struct Court: Sendable {
    var outcome: TrainingOutcome
    var rows: LabelledRows
    var champion: TrainingPipeline.Champion
    /// What the champion was trained with.
    var championSettings: [String: String]
    var rival: Rival
    var margins: GateMargins
    var allowedLeakage: [String]
    var isCancelled: @Sendable () -> Bool

    /// Asks the judges, as many at once as there are threads; their answers stand in the order of the judges.
    ///
    /// The threads are born on the caller's, so that they have its low priority.
    func ask(_ judges: [Judge], threads: Int) -> [Opinion] {
        let desk = Desk()
        WorkerTeam(threads: min(max(1, threads), judges.count)).run { _ in
            while true {
                let place = desk.next.add(1, ordering: .relaxed).oldValue
                guard place < judges.count else { return }
                let start = ContinuousClock.now
                let results = self.ask(judges[place])
                let opinion = Opinion(results: results, seconds: (ContinuousClock.now - start) / .seconds(1))
                desk.found.withLock { $0[place] = opinion }
            }
        }
        return desk.found.withLock { found in judges.indices.compactMap { found[$0] } }
    }

    /// Where the threads take their questions from and put their answers.
    private final class Desk: Sendable {
        let next = Atomic(0)
        let found = Mutex<[Int: Opinion]>([:])
    }

    private func ask(_ judge: Judge) -> Result<[GateResult], TrainingEnd> {
        do throws(TrainingEnd) {
            try pulse()
            switch judge {
            case .baseline:
                return .success([
                    Gates.baseline(
                        metrics: outcome.metrics, baseline: outcome.baselineMetrics, task: task, judgement: outcome.judgement)
                ])
            case .champion: return .success(try compared())
            case .constant: return .success([Gates.constant(bout(outcome.constantScores), margins: margins)].compactMap(\.self))
            case .data:
                let checks = DataChecks(
                    rows: outcome.division.map { $0.used(of: rows) } ?? rows, holdout: outcome.holdout, champion: known,
                    allowed: allowedLeakage)
                return .success([try checks.result(pulse: pulse)])
            }
        } catch { return .failure(error) }
    }

    private var task: PredictionTask { rows.schema.target.task }

    private func pulse() throws(TrainingEnd) {
        if isCancelled() { throw .cancelled }
    }

    private var known: DataChecks.Champion? {
        guard case .ready(let number, let model, let profile) = champion else { return nil }
        let importance = model.importance().map { ($0.feature, $0.value) }
        return DataChecks.Champion(number: number, profile: profile, importance: Dictionary(importance) { first, _ in first })
    }

    private func compared() throws(TrainingEnd) -> [GateResult] {
        let name = Gates.comparison
        switch champion {
        case .none: return []
        case .broken(let number, let reason):
            // A champion that no longer loads cannot hold up its successor.
            return [GateResult(name: name, passed: true, detail: "v\(number) does not load (\(reason)): not compared", warning: true)]
        case .ready(let number, let model, _):
            let holdout = outcome.holdout
            guard model.schema.features == holdout.schema.features else {
                return [GateResult(name: name, passed: false, detail: "v\(number) has another layout: train on the deployment's schema")]
            }
            let scores = try TrainingPipeline.allScores(of: model, on: holdout, pulse: pulse)
            if scores == outcome.holdoutScores { return Gates.same(as: number, bout(scores)) }
            switch rival.fairRows(of: outcome) {
            case .failure(let reason): return [GateResult(undecided: name, detail: reason.text)]
            case .success(let places):
                var fair = bout(scores)
                fair.candidate = fair.candidate.rows(places, of: holdout.count)
                fair.other = fair.other.rows(places, of: holdout.count)
                fair.targets = places.map { holdout.targets[$0] }
                fair.groups = outcome.groups?.selecting(places)
                fair.judgement = fair.judgement.selecting(places)
                return Gates.champion(fair, version: number, heldOut: holdout.count, margins: margins)
            }
        }
    }

    /// The version beside others' answers to its held-out rows.
    private func bout(_ other: [Double]) -> Gates.Bout {
        Gates.Bout(
            candidate: outcome.holdoutScores, other: other, targets: outcome.holdout.targets, groups: outcome.groups, task: task,
            judgement: Judgement(outcome.holdout, settings: outcome.settings, other: championSettings))
    }
}
