import Learning
public import Tabular

/// One logged prediction, joined with its label.
public struct PredictionRow: Codable, Sendable, Equatable, Identifiable {
    /// Its id, which labels name.
    public var id: RowID
    /// When it was answered, UTC milliseconds.
    public var time: Int64
    /// The number of the version that answered.
    public var version: UInt32
    /// Labels that the learner which answered had learnt since that version; nil where the version answered at rest.
    public var learnt: UInt32?
    /// As what it answered.
    public var arm: Arm
    /// Time from decoded request to computed score, nanoseconds.
    public var latencyNanoseconds: UInt32
    /// The probability of the positive class, the number, or a probability for each class.
    public var scores: [Double]
    /// Values in the order of the schema; none of a row that was answered under another schema.
    public var values: [FeatureValue]
    /// The truth: a class index or the number; nil until it comes.
    public var label: Double?
    /// The request's own id, if it had one.
    public var clientID: String?
    /// The trace that its request belongs to, 32 hexadecimal digits, if the caller said so.
    public var trace: String?
    /// From which score on the version that answered now calls a row positive; nil: from one half on.
    public var threshold: Double?

    /// Makes a row.
    public init(
        id: RowID, time: Int64, version: UInt32, learnt: UInt32? = nil, arm: Arm = .champion, latencyNanoseconds: UInt32,
        scores: [Double], values: [FeatureValue], label: Double? = nil, clientID: String? = nil, trace: String? = nil
    ) {
        self.id = id
        self.time = time
        self.version = version
        self.learnt = learnt
        self.arm = arm
        self.latencyNanoseconds = latencyNanoseconds
        self.scores = scores
        self.values = values
        self.label = label
        self.clientID = clientID
        self.trace = trace
    }

    /// Whether the request named its version.
    public var isPinned: Bool { arm == .pinned }

    /// What answered, in a few words: `v7`, `v7+48210` for a learner that had learnt so many labels since, `constant`, `v6, fallback`.
    public var answeredBy: String {
        if version == PausedAnswer.noVersion { return "constant" }
        return VersionName.text(version, learnt: learnt) + (arm == .fallback ? ", fallback" : "")
    }

    /// Its place in the log.
    public var mark: PredictionMark { PredictionMark(time: time, id: id) }
}

/// The newest predictions of a deployment, or those up to a mark.
public struct PredictionPage: Codable, Sendable, Equatable {
    /// What was predicted from what.
    public var schema: Schema
    /// The rows, newest first.
    public var rows: [PredictionRow]
    /// Whether older ones are kept.
    public var hasOlder: Bool

    /// Makes a page.
    public init(schema: Schema, rows: [PredictionRow], hasOlder: Bool) {
        self.schema = schema
        self.rows = rows
        self.hasOlder = hasOlder
    }
}

/// What a target makes of scores and labels.
extension Target {
    /// The class index that scores speak for, or the number; nil without scores.
    ///
    /// - Parameter threshold: from which score on it is the positive one of two; nil: from one half on.
    public func decision(_ scores: [Double], from threshold: Double? = nil) -> Double? {
        switch task {
        case .regression: return scores.first
        case .binary: return scores.first.map { $0 >= threshold ?? DecisionThreshold.standard ? 1 : 0 }
        case .multiclass: return scores.indices.max { scores[$0] < scores[$1] }.map { Double($0) }
        }
    }

    /// The score of what was decided: the positive class's probability of two, the likeliest one's of several, or the number.
    public func score(_ scores: [Double]) -> Double? { task == .multiclass ? scores.max() : scores.first }

    /// The name of a class; nil for numbers and for no class.
    public func className(_ value: Double?) -> String? {
        guard task != .regression, let value, let index = Int(exactly: value), classes.indices.contains(index) else { return nil }
        return classes[index]
    }

    /// Whether the truth is the class that was decided for; nil for numbers and without a label.
    public func isRight(_ row: PredictionRow) -> Bool? {
        guard task != .regression, let label = row.label, let decision = decision(row.scores, from: row.threshold) else { return nil }
        return label == decision
    }

    /// Predicted less true; nil for classes and without a label.
    public func error(_ row: PredictionRow) -> Double? {
        guard task == .regression, let label = row.label, let score = row.scores.first else { return nil }
        return score - label
    }
}
