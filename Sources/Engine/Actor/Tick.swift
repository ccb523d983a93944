import Dispatch
import Foundation
import Logging
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// The heartbeat: four times a second.
    ///
    /// Takes what the event loops gathered, judges, acts, publishes.
    func tick() async {
        guard !stopping.isOver else { return }
        let harvests = await plane.dataPlane.harvest(flushing: false)
        followClock()
        let current = now()
        fold(harvests, at: current)
        var hasAlarm = false
        for entry in fleet.inOrder where watchData(entry, at: current) { hasAlarm = true }
        await watchArms(at: current)
        if let second = pace.nextSecond(at: current) {
            await eachSecond(second, at: current)
        } else if hasAlarm, configuration.runsPolicies {
            // An alarm is answered at once: every second between drift and the new version counts.
            await runPolicies(at: current)
        }
        if pace.isPublishingDue(at: current) { publish() }
    }

    /// Answers when its turn comes: the engine's sign of life.
    ///
    /// It counts, because a call that changed nothing would not be queued behind what the engine does.
    func pulse() { pace.pulses &+= 1 }

    /// Does nothing else for so long, for tests.
    func hold(seconds: Double) { Thread.sleep(forTimeInterval: seconds) }

    private func eachSecond(_ second: Int64, at current: Int64) async {
        recoverStores()
        let labelled = intake.takeChanged()
        await refreshLabelCounts(of: labelled)
        noteRefusedLabels(at: current)
        learnOnline(labelled)
        judgeQuality(labelled)
        journalCorrections()
        var worstLatency = 0.0
        let judged: Set<AlertKind> = [.errors, .latency, .categories]
        let alerted = Set(alerts.open.filter { judged.contains($0.kind) }.map(\.deployment))
        for entry in fleet.inOrder {
            if !entry.traffic.isEmpty { entry.write { $0.traffic.forget(before: current) } }
            entry.charts.addSecond(entry.traffic, champion: entry.record.champion, labels: entry.labels.accepted, at: current)
            if !entry.traffic.isEmpty || entry.health.overall != .unknown || alerted.contains(entry.name) { judge(entry, at: current) }
            worstLatency = max(worstLatency, entry.traffic.recentP99Milliseconds(at: current) ?? 0)
        }
        resources.update(p99: worstLatency, budget: workspace.configuration.latencyBudgetMilliseconds)
        let held = jobs.held(by: freezes)
        for job in [JobClass.training, .search] { resources.share(job).hold(held) }
        tell(plane.access.watch.events(at: current), of: Self.workspaceName)
        if plane.dataPlane.address != nil {
            tell(CertificateStatus.events(plane.dataPlane.certificate, at: current), of: Self.workspaceName)
        }
        expireAcknowledgements(at: current)
        readSystem()
        for (name, rows) in writer.takeUnlogged() { entries[name]?.memory.unlogged += rows }
        if second.isMultiple(of: 5) { tendBackups(at: current) }
        if configuration.runsPolicies {
            await runPolicies(at: current)
            publishWhatIsDue(at: current)
        }
        // A job that could not be claimed, because the store refused, is asked for again.
        if jobs.hasQueued, !jobBoard.isBusy { trainer?.poke() }
        if jobs.leases.isDue(at: current) { requeueLost(at: current) }
        if pace.isNextMinute(at: current) { eachMinute(current) }
        // Behind what a minute deletes, never beside it: an order that does not hang on threads can be repeated.
        if second.isMultiple(of: 5) { settleLabels() }
        if jobs.hasRunning { isDirty = true }
    }

    /// Minutes between two looks for category texts that no stored row has any more.
    private static let sweepMinutes: Int64 = 10

    /// Minutes between two looks for data that no version needs any more: each turn of the loop writes some.
    private static let pruneMinutes: Int64 = 5

    private func eachMinute(_ current: Int64) {
        persistMemories()
        noteTokenUses()
        for name in fleet.removals {
            services.errands.begin()
            Task {
                await self.clearRemoved(name)
                services.errands.end()
            }
        }
        // Data that was too young to be deleted with its version.
        if (current / 60_000) % Self.pruneMinutes == 0 { pruneSnapshots() }
        if (current / 60_000) % 60 == 0 { trustDate(current) }
        if current / 60_000 % Self.sweepMinutes == 0 { writer.sweep(at: current) }
        let rows = fleet.inOrder.flatMap { $0.charts.takeMinute(of: $0.name, at: current) }
        let telemetry = stores.telemetry
        let byAge = !isRetentionFrozen
        let logger = logger
        let (scrub, errands) = (services.scrub, services.errands)
        measureGrowth(at: current)
        retire(at: current)
        maintenance.async {
            let damaged = scrub.step()
            if !damaged.isEmpty {
                errands.begin()
                Task {
                    await self.note(damaged)
                    errands.end()
                }
            }
            do {
                if !rows.isEmpty { try telemetry.append(series: rows) }
                _ = try telemetry.enforceRetention(now: current, byAge: byAge)
                try telemetry.sweepEarly(at: current)
            } catch { logger.error("telemetry: series and retention: \(error)") }
        }
    }

    /// Joins labels with predictions that have been logged since.
    ///
    /// In the background: it may have to read many blocks.
    private func settleLabels() {
        guard !pace.isSettling else { return }
        pace.isSettling = true
        services.errands.begin()
        Task {
            await intake.settlePending(on: maintenance)
            pace.isSettling = false
            services.errands.end()
        }
    }

    private func requeueLost(at current: Int64) {
        do {
            let lost = jobs.leases.lost(of: try stores.control.read { try $0.expiredClaims(now: current) })
            guard !lost.isEmpty else { return }
            let released = try stores.control.write { transaction in try lost.compactMap { try transaction.requeue($0, now: current) } }
            guard !released.isEmpty else { return }
            for job in released {
                logger.warning("job \(job.id): its lease ran out: \(job.state)")
                if job.state == JobState.parked.rawValue { reportParked(job) }
            }
            refreshJobsLoggingFailure()
            trainer?.poke()
        } catch { noteControlFailure(error) }
    }

    /// A correction supersedes a truth that models may have learnt from: the journal says so, once a second for all that came.
    private func journalCorrections() {
        for (name, corrected) in intake.takeCorrections().sorted(by: { $0.key < $1.key }) {
            let change = Change(
                verb: .labelsCorrected, deployment: name,
                summary:
                    "\(corrected.count) \(corrected.count == 1 ? "label" : "labels") of \(name) corrected, the first of \(corrected.first)",
                reason: nil, details: ["count": "\(corrected.count)", "first": corrected.first])
            _ = try? commit(change, by: .engine) { _ in }
        }
    }

    /// Writes what the engine remembers of its deployments, in one transaction.
    func persistMemories() {
        let dirty = fleet.inOrder.filter { $0.isMemoryDirty && $0.ledger.failure == nil }
        guard !dirty.isEmpty, journal.unwritten.isEmpty else { return }
        do {
            try stores.control.write { transaction in
                for entry in dirty {
                    entry.record.payload = try entry.memory.stored()
                    try transaction.update(entry.record)
                }
            }
            for entry in dirty { entry.isMemoryDirty = false }
        } catch {
            noteControlFailure(error)
            logger.error("control store: \(error)")
        }
    }

    // MARK: Traffic

    /// Folds what the loops gathered: first the counts, which are never dropped, then the log, which may.
    func fold(_ harvests: [LoopHarvest], at current: Int64) {
        var blocks: [TrafficBlock] = []
        let generation = plane.generation
        for harvest in harvests {
            let former = plane.generation(of: harvest.loop)
            plane.note(harvest)
            for (reason, count) in harvest.refusals { plane.access.watch.count(reason, count, at: current) }
            for lane in harvest.lanes {
                // What a removed deployment answered last is nobody's.
                guard let entry = entries[lane.deployment] else { continue }
                blocks += lane.blocks
                entry.write { facts in
                    for block in lane.blocks {
                        facts.quality.see(block)
                        facts.drift.sensors.see(block)
                    }
                    facts.traffic.add(lane.totals, at: current)
                    facts.arms.follow(facts.challengers, champion: facts.record.champion, generation: generation)
                    facts.arms.add(lane.totals, since: former)
                    let challenging = facts.challengers.compactMap { facts.loaded[$0.version] }
                    facts.armDrifts.follow(challenging, windowing: facts.drift.windowing, now: current)
                    for (key, counts) in lane.windows { facts.armDrifts.fold(counts, key, now: current) }
                    facts.memory.predictions += lane.totals.rows
                    facts.memory.unlogged += lane.totals.unlogged
                    // Requests that name the champion are its traffic too; those of other versions are passed over.
                    for (key, counts) in lane.windows where key.arm != .shadow {
                        facts.drift.fold(counts, version: key.version, now: current)
                    }
                    let own = facts.record.champion.map { Int(clamping: lane.totals.version($0).rows) } ?? 0
                    if own > 0 { facts.quality.count(answers: own, at: current) }
                }
                entry.isMemoryDirty = true
                isDirty = true
                noteFirstAnswer(entry, lane.totals, at: current)
            }
        }
        // By name: lanes come in a dictionary's order.
        blocks.sort { $0.deployment < $1.deployment }
        if !blocks.isEmpty { writer.offer(blocks) }
    }

    private func noteFirstAnswer(_ entry: DeploymentEntry, _ totals: LaneTotals, at current: Int64) {
        guard let turn = entry.memory.loop, let version = turn.version, let promoted = turn.promoted, turn.firstAnswer == nil,
            totals.version(version).rows > 0
        else { return }
        entry.memory.loop?.firstAnswer = max(totals.firstAnswers[version] ?? current, promoted)
    }
}
