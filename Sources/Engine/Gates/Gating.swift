import Learning
import Tabular

/// What judges a version: all judges at once, each with how long it took.
extension TrainingPipeline {
    /// Asks every judge; complexity: O(rows log rows) for each figure that is compared.
    func gate(
        _ loaded: Gates.Loaded, outcome: TrainingOutcome, rows: LabelledRows, champion: Champion
    ) throws(TrainingEnd) -> [GateResult] {
        var results = loaded.results
        for result in results { tell(result, in: nil) }
        let court = Court(
            outcome: outcome, rows: rows, champion: champion, championSettings: task.champion?.settings ?? [:], rival: rival(),
            margins: task.margins, allowedLeakage: task.training.allowedLeakage ?? [], isCancelled: hooks.isCancelled)
        // What does not answer its golden rows is set beside nobody.
        let judges = Judge.allCases.filter { $0 != .champion || loaded.predictor != nil }
        for opinion in court.ask(judges, threads: hooks.threads) {
            let judged = try opinion.results.get()
            for result in judged { tell(result, in: opinion.seconds) }
            results += judged
        }
        try checkCancelled()
        return results
    }

    private func tell(_ result: GateResult, in seconds: Double?) {
        let time = seconds.map { $0 >= 0.1 ? " (\(Gates.number($0)) s)" : "" } ?? ""
        log("gate \(result.name): \(result.passed ? result.verdict : "REFUSED"): \(result.detail)\(time)")
    }
}
