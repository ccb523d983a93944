public import Store

/// What the System screen shows.
public struct SystemStatus: Codable, Sendable, Equatable {
    /// Threads of the process.
    public var threads = 0
    /// Resident memory, bytes.
    public var residentBytes: Int64 = 0
    /// CPU use of the last seconds, in cores.
    public var cpuCores = 0.0
    /// Processors of the machine.
    public var processors = 0
    /// Free bytes on the workspace's file system.
    public var diskFreeBytes: Int64 = 0
    /// The three stores.
    public var stores: [StoreStatus] = []
    /// Bounded queues.
    public var queues: [QueueStatus] = []
    /// Requests answered by each event loop.
    public var loops: [LoopStatus] = []
    /// Predictions answered but not logged.
    public var unlogged: Int64 = 0
    /// The last swap: commit → last loop, nanoseconds.
    public var lastSwapNanoseconds: UInt64?
    /// Library versions by name.
    public var libraries: [String: String] = [:]
    /// What work may take and has given way, and what grows.
    public var bounds = SystemBounds()

    /// Stored records that cannot be read, at most `shownDamage`.
    public var damaged: [DamagedRecord] = []
    /// How many there are in all.
    public var damagedCount = 0

    /// Backups.
    public var backup = BackupStatus()
    /// Who may ask over HTTP, and what was refused.
    public var access = AccessStatus()

    /// Records that cannot be read in a snapshot, at most.
    public static let shownDamage = 100

    /// Makes an empty status.
    public init() {}
}

/// One store.
public struct StoreStatus: Codable, Sendable, Equatable {
    /// `control`, `labels`, `telemetry`.
    public var name: String
    /// Size with its write-ahead log, bytes.
    public var sizeBytes: Int64
    /// `FULL` or `NORMAL`.
    public var durability: String
    /// Why it refuses writes, if it does.
    public var readOnlyReason: String?

    /// Makes a status.
    public init(name: String, sizeBytes: Int64, durability: String, readOnlyReason: String?) {
        self.name = name
        self.sizeBytes = sizeBytes
        self.durability = durability
        self.readOnlyReason = readOnlyReason
    }
}

/// One bounded queue.
public struct QueueStatus: Codable, Sendable, Equatable {
    /// `traffic log`, `labels`, `jobs`.
    public var name: String
    /// Waiting.
    public var depth: Int
    /// The bound.
    public var capacity: Int
    /// Refused because it was full.
    public var dropped: Int64

    /// Makes a status.
    public init(name: String, depth: Int, capacity: Int, dropped: Int64) {
        self.name = name
        self.depth = depth
        self.capacity = capacity
        self.dropped = dropped
    }
}

/// One event loop.
public struct LoopStatus: Codable, Sendable, Equatable {
    /// Its index.
    public var index: Int
    /// Requests answered since start.
    public var requests: Int64
    /// The routing table's generation that it answers with.
    public var generation: UInt64

    /// Makes a status.
    public init(index: Int, requests: Int64, generation: UInt64) {
        self.index = index
        self.requests = requests
        self.generation = generation
    }
}
