/// How much healthy stretches of a training differed, beyond what counting explains: what a window of traffic may differ by.
///
/// Rows of real traffic depend on each other: an hour's weather is one draw and not fifty. Judged as if they were independent, most healthy
/// windows would look drifted. So the training itself is cut into stretches of the lengths that windows have, and each stretch is compared with
/// the other rows, and with the other half of the training (which makes trends and seasons count).
public struct StretchTable: Codable, Sendable, Equatable {
    /// Rows of the shortest stretch.
    public static let shortest = 125
    /// Stretches that each half of the training must hold.
    public static let fewest = 4

    /// How the training's rows were put in order.
    public enum Order: String, Codable, Sendable {
        /// By the schema's time column.
        case time
        /// As they came.
        case arrival
    }

    /// Training rows.
    public var rows: Int
    /// Rows of the stretches, ascending: 125, 250, 500 and so on.
    public var lengths: [Int]
    /// How the rows were put in order.
    public var order: Order
    /// Time of the first and the last row, UTC milliseconds; nil without a time column.
    public var span: ClosedRange<Int64>?
    /// Rows of a window as configured when the table was made.
    public var windowRows: Int
    /// Rows of a stretch of the moments of `changing now`, and how many stretches were judged.
    public var recentLength: Int
    /// See `recentLength`.
    public var recentStretches: Int
    /// One entry a column of the profile, in its order.
    public var columns: [ColumnStretches]

    /// Lengths of the stretches of that many rows; empty below 1,000.
    public static func lengths(rows: Int) -> [Int] {
        var result: [Int] = []
        var length = shortest
        while rows / 2 / length >= fewest {
            result.append(length)
            length *= 2
        }
        return result
    }

    /// Stretches of a length, both halves together.
    public func stretches(_ length: Int) -> Int { 2 * (rows / 2 / max(1, length)) }

    /// Whether the order of the training's rows says anything about how windows differ.
    ///
    /// A file that was shuffled has no dependent column, whatever its traffic is like.
    public var hasOrder: Bool { order == .time || columns.contains(where: \.isDependent) }

    /// Rows a millisecond of the data's own time in training; nil without a time column.
    public var rate: Double? {
        guard let span, span.upperBound > span.lowerBound, rows > 1 else { return nil }
        return Double(rows) / Double(span.upperBound - span.lowerBound)
    }
}

/// What the stretches of one column showed.
public struct ColumnStretches: Codable, Sendable, Equatable {
    /// The whole shape, against all other rows and against the other half of the training.
    public var shapeRest: StretchMoments
    /// See `shapeRest`.
    public var shapeHalf: StretchMoments
    /// Rows that the other half cannot explain: a text that it does not have, a number far out of its range.
    public var newHalf: StretchMoments
    /// Rows without a value, against all other rows and against the other half.
    public var missingRest: StretchMoments
    /// See `missingRest`.
    public var missingHalf: StretchMoments
    /// Mean PSI of the stretches over what counting explains, by length: about 1 where rows are independent.
    public var designEffect: [Double]
    /// Whether stretches differ by more than counting explains.
    public var isDependent: Bool
    /// Why the column runs with the calendar, if it does: `is the month of time`, `only rises with the rows`.
    public var calendar: String?
    /// What missing values may do; nil where nearly all are missing.
    public var gaps: GapLimits?
    /// Stretches against the sixteen before them: shape, missing.
    public var recentShape: Excess
    /// See `recentShape`.
    public var recentMissing: Excess
}

/// What stretches differ by beyond counting noise: mean and variance of their PSI less what independent rows have.
public struct Excess: Codable, Sendable, Equatable {
    /// τ²: max(0, mean − df · ν).
    public var mean: Double
    /// ω²: max(0, variance − 2 · df · ν² − 4 · ν · τ²).
    public var variance: Double

    /// No excess: independent rows.
    public static let none = Excess(mean: 0, variance: 0)

    /// Makes an excess.
    public init(mean: Double, variance: Double) {
        self.mean = mean
        self.variance = variance
    }

    /// From the PSI of some stretches; none from fewer than two.
    public init(of values: [Double], df: Int, noise: Double) {
        guard values.count > 1 else {
            self = .none
            return
        }
        let (center, spread) = Moments.of(values)
        mean = max(0, center - Double(df) * noise)
        variance = max(0, spread - 2 * Double(df) * noise * noise - 4 * noise * mean)
    }
}

/// The excess by length of stretch.
public struct StretchMoments: Codable, Sendable, Equatable {
    /// τ² by length.
    public var mean: [Double]
    /// ω² by length.
    public var variance: [Double]

    /// Nothing yet.
    public init() {
        mean = []
        variance = []
    }

    mutating func append(_ excess: Excess) {
        mean.append(excess.mean)
        variance.append(excess.variance)
    }

    /// The excess between two lengths.
    func at(_ place: LengthPlace) -> Excess {
        guard mean.indices.contains(place.upper), variance.indices.contains(place.upper) else { return .none }
        return Excess(
            mean: place.mix(mean[place.lower], mean[place.upper]), variance: place.mix(variance[place.lower], variance[place.upper]))
    }
}

/// Where a number of rows lies between the lengths of a table: linear in its logarithm, held beyond both ends.
struct LengthPlace: Equatable {
    var lower: Int
    var upper: Int
    var weight: Double

    init(_ rows: Double, _ lengths: [Int]) {
        let last = lengths.count - 1
        guard last > 0, rows > Double(lengths[0]) else {
            (lower, upper, weight) = (0, 0, 0)
            return
        }
        guard rows < Double(lengths[last]) else {
            (lower, upper, weight) = (last, last, 0)
            return
        }
        lower = (lengths.firstIndex { Double($0) > rows } ?? last) - 1
        upper = lower + 1
        weight =
            (Logarithm.of(rows) - Logarithm.of(Double(lengths[lower])))
            / (Logarithm.of(Double(lengths[upper])) - Logarithm.of(Double(lengths[lower])))
    }

    func mix(_ a: Double, _ b: Double) -> Double { (1 - weight) * a + weight * b }
}
