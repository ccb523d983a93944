import Tabular

/// A reference profile laid out for the hot path: raw row → bins, without allocation.
public final class BoundProfile: Sendable {
    /// How to find the bin of one feature.
    struct Binning: Sendable {
        /// Position in the raw row.
        var position: Int
        /// First counter of the feature.
        var offset: Int
        /// Numeric: upper edges; empty for categories and for features that had no value.
        var edges: [Double]
        var least: Double
        /// Categorical: bin by code.
        var codes: [Int32]
        var isCategorical: Bool
        /// Number of bins before the three special ones.
        var plain: Int
    }

    let binnings: [Binning]
    /// Counters of a window.
    let counters: Int
    /// The profile.
    public let profile: ReferenceProfile
    /// The features' names, in the order of the counters.
    public var names: [String] { profile.features.map(\.name) }

    init(profile: ReferenceProfile, table: CategoryTable) {
        self.profile = profile
        var binnings: [Binning] = []
        var offset = 0
        for (feature, position) in zip(profile.features, profile.positions) {
            let isCategorical = feature.kind == .categorical
            var codes: [Int32] = []
            if isCategorical {
                let other = Int32(feature.categories.count)
                var bins = Dictionary(
                    feature.categories.enumerated().map { ($0.element, Int32($0.offset)) }, uniquingKeysWith: { a, _ in a })
                for text in feature.rare where bins[text] == nil { bins[text] = other }
                codes = table.names.map { bins[$0] ?? other + 1 }
            }
            let plain = max(0, feature.bins - 3)
            binnings.append(
                Binning(
                    position: position, offset: offset, edges: feature.edges, least: feature.least, codes: codes,
                    isCategorical: isCategorical,
                    plain: isCategorical ? plain : feature.edges.count))
            offset += feature.bins
        }
        self.binnings = binnings
        counters = offset
    }

    /// The counter of a value.
    ///
    /// Special bins: numeric below, above, missing; categorical other, unseen, missing.
    @inline(__always)
    static func counter(_ binning: Binning, _ value: Double) -> Int {
        if value.isNaN { return binning.offset + binning.plain + 2 }
        if binning.isCategorical {
            guard let code = Int(exactly: value), code >= 0, code < binning.codes.count else { return binning.offset + binning.plain + 1 }
            return binning.offset + Int(binning.codes[code])
        }
        guard let last = binning.edges.last else { return binning.offset + binning.plain + 1 }
        if value < binning.least { return binning.offset + binning.plain }
        if value > last { return binning.offset + binning.plain + 1 }
        var low = 0
        var high = binning.edges.count - 1
        while low < high {
            let middle = (low + high) / 2
            if value <= binning.edges[middle] { high = middle } else { low = middle + 1 }
        }
        return binning.offset + low
    }
}

/// The counts of a stretch of traffic against one profile.
///
/// Deterministic and mergeable: the same rows give the same counts in any order.
public struct WindowCounts: Sendable {
    let profile: BoundProfile
    var counts: [Int32]
    /// Rows.
    public private(set) var n = 0
    /// Start, UTC milliseconds.
    public var start: Int64
    /// Sum of first scores.
    public private(set) var scoreSum = 0.0

    /// An empty window.
    public init(_ profile: BoundProfile, start: Int64) {
        self.profile = profile
        self.start = start
        counts = [Int32](repeating: 0, count: profile.counters)
    }

    /// Adds a raw row and its first score.
    ///
    /// Complexity: O(features · log bins), no allocation.
    public mutating func add(_ row: UnsafePointer<Double>, score: Double) {
        counts.withUnsafeMutableBufferPointer { counts in
            for binning in profile.binnings { counts[BoundProfile.counter(binning, row[binning.position])] &+= 1 }
        }
        n += 1
        if score.isFinite { scoreSum += score }
    }

    /// Adds another window of the same profile; false, and nothing is added, when it is of another one.
    public mutating func merge(_ other: WindowCounts) -> Bool {
        guard other.profile === profile else { return false }
        for index in counts.indices { counts[index] &+= other.counts[index] }
        n += other.n
        scoreSum += other.scoreSum
        return true
    }

    /// Empties the window.
    public mutating func reset(start: Int64) {
        counts = [Int32](repeating: 0, count: profile.counters)
        n = 0
        scoreSum = 0
        self.start = start
    }

    /// Rows without a value, by feature.
    public var missingCounts: [Int] { profile.binnings.map { Int(counts[$0.offset + $0.plain + 2]) } }

    /// Counts of a feature's bins.
    package func bins(_ feature: Int) -> [Int] {
        let binning = profile.binnings[feature]
        return counts[binning.offset..<(binning.offset + binning.plain + 3)].map { Int($0) }
    }
}
