package import Learning
import Monitoring
package import Tabular

/// The checks that a version passes before it may answer.
///
/// Each is a function from what was found to a `GateResult`.
package enum Gates {
    /// The name of the gate that sets a candidate beside the champion, on the same rows.
    static let comparison = "against the champion"
    /// That of the gate that does so with the probabilities.
    static let probabilities = "probabilities against the champion"

    /// A model that was read once, with what the first two gates say of it.
    package struct Loaded {
        /// Of the gates.
        package var results: [GateResult]
        /// The model; nil when its bytes are none.
        package var model: Model?
        /// What answers; nil when a gate refused.
        package var predictor: (any Predictor)?
    }

    /// Gate 1 and 2: the artefact decodes, finds room for its texts, and answers its golden rows exactly as when it was trained.
    package static func load(artefact: [UInt8], categories: Categories) -> Loaded {
        do { return load(try Model.decode(artefact), bytes: artefact.count, categories: categories) } catch {
            return Loaded(results: [GateResult(name: "load", passed: false, detail: "\(error)")])
        }
    }

    /// The same for a model that was decoded from so many bytes already.
    static func load(_ model: Model, bytes: Int, categories: Categories) -> Loaded {
        let refused = categories.refusedPins
        let predictor = model.predictor(categories: categories)
        if let column = categories.overfull(since: refused) {
            let full = GateResult(
                name: "load", passed: false,
                detail: "column \(SafeText.escape(column)): trainings have used up the room for its texts:"
                    + " exclude the column, or make fewer texts of it")
            return Loaded(results: [full], model: model)
        }
        let loaded = GateResult(name: "load", passed: true, detail: "\(bytes) bytes, checksum right, \(model.algorithm)")
        do { try model.verifyGolden(predictor, categories: categories) } catch {
            return Loaded(results: [loaded, GateResult(name: "golden inference", passed: false, detail: "\(error)")], model: model)
        }
        let golden = GateResult(name: "golden inference", passed: true, detail: "\(model.goldenCount) rows answered bit for bit")
        return Loaded(results: [loaded, golden], model: model, predictor: predictor)
    }

    /// Gate 3: the primary metric is better than the baseline's on the same hold-out rows, its interval included.
    static func baseline(
        metrics: [Metric], baseline: [Metric], task: PredictionTask, judgement: Judgement = Judgement()
    ) -> GateResult {
        let name = "metric against the baseline"
        let primary = judgement.primary(task)
        guard let own = metrics.first(where: { $0.name == primary }) else {
            return GateResult(
                name: name, passed: false, detail: "\(primary) could not be computed on the hold-out: it needs both classes, or more rows")
        }
        // A constant score has an area of exactly one half, whether or not the baseline's could be computed.
        let bar = baseline.first { $0.name == primary }?.value ?? (own.higherIsBetter ? 0.5 : .infinity)
        guard let worstCase = own.higherIsBetter ? own.lower : own.upper, worstCase.isFinite else {
            return GateResult(
                name: name, passed: false,
                detail: "\(primary) \(number(own.value)) on \(own.n) held-out rows proves nothing: "
                    + (task == .regression
                        ? "it has no interval: give more data"
                        : "a class has fewer than \(Evaluation.fewestOfClass) of them: hold out more, or give more data"))
        }
        let passed = own.higherIsBetter ? worstCase > bar : worstCase < bar
        let verdict = passed ? "better than" : "not surely better than"
        return GateResult(
            name: name, passed: passed,
            detail: "\(primary) \(describe(own)) is \(verdict) the baseline's \(number(bar)) on \(own.n) held-out rows")
    }

    /// Rows below which two versions are not compared.
    static let fewestCompared = 30

    /// What is missing for a comparison on some rows; nil when there is enough.
    static func shortage(_ targets: [Double], _ groups: RowGroups?, _ task: PredictionTask) -> String? {
        if targets.count < fewestCompared { return "\(fewestCompared) are needed" }
        if let groups, groups.count < fewestCompared {
            return "\(groups.count) when \(groups.areUnits ? "rows of one unit" : "copies") count once, and \(fewestCompared) are needed"
        }
        guard task != .regression else { return nil }
        let large = Set(targets).count { truth in
            let rows = groups?.effective { targets[$0] == truth } ?? Double(targets.count { $0 == truth })
            return rows >= Double(Evaluation.fewestOfClass)
        }
        return large > 1 ? nil : "only one class has \(Evaluation.fewestOfClass) or more of these"
    }

    private static func describe(_ metric: Metric) -> String {
        guard let lower = metric.lower, let upper = metric.upper else { return number(metric.value) }
        return "\(number(metric.value)) (\(number(lower)) to \(number(upper)))"
    }

    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        let scaled = (value * 10_000).rounded() / 10_000
        return abs(value) >= 1_000 ? "\((value * 10).rounded() / 10)" : "\(scaled)"
    }
}
