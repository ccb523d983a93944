public import Learning
public import Monitoring
public import Tabular

/// A version in memory: checked, bound to its deployment's dictionaries, ready to answer.
public final class LoadedVersion: Sendable {
    /// 7 for `v7`.
    public let number: UInt32
    /// Answers rows.
    public let predictor: any Predictor
    /// Puts rows into the bins of this version's training reference.
    public let profile: BoundProfile
    /// The training reference itself.
    public let reference: ReferenceProfile
    /// Labels that have been learnt since the version, of a learner's live copy; nil: the version itself.
    public let learnt: UInt32?

    /// Makes a loaded version.
    public init(
        number: UInt32, predictor: any Predictor, profile: BoundProfile, reference: ReferenceProfile, learnt: UInt32? = nil
    ) {
        self.learnt = learnt
        self.number = number
        self.predictor = predictor
        self.profile = profile
        self.reference = reference
    }
}

extension LoadedVersion {
    /// `v7`, or `v7+48210` of a live copy.
    public var name: String { VersionName.text(number, learnt: learnt) }

    /// A learner's weights in the place of the version's own: what it is counted as and measured by stays.
    func live(_ predictor: any Predictor, learnt: UInt32) -> LoadedVersion {
        LoadedVersion(number: number, predictor: predictor, profile: profile, reference: reference, learnt: learnt)
    }
}

/// How what answers is written.
public enum VersionName {
    /// `v7`, or `v7+48210` for a learner that has learnt so many labels since.
    public static func text(_ number: UInt32, learnt: UInt32?) -> String { learnt.map { "v\(number)+\($0)" } ?? "v\(number)" }
}

/// How requests of one deployment are answered.
public struct Route: Sendable {
    /// The deployment.
    public var deployment: String
    /// Layout of its rows.
    public var schema: Schema
    /// Whether it answers.
    public var state: DeploymentState
    /// The version that answers by default.
    public var champion: LoadedVersion?
    /// All versions in memory, the champion included: they answer requests that name them.
    public var resident: [LoadedVersion]
    /// Codes of categories; unknown texts are added where there is room.
    public var categories: Categories
    /// What a 503 says in Retry-After.
    public var retryAfterSeconds: Int
    /// The version that answers a part of the requests instead of the champion.
    public var challenger: RoutedChallenger?
    /// A learner's copy, which answers in the champion's place and name where the deployment answers live.
    public var live: LoadedVersion?
    /// The versions that score a part of the answered requests again.
    public var shadows: [RoutedChallenger] = []
    /// What answers while it is paused; nil: 503.
    public var fallback: LoadedVersion?
    /// From which score on a version calls a row positive, of two classes; those that do so from one half on are not in it.
    public var thresholds: [UInt32: Double] = [:]

    /// Makes a route.
    public init(
        deployment: String, schema: Schema, state: DeploymentState, champion: LoadedVersion?, resident: [LoadedVersion],
        categories: Categories, retryAfterSeconds: Int = 5
    ) {
        self.deployment = deployment
        self.schema = schema
        self.state = state
        self.champion = champion
        self.resident = resident
        self.categories = categories
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// The loaded version of that number.
    public func version(_ number: UInt32) -> LoadedVersion? { resident.first { $0.number == number } }

    /// Whether a request that names no version is answered with scores.
    public var answers: Bool { state == .paused ? fallback != nil : champion != nil }

    /// Scores in an answer row: 1 for binary and regression, else the number of classes.
    public var outputs: Int { schema.target.task == .multiclass ? schema.target.classes.count : 1 }
}

/// Who answers what.
///
/// Every event loop owns its copy, so that reading it takes no lock.
public struct RoutingTable: Sendable {
    /// Grows with every change.
    public var generation: UInt64
    /// By deployment name.
    public var routes: [String: Route]
    /// Who may ask.
    public var access: AccessTable
    /// How it differs from the one before it; nil: in anything.
    public var change: Change?

    /// The deployments whose routes differ from those of the table before.
    public struct Change: Sendable {
        /// The generation of the table before.
        public var since: UInt64
        /// Those that were changed, added or removed.
        public var deployments: Set<String>

        /// Makes a change.
        public init(since: UInt64, deployments: Set<String>) {
            self.since = since
            self.deployments = deployments
        }
    }

    /// Makes a table.
    public init(generation: UInt64 = 0, routes: [String: Route] = [:], access: AccessTable = AccessTable()) {
        self.generation = generation
        self.routes = routes
        self.access = access
    }
}

/// The event loops, as the engine sees them.
public protocol DataPlane: Sendable {
    /// Puts the table on every event loop; returns when the last one answers with it.
    func install(_ table: RoutingTable) async
    /// Takes what every loop has gathered since the last call. `flushing` also takes blocks that are not full.
    func harvest(flushing: Bool) async -> [LoopHarvest]
    /// Lets a learner's newer copy answer for a deployment, on every loop that answers by that routing generation.
    ///
    /// One pointer changes: no table, no lock, nothing waits.
    func handOver(_ live: LoadedVersion, deployment: String, generation: UInt64) async
    /// Rows that the loops still hold, of those that are asked for.
    func rows(of ids: [RowID], deployment: String) async -> [RowID: LoggedRow]
    /// Where it listens, `host:port`; nil when it does not.
    var address: String? { get }
    /// Where it listens for gRPC, `host:port`; nil when it does not.
    var grpcAddress: String? { get }
    /// The certificate that it shows; nil without TLS.
    var certificate: CertificateStatus? { get }
    /// The event loops' signs of life.
    var pulses: [Pulse] { get }
    /// Stops taking connections, lets the open requests end, closes.
    func shutdown() async
    /// The same, but whoever connects from now on waits for the program that takes over.
    func handOver() async
}

extension DataPlane {
    /// No gRPC.
    public var grpcAddress: String? { nil }
    /// No TLS.
    public var certificate: CertificateStatus? { nil }
    /// Nothing answers live.
    public func handOver(_ live: LoadedVersion, deployment: String, generation: UInt64) async {}
    /// Nothing held.
    public func rows(of ids: [RowID], deployment: String) async -> [RowID: LoggedRow] { [:] }
}

/// The data plane of an engine that serves nothing: a command that works by itself.
public struct NoDataPlane: DataPlane {
    /// Makes one.
    public init() {}
    /// Nothing to do.
    public func install(_ table: RoutingTable) async {}
    /// Nothing gathered.
    public func harvest(flushing: Bool) async -> [LoopHarvest] { [] }
    /// Not listening.
    public var address: String? { nil }
    /// No loop.
    public var pulses: [Pulse] { [] }
    /// Nothing to close.
    public func shutdown() async {}
    /// Where nobody connects, nobody waits.
    public func handOver() async {}
}
