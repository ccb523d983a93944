import Tabular

/// Trainings that a part of their own rows judges, whichever rule divides these.
extension Training {
    /// Divides the rows, and refuses where that leaves nothing to learn from or nothing that judges.
    static func divided(_ rows: LabelledRows, by rule: SplitRule) throws(LearningFailure) -> RowDivision {
        if let fault = rule.fault { throw .indivisible(why: fault, advice: "correct the rule") }
        if let group = rule.group, rows.schema.index(of: group) == nil { throw .missingFeature(name: group) }
        let division = rows.divided(by: rule)
        let units = rule.group.map { SafeText.escape($0) } ?? "unit"
        guard !division.judging.isEmpty, division.folds?.isEmpty != true else {
            throw .indivisible(
                why: rule.group == nil ? "no row judges" : "all rows are of one \(units)", advice: "choose another split, or give more data"
            )
        }
        guard division.purged == 0 || division.learning.count >= minimumRows else {
            throw .indivisible(
                why: "\(division.learning.count) rows are left to learn from, without \(division.purged) that go together with rows"
                    + " that judge",
                advice: "divide by --split group, or choose a smaller --holdout-share")
        }
        return division
    }

    /// Learns all rows, after each part of them was scored by what learnt the others.
    ///
    /// - Parameters:
    ///   - foldHooks: of the parts' trainings, whose losses are nobody's.
    ///   - hooks: of the training of all rows.
    /// - Returns: what learnt all rows, with the parts' scores of the rows that judge, in their order.
    static func crossValidated(
        _ parts: Parts, _ rows: LabelledRows, _ division: RowDivision, _ folds: [RowFold], seed: UInt64, foldHooks: TrainingHooks,
        hooks: TrainingHooks
    ) throws(LearningFailure) -> Learnt {
        let outputs = rows.schema.target.outputs
        var places = [Int](repeating: 0, count: rows.count)
        for (place, row) in division.judging.enumerated() { places[row] = place }
        var plain = [Double](repeating: 0, count: division.judging.count * outputs)
        var scores = plain
        let rule = division.bounds.rule
        let step = 1 / Double(folds.count + 1)
        for (number, fold) in folds.enumerated() {
            let range = (Double(number) * step)...(Double(number + 1) * step)
            let learnt = try learn(
                parts, from: rows.selecting(fold.learning), judging: rows.selecting(fold.judging), isWatched: false, seed: seed, rule: rule,
                hooks: foldHooks.quiet(stage: "part \(number + 1) of \(folds.count)").reporting(within: range))
            for (index, row) in fold.judging.enumerated() {
                for output in 0..<outputs {
                    plain[places[row] * outputs + output] = learnt.plain[index * outputs + output]
                    scores[places[row] * outputs + output] = learnt.scores[index * outputs + output]
                }
            }
        }
        let whole = try learn(
            parts, from: rows.selecting(division.learning), judging: rows.selecting(division.judging), isWatched: false, seed: seed,
            rule: rule, hooks: hooks.reporting(within: (1 - step)...1))
        return Learnt(model: whole.model, plain: plain, scores: scores, notes: whole.notes, seconds: whole.seconds)
    }
}

extension TrainingHooks {
    /// For a training beside the one that counts: it keeps nothing, and its losses are not told.
    fileprivate func quiet(stage: String) -> TrainingHooks {
        var quiet = self
        quiet.checkpoints = nil
        let report = report
        quiet.report = { progress in
            var told = progress
            told.stage = stage
            told.trainLoss = nil
            told.validationLoss = nil
            told.secondsLeft = nil
            report(told)
        }
        return quiet
    }
}

extension RowDivision {
    /// What a version's reader has to know of its division: nothing where it is the standard one.
    var notes: [String] {
        let rule = bounds.rule
        var notes: [String] = []
        if rule.isOrdered == true { notes.append("judging: \(rule.words)") }
        if folds != nil {
            notes.append("judging: its figures are those of its recipe on \(judging.count) rows, each by a version that had not learnt it")
        }
        if purged > 0 {
            let what = rule.group.map { "are of a \(SafeText.escape($0)) that judges" } ?? "are copies of rows that judge"
            notes.append("judging: \(purged) rows are neither learnt nor judged: they \(what)")
        }
        return notes
    }
}
