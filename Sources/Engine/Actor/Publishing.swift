import Foundation
import Store

extension EngineCore {
    /// Makes the present and hands it to everybody who looks.
    func publish() {
        let current = now()
        pace.publish(at: current)
        var engine = EngineStatus()
        engine.pid = ProcessInfo.processInfo.processIdentifier
        engine.version = configuration.productVersion
        engine.http = plane.dataPlane.address
        engine.grpc = plane.dataPlane.grpcAddress
        engine.speaksTLS = plane.dataPlane.certificate != nil
        engine.startedAt = startedAt
        engine.workspace = workspace.name
        engine.isDemo = configuration.isDemo
        engine.canBeReplaced = configuration.successor != nil
        engine.degraded = health.banner
        system.status.damaged = Array(damage.records.prefix(SystemStatus.shownDamage))
        system.status.damagedCount = damage.records.count
        system.status.backup = system.backup.present
        system.status.bounds.limits = system.growth.statuses
        engine.standstills = services.watchdog.standstills
        system.status.access = plane.access.status(at: current)
        system.status.access.certificate = plane.dataPlane.certificate
        board.publish(
            Snapshot(
                asOf: current, generation: pace.generation, engine: engine,
                deployments: entries.values.map { status($0, at: current) }.sorted { $0.name < $1.name },
                jobs: jobs.present(jobBoard.live, held: jobs.held(by: freezes)), alerts: damage.alerts + alerts.all, frozen: freezes,
                operators: operators.all,
                recent: journal.recent, system: system.status))
    }

    /// What each store refuses, and why.
    private var health: StoreHealth {
        StoreHealth(
            unwritten: journal.unwritten.count, control: journal.failure, labels: intake.status.failure, telemetry: writer.status.failure,
            clockAway: pace.clockAway)
    }

    /// The present of one deployment.
    private func status(_ entry: DeploymentEntry, at current: Int64) -> DeploymentStatus {
        var status = entry.status(at: current)
        status.windowFill = entry.drift.fill(now: current)
        status.job = jobs.open[entry.name]
        status.online = onlineStatus(entry)
        status.damaged = Array(damage.records(of: entry.name).prefix(DeploymentStatus.shownDamage))
        return status
    }

    /// Takes a reading of the process, the stores and the queues.
    func readSystem() {
        let open = jobs.openCount
        let (log, labels) = (writer.status, intake.status)
        var queues = [
            QueueStatus(name: "traffic log", depth: log.depth, capacity: TrafficWriter.capacity, dropped: log.dropped),
            QueueStatus(name: "labels", depth: labels.depth, capacity: LabelIntake.capacity, dropped: labels.refused),
            QueueStatus(name: "jobs", depth: open, capacity: ControlStore.jobLimit, dropped: 0),
        ]
        if let webhook {
            queues.append(QueueStatus(name: "webhook", depth: webhook.depth, capacity: Webhook.capacity, dropped: Int64(webhook.dropped)))
        }
        system.read(directory: workspace.directory, nanoseconds: clock.nanoseconds())
        system.status.stores = stores.status(health)
        system.status.queues = queues
        system.status.loops = plane.loops.values.sorted { $0.index < $1.index }
        system.status.unlogged = entries.values.reduce(0) { $0 + $1.memory.unlogged }
        system.status.lastSwapNanoseconds = plane.lastSwapNanoseconds
        system.status.bounds.resources = resources.status
        system.status.libraries["SQLite"] = stores.control.sqliteVersion
    }
}
