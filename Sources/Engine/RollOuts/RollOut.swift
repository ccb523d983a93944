import Monitoring
import Store
import Tabular

extension EngineCore {
    /// Makes a version the champion: loaded and verified first, then committed, then swapped on every event loop.
    func promote(_ entry: DeploymentEntry, _ number: UInt32, _ request: ActionRequest, by who: Operator) async throws(ActionFailure)
        -> Receipt
    {
        try checkPromotable(entry, number, request, by: who)
        let version = try await load(entry, number: number)
        // Others may have acted while it was read.
        try checkStillWanted(request)
        try checkPromotable(entry, number, request, by: who)
        let former = entry.record.champion
        let current = now()
        let change = Change(
            verb: "promote", deployment: entry.name,
            summary: former.map { "v\(number) answers instead of v\($0)" } ?? "v\(number) answers", reason: request.reason,
            details: ["version": "v\(number)", "former": former.map { "v\($0)" } ?? ""])
        var record = entry.record
        record.champion = number
        // A champion that did not load is nothing to return to.
        if let former, entry.loadFailure == nil { record.lastKnownGood = former }
        if record.state == DeploymentState.empty.rawValue { record.state = DeploymentState.live.rawValue }
        var versions = entry.versions
        Self.crown(number, former: former, record, &versions, at: current)
        let (row, commitTime) = try commit(change, by: who) { transaction in
            try self.write(record, versions: versions, replacing: entry, in: transaction)
        }
        entry.loaded[number] = version
        beginLearning(entry, from: number)
        let swap = await apply(entry, record: record, versions: versions, at: current)
        if let turn = entry.memory.loop, turn.version == number, turn.promoted == nil {
            entry.memory.loop?.loaded = current
            entry.memory.loop?.promoted = now()
            entry.memory.loop?.ended = nil
            entry.isMemoryDirty = true
        }
        return receipt(
            change, row: row, nanoseconds: commitTime, version: number, swap: swap,
            inverse: former == nil ? nil : .rollback(deployment: entry.name, to: nil))
    }

    /// The states of all versions once `number` answers instead of `former`.
    static func crown(_ number: UInt32, former: UInt32?, _ record: DeploymentRecord, _ versions: inout [VersionSummary], at time: Int64) {
        for index in versions.indices {
            if versions[index].number == number {
                versions[index].state = .champion
                versions[index].served.append(ServiceInterval(from: time, until: nil))
            } else if versions[index].number == former {
                endService(&versions[index], at: time)
                versions[index].state = record.lastKnownGood == former ? .lastKnownGood : .retired
            } else if versions[index].state == .lastKnownGood, versions[index].number != record.lastKnownGood {
                versions[index].state = .retired
            }
        }
    }

    /// After a pause for reading: what the operator saw must still hold, and the engine must still run.
    func checkStillWanted(_ request: ActionRequest) throws(ActionFailure) {
        if isStopping { throw .unavailable("engine: it is stopping: start it again") }
        try checkExpectation(request)
    }

    private func checkPromotable(
        _ entry: DeploymentEntry, _ number: UInt32, _ request: ActionRequest, by who: Operator
    ) throws(ActionFailure) {
        guard let summary = entry.version(number) else {
            throw .notFound(kind: "version", name: "\(entry.name) v\(number)", nearest: entry.versions.last?.name)
        }
        let name = "\(entry.name) v\(number)"
        if entry.record.champion == number { throw .refused(what: "\(name) is the champion already", advice: "nothing to do") }
        if summary.state == .refused || !summary.blessed {
            let gate = summary.gates.first { !$0.passed }
            throw .refused(
                what: "\(name) was refused by the gate \(gate?.name ?? "load"): \(gate?.detail ?? "")", advice: "train another version")
        }
        let scopes: [FreezeScope] = who.isAutomatic ? [.promotion, .traffic] : [.traffic]
        for freeze in freezes {
            for scope in scopes where freeze.stops(scope, in: entry.name) {
                throw .refused(
                    what: "\(freeze.scope.rawValue) is frozen by \(freeze.by)", advice: "unfreeze it first; roll back and pause still work")
            }
        }
        try checkWithdrawn(summary, name, request, by: who)
    }

