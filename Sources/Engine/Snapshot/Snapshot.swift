public import Monitoring
public import Store
import Tabular

/// The present, whole and bounded: an immutable value that the engine publishes and every view reads.
public struct Snapshot: Codable, Sendable {
    /// When it was made, UTC milliseconds.
    public var asOf: Int64
    /// Grows with each published change.
    public var generation: UInt64
    /// The engine process.
    public var engine: EngineStatus
    /// All deployments, by name.
    public var deployments: [DeploymentStatus]
    /// Running and queued jobs, then the latest finished ones (at most 50), newest first.
    public var jobs: [JobStatus]
    /// Open alerts, then the latest resolved ones (at most 50), newest first.
    public var alerts: [Alert]
    /// Freezes in force.
    public var frozen: [Freeze]
    /// Operators attached now.
    public var operators: [AttachedOperator]
    /// The latest journal rows, newest first, at most 200.
    public var recent: [JournalRow]
    /// Threads, memory, stores, queues.
    public var system: SystemStatus

    /// The deployment of that name.
    ///
    /// Complexity: O(log n).
    public func deployment(_ name: String) -> DeploymentStatus? {
        var low = 0
        var high = deployments.count
        while low < high {
            let middle = (low + high) / 2
            if deployments[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low < deployments.count && deployments[low].name == name ? deployments[low] : nil
    }

    /// Whether something must be told on every screen: a store that refuses writes, or a part that stands still.
    public var hasBanner: Bool { engine.degraded != nil || engine.standstills?.isEmpty == false }

    /// An empty present, for a console that has not heard from its engine yet and for tests to fill.
    public static func empty(asOf: Int64 = 0) -> Snapshot {
        Snapshot(
            asOf: asOf, generation: 0, engine: EngineStatus(), deployments: [], jobs: [], alerts: [], frozen: [], operators: [], recent: [],
            system: SystemStatus())
    }

    /// Number of alerts that nobody has acknowledged.
    public var firing: Int { alerts.count { $0.state == .firing } }
}

/// The engine process.
public struct EngineStatus: Codable, Sendable, Equatable {
    /// Process id.
    public var pid: Int32 = 0
    /// Product version.
    public var version = ""
    /// `host:port` of the listener; nil without one.
    public var http: String?
    /// `host:port` of the gRPC listener; nil without one.
    public var grpc: String?
    /// Whether listeners speak TLS; nil from an engine that knows nothing of that.
    public var speaksTLS: Bool?
    /// Start, UTC milliseconds.
    public var startedAt: Int64 = 0
    /// The workspace's directory name, shown in the header.
    public var workspace = ""
    /// Whether this is the demo: the header says so, and that windows are shortened.
    public var isDemo = false
    /// Set while a store refuses writes: the reason, for the red banner.
    public var degraded: String?
    /// Whether another program can take its place; nil from an engine that knows nothing of that.
    public var canBeReplaced: Bool?
    /// Parts that give no sign of life; nil from an engine that does not watch for them.
    public var standstills: [Standstill]?

    /// Makes an empty status.
    public init() {}
}

/// A freeze in force.
public struct Freeze: Codable, Sendable, Equatable {
    /// The deployment; nil: all.
    public var deployment: String?
    /// What it stops.
    public var scope: FreezeScope
    /// Who set it.
    public var by: String
    /// When, UTC milliseconds.
    public var since: Int64
    /// The stored row of a freeze that cannot be read and so stops everything; nil for all others.
    public var row: Int64?

    /// Makes a freeze.
    public init(deployment: String?, scope: FreezeScope, by: String, since: Int64) {
        self.deployment = deployment
        self.scope = scope
        self.by = by
        self.since = since
    }

    /// Whether it stops `scope` in `deployment`.
    public func stops(_ wanted: FreezeScope, in name: String) -> Bool {
        (deployment == nil || deployment == name) && (scope == .all || scope == wanted)
    }
}

/// An operator with a console open.
public struct AttachedOperator: Codable, Sendable, Equatable {
    /// Login name.
    public var name: String
    /// Uid.
    public var uid: UInt32
    /// Role.
    public var role: Role
    /// `terminal` for the engine's own screen, `attached` over the socket.
    public var origin: String
    /// Since, UTC milliseconds.
    public var since: Int64

    /// Makes an entry.
    public init(name: String, uid: UInt32, role: Role, origin: String, since: Int64) {
        self.name = name
        self.uid = uid
        self.role = role
        self.origin = origin
        self.since = since
    }
}
