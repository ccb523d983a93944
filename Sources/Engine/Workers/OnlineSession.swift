import Crypto
import Foundation
import Learning
import Store
import Tabular

/// One deployment's learner: reads labels in the order in which they came, looks up the rows that they belong to, and learns them.
///
/// What it learns depends on the base and the labels after it only: a learner that begins again at the base comes to the same weights.
/// Confined to the online thread.
final class OnlineSession {
    /// Labels in one look.
    static let batch = 20_000
    /// The same where the learner answers: its copy is no older.
    static let liveBatch = 1_000
    /// A label waits this long for its row to be logged, milliseconds.
    static let patience: Int64 = 5_000

    let epoch: Int
    private let deployment: String
    private let stores: EngineStores
    private let learner: OnlineLearner
    private let categories: Categories
    /// The model that it went on from, or the one that was published last, by its hash.
    private var base: String
    /// Of the base's model, and of each label learnt since.
    private var digest = SHA256()
    /// What was made ready last: the next base, if the engine takes it.
    private var offered: OnlineTrial?
    private var trials = OnlineTrials()
    /// Each row's answer as the learner was just before it.
    private var window: PrequentialWindow
    private(set) var report: OnlineReport
    private var seconds = 0.0
    /// Those that could answer, beside each other.
    private var watch: LiveWatch
    /// Labels up to this one were there before it began: what their answers were worth has been judged then.
    private let judgedBefore: Int64
    /// Rows that are on their way to the log.
    private let underway: @Sendable ([RowID]) -> [RowID: LoggedRow]

    /// Reads the base's model.
    ///
    /// - Parameter underway: finds rows that are on their way to the log, and keeps them.
    init(
        _ plan: OnlinePlan, stores: EngineStores, underway: @escaping @Sendable ([RowID]) -> [RowID: LoggedRow]
    ) throws(ActionFailure) {
        self.underway = underway
        epoch = plan.epoch
        deployment = plan.deployment
        categories = plan.categories
        self.stores = stores
        do {
            let bytes = try stores.control.read { try $0.artefact(plan.artefactHash) }
            learner = try OnlineLearner(resuming: bytes, categories: plan.categories)
            judgedBefore = try stores.labels.sequence(deployment: plan.deployment, beforeNewest: 0)
            report = OnlineReport(after: plan.after ?? judgedBefore)
        } catch let failure as LearningFailure {
            throw .refused(what: "\(plan.deployment) v\(plan.base) does not go on learning: \(failure)", advice: "train another version")
        } catch { throw .store("\(plan.deployment) v\(plan.base): \(error)") }
        watch = LiveWatch(isProbability: learner.schema.target.task == .binary, stopped: plan.live.stopped)
        report.stopped = plan.live.stopped
        window = PrequentialWindow(schema: learner.schema, categories: plan.categories)
        base = plan.artefactHash
        digest.update(data: Array(base.utf8))
        report.rows = learner.rowsLearnt
    }

    /// Learns what has come since the last look.
    ///
    /// A store that cannot be read changes nothing: the next look tries again. Complexity: O(labels of a batch).
    func step(_ plan: OnlinePlan, now: Int64) -> OnlineReport {
        guard report.halted == nil else { return report }
        if plan.artefactHash != base { rebase(plan.artefactHash) }
        let started = ContinuousClock.now
        report.isWaiting = false
        report.isBehind = false
        do {
            let limit = plan.live.isLive ? Self.liveBatch : Self.batch
            let found = try stores.labels.labels(deployment: deployment, afterSequence: report.after, limit: limit)
            let labels = plan.live.until.map { until in found.filter { $0.sequence <= until } } ?? found
            try learn(labels, try rows(of: labels.map(\.id), plan), plan, now: now)
            report.isBehind = labels.count == limit && !report.isWaiting
            report.sides = watch.sides
            report.stopped = watch.guards.stopped
            if !labels.isEmpty { report.primary = window.primary.map { OnlineFigure(name: $0.name, value: $0.value, n: $0.n) } }
        } catch let failure as LearningFailure {
            report.halted = "\(failure)"
        } catch { report.isWaiting = true }
        report.rows = learner.rowsLearnt
        report.judged = trials.judged
        seconds += (ContinuousClock.now - started) / .seconds(1)
        return report
    }

