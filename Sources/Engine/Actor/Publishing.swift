import Foundation
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// Makes the present and hands it to everybody who looks.
    func publish() {
        let current = now()
        snapshotGeneration += 1
        isDirty = false
        lastPublish = current
        var engine = EngineStatus()
        engine.pid = ProcessInfo.processInfo.processIdentifier
        engine.version = configuration.productVersion
        engine.http = dataPlane.address
        engine.startedAt = startedAt
        engine.workspace = workspace.name
        engine.isDemo = configuration.isDemo
        engine.degraded = degradation
        board.publish(
            Snapshot(
                asOf: current, generation: snapshotGeneration, engine: engine,
                deployments: entries.values.map { status($0, at: current) }.sorted { $0.name < $1.name },
                jobs: jobs.map { $0.with(jobBoard.live($0.id)) }.sorted { Self.order($0, $1) }, alerts: alerts.all,
                frozen: freezes,
                operators: operators.sorted { $0.key < $1.key }.map(\.value), recent: recent, system: system))
    }

    /// Open jobs first, then the newest.
    private static func order(_ a: JobStatus, _ b: JobStatus) -> Bool {
        a.state.isOpen != b.state.isOpen ? a.state.isOpen : a.id > b.id
    }

    /// What the red banner says; nil when every store takes writes and the journal is whole.
    private var degradation: String? {
        if !unjournalled.isEmpty {
            return
                "\(unjournalled.count) changes hold in memory only, not journalled: \(controlFailure ?? "the control store refuses writes")"
        }
        if let controlFailure { return "control store refuses writes: \(controlFailure)" }
        if let failure = intake.status.failure { return "label store refuses writes: \(failure)" }
        if let failure = writer.status.failure { return "traffic is not logged: \(failure)" }
        return nil
    }

    /// The present of one deployment.
    private func status(_ entry: DeploymentEntry, at current: Int64) -> DeploymentStatus {
        // What fades by itself, such as the request rate, does so only while there is traffic.
        var status = entry.traffic.isEmpty ? entry.status ?? measured(entry, at: current) : measured(entry, at: current)
        entry.status = status
        status.windowFill = entry.drift.fill(now: current)
        status.job = openJobs[entry.name]
        status.online = onlineStatus(entry)
        return status
    }

    private func measured(_ entry: DeploymentEntry, at current: Int64) -> DeploymentStatus {
        var status = DeploymentStatus(name: entry.name)
        let minute = entry.traffic.minute
        status.state = entry.state
        status.schema = entry.record.schema
        status.champion = entry.record.champion
        status.algorithm = (entry.record.champion.flatMap { entry.version($0) } ?? entry.versions.last)?.algorithm
        status.lastKnownGood = entry.record.lastKnownGood
        status.advised = entry.advised
        status.versions = entry.newestVersions
        status.requestsPerSecond = entry.traffic.requestsPerSecond(at: current)
        status.requestSpark = entry.traffic.spark(at: current)
        let champion = minute.answering(champion: entry.record.champion)
        let requests = champion.answered + champion.failed
        status.errorRate = requests > 0 ? Double(champion.failed) / Double(requests) : 0
        status.latencyP50Milliseconds = Self.milliseconds(champion.latency, 0.5)
        status.latencyP99Milliseconds = Self.milliseconds(champion.latency, 0.99)
        status.meanScore = champion.rows > 0 ? champion.scoreSum / Double(champion.rows) : nil
        status.referenceMeanScore = entry.champion?.reference.meanScore
        status.drift = entry.drift.report
        status.health = entry.health
        status.labels = entry.labels
        status.policy.automation = entry.policy.automation.rawValue
        status.policy.triggers = entry.policy.triggers
        status.policy.blocked = entry.blocked
        status.loop = entry.memory.loop
        status.predictions = entry.memory.predictions
        status.unlogged = entry.memory.unlogged
        status.markers = entry.markers
        status.arms = arms(entry, minute)
        status.categories = entry.categoryFill
        return status
    }

    private func arms(_ entry: DeploymentEntry, _ minute: LaneTotals) -> [ArmStatus] {
        let rows = max(1, minute.rows)
        func arm(_ role: String, _ version: UInt32, share: Double) -> ArmStatus {
            let own = minute.version(version)
            return ArmStatus(
                role: role, version: version, share: share, observedShare: Double(own.rows) / Double(rows),
                latencyP50Milliseconds: Self.milliseconds(own.latency, 0.5), latencyP99Milliseconds: Self.milliseconds(own.latency, 0.99),
                errors: Int(clamping: own.failed))
        }
        var result: [ArmStatus] = []
        if let champion = entry.record.champion { result.append(arm("champion", champion, share: entry.state == .live ? 1 : 0)) }
        if let good = entry.record.lastKnownGood { result.append(arm("last good", good, share: 0)) }
        // Others answer requests that name them.
        let shown = Set(result.map(\.version))
        for version in Set(minute.arms.keys.map(\.version)).subtracting(shown).sorted() { result.append(arm("loaded", version, share: 0)) }
        return result
    }

    private static func milliseconds(_ histogram: LatencyHistogram, _ quantile: Double) -> Double? {
        histogram.count == 0 ? nil : Double(histogram.quantile(quantile)) / 1e6
    }

    /// Takes a reading of the process, the stores and the queues.
    func readSystem() {
        let reading = probe.read(directory: workspace.directory, nanoseconds: clock.nanoseconds())
        system.threads = reading.threads
        system.residentBytes = reading.resident
        system.cpuCores = reading.cores
        system.processors = reading.processors
        system.diskFreeBytes = reading.free
        let log = writer.status
        let labels = intake.status
        system.stores = stores.status(controlFailure: controlFailure, labelFailure: labels.failure, telemetryFailure: log.failure)
        let open = jobs.count { $0.state.isOpen }
        system.queues = [
            QueueStatus(name: "traffic log", depth: log.depth, capacity: TrafficWriter.capacity, dropped: log.dropped),
            QueueStatus(name: "labels", depth: labels.depth, capacity: LabelIntake.capacity, dropped: labels.refused),
            QueueStatus(name: "jobs", depth: open, capacity: ControlStore.jobLimit, dropped: 0),
        ]
        if let webhook {
            system.queues.append(
                QueueStatus(name: "webhook", depth: webhook.depth, capacity: Webhook.capacity, dropped: Int64(webhook.dropped)))
        }
        system.loops = loops.values.sorted { $0.index < $1.index }
        system.unlogged = entries.values.reduce(0) { $0 + $1.memory.unlogged }
        system.lastSwapNanoseconds = lastSwapNanoseconds
        system.yieldedMilliseconds = pressure.yieldedMilliseconds
        system.libraries["SQLite"] = stores.control.sqliteVersion
    }
}
