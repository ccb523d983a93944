public import Tabular

/// A column that has said the same for longer than its training ever did.
public struct StuckColumn: Codable, Sendable, Equatable {
    /// The column.
    public var feature: String
    /// What it says; a category's text.
    public var value: String
    /// Rows in a row.
    public var rows: Int
    /// The longest stretch of one value in training.
    public var longestInTraining: Int
    /// The longest that is no wonder.
    public var usual: Int
    /// When the stretch began, UTC milliseconds.
    public var since: Int64
}

/// Looks for stuck columns and for rows that come again, row by row in the order in which they were answered.
///
/// A row that is the one before it, value for value, is a request sent again, and says nothing about sensors. Rows without a value neither end a
/// stretch nor count.
public struct SensorWatch: Sendable {
    /// The shortest stretch that is told.
    public static let least = 100
    /// How much longer than in training a stretch may be: what was held out of a training has cut its stretches.
    static let patience = 2.0
    /// Rows of traffic, in those of the training, in which chance alone must not reach the limit.
    private static let horizon = 1_000
    /// Rows with other values after which a column is no longer stuck.
    static let calm = 100

    private struct Lane: Sendable {
        var name: String
        var position: Int
        var isCategorical: Bool
        var longest: Int
        var usual: Int
        var last = Double.nan
        var run = 0
        var since: Int64 = 0
        /// Rows since the column was stuck; nil: it has not been.
        var freed: Int?
    }

    private var lanes: [Lane]
    private var width = 0
    private var previous: [Double] = []
    /// Rows of the open batch, and what repeats in it.
    private var repeats: RecordRepeats
    private var batch = 0
    private let trainingRepeats: Double?
    private let trainingRows: Int
    /// Rows that were looked at.
    public private(set) var rows = 0

    /// The watch for a version's reference; nil for a reference of an earlier release, which does not know its stretches.
    ///
    /// Columns of a training whose rows came in no order are not watched: it says nothing of stretches.
    public init?(_ profile: ReferenceProfile) {
        guard let runs = profile.runs, runs.count == profile.features.count else { return nil }
        let hasOrder = profile.stretches?.hasOrder ?? true
        let calendar = profile.calendarColumns
        lanes = profile.features.indices.compactMap { index in
            let feature = profile.features[index]
            let present = profile.rows - feature.missing
            guard hasOrder, calendar[feature.name] == nil, runs[index].commonest < present else { return nil }
            let share = Double(runs[index].commonest) / Double(max(1, present))
            return Lane(
                name: feature.name, position: profile.positions[index], isCategorical: feature.kind == .categorical,
                longest: runs[index].longest,
                usual: ConstantRun.usual(
                    rows: profile.rows * Self.horizon, referenceRows: profile.rows, referenceLongest: runs[index].longest, share: share,
                    patience: Self.patience, least: Self.least))
        }
        trainingRepeats = profile.repeatedRows
        trainingRows = profile.rows
        repeats = RecordRepeats(capacity: 8_192)
    }

    /// Takes the rows of a block that the version answered.
    ///
    /// Complexity: O(rows · columns), without allocation once the table of repeats has grown.
    public mutating func see(_ block: TrafficBlock, version: UInt32) {
        guard lanes.allSatisfy({ $0.position < block.width }) else { return }
        if block.width != width { (width, previous) = (block.width, [Double](repeating: .nan, count: block.width)) }
        block.features.withUnsafeBufferPointer { features in
            for row in 0..<block.count where block.versions[row] == version {
                take(UnsafeBufferPointer(rebasing: features[(row * width)..<((row + 1) * width)]), at: block.times[row])
            }
        }
    }

    private mutating func take(_ row: UnsafeBufferPointer<Double>, at time: Int64) {
        rows += 1
        batch += 1
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        var isSame = true
        for index in 0..<width {
            let value = row[index]
            hash = RowHash.mixed(hash, value)
            if value != previous[index], !(value.isNaN && previous[index].isNaN) { isSame = false }
            previous[index] = value
        }
        repeats.add(hash)
        guard !isSame else { return }
        for index in lanes.indices {
            let value = row[lanes[index].position]
            if value.isNaN { continue }
            if value == lanes[index].last {
                lanes[index].run += 1
            } else {
                if lanes[index].run > lanes[index].usual { lanes[index].freed = 0 }
                (lanes[index].last, lanes[index].run, lanes[index].since) = (value, 1, time)
            }
            if let freed = lanes[index].freed { lanes[index].freed = freed + 1 < Self.calm ? freed + 1 : nil }
        }
    }

