/// The present of a deployment's online learning.
public struct OnlineStatus: Codable, Sendable, Equatable {
    /// Why it does not learn now; nil while it does.
    public var held: String?
    /// The version whose weights it went on from.
    public var base: UInt32
    /// Labels learnt since the base.
    public var learnt = 0
    /// Labels learnt since a version was last made.
    public var fresh = 0
    /// Rows learnt in all, those of the base's training included.
    public var rows = 0
    /// Labels passed over: without a logged row, of another layout, or answered during an upstream fault.
    public var skipped = 0
    /// The comparing figure on the last rows, each answered before it was learnt.
    public var primary: OnlineFigure?
    /// A version is made after this many labels.
    public var publishLabels: Int
    /// Or this long after the last one, milliseconds.
    public var publishInterval: Int64
    /// When a version was last made, UTC milliseconds.
    public var published: Int64?
    /// No policy makes one before this time, UTC milliseconds: somebody has rolled back.
    public var quietUntil: Int64?
    /// Who is to answer: the learner itself, or versions.
    public var answer: OnlineAnswer?
    /// What answers live, `v7+48210`; nil where a version at rest does.
    public var answering: String?
    /// Why the champion answers at rest although the learner is to answer; nil: it does not.
    public var stopped: String?
    /// How those do that could answer, on the latest labels: the learner, what was made of it last, the champion at rest.
    public var sides: [OnlineSide]?

    /// Makes a status.
    public init(base: UInt32, publishLabels: Int, publishInterval: Int64) {
        self.base = base
        self.publishLabels = publishLabels
        self.publishInterval = publishInterval
    }
}

/// What a version that was learnt label by label comes from.
public struct OnlineOrigin: Codable, Sendable, Equatable {
    /// The version whose weights it went on from.
    public var base: UInt32
    /// Labels learnt since the base.
    public var labels: Int
    /// The label after which it began, by its sequence number.
    public var after: Int64
    /// The last label that it learnt.
    public var until: Int64

    /// Makes an origin.
    public init(base: UInt32, labels: Int, after: Int64, until: Int64) {
        self.base = base
        self.labels = labels
        self.after = after
        self.until = until
    }
}

/// A figure in short.
public struct OnlineFigure: Codable, Sendable, Equatable {
    /// `auc` or `rmse`.
    public var name: String
    /// Its value.
    public var value: Double
    /// Rows.
    public var n: Int

    /// Makes a figure.
    public init(name: String, value: Double, n: Int) {
        self.name = name
        self.value = value
        self.n = n
    }
}
