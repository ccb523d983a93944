import Logging
import Monitoring
import Store
import Tabular

/// Taking a deployment away: at once from what answers and from the registry, then from the other stores, which share no transaction with it.
extension EngineCore {
    /// Removes a deployment with everything of its own; the journal, ended jobs and the numbers that its versions had stay.
    ///
    /// The registry notes that its traffic and labels are still to be deleted: an engine that dies meanwhile goes on with it, and until it is
    /// done nobody can deploy under the name.
    func remove(_ entry: DeploymentEntry, _ request: ActionRequest, by who: Operator) async throws(ActionFailure) -> Receipt {
        let name = entry.name
        let count = entry.versions.count
        let change = Change(
            verb: .remove, deployment: name,
            summary: "removed \(name) with its \(count) \(count == 1 ? "version" : "versions"), its policy, its traffic and its labels",
            reason: request.reason,
            details: [
                "champion": entry.record.champion.map { "v\($0)" } ?? "", "versions": "\(count)",
                "predictions": "\(entry.memory.predictions)", "created": TimeText.rfc3339(entry.record.createdAt),
            ])
        var cancelled: [Int64] = []
        let (row, nanoseconds) = try commit(change, by: who) { transaction in
            guard try transaction.deployment(name)?.champion == entry.record.champion else {
                throw StoreFailure.conflict("champion of \(name)")
            }
            cancelled = try transaction.cancelJobs(of: name, because: "\(name) was removed", now: self.now())
            try transaction.removeDeployment(name, now: self.now())
        }
        for id in cancelled { _ = jobBoard.cancel(id) }
        for record in damage.records(of: name) {
            damage.mend(table: record.table, key: record.key)
            stores.control.release(table: record.table, key: record.key)
        }
        entries[name] = nil
        freezes.removeAll { $0.deployment == name }
        fleet.removals.insert(name)
        let swap = await installRouting(of: name)
        lastSwapNanoseconds = swap
        refreshJobsLoggingFailure()
        for alert in alerts.open where alert.deployment == name {
            resolveAlert(name, kind: alert.kind, because: "\(name) was removed")
        }
        pruneSnapshots()
        services.errands.begin()
        Task {
            await self.clearRemoved(name)
            services.errands.end()
        }
        return receipt(change, row: row, nanoseconds: nanoseconds, swap: swap)
    }

    /// Deletes what the other stores hold of a removed deployment; what fails is tried again each minute and at the next start.
    func clearRemoved(_ name: String) async {
        // Rows that were answered a moment ago: of a deployment that is no more they are dropped.
        await flushTraffic()
        writer.forget(name)
        let stores = stores
        let result = await onQueue(maintenance) {
            Result { () throws(StoreFailure) in
                try stores.telemetry.removeDeployment(name)
                try stores.labels.removeDeployment(name)
                try stores.control.write { try $0.forgetRemoval(name) }
            }
        }
        switch result {
        case .success:
            fleet.removals.remove(name)
            logger.notice("\(name) is removed from every store")
        case .failure(let failure): logger.error("\(name): its traffic and labels are not deleted yet: \(failure)")
        }
    }
}
