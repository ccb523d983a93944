public import Learning
public import Tabular

/// What became of a version.
public enum VersionState: String, Codable, Sendable, CaseIterable {
    /// Passed its gates and waits: it has never answered.
    case candidate
    /// Answers now.
    case champion
    /// What a roll back returns to.
    case lastKnownGood = "last-known-good"
    /// Served before.
    case retired
    /// Was rolled back: no policy may promote it again.
    case withdrawn
    /// Failed a gate.
    case refused
    /// Its model and data are gone; its line stays.
    case archived
}

/// The result of one gate.
public struct GateResult: Codable, Sendable, Equatable {
    /// `load`, `golden inference`, `metric against the baseline`, `against the champion`, `data checks`.
    public var name: String
    /// Whether it passed.
    public var passed: Bool
    /// What was found, with numbers.
    public var detail: String
    /// Whether it passed with something that a person should look at.
    public var warning: Bool
    /// Whether it neither passed nor refused: there was not enough to tell.
    ///
    /// The version waits for a person.
    public var undecided: Bool
    /// The figures of both on the same rows, where it set the version beside another one; nil from earlier releases.
    public var paired: PairedFigures?

    /// Makes a result.
    public init(name: String, passed: Bool, detail: String, warning: Bool = false) {
        self.name = name
        self.passed = passed
        self.detail = detail
        self.warning = warning
        undecided = false
    }

    /// A gate that had not enough to tell: what it lacks, and what the version waits for.
    public init(undecided name: String, detail: String) {
        self.init(name: name, passed: false, detail: detail)
        undecided = true
    }

    /// Results of earlier releases know no warnings, and were never undecided.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        passed = try values.decode(Bool.self, forKey: .passed)
        detail = try values.decode(String.self, forKey: .detail)
        warning = try values.decodeIfPresent(Bool.self, forKey: .warning) ?? false
        undecided = try values.decodeIfPresent(Bool.self, forKey: .undecided) ?? false
        paired = try values.decodeIfPresent(PairedFigures.self, forKey: .paired)
    }

    /// `passed`, `warning`, `undecided` or `refused`.
    public var verdict: String { passed ? (warning ? "warning" : "passed") : undecided ? "undecided" : "refused" }

    /// Whether it speaks against the version.
    public var refuses: Bool { !passed && !undecided }
}

/// A version as lists show it.
public struct VersionSummary: Codable, Sendable, Equatable, Identifiable {
    /// 7 for `v7`.
    public var number: UInt32
    /// Identity for lists: the number.
    public var id: UInt32 { number }
    /// What became of it.
    public var state: VersionState
    /// Its algorithm.
    public var algorithm: String
    /// Creation, UTC milliseconds.
    public var createdAt: Int64
    /// Hold-out metrics with intervals.
    public var metrics: [Metric]
    /// Whether no gate spoke against it.
    public var blessed: Bool
    /// Each gate.
    public var gates: [GateResult]
    /// Which rows of its data judged it, for the versions after it; nil for what was learnt label by label, and for earlier releases' versions.
    public var split: SplitBounds?
    /// Columns that a person allowed to tell the target by themselves; nil: none.
    public var allowedLeakage: [String]?
    /// SHA-256 of the data it was trained on.
    public var dataHash: String
    /// SHA-256 of the artefact.
    public var artefactHash: String?
    /// Who or what made it.
    public var createdBy: String
    /// What it learnt from: "import abc123 (80,000 rows)", "12,345 labelled rows + import".
    public var source: String
    /// Resolved settings.
    public var settings: [String: String]
    /// Seed.
    public var seed: UInt64
    /// Rows trained on, and rows held out.
    public var trainRows: Int
    /// Rows held out.
    public var holdoutRows: Int
    /// Training time, seconds.
    public var fitSeconds: Double
    /// Seconds of each stage of its job, by name: reading, training with its evaluation (and search), gates; nil where no job made it.
    public var stageSeconds: [String: Double]?
    /// Feature importance, largest first, at most 20.
    public var importance: [FeatureImportance]
    /// When it served: intervals with the number of predictions.
    public var served: [ServiceInterval]
    /// Remarks of import and training.
    public var notes: [String]
    /// Libraries that took part, by name.
    public var libraries: [String: String]
    /// What it was learnt from label by label; nil for a version that a training made.
    public var online: OnlineOrigin?
    /// What is right on average of what it learnt from: the mean, or each class's share; nil for a version of an earlier release.
    public var prior: [Double]?
    /// From which score on it calls a row positive, of two classes, where somebody chose; nil: from one half on.
    public var threshold: DecisionThreshold?
    /// Whether a person keeps it, whatever the retention says; nil: no.
    private var pinned: Bool?
    /// Whether a person keeps it, whatever the retention says.
    public var isPinned: Bool {
        get { pinned ?? false }
        set { pinned = newValue ? true : nil }
    }

