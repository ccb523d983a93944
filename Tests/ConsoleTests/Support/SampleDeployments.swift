import Engine
import Foundation
import Monitoring
import Tabular

/// Eight deployments, by name: live and well, firing, acknowledged, paused, failed, empty; binary and regression.
enum SampleDeployments {
    private static let now = SampleSnapshot.now
    private static let minute = SampleSnapshot.minute
    /// As long as a name may be: 63 characters.
    static let longName = "inventory-forecast-for-the-north-western-distribution-centres-b"

    static let all: [DeploymentStatus] = [
        cardFraud, churn, deliveryMinutes, electricityPrice, flightDelay, inventory, loanDefault, newListing,
    ]

    /// Drifting: wind_speed went missing upstream.
    static let flightDelay: DeploymentStatus = {
        var status = live("flight-delay", rate: 412, p50: 0.31, p99: 1.2, score: 0.31, schema: flightSchema)
        status.algorithm = "boosted-trees"
        status.champion = 12
        status.lastKnownGood = 11
        status.advised = 13
        status.versions = SampleVersions.flightDelay
        status.arms = arms(12, 11, p50: 0.31, p99: 1.2)
        status.referenceMeanScore = 0.214
        status.drift = drift
        status.windowFill = WindowFill(rows: 640, rowsNeeded: 1_000, milliseconds: 38_000, millisecondsNeeded: 60_000)
        status.health = Health(
            service: .ok, data: .alert, quality: .unknown, freshness: .unknown,
            reasons: [
                HealthReason(
                    signal: "missing rate", subject: "wind_speed", light: .alert, value: 96, threshold: 10, unit: "%", n: 24_180,
                    since: now - 21 * minute,
                    text: "wind_speed is missing in 96 % of rows (was 0.1 %)"),
                HealthReason(
                    signal: "PSI", subject: "wind_speed", light: .alert, value: 0.41, threshold: 0.1, unit: "", n: 1_000,
                    since: now - 20 * minute,
                    text: "wind_speed: PSI 0.41 in the last window, significant from 0.03 at n 1,000"),
            ])
        status.labels.accepted = 1_204_311
        status.labels.pending = 212
        status.labels.unknown = 3
        status.policy.automation = "auto"
        status.policy.triggers = ["on drift", "every 24h"]
        status.policy.blocked = "wind_speed is missing: an upstream fault would be learnt"
        status.loop = loop
        status.predictions = 214_880_112
        status.unlogged = 1_204
        status.job = 216
        status.markers = [
            EventMarker(time: now - 20 * minute, kind: .alert, text: "data drift"),
            EventMarker(time: now - 29 * minute, kind: .trained, text: "v14", version: 14),
            EventMarker(time: now - 52 * minute, kind: .promote, text: "v12", version: 12),
        ]
        return status
    }()

    static let cardFraud: DeploymentStatus = {
        var status = live(
            "card-fraud", rate: 1_911, p50: 0.2, p99: 0.6, score: 0.012, schema: schema(["amount", "merchant"], target: "fraud"))
        status.champion = 41
        status.lastKnownGood = 40
        status.versions = SampleVersions.few(41, champion: 41, task: SampleVersions.binaryMetrics(auc: 0.962, n: 24_000))
        status.arms = arms(41, 40, p50: 0.2, p99: 0.6)
        status.job = 217
        status.labels.accepted = 51_090
        return status
    }()

    static let churn: DeploymentStatus = {
        var status = live("churn", rate: 0, p50: nil, p99: nil, score: nil, schema: schema(["tenure", "plan"], target: "left"))
        status.state = .paused
        status.champion = 7
        status.lastKnownGood = 6
        status.algorithm = "logistic"
        status.versions = SampleVersions.few(7, champion: 7, task: SampleVersions.binaryMetrics(auc: 0.83, n: 4_000), algorithm: "logistic")
        status.arms = arms(7, 6, p50: nil, p99: nil)
        status.requestSpark = Array(repeating: 0, count: 60)
        status.health = Health(service: .unknown, data: .unknown, quality: .unknown, freshness: .unknown, reasons: [])
        status.markers = [EventMarker(time: now - 33 * minute, kind: .stop, text: "paused")]
        return status
    }()

    static let deliveryMinutes: DeploymentStatus = {
        let target = Target(name: "minutes", task: .regression, classes: [])
        let features = ["distance", "weight", "rain", "hour"].map { Feature(name: $0, kind: .numeric) }
        var status = live(
            "delivery-minutes", rate: 88.4, p50: 0.4, p99: 1.9, score: 31.6, schema: Schema(features: features, target: target))
        status.champion = 3
        status.lastKnownGood = 2
        status.versions = SampleVersions.few(3, champion: 3, task: SampleVersions.regressionMetrics(rmse: 4.21, n: 24_000))
        status.arms = arms(3, 2, p50: 0.4, p99: 1.9)
        status.job = 215
        status.policy.automation = "auto"
        status.policy.triggers = ["on drift", "every 24h"]
        return status
    }()

    static let electricityPrice: DeploymentStatus = {
        var status = live(
            "electricity-price", rate: 24.6, p50: 1.1, p99: 61, score: 0.42, schema: schema(["demand", "transfer"], target: "up"))
        status.champion = 2
        status.lastKnownGood = 1
        status.versions = SampleVersions.few(2, champion: 2, task: SampleVersions.binaryMetrics(auc: 0.87, n: 9_000))
        status.arms = arms(2, 1, p50: 1.1, p99: 61)
        status.job = 218
        status.health.service = .warn
        status.health.reasons = [
            HealthReason(
                signal: "p99", light: .warn, value: 61, threshold: 50, unit: "ms", n: 1_476, since: now - 10 * minute,
                text: "p99 61 ms is over the budget of 50 ms")
        ]
        return status
    }()

