import Dispatch
import Store
import Tabular

/// What a start reads of a deployment, whatever of it can be read.
struct StoredDeployment: Sendable {
    let record: DeploymentRecord
    var memory = DeploymentMemory()
    var versions = VersionBook([], whole: [])
    var nextNumber: UInt32 = 1
    var ledger = RegistryLedger()
    /// Nil where they cannot be read.
    var categories: Categories?
    var policy = Policy()
    /// Rows beside its own and its policy's that cannot be read.
    var damaged: [DamagedRecord] = []
}

/// Deployments read from the stores when an engine starts, on as many threads as there are processors.
extension EngineCore {
    /// Reads deployments, in the order given, and those after them whose rows cannot be read.
    func read(
        _ deployments: Salvage<DeploymentRecord>, _ policies: StoredPolicies
    ) async throws(StoreFailure) -> [StoredDeployment] {
        let orders = deployments.records.map { StoredDeployment(record: $0) } + deployments.damaged.compactMap(Self.unreadable)
        return try await onQueue(reading) {
            let results = ResultSlots<StoredDeployment, StoreFailure>(count: orders.count)
            DispatchQueue.concurrentPerform(iterations: orders.count) { index in
                results.set(index, Result { () throws(StoreFailure) in try self.read(orders[index], policies) })
            }
            return Result { () throws(StoreFailure) in
                try results.all.map { result throws(StoreFailure) in try result.get() }
            }
        }.get()
    }

    private static func unreadable(_ damaged: DamagedRecord) -> StoredDeployment? {
        guard let name = damaged.deployment else { return nil }
        let record = DeploymentRecord(
            name: name, createdAt: 0, schema: nil, state: DeploymentState.failed.rawValue, champion: nil, lastKnownGood: nil, dataHash: nil,
            payload: "")
        return StoredDeployment(record: record, ledger: RegistryLedger(failure: damaged))
    }

    /// Blocks.
    private nonisolated func read(_ order: StoredDeployment, _ policies: StoredPolicies) throws(StoreFailure) -> StoredDeployment {
        var stored = order
        let record = order.record
        let name = record.name
        if stored.ledger.failure == nil {
            do throws(RecordFailure) { stored.memory = try DeploymentMemory(record) } catch {
                stored.ledger.failure = DamagedRecord(record, "\(error)")
            }
        }
        (stored.versions, stored.damaged) = try firstLines(of: record, stored.memory)
        var next: UInt32 = 1
        // It serves all the same; it gets no new version, whose number might be one that there was.
        do throws(StoreFailure) { next = try stores.control.read { try $0.nextVersionNumber(of: name) } } catch {
            guard case .corrupt(let reason) = error else { throw error }
            stored.damaged.append(
                DamagedRecord(file: "control.db", table: "counter", key: "version \(name)", deployment: name, reason: reason))
        }
        for record in stored.damaged { if let number = record.version { stored.ledger.unreadable[number] = record } }
        stored.nextNumber = max(next, (stored.ledger.unreadable.keys.max() ?? 0) + 1)
        readCategories(&stored)
        readPolicy(&stored, policies)
        return stored
    }

    /// The codes of a deployment's texts: without them no row of it means what it meant.
    private nonisolated func readCategories(_ stored: inout StoredDeployment) {
        let name = stored.record.name
        do throws(StoreFailure) {
            stored.categories = Categories(stored: try stores.telemetry.categories(deployment: name))
        } catch {
            stored.ledger.failure =
                stored.ledger.failure
                ?? DamagedRecord(file: "telemetry.db", table: "category", key: name, deployment: name, reason: "\(error)")
        }
    }

    /// A policy that cannot be read does nothing.
    private nonisolated func readPolicy(_ stored: inout StoredDeployment, _ policies: StoredPolicies) {
        let name = stored.record.name
        var text: String?
        do {
            text = try policies.text(of: name)
            if let text { stored.policy = try Policy.parse(text, deployment: name) }
        } catch {
            let damage = DamagedRecord(file: "control.db", table: "policy", key: name, deployment: name, reason: "\(error)")
            stored.ledger.policy = (text ?? "", damage)
            stored.policy = .none
        }
    }
}
