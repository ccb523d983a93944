import Dispatch
import Learning
import Monitoring
import Store
import Synchronization
import Tabular

/// What judges a version: each judge by itself, all at the same time.
extension TrainingPipeline {
    /// The verdicts of one judge, and how long it took.
    private struct Judgement: Sendable {
        var results: Result<[GateResult], TrainingEnd>
        var seconds: Double
    }

    /// Asks every judge; complexity: the slowest one's, O(rows log rows) for each figure that is compared.
    func gate(
        _ loaded: Gates.Loaded, outcome: TrainingOutcome, rows: LabelledRows, champion: Champion
    ) throws(TrainingEnd) -> [GateResult] {
        let target = rows.schema.target
        // Each is called once, on one thread, while this one waits; what they share is read only, and whether the job is cancelled is asked under a
        // lock.
        nonisolated(unsafe) let judges: [() throws(TrainingEnd) -> [GateResult]] = [
            { () throws(TrainingEnd) in
                [Gates.baseline(metrics: outcome.metrics, baseline: outcome.baselineMetrics, task: target.task)]
            },
            { () throws(TrainingEnd) in
                loaded.predictor == nil ? [] : try self.compare(outcome: outcome, with: champion, task: target.task)
            },
            { () throws(TrainingEnd) in
                try self.checkCancelled()
                let bout = self.bout(outcome, outcome.constantScores, target.task)
                return [Gates.constant(bout, margins: self.task.margins)].compactMap(\.self)
            },
            { () throws(TrainingEnd) in
                let checks = DataChecks(
                    rows: rows, holdout: outcome.holdout, champion: self.known(champion), allowed: self.task.training.allowedLeakage ?? [])
                return [try checks.result(pulse: self.checkCancelled)]
            },
        ]
        let found = Mutex<[Int: Judgement]>([:])
        DispatchQueue.concurrentPerform(iterations: judges.count) { index in
            let started = ContinuousClock.now
            let results = Result { () throws(TrainingEnd) in try judges[index]() }
            let judgement = Judgement(results: results, seconds: (ContinuousClock.now - started) / .seconds(1))
            found.withLock { $0[index] = judgement }
        }
        var results = loaded.results
        for result in results { tell(result, in: nil) }
        for index in judges.indices {
            guard let judgement = found.withLock({ $0[index] }) else { continue }
            for result in try judgement.results.get() {
                tell(result, in: judgement.seconds)
                results.append(result)
            }
        }
        return results
    }

    private func tell(_ result: GateResult, in seconds: Double?) {
        let time = seconds.map { $0 >= 0.1 ? " (\(Gates.number($0)) s)" : "" } ?? ""
        log("gate \(result.name): \(result.passed ? result.verdict : "REFUSED"): \(result.detail)\(time)")
    }

    private func known(_ champion: Champion) -> DataChecks.Champion? {
        guard case .ready(let number, let model, let profile) = champion else { return nil }
        let importance = model.importance().map { ($0.feature, $0.value) }
        return DataChecks.Champion(number: number, profile: profile, importance: Dictionary(importance) { first, _ in first })
    }

    private func compare(
        outcome: TrainingOutcome, with champion: Champion, task kind: PredictionTask
    ) throws(TrainingEnd) -> [GateResult] {
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
            let scores = try allScores(of: model, on: holdout)
            if scores == outcome.holdoutScores {
                return Gates.same(as: number, bout(outcome, scores, kind))
            }
            switch rival().fairRows(of: outcome) {
            case .failure(let reason): return [GateResult(undecided: name, detail: reason.text)]
            case .success(let places):
                var fair = bout(outcome, scores, kind)
                fair.candidate = fair.candidate.rows(places, of: holdout.count)
                fair.other = fair.other.rows(places, of: holdout.count)
                fair.targets = places.map { holdout.targets[$0] }
                fair.groups = outcome.groups?.selecting(places)
                return Gates.champion(fair, version: number, heldOut: holdout.count, margins: task.margins)
            }
        }
    }

    /// The version beside others' answers to its held-out rows.
    private func bout(_ outcome: TrainingOutcome, _ other: [Double], _ kind: PredictionTask) -> Gates.Bout {
        Gates.Bout(
            candidate: outcome.holdoutScores, other: other, targets: outcome.holdout.targets, groups: outcome.groups, task: kind)
    }
}
