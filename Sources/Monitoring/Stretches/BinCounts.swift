import Foundation
import Tabular

/// Rows of a window by PSI bin, for each column of a profile: what every verdict on a window is made from.
///
/// Mergeable, and weighed in `changing now`: hence real numbers.
public struct BinCounts: Sendable, Equatable {
    /// One column.
    struct Column: Sendable, Equatable {
        /// Rows by bin: tenths (or texts, other), below and above (or unseen), missing last.
        var bins: [Double]
        /// Rows that the training cannot explain.
        var new: Double

        /// Rows without a value.
        var missing: Double { bins.last ?? 0 }
    }

    /// Rows.
    public internal(set) var rows: Double
    var columns: [Column]

    /// The counts of a window.
    ///
    /// Complexity: O(bins).
    public init(_ window: WindowCounts) {
        rows = Double(window.n)
        columns = window.profile.profile.features.indices.map { index in
            let reference = window.profile.profile.features[index]
            return Column(
                bins: reference.grouped(window.bins(index)).map { Double($0) }, new: Double(window.newCount(index)))
        }
    }

    init(rows: Double, columns: [Column]) {
        self.rows = rows
        self.columns = columns
    }

    /// Nothing, in the layout of a profile.
    static func empty(_ profile: ReferenceProfile) -> BinCounts {
        BinCounts(
            rows: 0,
            columns: profile.features.map { Column(bins: [Double](repeating: 0, count: $0.grouped($0.counts).count), new: 0) })
    }

    /// Rows by bin of a column.
    package func bins(_ column: Int) -> [Double] { columns[column].bins }

    /// What the training itself has in these bins.
    package static func training(_ profile: ReferenceProfile) -> BinCounts {
        BinCounts(
            rows: Double(profile.rows), columns: profile.features.map { Column(bins: $0.grouped($0.counts).map { Double($0) }, new: 0) })
    }

    /// Back to nothing.
    mutating func clear() {
        rows = 0
        for index in columns.indices {
            columns[index].new = 0
            for bin in columns[index].bins.indices { columns[index].bins[bin] = 0 }
        }
    }

    /// Adds other counts, after weighing what is here.
    mutating func add(_ other: BinCounts, weighing weight: Double = 1) {
        guard other.columns.count == columns.count else { return }
        rows = weight * rows + other.rows
        for index in columns.indices {
            columns[index].new = weight * columns[index].new + other.columns[index].new
            for bin in columns[index].bins.indices {
                columns[index].bins[bin] = weight * columns[index].bins[bin] + other.columns[index].bins[bin]
            }
        }
    }
}

/// The population stability index of counts that may be weighed.
enum Stability {
    /// Σ (c−r) ln(c/r) over the bins' shares, half a row of the smaller sample added to every bin of both; see `Drift.psi`.
    static func psi(_ current: [Double], _ reference: [Double]) -> Double {
        let n = current.reduce(0, +)
        let m = reference.reduce(0, +)
        let half = 0.5 / max(1, min(n, m))
        let whole = 1 + half * Double(current.count)
        var sum = 0.0
        for index in current.indices {
            let c = (current[index] / max(1, n) + half) / whole
            let r = (reference[index] / max(1, m) + half) / whole
            sum += (c - r) * log(c / r)
        }
        return sum
    }

    /// The same for two bins: a part of the rows, and the others.
    static func psi(part: Double, of rows: Double, _ referencePart: Double, of referenceRows: Double) -> Double {
        let half = 0.5 / max(1, min(rows, referenceRows))
        let whole = 1 + 2 * half
        func term(_ a: Double, _ b: Double) -> Double {
            let c = (a / max(1, rows) + half) / whole
            let r = (b / max(1, referenceRows) + half) / whole
            return (c - r) * log(c / r)
        }
        return term(rows - part, referenceRows - referencePart) + term(part, referencePart)
    }

    /// Bins expecting at least one of `rows` rows, less one; at least 1.
    static func degreesOfFreedom(_ reference: [Double], rows: Double) -> Int {
        let whole = max(1, reference.reduce(0, +))
        return max(1, reference.count { $0 / whole * rows >= 1 } - 1)
    }
}

extension FeatureReference {
    /// Grid bins joined to tenths; the special bins stay.
    func grouped(_ bins: [Int]) -> [Int] {
        guard kind != .categorical else { return bins }
        var sums: [Int] = []
        var last = -1
        for (index, group) in groups.enumerated() {
            if group != last { sums.append(0) }
            last = group
            sums[sums.count - 1] += bins[index]
        }
        return sums + bins.suffix(3)
    }

    /// The PSI bin of each grid bin, without gaps, and how many there are.
    var tenths: (bins: [UInt8], count: Int) {
        var result: [UInt8] = []
        var last = -1
        for group in groups {
            result.append(group == last ? (result.last ?? 0) : (result.last.map { $0 + 1 } ?? 0))
            last = group
        }
        return (result, result.last.map { Int($0) + 1 } ?? 0)
    }
}