    /// The columns that are stuck now, or were until a moment ago; the longest first.
    public func stuck(_ categories: Categories) -> [StuckColumn] {
        lanes.filter { $0.run > $0.usual || $0.freed != nil }.sorted { $0.run > $1.run }.map { lane in
            StuckColumn(
                feature: lane.name, value: Self.text(lane.last, isCategorical: lane.isCategorical, lane.name, categories), rows: lane.run,
                longestInTraining: lane.longest, usual: lane.usual, since: lane.since)
        }
    }

    private static func text(_ value: Double, isCategorical: Bool, _ name: String, _ categories: Categories) -> String {
        if isCategorical, let code = Int32(exactly: value) { return categories[name].table.name(of: code) ?? "another text" }
        return Int64(exactly: value).map { String($0) } ?? "\(value)"
    }

    /// What a batch of rows says of repeats, once it has so many rows; begins the next one.
    ///
    /// Significant at the level, and far more than in training, which has had many more rows to repeat.
    public mutating func closeBatch(rows wanted: Int, alpha: Double) -> RowRepeats? {
        guard batch >= max(1, wanted), let training = trainingRepeats else { return nil }
        let (seen, again) = (Double(repeats.records), Double(repeats.repeats))
        defer {
            repeats = RecordRepeats(capacity: 8_192)
            batch = 0
        }
        let psi = Stability.psi(part: again, of: seen, training * Double(trainingRows), of: Double(trainingRows))
        let noise = 1 / max(1, seen) + 1 / Double(max(1, trainingRows))
        let isMore = again / max(1, seen) > training
        let isBad = isMore && psi - noise >= Drift.driftExcess && ChiSquared.upperTail(psi / noise, df: 1) <= alpha
        return RowRepeats(share: again / max(1, seen), inTraining: training, rows: Int(seen), isBad: isBad)
    }
}

/// How many rows of a batch came before in it.
public struct RowRepeats: Codable, Sendable, Equatable {
    /// Share of the batch's rows that repeat an earlier one of it.
    public var share: Double
    /// Share of the training's rows that repeat an earlier one.
    public var inTraining: Double
    /// Rows of the batch.
    public var rows: Int
    /// Whether that is far more than in training.
    public var isBad: Bool
}

/// A hash of a row's values that is the same on every machine and in every run.
enum RowHash {
    /// Takes up one more value: equal numbers alike, and no value as one.
    @inline(__always)
    static func mixed(_ state: UInt64, _ value: Double) -> UInt64 {
        let bits = value.isNaN ? 0x7FF8_0000_0000_0000 : (value + 0).bitPattern
        let product = (state ^ bits).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.high ^ product.low &+ 0xE703_7ED1_A0B4_28DB
    }
}

/// How often a training's columns said the same, and how often rows came again.
public struct TrainingRun: Codable, Sendable, Equatable {
    /// The longest stretch of rows with one value.
    public var longest: Int
    /// Rows with the commonest value.
    public var commonest: Int
}

extension ReferenceProfile {
    /// Rows that repeat an earlier one, as a share; 0 without rows.
    static func repeatedShare(_ rows: LabelledRows) -> Double {
        var repeats = RecordRepeats()
        let width = rows.schema.width
        for row in 0..<rows.count {
            var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
            for index in 0..<width { hash = RowHash.mixed(hash, rows.features[row * width + index]) }
            repeats.add(hash)
        }
        return repeats.records > 0 ? Double(repeats.repeats) / Double(repeats.records) : 0
    }

    /// The longest stretch of a column's values in the order of the rows, and how common its commonest one is.
    static func run(_ values: [Double]) -> TrainingRun {
        var run = ConstantRun()
        for value in values where value.isFinite { run.add(value) }
        var sorted = values.filter(\.isFinite)
        RadixSort.ascending(&sorted)
        return TrainingRun(longest: run.longest, commonest: ValueRuns(sorted: sorted).greatestCount)
    }
}
