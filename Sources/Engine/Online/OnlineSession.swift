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
    /// A label waits this long for its row to be logged, milliseconds.
    static let patience: Int64 = 5_000

    let epoch: Int
    private let deployment: String
    private let stores: EngineStores
    private let learner: OnlineLearner
    private var window: PrequentialWindow
    /// The model that it went on from, or the one that it published last.
    private var base: String
    /// Of the base's model, and of each label learnt since.
    private var digest = SHA256()
    /// The same from the last publication on, which is the next base if the engine takes it.
    private var next: (base: String, digest: SHA256)?
    private var report: OnlineReport
    private var seconds = 0.0

    /// Reads the base's model.
    init(_ plan: OnlinePlan, stores: EngineStores) throws(ActionFailure) {
        epoch = plan.epoch
        deployment = plan.deployment
        self.stores = stores
        do {
            let bytes = try stores.control.read { try $0.artefact(plan.artefactHash) }
            learner = try OnlineLearner(resuming: bytes, categories: plan.categories)
            report = OnlineReport(after: try plan.after ?? stores.labels.sequence(deployment: plan.deployment, beforeNewest: 0))
        } catch let failure as LearningFailure {
            throw .refused(what: "\(plan.deployment) v\(plan.base) does not go on learning: \(failure)", advice: "train another version")
        } catch { throw .store("\(plan.deployment) v\(plan.base): \(error)") }
        window = PrequentialWindow(schema: learner.schema, categories: plan.categories)
        base = plan.artefactHash
        digest = Self.digest(of: base)
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
            let labels = try stores.labels.labels(deployment: deployment, afterSequence: report.after, limit: Self.batch)
            let rows = try stores.telemetry.rows(of: labels.map(\.id), deployment: deployment)
            try learn(labels, rows, plan.faults, now: now)
            report.isBehind = labels.count == Self.batch && !report.isWaiting
            if !labels.isEmpty { report.primary = window.primary.map { OnlineFigure(name: $0.name, value: $0.value, n: $0.n) } }
        } catch let failure as LearningFailure {
            report.halted = "\(failure)"
        } catch { report.isWaiting = true }
        report.rows = learner.rowsLearnt
        seconds += (ContinuousClock.now - started) / .seconds(1)
        return report
    }

    private func learn(
        _ labels: [StoredLabel], _ rows: [RowID: LoggedRow], _ faults: [ClosedRange<Int64>], now: Int64
    ) throws(LearningFailure) {
        for label in labels {
            let row = rows[label.id]
            if row == nil, now.subtractingClamped(label.received) < Self.patience {
                report.isWaiting = true
                return
            }
            report.after = label.sequence
            guard let row, row.features.count == learner.schema.width, !faults.contains(where: { $0.contains(row.time) }) else {
                report.skipped += 1
                continue
            }
            let answer = try learner.learn(row.features, target: label.value)
            window.add(row.features, target: label.value, answer: answer, position: label.sequence)
            note(label)
            report.learnt += 1
            report.fresh += 1
        }
    }

    private func note(_ label: StoredLabel) {
        let words = [label.id.base.bits, UInt64(label.id.row), label.value.bitPattern]
        words.withUnsafeBytes {
            digest.update(bufferPointer: $0)
            next?.digest.update(bufferPointer: $0)
        }
    }

    /// The engine took what was published: from now on that is what it went on from, for a learner that begins again there too.
    private func rebase(_ artefactHash: String) {
        guard let taken = next, taken.base == artefactHash else { return }
        base = taken.base
        digest = taken.digest
        report.learnt = report.fresh
        next = nil
    }

    private static func digest(of artefactHash: String) -> SHA256 {
        var digest = SHA256()
        digest.update(data: Array(artefactHash.utf8))
        return digest
    }

    /// Makes what it has learnt ready to be a version: its bytes, its figures, its gates.
    ///
    /// The learner goes on unchanged.
    func publication(_ plan: OnlinePlan) throws(ActionFailure) -> OnlinePublication {
        if let halted = report.halted {
            throw .refused(what: "\(deployment) does not learn: \(halted)", advice: "roll back or train: it begins anew from that version")
        }
        let outcome: TrainingOutcome
        let importance: [FeatureImportance]
        do throws(LearningFailure) {
            outcome = try learner.outcome(judgedBy: window, settings: plan.settings, seconds: seconds)
            importance = try Model.decode(outcome.artefact).importance().prefix(20).map {
                FeatureImportance(feature: $0.feature, value: $0.value)
            }
        } catch {
            if case .diverged = error { report.halted = "\(error)" }
            throw .refused(what: "\(deployment) v\(plan.base) with \(report.learnt) labels more: \(error)", advice: "wait for more labels")
        }
        let (gates, predictor) = judge(outcome, plan)
        let hash = digest.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        do {
            let control = stores.control
            let publication = OnlinePublication(
                outcome: outcome, predictor: predictor, gates: gates, importance: importance,
                artefactHash: try control.storeArtefact(outcome.artefact),
                profileHash: try control.read { try $0.version(of: deployment, number: plan.champion.number)?.profileHash },
                reportHash: try control.storeArtefact(Array(encodeJSON(VersionReport(outcome)).utf8)), dataHash: hash,
                after: report.after, learnt: report.learnt)
            report.fresh = 0
            next = (publication.artefactHash, Self.digest(of: publication.artefactHash))
            return publication
        } catch { throw .store("\(deployment): \(error)") }
    }

    /// The gates of every version, on rows that each model answered before they were learnt.
    private func judge(_ outcome: TrainingOutcome, _ plan: OnlinePlan) -> (gates: [GateResult], predictor: (any Predictor)?) {
        let rows = outcome.holdout
        var (gates, predictor) = Gates.load(artefact: outcome.artefact, categories: plan.categories)
        let task = rows.schema.target.task
        gates.append(Gates.baseline(metrics: outcome.metrics, baseline: outcome.baselineMetrics, task: task))
        if predictor != nil {
            // On rows that the champion has not learnt either.
            let unseen = window.after(plan.championSaw)
            gates.append(
                Gates.champion(
                    candidate: unseen.answers, champion: Self.scores(plan.champion.predictor, unseen.rows), targets: unseen.rows.targets,
                    task: task, version: plan.champion.number, isMoving: true))
        }
        let known = DataChecks.Champion(number: plan.champion.number, profile: plan.champion.reference, importance: plan.importance)
        gates.append(DataChecks(rows: rows, champion: known).result())
        return (gates, predictor)
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
