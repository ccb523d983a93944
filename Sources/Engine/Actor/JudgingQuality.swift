import Learning
import Logging
import Monitoring
import Store
import Tabular

/// Joins labels with what was answered, and judges it: off the actor, one reading a deployment at a time.
extension EngineCore {
    /// Reads and judges where labels have come, or more of them wait.
    func judgeQuality(_ labelled: Set<String>) {
        for entry in fleet.inOrder where !entry.quality.isReading {
            let isDue = labelled.contains(entry.name) || entry.quality.isBehind || entry.quality.estimate.isDue
            guard isDue, let plan = qualityPlan(entry) else { continue }
            entry.quality.isReading = true
            if entry.quality.estimate.isDue { entry.quality.estimate.begin() }
            let reader = TruthReader(stores: stores)
            let watch = entry.quality
            entry.write { $0.truths.follow($0.challengers, champion: $0.record.champion) }
            let truths = entry.truths
            let order = TruthReader.Order(
                deployment: entry.name, after: watch.after, versions: watch.versions, hasChallengers: !truths.isEmpty, epoch: watch.epoch)
            let current = now()
            services.errands.begin()
            Task {
                let result = await onQueue(maintenance) {
                    Result { () throws(StoreFailure) in try Self.look(reader, order, watch, truths, plan, now: current) }
                }
                noteQuality(result, order)
                services.errands.end()
            }
        }
    }

    /// What a reading found, and what it says.
    private struct QualityLook: Sendable {
        var batch: TruthReader.Batch
        var status: QualityStatus?
        var estimate: QualityEstimate?
        /// What the arms are found to be; nil: no label of theirs came.
        var truths: ArmTruths?
        /// As it was read now, or before.
        var heldOut: HeldOutCalibration?
    }

    private static func look(
        _ reader: TruthReader, _ order: TruthReader.Order, _ watch: QualityWatch, _ truths: ArmTruths, _ plan: QualityPlan,
        now: Int64
    ) throws(StoreFailure) -> QualityLook {
        let batch = try reader.read(order, now: now)
        var copy = watch
        let isDue = copy.take(batch.rows)
        let heldOut = copy.estimate.heldOut ?? Self.heldOut(reader.stores, order.deployment, plan.version)
        copy.estimate.heldOut = heldOut
        var arms: ArmTruths?
        if !batch.arms.isEmpty {
            var judged = truths
            judged.take(batch.arms)
            judged.judge(task: plan.task, classes: plan.classes)
            arms = judged
        }
        return QualityLook(
            batch: batch, status: isDue ? QualityWatch.judge(copy.rows, plan) : nil,
            estimate: copy.estimate.estimate(plan, truths: copy.rows), truths: arms, heldOut: heldOut)
    }

    /// How well a version's probabilities kept their word when it was trained.
    private static func heldOut(_ stores: EngineStores, _ deployment: String, _ version: UInt32) -> HeldOutCalibration {
        do {
            return try stores.control.read { reader in
                guard let hash = try reader.version(of: deployment, number: version)?.reportHash else {
                    return HeldOutCalibration(nil, version: version)
                }
                let text = String(decoding: try reader.artefact(hash), as: UTF8.self)
                return HeldOutCalibration(try VersionReport(stored: text).calibration, version: version)
            }
        } catch { return .unknown("the report of v\(version) cannot be read: \(error)") }
    }

    private func qualityPlan(_ entry: DeploymentEntry) -> QualityPlan? {
        guard let champion = entry.championSummary, let target = entry.record.schema?.target else { return nil }
        let primary = Evaluation.primary(target.task)
        return QualityPlan(
            version: champion.number, task: target.task, classes: target.classes,
            atPromotion: champion.metrics.first { $0.name == primary }, margin: entry.policy.onQualityDrop ?? QualityWatch.standardMargin)
    }

    private func noteQuality(_ result: Result<QualityLook, StoreFailure>, _ order: TruthReader.Order) {
        guard let entry = entries[order.deployment], entry.quality.epoch == order.epoch else { return }
        entry.quality.isReading = false
        let look: QualityLook
        do throws(StoreFailure) { look = try result.get() } catch {
            logger.error("\(entry.name): quality is not judged now: \(error)")
            entry.quality.isBehind = true
            return
        }
        let current = now()
        let found = entry.write { facts -> (alerts: [AlertEvent], isChange: Bool)? in
            facts.quality.after = look.batch.after
            facts.quality.isBehind = look.batch.isBehind
            _ = facts.quality.take(look.batch.rows)
            facts.truths.take(look.batch.arms)
            if let found = look.truths { facts.truths.keep(found) }
            facts.quality.estimate.heldOut = look.heldOut
            if let estimate = look.estimate { facts.quality.estimate.status = estimate }
            return look.status.map { facts.quality.note($0, deployment: facts.name, at: current) }
        }
        if look.estimate != nil || look.truths != nil { isDirty = true }
        guard let found else { return }
        isDirty = true
        if found.isChange {
            entry.memory.policy.answeredQuality = nil
            entry.isMemoryDirty = true
        }
        tell(found.alerts, of: entry.name)
        publish()
    }
}