    static let inventory: DeploymentStatus = {
        var status = live(longName, rate: 3.2, p50: 0.3, p99: 0.9, score: 118, schema: schema(["stock"], target: "short"))
        status.champion = 1
        status.versions = SampleVersions.few(1, champion: 1, task: SampleVersions.binaryMetrics(auc: 0.74, n: 2_000))
        status.arms = [
            ArmStatus(role: .champion, version: 1, share: 1, observedShare: 1, latencyP50Milliseconds: 0.3, latencyP99Milliseconds: 0.9)
        ]
        return status
    }()

    static let loanDefault: DeploymentStatus = {
        var status = live("loan-default", rate: 12, p50: nil, p99: nil, score: nil, schema: schema(["income", "debt"], target: "default"))
        status.state = .failed
        status.champion = 5
        status.versions = SampleVersions.few(5, champion: 5, task: SampleVersions.binaryMetrics(auc: 0.79, n: 3_000))
        status.errorRate = 1
        status.health = Health(
            service: .alert, data: .unknown, quality: .unknown, freshness: .unknown,
            reasons: [
                HealthReason(
                    signal: "error rate", light: .alert, value: 100, threshold: 1, unit: "%", n: 720, since: now - 4 * minute,
                    text: "v5 does not load: its artefact does not match its hash")
            ])
        return status
    }()

    static let newListing = DeploymentStatus(name: "new-listing")

    // MARK: Parts

    private static func live(_ name: String, rate: Double, p50: Double?, p99: Double?, score: Double?, schema: Schema) -> DeploymentStatus {
        var status = DeploymentStatus(name: name)
        status.state = .live
        status.schema = schema
        status.algorithm = "boosted-trees"
        status.requestsPerSecond = rate
        status.requestSpark = (0..<60).map { Float(rate * (0.75 + 0.25 * sin(Double($0) / 7))) }
        status.latencyP50Milliseconds = p50
        status.latencyP99Milliseconds = p99
        status.meanScore = score
        status.health = Health(service: .ok, data: .ok, quality: .unknown, freshness: .unknown, reasons: [])
        status.predictions = Int64(rate * 500_000)
        status.policy.triggers = ["on drift"]
        return status
    }

    private static func arms(_ champion: UInt32, _ good: UInt32, p50: Double?, p99: Double?) -> [ArmStatus] {
        [
            ArmStatus(
                role: .champion, version: champion, share: p50 == nil ? 0 : 1, observedShare: p50 == nil ? 0 : 1,
                latencyP50Milliseconds: p50,
                latencyP99Milliseconds: p99),
            ArmStatus(role: .lastGood, version: good, share: 0, observedShare: 0),
        ]
    }

    private static func schema(_ names: [String], target: String) -> Schema {
        Schema(
            features: names.map { Feature(name: $0, kind: .numeric) }, target: Target(name: target, task: .binary, classes: ["no", "yes"]))
    }

    private static let flightSchema: Schema = {
        let numbers = ["sched_dep_hour", "wind_speed", "precip", "visib", "temp", "humid", "distance"].map {
            Feature(name: $0, kind: .numeric)
        }
        let words = ["carrier", "dest", "origin"].map { Feature(name: $0, kind: .categorical) }
        return Schema(
            features: numbers + words + [Feature(name: "time", kind: .time, optional: true)],
            target: Target(name: "late", task: .binary, classes: ["no", "yes"]), timeColumn: "time", zone: "America/New_York",
            excluded: ["dep_delay"])
    }()

    private static let drift: DriftReport = {
        func feature(_ name: String, _ psi: Double, _ state: DriftState, missing: Double = 0.001) -> FeatureDrift {
            FeatureDrift(
                feature: name, psi: psi, excess: max(0, psi - 0.012), threshold: 0.03, pValue: psi > 0.03 ? 1e-9 : 0.4,
                degreesOfFreedom: 12, n: 1_000,
                m: 61_204, state: state, missing: missing, referenceMissing: 0.001, missingState: missing > 0.5 ? .drift : .ok)
        }
        return DriftReport(
            features: [
                feature("sched_dep_hour", 0.06, .warn), feature("wind_speed", 0.41, .drift, missing: 0.96), feature("precip", 0.004, .ok),
                feature("carrier", 0.01, .ok), feature("humid", 0.002, .ok),
            ], n: 1_000, windowStart: now - 98_000, windowEnd: now - 38_000, alpha: 7e-5)
    }()

    private static let loop: LoopClock = {
        var loop = LoopClock(trigger: "drift")
        loop.version = 12
        loop.onset = now - 55 * minute
        loop.detected = now - 55 * minute + 41_000
        loop.queued = now - 55 * minute + 41_200
        loop.started = now - 55 * minute + 41_300
        loop.trained = now - 55 * minute + 49_400
        loop.gated = now - 55 * minute + 50_300
        loop.loaded = now - 55 * minute + 50_500
        loop.promoted = now - 55 * minute + 50_700
        loop.firstAnswer = now - 55 * minute + 50_702
        loop.trainingSeconds = 8.1
        loop.labelDelay = 5_000
        return loop
    }()
}
