import Foundation
public import Monitoring
public import Store
public import Tabular

/// The present as `GET /v1/status` and `flyball status --json` give it: stable keys, times in RFC 3339.
public struct StatusDocument: Codable, Sendable, Equatable {
    /// The engine process.
    public struct EngineEntry: Codable, Sendable, Equatable {
        /// Process id.
        public var pid: Int32
        /// Product version.
        public var version: String
        /// `host:port` of the listener; absent without one.
        public var http: String?
        /// `host:port` of the gRPC listener; absent without one.
        public var grpc: String?
        /// Until when listeners show their certificate, RFC 3339; absent where no TLS is spoken.
        public var certificateUntil: String?
        /// RFC 3339.
        public var startedAt: String
        /// Why a store refuses writes; absent while all is well.
        public var degraded: String?
        /// What gives no sign of life, with since when; absent while everything goes on.
        public var standsStill: [String]?
    }

    /// A version in its role.
    public struct ArmEntry: Codable, Sendable, Equatable {
        /// `v2`.
        public var version: String
        /// What it is there for.
        public var role: ArmRole
        /// Share of traffic asked for, 0…1.
        public var share: Double
        /// Share seen in the last minute, 0…1.
        public var observedShare: Double
    }

    /// The lights with their reasons.
    public struct HealthEntry: Codable, Sendable, Equatable {
        /// The worst of the four.
        public var overall: Light
        /// Error rate and p99.
        public var service: Light
        /// Missing rate and PSI.
        public var data: Light
        /// Labelled quality.
        public var quality: Light
        /// Age of data and labels.
        public var freshness: Light
        /// What lies behind them.
        public var reasons: [ReasonEntry]
    }

    /// Why a light is what it is.
    public struct ReasonEntry: Codable, Sendable, Equatable {
        /// What was measured: `error rate`, `p99`, `PSI`, `missing rate`.
        public var signal: String
        /// The column, if it is about one.
        public var subject: String?
        /// The light that it asks for.
        public var light: Light
        /// What was found.
        public var value: Double
        /// What it is judged by.
        public var threshold: Double
        /// The unit of both.
        public var unit: String
        /// On how many rows.
        public var n: Int
        /// RFC 3339.
        public var since: String
        /// In a sentence.
        public var text: String

        init(_ reason: HealthReason) {
            signal = reason.signal
            subject = reason.subject
            light = reason.light
            value = reason.value
            threshold = reason.threshold
            unit = reason.unit
            n = reason.n
            since = TimeText.rfc3339(reason.since)
            text = reason.text
        }
    }

