import Dispatch
import Logging
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// The heartbeat: four times a second.
    ///
    /// Takes what the event loops gathered, judges, acts, publishes.
    func tick() async {
        guard !isStopped else { return }
        let harvests = await dataPlane.harvest(flushing: false)
        let current = now()
        fold(harvests, at: current)
        for entry in entries.values {
            for change in entry.drift.settleMissing(at: current) { missingChanged(entry, change, at: current) }
        }
        var hasAlarm = false
        for entry in entries.values where closeWindow(entry, at: current) { hasAlarm = true }
        let second = current / 1_000
        if second != lastSecond {
            lastSecond = second
            await eachSecond(current)
        } else if hasAlarm, configuration.runsPolicies {
            // An alarm is answered at once: every second between drift and the new version counts.
            await runPolicies(at: current)
        }
        if isDirty || current - lastPublish >= 1_000, current - lastPublish >= Self.publishIntervalMilliseconds { publish() }
    }

    private func eachSecond(_ current: Int64) async {
        recoverUnjournalled()
        if lastSecond % 5 == 0 { probeControl() }
        let labelled = intake.takeChanged()
        await refreshLabelCounts(of: labelled)
        noteRefusedLabels(at: current)
        learnOnline(labelled)
        journalCorrections()
        var worstLatency = 0.0
        let alerted = Set(alerts.open.filter { $0.kind == AlertKind.errors || $0.kind == AlertKind.latency }.map(\.deployment))
        for entry in entries.values {
            if !entry.traffic.isEmpty { entry.traffic.forget(before: current) }
            chartSecond(entry, at: current)
            if !entry.traffic.isEmpty || entry.health.overall != .unknown || alerted.contains(entry.name) { judge(entry, at: current) }
            worstLatency = max(worstLatency, entry.traffic.p99Milliseconds ?? 0)
        }
        pressure.update(p99: worstLatency, budget: workspace.configuration.latencyBudgetMilliseconds)
        expireAcknowledgements(at: current)
        readSystem()
        for (name, rows) in writer.takeUnlogged() { entries[name]?.memory.unlogged += rows }
        if lastSecond % 5 == 0 { settleLabels() }
        if configuration.runsPolicies {
            await runPolicies(at: current)
            publishWhatIsDue(at: current)
        }
        // A job that could not be claimed, because the store refused, is asked for again.
        if jobs.contains(where: { $0.state == .queued }), !jobBoard.isBusy { trainer?.poke() }
        if current / 60_000 != lastMinute {
            if lastMinute != 0 { eachMinute(current) }
            lastMinute = current / 60_000
        }
        if jobs.contains(where: { $0.state == .running }) { isDirty = true }
    }

    private func eachMinute(_ current: Int64) {
        persistMemories()
        requeueExpired(at: current)
        let rows = seriesOfLastMinute(at: current)
        let telemetry = stores.telemetry
        let logger = logger
        maintenance.async {
            do {
                if !rows.isEmpty { try telemetry.append(series: rows) }
                _ = try telemetry.enforceRetention(now: current)
            } catch { logger.error("telemetry: series and retention: \(error)") }
        }
    }

    /// Joins labels with predictions that have been logged since.
    ///
    /// In the background: it may have to read many blocks.
    private func settleLabels() {
        guard !isSettling else { return }
        isSettling = true
        Task {
            await intake.settlePending(on: maintenance)
            isSettling = false
        }
    }

    private func requeueExpired(at current: Int64) {
        do {
            let expired = try stores.control.write { try $0.requeueExpired(now: current) }
            guard !expired.isEmpty else { return }
            for job in expired {
                logger.warning("job \(job.id): its lease ran out: \(job.state)")
                if job.state == JobState.parked.rawValue { reportParked(job) }
            }
            refreshJobsLoggingFailure()
            trainer?.poke()
        } catch { noteControlFailure(error) }
    }

    /// A correction supersedes a truth that models may have learnt from: the journal says so, once a second for all that came.
    private func journalCorrections() {
        for (name, corrected) in intake.takeCorrections() {
            let change = Change(
                verb: "labels corrected", deployment: name,
                summary:
                    "\(corrected.count) \(corrected.count == 1 ? "label" : "labels") of \(name) corrected, the first of \(corrected.first)",
                reason: nil, details: ["count": "\(corrected.count)", "first": corrected.first])
            _ = try? commit(change, by: .engine) { _ in }
        }
    }

    /// Writes what the engine remembers of its deployments, in one transaction.
    func persistMemories() {
        let dirty = entries.values.filter(\.isMemoryDirty)
        guard !dirty.isEmpty, unjournalled.isEmpty else { return }
        do {
            try stores.control.write { transaction in
                for entry in dirty {
                    entry.record.payload = entry.memory.text
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
        for harvest in harvests {
            loops[harvest.loop] = LoopStatus(index: harvest.loop, requests: harvest.requests, generation: harvest.generation)
            for lane in harvest.lanes {
                blocks += lane.blocks
                guard let entry = entries[lane.deployment] else { continue }
                entry.traffic.add(lane.totals, at: current)
                entry.memory.predictions += lane.totals.rows
                entry.memory.unlogged += lane.totals.unlogged
                entry.isMemoryDirty = true
                isDirty = true
                noteFirstAnswer(entry, lane.totals, at: current)
                for (version, counts) in lane.windows {
                    entry.drift.fold(counts, version: version, now: current)
                }
            }
        }
        if !blocks.isEmpty { writer.offer(blocks) }
    }

    private func noteFirstAnswer(_ entry: DeploymentEntry, _ totals: LaneTotals, at current: Int64) {
        guard let turn = entry.memory.loop, let version = turn.version, let promoted = turn.promoted, turn.firstAnswer == nil,
            totals.rowsByVersion[version, default: 0] > 0
        else { return }
        entry.memory.loop?.firstAnswer = max(totals.firstAnswers[version] ?? current, promoted)
    }

    // MARK: Charts

    private func chartSecond(_ entry: DeploymentEntry, at current: Int64) {
        let second = current / 1_000 - 1
        let requests = entry.traffic.requests(inSecond: second)
        guard requests > 0 || entry.series[.requests] != nil else { return }
        let time = second * 1_000
        entry.chart(.requests, at: time, value: Double(requests))
        let labelled = entry.labels.accepted - entry.labelsCharted
        if entry.labelsCharted > 0 || labelled > 0 { entry.chart(.labels, at: time, value: Double(max(0, labelled))) }
        entry.labelsCharted = entry.labels.accepted
        guard requests > 0, let recent = entry.traffic.latest else { return }
        var histogram = LatencyHistogram()
        for latency in recent.latency.values { histogram.merge(latency) }
        if histogram.count > 0 {
            entry.chart(.latencyP50, at: time, value: Double(histogram.quantile(0.5)) / 1e6)
            entry.chart(.latencyP99, at: time, value: Double(histogram.quantile(0.99)) / 1e6)
        }
        if recent.rows > 0 { entry.chart(.score, at: time, value: recent.scoreSum / Double(recent.rows), weight: Double(recent.rows)) }
        entry.chart(.errors, at: time, value: Double(recent.failed) / (Double(TrafficWindow.bucketMilliseconds) / 1_000))
    }

    /// The last minute of every series, as rows of the telemetry store.
    private func seriesOfLastMinute(at current: Int64) -> [SeriesRow] {
        var rows: [SeriesRow] = []
        func add(_ entry: DeploymentEntry, _ metric: String, _ series: RollupSeries) {
            for point in series.points(from: entry.lastRollup, until: current, count: 1) where point.n > 0 {
                rows.append(
                    SeriesRow(
                        deployment: entry.name, metric: metric, resolution: SeriesRow.minute, time: current - 60_000, mean: point.mean,
                        low: point.low, high: point.high, n: point.n))
            }
        }
        for entry in entries.values {
            for (metric, series) in entry.series { add(entry, metric.rawValue, series) }
            for (feature, series) in entry.featureDrift { add(entry, Self.driftMetric(feature), series) }
            entry.lastRollup = current
        }
        return rows
    }
}
