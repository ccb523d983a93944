import Learning
import Monitoring
import Store
import Tabular

/// What judges a version: one judge after the other, each with how long it took.
extension TrainingPipeline {
    /// Asks every judge; complexity: O(rows log rows) for each figure that is compared.
    func gate(
        _ loaded: Gates.Loaded, outcome: TrainingOutcome, rows: LabelledRows, champion: Champion
    ) throws(TrainingEnd) -> [GateResult] {
        let target = rows.schema.target
        var results = loaded.results
        for result in results { tell(result, in: nil) }
        var started = ContinuousClock.now
        func take(_ judged: [GateResult]) throws(TrainingEnd) {
            let seconds = (ContinuousClock.now - started) / .seconds(1)
            for result in judged { tell(result, in: seconds) }
            results += judged
            try checkCancelled()
            started = ContinuousClock.now
        }
        try take([
            Gates.baseline(metrics: outcome.metrics, baseline: outcome.baselineMetrics, task: target.task, judgement: outcome.judgement)
        ])
        if loaded.predictor != nil { try take(try compare(outcome: outcome, with: champion, task: target.task)) }
        if let result = Gates.constant(bout(outcome, outcome.constantScores, target.task), margins: task.margins) { try take([result]) }
        let checks = DataChecks(
            rows: rows, holdout: outcome.holdout, champion: known(champion), allowed: task.training.allowedLeakage ?? [])
        try take([try checks.result(pulse: checkCancelled)])
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
                fair.judgement = fair.judgement.selecting(places)
                return Gates.champion(fair, version: number, heldOut: holdout.count, margins: task.margins)
            }
        }
    }

    /// The version beside others' answers to its held-out rows.
    private func bout(_ outcome: TrainingOutcome, _ other: [Double], _ kind: PredictionTask) -> Gates.Bout {
        Gates.Bout(
            candidate: outcome.holdoutScores, other: other, targets: outcome.holdout.targets, groups: outcome.groups, task: kind,
            judgement: Judgement(outcome.holdout, settings: outcome.settings, other: task.champion?.settings ?? [:]))
    }
}