    /// One deployment.
    public struct DeploymentEntry: Codable, Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Whether it answers.
        public var state: DeploymentState
        /// Why it cannot answer, when its state is `failed`; absent otherwise.
        public var failure: String?
        /// What requests get while it is paused: `503`, `constant`, `constant=VALUE`, `last-known-good`; absent while it is not.
        public var fallback: Fallback?
        /// `v2`; absent before the first.
        public var champion: String?
        /// What a roll back returns to.
        public var lastKnownGood: String?
        /// Versions in memory.
        public var arms: [ArmEntry]
        /// What the versions beside the champion have done with their parts; absent without one.
        public var challengers: [ChallengerEntry]?
        /// Mean of the last 5 s.
        public var requestsPerSecond: Double
        /// Share of the last minute's requests that failed by the engine's fault, 0…1.
        public var errorRate: Double
        /// Median answer time of the last minute.
        public var latencyP50Milliseconds: Double?
        /// 99th percentile of the last minute.
        public var latencyP99Milliseconds: Double?
        /// Mean score of the last minute.
        public var meanScore: Double?
        /// The worst PSI of the last drift window.
        public var driftPSI: Double?
        /// The feature with the worst PSI.
        public var driftFeature: String?
        /// What is said of that feature: `ok`, `unlike training: …`; absent before a window has closed.
        public var driftVerdict: String?
        /// Features that are changing now, against the windows before.
        public var changing: [String]?
        /// Predictions since creation.
        public var predictions: Int64
        /// Labels taken since creation.
        public var labels: Int64
        /// The lights.
        public var health: HealthEntry
        /// Learning label by label; absent where the champion does not.
        public var online: OnlineStatus?
        /// How full the fullest categorical column is; absent without one.
        public var categories: CategoryFill?
    }

    /// Open jobs.
    public struct JobsEntry: Codable, Sendable, Equatable {
        /// Being worked on.
        public var running: Int
        /// Waiting.
        public var queued: Int
    }

    /// A freeze in force.
    public struct FreezeEntry: Codable, Sendable, Equatable {
        /// The deployment; absent: all.
        public var deployment: String?
        /// What it stops.
        public var scope: FreezeScope
        /// Who set it.
        public var by: String
        /// RFC 3339.
        public var since: String
    }

    /// An operator with a console open.
    public struct OperatorEntry: Codable, Sendable, Equatable {
        /// Login name.
        public var name: String
        /// Role.
        public var role: Role
        /// `terminal` or `attached`.
        public var origin: String
        /// RFC 3339.
        public var since: String
    }

    /// Backups.
    public struct BackupEntry: Codable, Sendable, Equatable {
        /// Whether there is one that can be relied upon.
        public var light: Light
        /// Why, in a sentence.
        public var text: String
        /// Where they go; absent over HTTP, and without a plan.
        public var target: String?
        /// The number of the newest good one.
        public var number: Int?
        /// The moment that it holds, RFC 3339.
        public var madeAt: String?
        /// Its age, seconds.
        public var ageSeconds: Double?
        /// Bytes of the workspace in it.
        public var bytes: Int64?
        /// Whether one is being made or tried.
        public var running: Bool
        /// The newest drill: RFC 3339; absent before the first.
        public var drilledAt: String?
        /// Whether it was passed.
        public var drillPassed: Bool?
    }

    /// When it was true, RFC 3339.
    public var asOf: String
    /// The engine process.
    public var engine: EngineEntry
    /// All deployments, by name.
    public var deployments: [DeploymentEntry]
    /// Open jobs.
    public var jobs: JobsEntry
    /// Alerts that nobody has acknowledged.
    public var firingAlerts: Int
    /// Freezes in force.
    public var frozen: [FreezeEntry]
    /// Operators attached now.
    public var operators: [OperatorEntry]
    /// Stored records that cannot be read, the first of them; absent when all can.
    public var damaged: [DamagedRecord]?
    /// How many there are of them in all; absent when all can be read.
    public var damagedCount: Int?
    /// Backups; absent where nobody has planned or made one.
    public var backup: BackupEntry?
    /// What work beside serving may take, and how long it has given way.
    public var resources: [ResourceStatus]?
    /// What grows, with its limit, what happens at it and when it is full; absent before it was measured.
    public var limits: [LimitEntry]?

    /// The document of a snapshot.
    ///
    /// Complexity: O(deployments).
    public init(_ snapshot: Snapshot) {
        asOf = TimeText.rfc3339(snapshot.asOf)
        engine = EngineEntry(
            pid: snapshot.engine.pid, version: snapshot.engine.version, http: snapshot.engine.http,
            grpc: snapshot.engine.grpc, certificateUntil: snapshot.system.access.certificate.map { TimeText.rfc3339($0.expiresAt) },
            startedAt: TimeText.rfc3339(snapshot.engine.startedAt), degraded: snapshot.engine.degraded,
            standsStill: snapshot.engine.standstills.flatMap { found in
                found.isEmpty ? nil : found.map { "\($0.name) since \(TimeText.rfc3339($0.since))" }
            })
        deployments = snapshot.deployments.map { DeploymentEntry($0) }
        jobs = JobsEntry(running: snapshot.jobs.count { $0.state == .running }, queued: snapshot.jobs.count { $0.state == .queued })
        firingAlerts = snapshot.firing
        frozen = snapshot.frozen.map {
            FreezeEntry(deployment: $0.deployment, scope: $0.scope, by: $0.by, since: TimeText.rfc3339($0.since))
        }
        damaged = snapshot.system.damaged.isEmpty ? nil : snapshot.system.damaged
        damagedCount = snapshot.system.damagedCount > 0 ? snapshot.system.damagedCount : nil
        backup = BackupEntry(snapshot.system.backup, at: snapshot.asOf)
        resources = snapshot.system.bounds.resources
        limits = snapshot.system.bounds.limits.isEmpty ? nil : snapshot.system.bounds.limits.map(LimitEntry.init)
        operators = snapshot.operators.map {
            OperatorEntry(name: $0.name, role: $0.role, origin: $0.origin, since: TimeText.rfc3339($0.since))
        }
    }

    /// The same without what people are not shown: figures of versions, reasons of lights that ask for no attention.
    var brief: StatusDocument {
        var document = self
        for index in document.deployments.indices {
            document.deployments[index].arms = []
            document.deployments[index].health.reasons.removeAll { $0.light != .warn && $0.light != .alert }
        }
        return document
    }

    /// The document as UTF-8 JSON with sorted keys.
    public func json(pretty: Bool = false) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        // JSON has no infinity; a threshold or a figure may be infinite.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        guard let data = try? encoder.encode(self) else { return Array("{\"error\":\"the status cannot be encoded\"}".utf8) }
        return Array(data)
    }
}

