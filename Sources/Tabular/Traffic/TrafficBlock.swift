/// A few thousand predictions of one deployment, from one event loop: what the predictor reads is also what the log stores.
///
/// Features are row-major `[count, width]` raw values (see `Schema`): numbers as sent, categories as codes of their column's dictionary,
/// booleans 0 or 1, times UTC milliseconds, missing NaN. Every parallel array has `count` entries.
public struct TrafficBlock: Sendable {
    /// The deployment's name.
    public var deployment: String
    /// Values in a row.
    public var width: Int
    /// Values in a row of scores: 1 for binary (probability of the positive class) and regression, else the number of classes.
    public var outputs: Int
    /// Row ids.
    public var ids: [RowID]
    /// When the answer was made, UTC milliseconds.
    public var times: [Int64]
    /// The number of the version that answered: 7 for `v7`.
    public var versions: [UInt32]
    /// The arm that answered.
    public var arms: [Arm]
    /// Time from decoded request to computed score, nanoseconds.
    public var latencies: [UInt32]
    /// Scores, row-major `[count, outputs]`.
    public var scores: [Double]
    /// Raw features, row-major `[count, width]`.
    public var features: [Double]
    /// The requests' own ids, where they had one: row position → id.
    public var clientIDs: [Int: String]
    /// The traces that requests belong to, where they said so: position of the request's first row → trace.
    public var traces: [Int: TraceID] = [:]
    /// What other versions gave rows of this block, beside the answers.
    public var further: [FurtherScores] = []
    /// Which rows were answered by a learner's live copy; none: all of them by versions at rest.
    public var liveRuns: [LiveRun] = []

    /// Makes an empty block with room for `capacity` rows.
    public init(deployment: String, width: Int, outputs: Int, capacity: Int = 0) {
        self.deployment = deployment
        self.width = width
        self.outputs = outputs
        ids = []
        times = []
        versions = []
        arms = []
        latencies = []
        scores = []
        features = []
        clientIDs = [:]
        ids.reserveCapacity(capacity)
        times.reserveCapacity(capacity)
        versions.reserveCapacity(capacity)
        arms.reserveCapacity(capacity)
        latencies.reserveCapacity(capacity)
        scores.reserveCapacity(capacity * outputs)
        features.reserveCapacity(capacity * width)
    }

    /// Number of rows.
    public var count: Int { ids.count }
}

extension TrafficBlock {
    /// The labels that whoever answered a row had learnt since its version; nil where the version answered at rest.
    ///
    /// Complexity: O(log runs).
    public func learnt(_ row: Int) -> UInt32? {
        var (low, high) = (0, liveRuns.count)
        while low < high {
            let middle = (low + high) / 2
            if liveRuns[middle].first <= row { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : liveRuns[low - 1].learnt
    }

    /// Says who answers the rows from the next one on; free while that is the same.
    @inline(__always)
    public mutating func answering(learnt: UInt32?) {
        if learnt != liveRuns.last?.learnt { liveRuns.append(LiveRun(first: UInt32(count), learnt: learnt)) }
    }

    /// The position of a row; nil where the block does not have it.
    ///
    /// For a block of one event loop, whose ids grow. Complexity: O(log rows + rows of the request).
    public func position(of id: RowID) -> Int? {
        var (low, high) = (0, ids.count)
        while low < high {
            let middle = (low + high) / 2
            if ids[middle].base < id.base { low = middle + 1 } else { high = middle }
        }
        while low < ids.count, ids[low].base == id.base {
            if ids[low].row == id.row { return low }
            low += 1
        }
        return nil
    }
}

/// Rows of a block, from one on, that one state of a live learner answered, or a version at rest.
public struct LiveRun: Sendable, Equatable {
    /// The first of them; they reach to the next run.
    public var first: UInt32
    /// Labels learnt since the version; nil: the version itself.
    public var learnt: UInt32?

    /// Makes a run.
    public init(first: UInt32, learnt: UInt32?) {
        self.first = first
        self.learnt = learnt
    }
}

/// Scores of some rows of a block by a version that did not answer them.
public struct FurtherScores: Sendable, Equatable {
    /// The version's number.
    public var version: UInt32
    /// Positions of the rows in their block.
    public var rows: [UInt32]
    /// Scores, row-major `[rows.count, outputs]` with the block's outputs.
    public var scores: [Double]

    /// Makes scores.
    public init(version: UInt32, rows: [UInt32], scores: [Double]) {
        self.version = version
        self.rows = rows
        self.scores = scores
    }

    /// Appends the scores of one more row.
    public mutating func append(_ row: UInt32, _ scores: ArraySlice<Double>) {
        rows.append(row)
        self.scores.append(contentsOf: scores)
    }
}

/// The part of the traffic that a version answers.
public enum Arm: UInt8, Codable, Sendable {
    /// The version that answers by default.
    case champion = 0
    /// A version asked for by number in the request.
    case pinned = 1
    /// A version that answers a slice of the requests.
    case canary = 2
    /// A version that answers the requests of a part of the keys.
    case ab = 3
    /// A version that scores what the champion has answered.
    case shadow = 4
    /// What answers while the deployment is paused: a constant or an earlier version.
    case fallback = 5

    /// As answers, metrics and documents write it.
    public var word: String {
        switch self {
        case .champion: "champion"
        case .pinned: "pinned"
        case .canary: "canary"
        case .ab: "a/b"
        case .shadow: "shadow"
        case .fallback: "fallback"
        }
    }

    /// Whether it answers a part of the requests beside the champion.
    public var isChallenger: Bool { self == .canary || self == .ab }
}
