import Foundation

/// A feature's missing rate has jumped, or is back.
public struct MissingChange: Codable, Sendable, Equatable {
    /// The feature.
    public var feature: String
    /// Whether it is broken now.
    public var isRaised: Bool
    /// The missing share since the jump began.
    public var rate: Double
    /// The share in training.
    public var referenceRate: Double
    /// The share that the test takes for broken.
    public var threshold: Double
    /// Rows since the jump began.
    public var n: Int
    /// When it began, UTC milliseconds.
    public var since: Int64

    /// Makes a change.
    public init(feature: String, isRaised: Bool, rate: Double, referenceRate: Double, threshold: Double, n: Int, since: Int64) {
        self.feature = feature
        self.isRaised = isRaised
        self.rate = rate
        self.referenceRate = referenceRate
        self.threshold = threshold
        self.n = n
        self.since = since
    }
}

/// A sequential test on each feature's missing rate: an upstream fault is raised within seconds, without waiting for a window.
///
/// Cumulative sums of log likelihood ratios (Page 1954) between a tolerated rate (one and a half times the training's, plus one percentage
/// point) and one 15 points above it; raised from 100 rows on at a ratio of e^14, so that a healthy feature raises about once in a million
/// rows. The same test the other way round clears.
public struct MissingJumpDetector: Sendable {
    /// Rows before anything is raised.
    public static let minimumRows = 100
    private static let limit = 14.0

    private struct Watch: Sendable {
        var name: String
        var reference: Double
        var tolerated: Double
        var broken: Double
        var sum = 0.0
        var rows = 0
        var missing = 0
        var since: Int64 = 0
        var isRaised = false
    }

    private var watches: [Watch]

    /// A detector for the features of a profile.
    public init(profile: BoundProfile) {
        let rows = Double(max(1, profile.profile.rows))
        self.init(referenceRates: profile.profile.features.map { Double($0.missing) / rows }, names: profile.names)
    }

    /// A detector for features with those missing rates in training.
    ///
    /// Features that are mostly missing anyway are not watched.
    public init(referenceRates: [Double], names: [String]) {
        watches = zip(referenceRates, names).map { rate, name in
            let tolerated = rate * 1.5 + 0.01
            return Watch(name: name, reference: rate, tolerated: tolerated, broken: tolerated + 0.15)
        }
    }

    /// Features.
    var count: Int { watches.count }

    /// The position of a feature.
    func index(of name: String) -> Int? { watches.firstIndex { $0.name == name } }

    /// A feature's rate in training, what is tolerated, and what is taken for broken.
    func limits(of index: Int) -> (name: String, reference: Double, tolerated: Double, broken: Double) {
        let watch = watches[index]
        return (watch.name, watch.reference, watch.tolerated, watch.broken)
    }

    /// Takes the missing counts of some rows, by feature.
    ///
    /// Complexity: O(features).
    public mutating func observe(counts: [Int], rows: Int, at now: Int64) -> [MissingChange] {
        guard rows > 0, counts.count == watches.count else { return [] }
        var changes: [MissingChange] = []
        for index in watches.indices where watches[index].broken < 0.95 {
            if let change = Self.observe(&watches[index], missing: min(counts[index], rows), rows: rows, at: now) { changes.append(change) }
        }
        return changes
    }

    private static func observe(_ watch: inout Watch, missing: Int, rows: Int, at now: Int64) -> MissingChange? {
        let towards =
            Double(missing) * log(watch.broken / watch.tolerated) + Double(rows - missing) * log((1 - watch.broken) / (1 - watch.tolerated))
        if watch.sum == 0 {
            watch.since = now
            watch.rows = 0
            watch.missing = 0
        }
        watch.rows += rows
        watch.missing += missing
        watch.sum = max(0, watch.sum + (watch.isRaised ? -towards : towards))
        guard watch.sum > limit, watch.rows >= minimumRows else { return nil }
        watch.isRaised.toggle()
        defer { watch.sum = 0 }
        return MissingChange(
            feature: watch.name, isRaised: watch.isRaised, rate: Double(watch.missing) / Double(watch.rows), referenceRate: watch.reference,
            threshold: watch.tolerated, n: watch.rows, since: watch.since)
    }
}
