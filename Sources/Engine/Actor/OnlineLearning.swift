import Learning
import Logging
import Monitoring
import Store
import Tabular

/// Learning label by label: where it begins, what holds it, and what of it is shown.
extension EngineCore {
    /// What each learner needs to know; deployments whose learning is held have none.
    ///
    /// - Parameter live: only of those that answer live.
    func onlinePlans(live: Bool) -> [OnlinePlan] {
        entries.values.compactMap { entry in
            guard !isStopping, !live || threads.listening.contains(entry.name) else { return nil }
            return onlinePlan(entry)
        }
    }

    /// Nil where the champion does not learn online, or learning is held.
    func onlinePlan(_ entry: DeploymentEntry) -> OnlinePlan? {
        let facts = onlineFacts(entry)
        guard let online = facts.memory, let live = livePlan(entry, facts), let champion = entry.champion,
            let base = version(online.base, of: entry),
            let hash = base.artefactHash
        else { return nil }
        let faults: [ClosedRange<Int64>]
        do throws(StoreFailure) { faults = try self.faults(entry.name, until: now()) } catch {
            logger.error("\(entry.name) does not learn online: \(error)")
            return nil
        }
        let importance = version(champion.number, of: entry)?.importance ?? []
        return OnlinePlan(
            deployment: entry.name, epoch: entry.online.epoch, categories: entry.categories, base: online.base, artefactHash: hash,
            settings: base.settings, live: live, after: online.after, champion: champion,
            policy: entry.policy.online, attempted: online.published ?? now(),
            importance: Dictionary(importance.map { ($0.feature, $0.value) }) { first, _ in first },
            faults: faults, margins: workspace.configuration.margins)
    }

    /// What is known of a deployment's online learning.
    func onlineFacts(_ entry: DeploymentEntry) -> OnlineFacts {
        OnlineFacts(
            entry.facts, frozenBy: freezes.first { $0.stops(.learning, in: entry.name) }?.by,
            hiddenFaults: damage.hiddenFaults(of: entry.name), standard: workspace.configuration.onlineAnswer)
    }

    /// Begins anew from a version that was made champion, unless it is what the learner itself published last.
    ///
    /// Labels that came before count for nothing: the weights that they led to are what somebody turned away from.
    func beginLearning(_ entry: DeploymentEntry, from number: UInt32, quietUntil: Int64? = nil) {
        guard entry.memory.online?.base != number else { return }
        let learns = version(number, of: entry).map { AlgorithmRegistry.learnsOnline($0.algorithm) } ?? false
        // Nothing is lost should the labels not be readable now: the learner asks again when it begins.
        let former = entry.memory.online
        let newest = try? stores.labels.sequence(deployment: entry.name, beforeNewest: 0)
        // What the learner has learnt since its copy was taken is not given up where that copy is made the champion.
        let copied = version(number, of: entry)?.online.flatMap { $0.base == former?.base && quietUntil == nil ? $0.until : nil }
        var memory = OnlineMemory(base: number, after: copied ?? newest, published: now(), quietUntil: quietUntil)
        memory.starts = former?.starts
        memory.stopped = copied == nil ? nil : former?.stopped
        memory.remember(at: now())
        entry.memory.online = learns ? memory : nil
        if former?.stopped != nil, memory.stopped == nil {
            resolveAlert(entry.name, kind: AlertKind.live, because: "v\(number) is learnt on from")
        }
        rest(entry)
        entry.online = OnlineWatch(epoch: entry.online.epoch + 1)
        entry.isMemoryDirty = true
    }

    /// Wakes the learners when labels have come, or wait for their rows.
    func learnOnline(_ labelled: Set<String>) {
        guard let online else { return }
        listenForLabels()
        let isDue = entries.values.contains { entry in
            let facts = onlineFacts(entry)
            return facts.isLookDue(hasNewLabels: labelled.contains(entry.name)) || livePlan(entry, facts)?.isAwaited == true
        }
        guard isDue else { return }
        online.worker.askForRound()
        online.thread.poke()
    }

    /// Takes what a learner says; what one of an earlier epoch says counts for nothing.
    func note(_ report: OnlineReport, of plan: OnlinePlan) {
        guard let entry = entries[plan.deployment], entry.online.epoch == plan.epoch else { return }
        if entry.memory.online == nil { entry.memory.online = OnlineMemory(base: plan.base, published: now()) }
        if entry.memory.online?.base == plan.base, entry.memory.online?.after == nil, report.halted == nil {
            entry.memory.online?.after = report.after
            entry.memory.online?.remember(at: now())
            entry.isMemoryDirty = true
            // A learner that begins again must not pass over what came meanwhile.
            persistMemories()
        }
        // A version was published since the plan was made: the next look counts from that one.
        if entry.memory.online?.base != plan.base { online?.thread.poke() }
        if report.halted != entry.online.report?.halted { tellHalt(entry, report.halted) }
        if report.halted != nil { rest(entry) }
        if plan.live.isLive { follow(report.stopped, entry) }
        guard report != entry.online.report else { return }
        entry.online.report = report
        // A learner that answers says something after each label: the heartbeat publishes that.
        if plan.live.isLive { isDirty = true } else { publish() }
    }

    private func tellHalt(_ entry: DeploymentEntry, _ halted: String?) {
        guard let halted else { return resolveAlert(entry.name, kind: AlertKind.online, because: "it learns again") }
        raiseAlert(
            entry.name,
            Finding(
                kind: AlertKind.online, severity: .warning, title: "\(entry.name) does not learn online: \(SafeText.escape(halted))",
                reasons: [], onset: now()))
    }

    /// What is shown of it.
    func onlineStatus(_ entry: DeploymentEntry) -> OnlineStatus? {
        var status = onlineFacts(entry).status
        status?.answering = entry.live?.name
        return status
    }
}
