import Tabular

/// A reference profile laid out for the hot path: raw row → bins, without allocation.
public final class BoundProfile: Sendable {
    /// How to find the bin of one feature.
    ///
    /// Numbers only, so that going over all features counts no reference.
    struct Binning: Sendable {
        /// Position in the raw row.
        var position: Int
        /// First counter of the feature.
        var offset: Int
        /// Number of bins before the three special ones.
        var plain: Int
        /// Numeric: where its upper edges begin in `edges`.
        ///
        /// Categorical: where its bins by code begin in `codes`.
        var start: Int
        /// How many there are; none for a numeric feature that had no value.
        var count: Int
        var least: Double
        var isCategorical: Bool
        /// Numeric: the counter of numbers far out of the range, and what is far.
        var farCounter: Int
        var far: FarBounds
    }

    let binnings: [Binning]
    private let edges: [Double]
    private let codes: [Int32]
    /// Counters of a window: the features' bins, and behind them one a feature for numbers far out of its range.
    let counters: Int
    /// Where a raw row has its time; nil without a time column.
    let timePosition: Int?
    /// The profile.
    public let profile: ReferenceProfile
    /// The features' names, in the order of the counters.
    public var names: [String] { profile.features.map(\.name) }

    init(profile: ReferenceProfile, categories: Categories) {
        self.profile = profile
        var binnings: [Binning] = []
        var edges: [Double] = []
        var codes: [Int32] = []
        var offset = 0
        let bins = profile.features.reduce(0) { $0 + $1.bins }
        for (feature, position) in zip(profile.features, profile.positions) {
            let isCategorical = feature.kind == .categorical
            let start = isCategorical ? codes.count : edges.count
            if isCategorical { codes += Self.bins(of: feature, categories[feature.name]) } else { edges += feature.edges }
            binnings.append(
                Binning(
                    position: position, offset: offset, plain: isCategorical ? max(0, feature.bins - 3) : feature.edges.count, start: start,
                    count: (isCategorical ? codes.count : edges.count) - start, least: feature.least, isCategorical: isCategorical,
                    farCounter: bins + binnings.count,
                    far: FarBounds(least: feature.least, greatest: feature.edges.last ?? feature.least)))
            offset += feature.bins
        }
        self.binnings = binnings
        self.edges = edges
        self.codes = codes
        counters = bins + binnings.count
        timePosition = profile.timePosition
    }

    /// The bin of each code of the column's dictionary.
    private static func bins(of feature: FeatureReference, _ dictionary: CategoryDictionary) -> [Int32] {
        let other = Int32(feature.categories.count)
        let bins = feature.categories.indices.map { Int32($0) } + feature.rare.map { _ in other }
        return dictionary.binding(bins, of: feature.categories + feature.rare).map { $0 ?? other + 1 }
    }

    /// Counts a raw row into a window's counters.
    ///
    /// Complexity: O(features · log bins), no allocation.
    @inline(__always)
    func count(_ row: UnsafePointer<Double>, into counts: inout [Int32]) {
        edges.withUnsafeBufferPointer { edges in
            codes.withUnsafeBufferPointer { codes in
                counts.withUnsafeMutableBufferPointer { counts in
                    for binning in binnings {
                        let value = row[binning.position]
                        counts[Self.counter(binning, value, edges, codes)] &+= 1
                        if !binning.isCategorical, binning.far.isFar(value) { counts[binning.farCounter] &+= 1 }
                    }
                }
            }
        }
    }

    /// Counts rows, feature by feature: a feature's edges stay near while all its values are looked up.
    ///
    /// Complexity: O(rows · features · log bins), no allocation.
    func count(_ rows: UnsafePointer<Double>, count: Int, width: Int, into counts: inout [Int32]) {
        edges.withUnsafeBufferPointer { edges in
            codes.withUnsafeBufferPointer { codes in
                counts.withUnsafeMutableBufferPointer { counts in
                    for binning in binnings {
                        var value = rows + binning.position
                        for _ in 0..<count {
                            counts[Self.counter(binning, value.pointee, edges, codes)] &+= 1
                            if !binning.isCategorical, binning.far.isFar(value.pointee) { counts[binning.farCounter] &+= 1 }
                            value += width
                        }
                    }
                }
            }
        }
    }