    /// A version that was rolled back answers again only by a person's word, who says why.
    private func checkWithdrawn(
        _ summary: VersionSummary, _ name: String, _ request: ActionRequest, by who: Operator
    ) throws(ActionFailure) {
        guard summary.state == .withdrawn else { return }
        if who.isAutomatic { throw .refused(what: "\(name) was rolled back once", advice: "only a person can promote it again") }
        guard request.reason?.contains(where: { !$0.isWhitespace }) == true else {
            throw .refused(what: "\(name) was rolled back once", advice: "give a reason why it may answer again")
        }
    }

    /// Returns to last-known-good (or a named former champion).
    ///
    /// Works on a full or failing disk, and under any freeze.
    func rollback(_ entry: DeploymentEntry, to wanted: UInt32?, _ request: ActionRequest, by who: Operator) async throws(ActionFailure)
        -> Receipt
    {
        let target = try rollbackTarget(entry, wanted, request, by: who)
        let version = try await load(entry, number: target)
        try checkStillWanted(request)
        guard try rollbackTarget(entry, wanted, request, by: who) == target, let departing = entry.record.champion else {
            throw .changed(
                what: "what \(entry.name) returns to", expected: "v\(target)", found: entry.record.lastKnownGood.map { "v\($0)" } ?? "none")
        }
        let current = now()
        let change = Change(
            verb: "rollback", deployment: entry.name, summary: "rolled back from v\(departing) to v\(target)", reason: request.reason,
            details: ["version": "v\(target)", "withdrawn": "v\(departing)"])
        var record = entry.record
        record.champion = target
        var versions = entry.versions
        for index in versions.indices {
            if versions[index].number == departing {
                versions[index].state = .withdrawn
                Self.endService(&versions[index], at: current)
            } else if versions[index].number == target {
                versions[index].state = .champion
                versions[index].served.append(ServiceInterval(from: current, until: nil))
            }
        }
        record.lastKnownGood = Self.newestRetired(versions, except: target)
        for index in versions.indices where versions[index].state == .lastKnownGood || versions[index].number == record.lastKnownGood {
            versions[index].state = versions[index].number == record.lastKnownGood ? .lastKnownGood : .retired
        }
        let (row, commitTime) = commitEssential(change, by: who) { transaction in
            try self.write(record, versions: versions, replacing: entry, in: transaction)
        }
        entry.loaded[target] = version
        // What a person has returned to is left alone for as long as a training's cool-down lasts.
        if !who.isAutomatic { entry.memory.policy.lastTraining = current }
        beginLearning(entry, from: target, quietUntil: who.isAutomatic ? nil : current + entry.policy.cooldown)
        let swap = await apply(entry, record: record, versions: versions, at: current)
        return receipt(
            change, row: row, nanoseconds: commitTime, version: target, swap: swap,
            inverse: .promote(deployment: entry.name, version: departing))
    }

    /// The version that a roll back goes to, or why there is none.
    private func rollbackTarget(
        _ entry: DeploymentEntry, _ wanted: UInt32?, _ request: ActionRequest, by who: Operator
    ) throws(ActionFailure) -> UInt32 {
        if entry.record.champion == nil {
            throw .refused(what: "\(entry.name) has no champion", advice: "train a version first")
        }
        guard let wanted else {
            guard let target = entry.record.lastKnownGood, target != entry.record.champion else {
                throw .refused(
                    what: "\(entry.name) has no earlier version that served and was not withdrawn",
                    advice: "pause it, or promote another version")
            }
            return target
        }
        guard let summary = entry.version(wanted) else {
            throw .notFound(kind: "version", name: "\(entry.name) v\(wanted)", nearest: entry.versions.last?.name)
        }
        guard wanted != entry.record.champion else { throw .refused(what: "v\(wanted) is the champion already", advice: "nothing to do") }
        guard !summary.served.isEmpty else {
            throw .refused(what: "v\(wanted) never served", advice: "promote it instead")
        }
        try checkWithdrawn(summary, "\(entry.name) v\(wanted)", request, by: who)
        return wanted
    }