    /// Makes a summary.
    public init(
        number: UInt32, state: VersionState, algorithm: String, createdAt: Int64, metrics: [Metric], blessed: Bool, gates: [GateResult],
        dataHash: String, artefactHash: String?, createdBy: String, source: String, settings: [String: String], seed: UInt64,
        trainRows: Int,
        holdoutRows: Int, fitSeconds: Double, importance: [FeatureImportance], served: [ServiceInterval] = [], notes: [String] = [],
        libraries: [String: String] = [:], online: OnlineOrigin? = nil
    ) {
        self.online = online
        self.number = number
        self.state = state
        self.algorithm = algorithm
        self.createdAt = createdAt
        self.metrics = metrics
        self.blessed = blessed
        self.gates = gates
        self.dataHash = dataHash
        self.artefactHash = artefactHash
        self.createdBy = createdBy
        self.source = source
        self.settings = settings
        self.seed = seed
        self.trainRows = trainRows
        self.holdoutRows = holdoutRows
        self.fitSeconds = fitSeconds
        self.importance = importance
        self.served = served
        self.notes = notes
        self.libraries = libraries
    }

    /// `v7`.
    public var name: String { "v\(number)" }

    /// From which score on it calls a row positive, of two classes.
    public var decidesFrom: Double { threshold?.value ?? DecisionThreshold.standard }

    /// The constant that is right on average of what it learnt from.
    ///
    /// - Parameter meanScore: the mean of its scores on its hold-out, which stands for it where an earlier release made the version.
    func learnt(_ task: PredictionTask?, meanScore: Double?) -> [Double]? {
        prior ?? (task == nil || task == .multiclass ? nil : meanScore.map { [$0] })
    }

    /// 7 for `v7`; nil for anything else.
    public static func number(named name: String) -> UInt32? { name.first == "v" ? UInt32(name.dropFirst()) : nil }

    /// What its gate found against the champion of its time, on the same rows; nil where they were not compared, or by an earlier release.
    public var pairedFigures: PairedFigures? { gates.first { $0.name == Gates.comparison }?.paired }

    /// The metric of that name.
    public func metric(_ name: String) -> Metric? { metrics.first { $0.name == name } }
}

extension Collection<VersionSummary> {
    /// The version that answered at a time, UTC milliseconds.
    public func champion(at time: Int64) -> VersionSummary? {
        first { version in version.served.contains { $0.from <= time && time < $0.until ?? .max } }
    }
}

/// A feature's share of the model's splits or weights.
public struct FeatureImportance: Codable, Sendable, Equatable {
    /// The feature.
    public var feature: String
    /// Its share, 0…1.
    public var value: Double

    /// Makes an entry.
    public init(feature: String, value: Double) {
        self.feature = feature
        self.value = value
    }
}

/// A stretch of time in which a version was champion.
public struct ServiceInterval: Codable, Sendable, Equatable {
    /// UTC milliseconds.
    public var from: Int64
    /// UTC milliseconds; nil: still serving.
    public var until: Int64?

    /// Makes an interval.
    public init(from: Int64, until: Int64?) {
        self.from = from
        self.until = until
    }
}