extension StatusDocument.BackupEntry {
    init?(_ status: BackupStatus, at now: Int64) {
        guard status.plan != nil || status.last != nil || status.outcome != nil else { return nil }
        light = status.light(at: now)
        text = status.words(at: now)
        target = status.plan?.target ?? status.last?.directory
        number = status.last?.number
        madeAt = status.last.map { TimeText.rfc3339($0.at) }
        ageSeconds = status.last.map { Double(max(0, now - $0.at)) / 1_000 }
        bytes = status.last?.bytes
        running = status.running != nil
        drilledAt = status.drill.map { TimeText.rfc3339($0.at) }
        drillPassed = status.drill.map { $0.failure == nil }
    }
}

extension StatusDocument.DeploymentEntry {
    init(_ status: DeploymentStatus) {
        name = status.name
        state = status.state
        failure = status.failure
        fallback = status.state == .paused ? status.pausedAnswer?.fallback ?? .unavailable : nil
        champion = status.champion.map { "v\($0)" }
        lastKnownGood = status.lastKnownGood.map { "v\($0)" }
        arms = status.arms.map {
            StatusDocument.ArmEntry(
                version: $0.version == PausedAnswer.noVersion ? "constant" : "v\($0.version)", role: $0.role, share: $0.share,
                observedShare: $0.observedShare)
        }
        challengers = status.challengers?.map(StatusDocument.ChallengerEntry.init)
        requestsPerSecond = status.requestsPerSecond
        errorRate = status.errorRate
        latencyP50Milliseconds = status.latencyP50Milliseconds
        latencyP99Milliseconds = status.latencyP99Milliseconds
        meanScore = status.meanScore
        driftPSI = status.drift?.worst?.psi
        driftFeature = status.drift?.worst?.feature
        driftVerdict = status.drift.flatMap { report in report.worst?.words(in: report) }
        changing = status.drift.map { $0.features.filter { $0.verdict?.changing?.state == .drift }.map(\.feature) }
        predictions = status.predictions
        labels = status.labels.accepted
        online = status.online
        categories = status.categories
        health = StatusDocument.HealthEntry(
            overall: status.health.overall, service: status.health.service, data: status.health.data, quality: status.health.quality,
            freshness: status.health.freshness, reasons: status.health.reasons.map { StatusDocument.ReasonEntry($0) })
    }
}
