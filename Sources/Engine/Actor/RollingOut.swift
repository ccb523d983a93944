import Monitoring
import Store
import Tabular

/// What the roll-out machine says, done: loaded and verified first, then committed with its journal row, then swapped on every event loop.
extension EngineCore {
    /// Lets an event happen to a deployment's versions, whoever asks.
    ///
    /// The machine is asked twice where a version has to be read first: others may have acted meanwhile.
    func rollOut(
        _ entry: DeploymentEntry, _ event: RollOutEvent, _ request: ActionRequest, by who: Operator
    ) async throws(ActionFailure) -> Receipt {
        var world = try world(of: request.action, request, by: who)
        var step = try RollOut.step(entry.rollOut, event, ask(entry, request.reason, by: who))
        var loaded: LoadedVersion?
        if let needed = step.answering ?? step.loading {
            loaded = try await load(entry, number: needed)
            try checkStillWanted(request, entry)
            world = try self.world(of: request.action, request, by: who)
            step = try RollOut.step(entry.rollOut, event, ask(entry, request.reason, by: who))
            guard step.answering ?? step.loading == needed else {
                throw .changed(
                    what: "what \(entry.name) returns to", expected: "v\(needed)", found: step.answering.map { "v\($0)" } ?? "none")
            }
        }
        let final = step
        let change = Change(
            verb: request.action.facts.verb, deployment: entry.name, summary: step.summary, reason: request.reason, details: step.details)
        let (record, changed) = try storable { () throws(StoreFailure) in try entry.facts.stored(step.next) }
        let body = { (transaction: ControlTransaction) throws in
            try self.write(record, changed, replacing: entry, in: transaction)
            try self.erase(final, of: entry.name, in: transaction)
        }
        let row: JournalRow?
        let nanoseconds: UInt64
        if request.action.isEssential {
            let kept = KeptChange(answering: KeptAnswering(step.next, changed: changed))
            (row, nanoseconds) = commitEssential(change, by: who, leaving: kept, body)
        } else {
            (row, nanoseconds) = try commit(change, by: who, body)
        }
        let swap = await carryOut(step, entry, record, loaded, by: who)
        noteTurn(entry, step)
        return receipt(
            change, row: row, nanoseconds: nanoseconds, version: step.version, swap: swap,
            inverse: request.action.inverse(before: world))
    }

    /// Who asks, under the rules of the deployment and of now.
    func ask(_ entry: DeploymentEntry, _ reason: String?, by who: Operator) -> RollOutAsk {
        RollOutAsk(
            who: who, reason: reason, now: now(), freezes: freezes, automation: entry.policy.automation,
            promotionsPerDay: entry.policy.promotionsPerDay)
    }

    /// After a pause for reading: what the operator saw must still hold, and the engine must still run.
    func checkStillWanted(_ request: ActionRequest, _ entry: DeploymentEntry) throws(ActionFailure) {
        if isStopping { throw .unavailable("engine: it is stopping: start it again") }
        guard entries[entry.name] === entry else {
            throw .changed(what: entry.name, expected: "the deployment", found: entries[entry.name] == nil ? "none" : "another")
        }
        try checkExpectation(request)
    }

    /// Compare-and-set in the store too: another engine cannot have it, but a bug could.
    func write(
        _ record: DeploymentRecord, _ changed: [RollOutVersion], replacing entry: DeploymentEntry, in transaction: ControlTransaction
    ) throws {
        guard try transaction.deployment(entry.name)?.champion == entry.record.champion else {
            throw StoreFailure.conflict("champion of \(entry.name)")
        }
        try transaction.update(record)
        for version in changed { try store(version, of: entry.name, in: transaction) }
    }

    /// Deletes what an archived version no longer needs, and the lines that have become too many.
    private func erase(_ step: RollOutStep, of name: String, in transaction: ControlTransaction) throws {
        for case .erase(let number) in step.effects {
            try transaction.archiveVersion(of: name, number: number)
            try transaction.forgetArchived(of: name, state: VersionState.archived.rawValue, keeping: RollOut.archivedLines)
        }
    }

    /// Takes the committed state, and does what goes with it.
    ///
    /// Returns the swap's time, nanoseconds; nil when nothing was swapped.
    func carryOut(
        _ step: RollOutStep, _ entry: DeploymentEntry, _ record: DeploymentRecord, adding new: VersionSummary? = nil,
        _ loaded: LoadedVersion?, by who: Operator
    ) async -> UInt64? {
        if let loaded { entry.loaded[loaded.number] = loaded }
        entry.take(step.next, record, adding: new)
        complete(entry)
        var swap: UInt64?
        for effect in step.effects {
            switch effect {
            case .route:
                entry.loaded = entry.loaded.filter { entry.answering.contains($0.key) }
                swap = await swapRouting(of: entry)
                // What was answered until now had another split: from here on all of it counts for this one.
                if !entry.challengers.isEmpty { fold(await plane.dataPlane.harvest(flushing: false), at: now()) }
            case .follow(let isContinued): swap = await follow(entry, isContinued: isContinued)
            case .learn(let number, let isQuiet): learn(entry, from: number, isQuiet: isQuiet)
            case .erase: pruneSnapshots()
            }
        }
        return swap
    }

    private func swapRouting(of entry: DeploymentEntry) async -> UInt64 {
        let swap = await installRouting(of: entry.name)
        lastSwapNanoseconds = swap
        return swap
    }

    /// What a person has returned to is left alone for as long as a training's cool-down lasts.
    private func learn(_ entry: DeploymentEntry, from number: UInt32, isQuiet: Bool) {
        let current = now()
        if isQuiet {
            entry.memory.policy.quietSince = current
            entry.isMemoryDirty = true
        }
        beginLearning(entry, from: number, quietUntil: isQuiet ? current + entry.policy.cooldown : nil)
    }

    /// Swaps the routing, and begins the new champion's monitoring.
    ///
    /// - Parameter isContinued: whether the new champion is measured against the reference of the former one, so that its windows go on.
    private func follow(_ entry: DeploymentEntry, isContinued: Bool) async -> UInt64 {
        entry.loadFailure = nil
        let wanted = Set(entry.answering)
        entry.loaded = entry.loaded.filter { wanted.contains($0.key) }
        if isContinued {
            entry.drift.follow(entry.champion)
            entry.quality.follow(entry.record.champion)
        } else {
            entry.drift.begin(version: entry.champion, now: now())
            entry.memory.policy.answeredDrift = false
            entry.quality.begin(entry.record.champion)
            entry.memory.policy.answeredQuality = nil
        }
        entry.isMemoryDirty = true
        let swap = await swapRouting(of: entry)
        // After the swap: each of these is a synchronised write.
        for kind in isContinued
            ? [AlertKind.champion]
            : [
                AlertKind.drift, AlertKind.changing, AlertKind.missing, AlertKind.quality, AlertKind.champion, AlertKind.arm,
                AlertKind.split,
            ]
        {
            resolveAlert(entry.name, kind: kind, because: "another version answers")
        }
        // What the next roll back returns to is read while this version already answers.
        services.errands.begin()
        Task {
            await self.warm(entry)
            services.errands.end()
        }
        return swap
    }

    /// The loop clock of the turn whose version answers now.
    private func noteTurn(_ entry: DeploymentEntry, _ step: RollOutStep) {
        guard let turn = entry.memory.loop, let version = step.answering, turn.version == version, turn.promoted == nil else { return }
        let current = now()
        entry.memory.loop?.loaded = current
        entry.memory.loop?.promoted = current
        entry.memory.loop?.ended = nil
        entry.isMemoryDirty = true
    }
}