    /// The version that served last and was neither withdrawn nor is `except`.
    private static func newestRetired(_ versions: [VersionSummary], except: UInt32) -> UInt32? {
        versions.filter { ($0.state == .retired || $0.state == .lastKnownGood) && $0.number != except }
            .max { ($0.served.last?.until ?? 0, $0.number) < ($1.served.last?.until ?? 0, $1.number) }?.number
    }

    private static func endService(_ version: inout VersionSummary, at time: Int64) {
        guard let last = version.served.indices.last, version.served[last].until == nil else { return }
        version.served[last].until = time
    }

    /// Compare-and-set in the store too: another engine cannot have it, but a bug could.
    func write(
        _ record: DeploymentRecord, versions: [VersionSummary], replacing entry: DeploymentEntry, in transaction: ControlTransaction
    ) throws {
        guard try transaction.deployment(entry.name)?.champion == entry.record.champion else {
            throw StoreFailure.conflict("champion of \(entry.name)")
        }
        try transaction.update(record)
        for (new, old) in zip(versions, entry.versions) where new != old { try store(new, of: entry.name, in: transaction) }
    }

    /// Takes the committed state, swaps the routing, and begins the new champion's monitoring.
    ///
    /// - Parameter isContinued: whether the new champion is measured against the reference of the former one, so that its windows go on.
    /// - Returns: the swap's time, nanoseconds.
    func apply(
        _ entry: DeploymentEntry, record: DeploymentRecord, versions: [VersionSummary], at current: Int64, isContinued: Bool = false
    ) async -> UInt64 {
        entry.record = record
        entry.versions = versions
        entry.loadFailure = nil
        let wanted = Set([record.champion, record.lastKnownGood].compactMap(\.self))
        entry.loaded = entry.loaded.filter { wanted.contains($0.key) }
        if isContinued {
            entry.drift.follow(entry.champion)
        } else {
            entry.drift.begin(version: entry.champion, now: current)
            entry.memory.policy.answeredDrift = false
        }
        entry.isMemoryDirty = true
        let swap = await installRouting()
        lastSwapNanoseconds = swap
        // After the swap: each of these is a synchronised write.
        for kind in isContinued ? [AlertKind.champion] : [AlertKind.drift, AlertKind.missing, AlertKind.champion] {
            resolveAlert(entry.name, kind: kind, because: "another version answers")
        }
        // What the next roll back returns to is read while this version already answers.
        Task { await self.warm(entry) }
        return swap
    }

    // MARK: Pause and resume

    func pause(_ entry: DeploymentEntry, _ request: ActionRequest, by who: Operator) async throws(ActionFailure) -> Receipt {
        guard entry.record.state == DeploymentState.live.rawValue else {
            throw .refused(
                what: "\(entry.name) is \(entry.state.rawValue)",
                advice: entry.state == .paused ? "nothing to do" : "it answers nothing yet")
        }
        return await setState(
            .paused, of: entry, summary: "paused \(entry.name): requests get 503", request, by: who,
            inverse: .resume(deployment: entry.name))
    }

    func resume(_ entry: DeploymentEntry, _ request: ActionRequest, by who: Operator) async throws(ActionFailure) -> Receipt {
        guard entry.record.state == DeploymentState.paused.rawValue else {
            throw .refused(what: "\(entry.name) is \(entry.state.rawValue), not paused", advice: "nothing to do")
        }
        if let freeze = freezes.first(where: { $0.stops(.traffic, in: entry.name) }) {
            throw .refused(what: "\(freeze.scope.rawValue) is frozen by \(freeze.by)", advice: "unfreeze it first")
        }
        return await setState(.live, of: entry, summary: "resumed \(entry.name)", request, by: who, inverse: .pause(deployment: entry.name))
    }

    private func setState(
        _ state: DeploymentState, of entry: DeploymentEntry, summary: String, _ request: ActionRequest, by who: Operator, inverse: Action
    ) async -> Receipt {
        let change = Change(verb: request.action.verb, deployment: entry.name, summary: summary, reason: request.reason)
        var record = entry.record
        record.state = state.rawValue
        let (row, nanoseconds) = commitEssential(change, by: who) { try $0.update(record) }
        entry.record = record
        let swap = await installRouting()
        lastSwapNanoseconds = swap
        return receipt(change, row: row, nanoseconds: nanoseconds, swap: swap, inverse: inverse)
    }
}
