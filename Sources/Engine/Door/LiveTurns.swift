import Learning
import Logging
import Monitoring
import Store
import Tabular

/// Answering live: a learner's copy in the champion's place, and back when its guards say so.
extension EngineCore {
    /// What answering live asks of a learner; nil where it is held and nothing of it is needed.
    func livePlan(_ entry: DeploymentEntry, _ facts: OnlineFacts) -> LivePlan? {
        let isAwaited = facts.isLive && entry.live == nil && facts.memory?.stopped == nil
        guard facts.hold != nil else {
            return LivePlan(isLive: facts.isLive, until: nil, stopped: facts.memory?.stopped?.reason, isAwaited: isAwaited)
        }
        // Frozen before a start: what was learnt by then answers, and nothing more is learnt.
        guard isAwaited, facts.frozenBy != nil, let held = facts.memory?.heldAt else { return nil }
        return LivePlan(isLive: true, until: held, stopped: nil, isAwaited: true)
    }

    /// Lets a learner's copy answer from the next request on; false where it may not, or not any more.
    func handOver(_ live: LoadedVersion, of plan: OnlinePlan) async -> Bool {
        guard let entry = entries[plan.deployment], mayAnswer(live, entry, plan) else { return false }
        if entry.live == nil { logger.notice("\(entry.name) answers live, \(live.name)") }
        entry.live = live
        // A table that is installed meanwhile has this copy in it, unless it was made before: then once more.
        var generation: UInt64
        repeat {
            generation = plane.generation
            await plane.dataPlane.handOver(live, deployment: entry.name, generation: generation)
        } while plane.generation != generation && entry.live === live
        isDirty = true
        return true
    }

    private func mayAnswer(_ live: LoadedVersion, _ entry: DeploymentEntry, _ plan: OnlinePlan) -> Bool {
        let facts = onlineFacts(entry)
        return !isStopping && facts.isLive && entry.online.epoch == plan.epoch && facts.memory?.base == plan.base
            && facts.memory?.stopped == nil && entry.record.champion == live.number && entry.champion != nil
            // What was learnt before a freeze may come after it; what is learnt later is not heard of.
            && (facts.hold == nil || plan.live.until != nil)
    }

    /// Takes the learner's copy away: the champion answers at rest, from the next request on.
    func rest(_ entry: DeploymentEntry) {
        guard entry.live != nil else { return }
        entry.live = nil
        isDirty = true
        services.errands.begin()
        Task {
            lastSwapNanoseconds = await installRouting(of: entry.name)
            services.errands.end()
        }
    }

    /// Rows that are between an event loop and the log, kept before anything is learnt from them.
    func underway(_ ids: [RowID], of name: String) async -> [RowID: LoggedRow] {
        var found = await plane.dataPlane.rows(of: ids, deployment: name)
        let missing = ids.filter { found[$0] == nil }
        if !missing.isEmpty { found.merge(writer.rows(of: missing, deployment: name)) { held, _ in held } }
        guard !found.isEmpty else { return [:] }
        let (held, writer) = (found, writer)
        return await onQueue(reading) {
            Result { () throws(StoreFailure) in try writer.keepEarly(held, deployment: name) }
        }.get(or: [:]) { self.logger.error("\(name): rows are not kept, so nothing is learnt from them yet: \($0)") }
    }

    /// What the guards of a live learner say, done: an alert and a row in the journal, and the champion answers, or the learner again.
    func follow(_ stopped: String?, _ entry: DeploymentEntry) {
        guard onlineFacts(entry).isLive, var memory = entry.memory.online, (memory.stopped == nil) != (stopped == nil) else { return }
        let champion = entry.record.champion.map { "v\($0)" } ?? "none"
        if let stopped {
            let answering = entry.live?.name ?? "the learner"
            memory.stopped = LiveStop(time: now(), reason: stopped)
            entry.memory.online = memory
            rest(entry)
            raiseAlert(
                entry.name,
                Finding(
                    kind: AlertKind.live, severity: .critical,
                    title: "\(entry.name): the live learner is \(stopped): \(champion) answers at rest", reasons: [], onset: now()))
            write(.liveStopped, entry, "\(champion) answers at rest instead of \(answering): it is \(stopped)")
        } else {
            memory.stopped = nil
            entry.memory.online = memory
            resolveAlert(entry.name, kind: AlertKind.live, because: "the learner is better than \(champion) and than a constant again")
            write(.liveResumed, entry, "the learner answers again: it is better than \(champion) and than a constant")
        }
        entry.isMemoryDirty = true
        persistMemories()
    }

    private func write(_ verb: JournalVerb, _ entry: DeploymentEntry, _ summary: String) {
        do {
            _ = try commit(Change(verb: verb, deployment: entry.name, summary: summary, reason: nil), by: .policy("online")) { _ in }
        } catch { logger.error("\(entry.name): \(summary): not journalled: \(error)") }
    }

    /// A policy, or a freeze, has changed: who answers, and what a start would go on from.
    func followAnswers(_ entry: DeploymentEntry, isRenewed: Bool = false) {
        let facts = onlineFacts(entry)
        if isRenewed, facts.isLive, entry.memory.online?.stopped != nil, let base = entry.memory.online?.base {
            // A person lets it answer again: what it was led to is not gone on from.
            entry.memory.online?.base = 0
            beginLearning(entry, from: base)
            resolveAlert(entry.name, kind: AlertKind.live, because: "its policy was applied anew")
        }
        if !facts.isLive {
            rest(entry)
            if entry.memory.online?.stopped != nil {
                entry.memory.online?.stopped = nil
                entry.isMemoryDirty = true
                resolveAlert(entry.name, kind: AlertKind.live, because: "versions answer")
            }
        }
        let held = facts.frozenBy == nil ? nil : entry.memory.online?.heldAt ?? entry.online.report?.after
        if entry.memory.online != nil, entry.memory.online?.heldAt != held {
            entry.memory.online?.heldAt = held
            entry.isMemoryDirty = true
        }
        persistMemories()
        listenForLabels()
        online?.worker.askForRound()
        online?.thread.poke()
    }

    /// Labels of deployments that answer live wake the learner at once.
    func listenForLabels() {
        guard let online else { return }
        let live = Set(entries.values.filter { onlineFacts($0).isLive }.map(\.name))
        guard live != threads.listening else { return }
        threads.listening = live
        intake.listen(for: live) { online.thread.poke() }
    }
}

extension Result {
    /// The value, or another one after somebody was told why there is none.
    fileprivate func get(or other: Success, _ tell: (Failure) -> Void) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let failure):
            tell(failure)
            return other
        }
    }
}
