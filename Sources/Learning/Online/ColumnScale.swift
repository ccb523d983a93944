/// What is known of a numeric column's unit: learnt from the first values where no training has, and widened when values outgrow it.
///
/// Normalised updates after Ross, Mineiro and Langford, "Normalized online learning" (2013): a step counts in the column's own unit. Unlike
/// there a unit that is known stands, as weights mean something in it: units that creep cost electricity 0.015 of its accuracy.
struct ColumnScale: Sendable, Equatable {
    /// Values that a unit is learnt from.
    static let needed = 200
    /// One label in so many is watched.
    static let stride = 8
    /// Values over which the spread is watched, about.
    private static let watched = 32.0
    /// Standard deviations, root mean square, beyond which the unit is widened.
    static let most = 10.0

    /// Values that the unit was learnt from; `needed`: it is settled.
    private(set) var seen: Int
    private(set) var mean: Double
    /// The sum of squared distances from the mean.
    private(set) var squares: Double
    /// The mean square of late values, in the column's unit.
    private(set) var spread = 1.0

    /// A column whose unit is known, or one of which nothing is.
    init(isSettled: Bool) {
        seen = isSettled ? Self.needed : 0
        mean = 0
        squares = 0
    }

    var isSettled: Bool { seen >= Self.needed }

    /// Takes a raw value into a unit that is not settled.
    mutating func learn(_ value: Double) {
        guard value.isFinite else { return }
        // What does not vary has no unit: the first other value begins it.
        if squares == 0, seen > 1 { seen = 1 }
        seen += 1
        let distance = value - mean
        mean += distance / Double(seen)
        squares += distance * (value - mean)
        guard mean.isFinite, squares.isFinite else {
            seen = 0
            mean = 0
            squares = 0
            return
        }
    }

    /// 1 / standard deviation; 0 while nothing varies.
    var inverse: Double {
        guard seen > 1 else { return 0 }
        let deviation = (squares / Double(seen)).squareRoot()
        return deviation > 1e-12 * max(1, abs(mean)) ? 1 / deviation : 0
    }

    /// Watches a value in the column's unit; how much wider the unit is to be, where it has become too narrow.
    @inline(__always)
    mutating func watch(_ value: Double) -> Double? {
        // One value that is far out is an outlier, not another unit.
        spread += (min(value * value, 64 * Self.most * Self.most) - spread) * (1 / Self.watched)
        guard spread > Self.most * Self.most else { return nil }
        let factor = spread.squareRoot()
        spread = 1
        return factor
    }

    // MARK: Bytes

    init(from reader: inout ArtefactReader) throws(LearningFailure) {
        seen = try reader.integer(in: 0...Self.needed)
        mean = try reader.real()
        squares = try reader.real()
        spread = try reader.real()
        guard mean.isFinite, squares.isFinite, squares >= 0, spread.isFinite, spread >= 0 else {
            throw .corruptArtefact("a column's unit is no number")
        }
    }

    func encode(into writer: inout ArtefactWriter) {
        writer.integer(seen)
        writer.real(mean)
        writer.real(squares)
        writer.real(spread)
    }
}
