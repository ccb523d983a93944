import Foundation
public import Tabular

/// What one feature looked like in training: its bins, and how many rows fell into each.
public struct FeatureReference: Codable, Sendable, Equatable {
    /// The feature.
    public var name: String
    /// Its kind.
    public var kind: FeatureKind
    /// Numeric: upper edges of the grid's bins, ascending; the last is the greatest value seen.
    ///
    /// Bin *i* holds edge *i−1* < x ≤ edge *i*.
    public var edges: [Double]
    /// Numeric: the least value seen.
    public var least: Double
    /// Numeric: the PSI bin (decile) of each grid bin.
    public var groups: [Int]
    /// Categorical: the most frequent texts, a bin each.
    public var categories: [String]
    /// Categorical: the other texts that were there, which share a bin; a text in neither list is unseen.
    public var rare: [String]
    /// Reference rows by bin: numeric grid bins, below, above, missing; categorical texts, other, unseen, missing.
    public var counts: [Int]

    /// A column of numbers.
    init(name: String, kind: FeatureKind, runs: ValueRuns, missing: Int) {
        let grid = NumericGrid(runs)
        self.init(
            name: name, kind: kind, edges: grid.edges, least: runs.values.first ?? 0, groups: grid.groups, categories: [], rare: [],
            counts: grid.counts + [0, 0, missing])
    }

    /// A column of names, each with its rows; rows in none of them are other ones.
    init(name: String, kind: FeatureKind, texts: [(text: String, count: Int)], rows: Int, missing: Int) {
        let ranked = texts.sorted { ($1.count, $0.text) < ($0.count, $1.text) }
        let top = ranked.prefix(ReferenceProfile.topCategories)
        let named = top.reduce(0) { $0 + $1.count }
        self.init(
            name: name, kind: kind, edges: [], least: 0, groups: [], categories: top.map(\.text),
            rare: ranked.dropFirst(ReferenceProfile.topCategories).map(\.text),
            counts: top.map(\.count) + [rows - missing - named, 0, missing])
    }

    init(
        name: String, kind: FeatureKind, edges: [Double], least: Double, groups: [Int], categories: [String], rare: [String], counts: [Int]
    ) {
        self.name = name
        self.kind = kind
        self.edges = edges
        self.least = least
        self.groups = groups
        self.categories = categories
        self.rare = rare
        self.counts = counts
    }

    /// Number of bins, the three special ones included.
    public var bins: Int { counts.count }

    /// Reference rows without a value.
    public var missing: Int { counts.last ?? 0 }
}

/// What a version's training data looked like: frozen with the version, compared with every window of its traffic.
public struct ReferenceProfile: Codable, Sendable, Equatable {
    /// Grid bins of a numeric feature, before equal edges merge.
    public static let gridBins = 120
    /// Texts with a bin of their own.
    public static let topCategories = 25

    /// Rows it was made from.
    public var rows: Int
    /// One entry a feature but times.
    public var features: [FeatureReference]
    /// The row position of each entry.
    public var positions: [Int]
    /// Mean of the version's first scores on those rows.
    public var meanScore: Double
    /// The row position of the time column, if any.
    public var timePosition: Int?
    /// The longest stretch of one value in each feature, and how common its commonest value is; nil in references of earlier releases.
    public var runs: [TrainingRun]?
    /// Share of the rows that repeat an earlier one; nil in references of earlier releases.
    public var repeatedRows: Double?
    /// How much healthy stretches of those rows differ; nil in references of earlier releases, and below 1,000 rows.
    public var stretches: StretchTable?

    /// Builds the profile of rows and their scores.
    ///
    /// Complexity: O(features · rows log rows).
    public static func build(rows: LabelledRows, scores: [Double]) -> ReferenceProfile { build(rows: rows, scores: scores) {} }

    /// The same for many rows: `pulse` is called between the features, and may end it.
    public static func build<Stop: Error>(
        rows: LabelledRows, scores: [Double], pulse: () throws(Stop) -> Void
    ) throws(Stop) -> ReferenceProfile {
        var features: [FeatureReference] = []
        var positions: [Int] = []
        var runs: [TrainingRun] = []
        // Requests seldom say what a row is to weigh: nothing drifts where it is left out.
        for (index, feature) in rows.schema.features.enumerated() where feature.kind != .time && feature.role != .weight {
            try pulse()
            var values: [Double] = []
            values.reserveCapacity(rows.count)
            for row in 0..<rows.count { values.append(rows.features[row * rows.schema.width + index]) }
            features.append(
                feature.kind == .categorical ? categorical(feature, values, rows.categories[feature.name].table) : numeric(feature, values))
            positions.append(index)
            runs.append(run(values))
        }
        let finite = scores.filter(\.isFinite)
        var profile = ReferenceProfile(
            rows: rows.count, features: features, positions: positions,
            meanScore: finite.isEmpty ? 0 : finite.reduce(0, +) / Double(finite.count),
            timePosition: rows.schema.features.firstIndex { $0.kind == .time })
        profile.runs = runs
        profile.repeatedRows = repeatedShare(rows)
        return profile
    }

    private static func numeric(_ feature: Feature, _ values: [Double]) -> FeatureReference {
        var present = values.filter(\.isFinite)
        RadixSort.ascending(&present)
        return FeatureReference(
            name: feature.name, kind: feature.kind, runs: ValueRuns(sorted: present), missing: values.count - present.count)
    }

    private static func categorical(_ feature: Feature, _ values: [Double], _ table: CategoryTable) -> FeatureReference {
        var byCode: [Int: Int] = [:]
        var missing = 0
        for value in values {
            if let code = Int(exactly: value) { byCode[code, default: 0] += 1 } else { missing += 1 }
        }
        let texts = byCode.compactMap { code, count in
            Int32(exactly: code).flatMap { table.name(of: $0) }.map { (text: $0, count: count) }
        }
        return FeatureReference(name: feature.name, kind: feature.kind, texts: texts, rows: values.count, missing: missing)
    }

    /// Columns that run with the calendar, and why.
    public var calendarColumns: [String: String] {
        guard let stretches, stretches.columns.count == features.count else { return [:] }
        return Dictionary(zip(features, stretches.columns).compactMap { pair in pair.1.calendar.map { (pair.0.name, $0) } }) { first, _ in
            first
        }
    }

    /// Pins every text of the profile in its column's dictionary, and binds it: only texts that training did not have count as unseen.
    public func bind(_ categories: Categories) -> BoundProfile { BoundProfile(profile: self, categories: categories) }
}
