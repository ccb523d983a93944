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
        for entry in entries.values { closeWindow(entry, at: current) }
        let second = current / 1_000
        if second != lastSecond {
            lastSecond = second
            await eachSecond(current)
        }
        if isDirty || current - lastPublish >= 1_000, current - lastPublish >= Self.publishIntervalMilliseconds { publish() }
    }

    private func eachSecond(_ current: Int64) async {
        recoverUnjournalled()
        for name in intake.takeChanged() { refreshLabelCounts(of: [name]) }
        var worstLatency = 0.0
        for entry in entries.values {
            entry.traffic.forget(before: current)
            chartSecond(entry, at: current)
            if !entry.traffic.isEmpty || entry.health.overall != .unknown { judge(entry, at: current) }
            worstLatency = max(worstLatency, latestP99(entry))
        }
        pressure.update(p99: worstLatency, budget: workspace.configuration.latencyBudgetMilliseconds)
        expireAcknowledgements(at: current)
        readSystem()
        for (name, rows) in writer.takeUnlogged() { entries[name]?.memory.unlogged += rows }
        if lastSecond % 5 == 0 { await intake.settlePending() }
        if configuration.runsPolicies { await runPolicies(at: current) }
        if current / 60_000 != lastMinute {
            if lastMinute != 0 { eachMinute(current) }
            lastMinute = current / 60_000
        }
        if !jobs.isEmpty, jobs.contains(where: { $0.state == JobState.running.rawValue }) { isDirty = true }
    }

    private func eachMinute(_ current: Int64) {
        persistSeries(at: current)
        persistMemories()
        do { _ = try stores.telemetry.enforceRetention(now: current) } catch { logger.error("telemetry: retention: \(error)") }
        for expired in (try? stores.control.write { try $0.requeueExpired(now: current) }) ?? [] {
            logger.warning("job \(expired.id): its lease ran out: \(expired.state)")
            trainer?.poke()
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
            controlFailure = "\(error)"
            logger.error("control store: \(error)")
        }
    }

    private func latestP99(_ entry: DeploymentEntry) -> Double {
        var histogram = LatencyHistogram()
        for latency in entry.traffic.minute.latency.values { histogram.merge(latency) }
        return histogram.count == 0 ? 0 : Double(histogram.quantile(0.99)) / 1e6
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
                    for change in entry.drift.fold(counts, version: version, now: current) { missingChanged(entry, change, at: current) }
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

    /// Writes the last minute of every series to the telemetry store.
    private func persistSeries(at current: Int64) {
        var rows: [SeriesRow] = []
        for entry in entries.values {
            for (metric, series) in entry.series {
                for point in series.points(from: entry.lastRollup, until: current, count: 1) where point.n > 0 {
                    rows.append(
                        SeriesRow(
                            deployment: entry.name, metric: metric.rawValue, resolution: SeriesRow.minute, time: current - 60_000,
                            mean: point.mean,
                            low: point.low, high: point.high, n: point.n))
                }
            }
            entry.lastRollup = current
        }
        guard !rows.isEmpty else { return }
        do { try stores.telemetry.append(series: rows) } catch { logger.error("telemetry: series: \(error)") }
    }
}