    /// Rows that are on their way are kept before anything is learnt from them: whoever learns the labels once more finds the same ones.
    private func rows(of ids: [RowID], _ plan: OnlinePlan) throws(StoreFailure) -> [RowID: LoggedRow] {
        guard plan.live.isLive, !ids.isEmpty else { return try stores.telemetry.rows(of: ids, deployment: deployment) }
        let early = underway(ids)
        let missing = ids.filter { early[$0] == nil }
        return try stores.telemetry.rows(of: missing, deployment: deployment).merging(early) { logged, _ in logged }
    }

    /// A copy of the weights as they are, to answer with.
    var copy: any Predictor { learner.live }

    private func learn(
        _ labels: [StoredLabel], _ rows: [RowID: LoggedRow], _ plan: OnlinePlan, now: Int64
    ) throws(LearningFailure) {
        for label in labels {
            let row = rows[label.id]
            if row == nil, now.subtractingClamped(label.received) < Self.patience {
                report.isWaiting = true
                return
            }
            if report.fresh > 0, trials.isCopyDue(plan.policy, fresh: report.fresh, sinceAttempt: now - plan.attempted) {
                trials.add(
                    try OnlineTrial(learner, categories: categories, after: report.after, learnt: report.learnt, digest: digest))
            }
            report.after = label.sequence
            guard let row, row.features.count == learner.schema.width, !plan.faults.contains(where: { $0.contains(row.time) }) else {
                report.skipped += 1
                continue
            }
            let words = [label.id.base.bits, UInt64(label.id.row), label.value.bitPattern]
            words.withUnsafeBytes { digest.update(bufferPointer: $0) }
            trials.judge(row.features, target: label.value, words: words)
            offered?.note(words)
            let answer = try learner.learn(row.features, target: label.value, timing: LabelTiming(label, row))
            window.add(row.features, target: label.value, answer: answer)
            if plan.live.isLive { compare(label, row, plan) }
            report.learnt += 1
            report.fresh += 1
        }
    }

    /// Sets what was answered, or would have been, beside what the champion and the latest version say of the same row.
    private func compare(_ label: StoredLabel, _ row: LoggedRow, _ plan: OnlinePlan) {
        let own = row.learnt == nil ? learner.answeredThen : row.scores.first ?? learner.answeredThen
        let latest = offered.map { (answer: $0.answer(row.features), name: "v\(plan.champion.number + 1)") }
        watch.note(
            LiveWatch.Answers(
                own: own, champion: plan.champion.answer(row.features), championName: "v\(plan.champion.number)", latest: latest),
            target: label.value, isJudged: label.sequence > judgedBefore)
    }

    /// The engine took what was made ready: from now on that is what it went on from, for a learner that begins again there too.
    private func rebase(_ artefactHash: String) {
        guard let taken = offered, taken.artefactHash == artefactHash else { return }
        base = taken.artefactHash
        digest = taken.next
        report.learnt -= taken.learnt
        offered = nil
        // Later copies count their labels from the former base.
        trials = OnlineTrials()
    }

    // MARK: Publishing

