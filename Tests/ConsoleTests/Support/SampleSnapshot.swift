import Engine
import Tabular

/// A rich present, the same in every run: what the tests of screens draw; each part in a file of its own.
enum SampleSnapshot {
    /// 2013-04-18 14:02:11 UTC, milliseconds.
    static let now: Int64 = 1_366_293_731_000
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000
    static let day: Int64 = 86_400_000

    /// Eight deployments in every state, alerts, jobs, freezes, operators, 40 journal rows.
    static let standard: Snapshot = {
        var snapshot = Snapshot.empty(asOf: now)
        snapshot.generation = 48_213
        snapshot.engine = engine
        snapshot.deployments = SampleDeployments.all
        snapshot.jobs = SampleJobs.all
        snapshot.alerts = SampleAlerts.all
        snapshot.frozen = [
            Freeze(deployment: "churn", scope: .all, by: "ds (uid 1002)", since: now - 41 * day),
            Freeze(deployment: "flight-delay", scope: .learning, by: "oncall (uid 1001)", since: now - 12 * minute),
        ]
        snapshot.operators = [
            AttachedOperator(name: "oncall", uid: 1_001, role: .operator, origin: "terminal", since: now - 26 * minute),
            AttachedOperator(name: "ops", uid: 1_000, role: .admin, origin: "attached", since: now - 5 * hour),
            AttachedOperator(name: "ds", uid: 1_002, role: .viewer, origin: "attached", since: now - 3 * minute),
        ]
        snapshot.recent = SampleJournal.rows
        snapshot.system = system
        return snapshot
    }()

    /// Nothing but an engine: what the first start shows.
    static let empty: Snapshot = {
        var snapshot = Snapshot.empty(asOf: now)
        snapshot.engine = engine
        return snapshot
    }()

    /// `count` live deployments, for scrolling and timing.
    static func large(_ count: Int) -> Snapshot {
        var snapshot = standard
        let model = SampleDeployments.flightDelay
        snapshot.deployments = (0..<count).map { index in
            var status = model
            let digits = "\(index)"
            status.name = "model-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
            status.requestsPerSecond = Double(index % 900)
            return status
        }
        return snapshot
    }

    static let engine: EngineStatus = {
        var engine = EngineStatus()
        engine.pid = 4_117
        engine.version = "0.9.0"
        engine.http = "127.0.0.1:8080"
        engine.startedAt = now - 6 * day - 2 * hour - 14 * minute
        engine.workspace = "prod-west"
        return engine
    }()

    static let system: SystemStatus = {
        var system = SystemStatus()
        system.threads = 23
        system.residentBytes = 412 << 20
        system.cpuCores = 1.34
        system.processors = 4
        system.diskFreeBytes = 38_400_000_000
        system.stores = [
            StoreStatus(name: "control", sizeBytes: 84_300_000, durability: "FULL", readOnlyReason: nil),
            StoreStatus(name: "labels", sizeBytes: 211_000_000, durability: "FULL", readOnlyReason: nil),
            StoreStatus(name: "telemetry", sizeBytes: 6_120_000_000, durability: "NORMAL", readOnlyReason: nil),
        ]
        system.queues = [
            QueueStatus(name: "traffic log", depth: 3, capacity: 256, dropped: 0),
            QueueStatus(name: "labels", depth: 118, capacity: 65_536, dropped: 0),
            QueueStatus(name: "jobs", depth: 4, capacity: 10_000, dropped: 0),
            QueueStatus(name: "webhook", depth: 0, capacity: 100, dropped: 2),
        ]
        system.loops = [
            LoopStatus(index: 0, requests: 108_412_006, generation: 61), LoopStatus(index: 1, requests: 107_990_313, generation: 61),
        ]
        system.unlogged = 1_204
        system.lastSwapNanoseconds = 184_000
        var training = ResourceStatus(.training, ResourceBounds(memory: 4 << 30), cores: 1, opening: 1)
        training.yieldedMilliseconds = 3_410
        system.bounds.resources = [training]
        system.libraries = ["SQLite": "3.40.1", "OpenBLAS": "0.3.21", "ncurses": "6.4", "GRDB": "7.10.0", "SwiftNIO": "2.101.2"]
        return system
    }()
}