    /// The bin of one value of a feature, and whether training cannot explain it; NaN is missing.
    ///
    /// Complexity: O(log bins).
    func bin(_ value: Double, of feature: Int) -> (bin: Int, isNew: Bool) {
        let binning = binnings[feature]
        let counter = edges.withUnsafeBufferPointer { edges in
            codes.withUnsafeBufferPointer { codes in Self.counter(binning, value, edges, codes) }
        }
        let bin = counter - binning.offset
        let isUnseen = bin == binning.plain + 1 && (binning.isCategorical || binning.count == 0)
        return (bin, isUnseen || (!binning.isCategorical && binning.count > 0 && binning.far.isFar(value)))
    }

    /// The counter of a value.
    ///
    /// Special bins: numeric below, above, missing; categorical other, unseen, missing.
    @inline(__always)
    private static func counter(
        _ binning: Binning, _ value: Double, _ edges: UnsafeBufferPointer<Double>, _ codes: UnsafeBufferPointer<Int32>
    ) -> Int {
        if value.isNaN { return binning.offset + binning.plain + 2 }
        if binning.isCategorical {
            guard let code = Int(exactly: value), code >= 0, code < binning.count else { return binning.offset + binning.plain + 1 }
            return binning.offset + Int(codes[binning.start + code])
        }
        guard binning.count > 0 else { return binning.offset + binning.plain + 1 }
        if value < binning.least { return binning.offset + binning.plain }
        if value > edges[binning.start + binning.count - 1] { return binning.offset + binning.plain + 1 }
        // The first edge that is no less. Which half it is in no processor guesses, so the step is added or not, without a branch: the range
        // keeps the place, and is a little wider than it need be where its length is odd.
        var low = binning.start
        var length = binning.count
        while length > 1 {
            let half = length >> 1
            low &+= edges[low &+ half &- 1] < value ? half : 0
            length &-= half
        }
        return binning.offset + low - binning.start
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
    /// The least and the greatest time of its rows, UTC milliseconds; least above greatest while there is none.
    private var least = Double.infinity
    private var greatest = -Double.infinity

    /// What the window is compared with.
    public var reference: ReferenceProfile { profile.profile }

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
        profile.count(row, into: &counts)
        n += 1
        if score.isFinite { scoreSum += score }
        guard let position = profile.timePosition else { return }
        let time = row[position]
        if time < least { least = time }
        if time > greatest { greatest = time }
    }

    /// Adds raw rows, row-major `[count, width]`, and the first of each row's `outputs` scores.
    ///
    /// The same as row by row. Complexity: O(rows · features · log bins), no allocation.
    public mutating func add(_ rows: UnsafePointer<Double>, count: Int, width: Int, scores: UnsafePointer<Double>, outputs: Int) {
        profile.count(rows, count: count, width: width, into: &counts)
        n += count
        for row in 0..<count where scores[row * outputs].isFinite { scoreSum += scores[row * outputs] }
        guard let position = profile.timePosition else { return }
        for row in 0..<count {
            let time = rows[row * width + position]
            if time < least { least = time }
            if time > greatest { greatest = time }
        }
    }

    /// The time that its rows carry themselves; nil without a time column.
    public var span: TimeSpan? { least <= greatest ? TimeSpan(least: least, greatest: greatest) : nil }

    /// Adds another window of the same profile; false, and nothing is added, when it is of another one.
    public mutating func merge(_ other: WindowCounts) -> Bool {
        guard other.profile === profile else { return false }
        for index in counts.indices { counts[index] &+= other.counts[index] }
        n += other.n
        scoreSum += other.scoreSum
        least = min(least, other.least)
        greatest = max(greatest, other.greatest)
        return true
    }

    /// Empties the window; its memory stays.
    public mutating func reset(start: Int64) {
        for index in counts.indices { counts[index] = 0 }
        n = 0
        scoreSum = 0
        (least, greatest) = (.infinity, -.infinity)
        self.start = start
    }

    /// Rows without a value, by feature.
    public var missingCounts: [Int] { profile.binnings.map { Int(counts[$0.offset + $0.plain + 2]) } }

    /// Rows whose value the training cannot explain: a text that it does not have, a number out of its range by more than the range.
    func newCount(_ feature: Int) -> Int {
        let binning = profile.binnings[feature]
        if binning.isCategorical || binning.count == 0 { return Int(counts[binning.offset + binning.plain + 1]) }
        return Int(counts[binning.farCounter])
    }

    /// Counts of a feature's bins.
    package func bins(_ feature: Int) -> [Int] {
        let binning = profile.binnings[feature]
        return counts[binning.offset..<(binning.offset + binning.plain + 3)].map { Int($0) }
    }
}