    /// Makes the copy that has answered enough labels ready to be a version: its bytes, its figures, its gates.
    ///
    /// The learner goes on unchanged.
    func publication(_ plan: OnlinePlan) throws(ActionFailure) -> OnlinePublication {
        if let halted = report.halted {
            throw .refused(what: "\(deployment) does not learn: \(halted)", advice: "roll back or train: it begins anew from that version")
        }
        guard let trial = trials.best(plan.policy) else {
            throw .refused(
                what: "\(deployment) has learnt \(report.learnt) labels since v\(plan.base), and none of its copies has answered the"
                    + " \(Training.minimumRows) labels that judge it (\(trials.judged) so far)", advice: "wait for more labels")
        }
        let outcome: TrainingOutcome
        do throws(LearningFailure) {
            outcome = try trial.window.outcome(
                of: trial.artefact, rowsLearnt: trial.rowsLearnt, settings: plan.settings, seconds: seconds)
        } catch { throw .refused(what: "\(deployment): what it has learnt is no version: \(error)", advice: "wait for more labels") }
        let importance = trial.model.importance().prefix(20).map { FeatureImportance(feature: $0.feature, value: $0.value) }
        let (gates, predictor) = judge(trial.model, outcome, plan)
        do {
            let control = stores.control
            let found = VersionReport(outcome)
            let publication = OnlinePublication(
                outcome: outcome, predictor: predictor, gates: gates, importance: importance,
                artefactHash: try control.storeArtefact(trial.artefact),
                profileHash: try control.read { try $0.version(of: deployment, number: plan.champion.number)?.profileHash },
                reportHash: try control.storeArtefact(Array(try found.stored().utf8)), decisions: found.decisions?.table,
                dataHash: HexText.encode(trial.digest.finalize()), after: trial.after, learnt: trial.learnt)
            report.fresh = 0
            offered = trial
            trials.forget(upTo: trial)
            return publication
        } catch { throw .store("\(deployment): \(error)") }
    }

    /// The gates of every version, on labels that came after the copy, which neither it nor the champion has learnt.
    private func judge(
        _ model: Model, _ outcome: TrainingOutcome, _ plan: OnlinePlan
    ) -> (gates: [GateResult], predictor: (any Predictor)?) {
        let rows = outcome.holdout
        let loaded = Gates.load(model, bytes: outcome.artefact.count, categories: plan.categories)
        var gates = loaded.results
        let task = rows.schema.target.task
        gates.append(Gates.baseline(metrics: outcome.metrics, baseline: outcome.baselineMetrics, task: task))
        if loaded.predictor != nil {
            let bout = Gates.Bout(
                candidate: outcome.holdoutScores, other: Self.scores(plan.champion.predictor, rows), targets: rows.targets, task: task)
            gates += Gates.champion(
                bout, version: plan.champion.number, heldOut: rows.count, margins: plan.margins.continuing)
        }
        let known = DataChecks.Champion(number: plan.champion.number, profile: plan.champion.reference, importance: plan.importance)
        gates.append(DataChecks(rows: rows, champion: known).result())
        return (gates, loaded.predictor)
    }

    private static func scores(_ predictor: any Predictor, _ rows: LabelledRows) -> [Double] {
        var scores = [Double](repeating: 0, count: rows.count * predictor.outputs)
        scores.withUnsafeMutableBufferPointer { target in
            rows.features.withUnsafeBufferPointer { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                predictor.predict(rows: source, count: rows.count, into: target)
            }
        }
        return scores
    }
}

extension LoadedVersion {
    /// The first score of one row.
    func answer(_ row: [Double]) -> Double { predictor.answer(row) }
}

extension Predictor {
    /// The first score of one row; NaN for one of another layout.
    func answer(_ row: [Double]) -> Double {
        guard row.count == width else { return .nan }
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: outputs) { scores in
            guard let first = scores.baseAddress else { return .nan }
            row.withUnsafeBufferPointer { row in
                guard let row = row.baseAddress else { return }
                scores.initialize(repeating: .nan)
                predict(row, into: first)
            }
            return first.pointee
        }
    }
}

extension LabelTiming {
    /// As the stores have it: the same whenever the label is learnt once more.
    init(_ label: StoredLabel, _ row: LoggedRow) { self.init(answered: row.time, received: label.received) }
}
