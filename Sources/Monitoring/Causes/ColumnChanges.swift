import Foundation
import Tabular

/// A column whose newest rows no stretch of the training explains.
struct ColumnChange {
    /// Its place in the profile.
    var index: Int
    /// Its name.
    var name: String
    /// What says so.
    var statistic: DriftStatistic
    /// The row that it began with; 0: before all that was looked at.
    var row: Int
    /// The verdict on all rows since, or on the newest of them.
    var verdict: ColumnVerdict

    /// PSI beyond what is expected.
    var excess: Double { verdict[statistic].excess }
}

/// Finds which columns are other than usual, and since when.
///
/// Rows are cut into slices; every tail of slices is judged as one window, so that what has just begun and what is small and lasts are both seen.
struct ColumnChanges {
    /// Slices at most.
    private static let most = 48

    let judge: ColumnJudge
    /// Rows of a slice.
    let slice: Int

    init(_ judge: ColumnJudge) {
        self.judge = judge
        slice = max(StretchTable.shortest, (judge.incident.rows.count + Self.most - 1) / Self.most)
    }

    private var count: Int { judge.incident.rows.count }

    /// The columns that are other than usual up to the last row, those with the greatest excess first.
    ///
    /// Complexity: O(rows · columns · log bins + slices · columns · bins).
    func find() -> [ColumnChange] {
        guard count >= slice else { return [] }
        // Slices end with the last row, so that the newest one is whole.
        var starts = Array(stride(from: count - slice, through: 0, by: -slice))
        if let first = starts.last, first > slice / 2 { starts.append(0) }
        var sum = BinCounts.empty(judge.incident.profile.profile)
        var end = count
        var tails: [(start: Int, verdicts: [ColumnVerdict])] = []
        for start in starts {
            sum.add(judge.counts(start..<end))
            end = start
            tails.append((start, judge.verdicts(sum)))
        }
        return judge.features.indices.compactMap { change($0, tails) }.sorted { ($0.excess, $1.name) > ($1.excess, $0.name) }
    }

    private func change(_ index: Int, _ tails: [(start: Int, verdicts: [ColumnVerdict])]) -> ColumnChange? {
        // What explains most comes first: a column that is missing has another shape too.
        for statistic in [DriftStatistic.missing, .new, .shape] {
            let bad = tails.filter { tail in
                tail.verdicts[index][statistic].state == .drift
                    && (statistic != .missing || judge.missingShare(index, tail.start..<count) > judge.trainingMissing(index))
            }
            guard let shortest = bad.first else { continue }
            let row = onset(index, statistic, sample: shortest.start..<count)
            let since = judge.verdict(index, row..<count)
            let verdict = count - row >= StretchTable.shortest ? since ?? shortest.verdicts[index] : shortest.verdicts[index]
            return ColumnChange(
                index: index, name: judge.features[index].name, statistic: statistic, row: row,
                verdict: verdict[statistic].excess >= Drift.driftExcess ? verdict : shortest.verdicts[index])
        }
        return nil
    }

    /// The row from which on rows are likelier of the kind of `sample` than of the training: the likeliest place of one change.
    ///
    /// Complexity: O(rows · log bins).
    private func onset(_ index: Int, _ statistic: DriftStatistic, sample: Range<Int>) -> Int {
        let bins = rowBins(index, statistic)
        let reference = referenceBins(index, statistic)
        let size = max(reference.count, (bins.max() ?? 0) + 1)
        var (now, usual) = ([Double](repeating: 0.5, count: size), [Double](repeating: 0.5, count: size))
        for row in sample { now[bins[row]] += 1 }
        for bin in reference.indices { usual[bin] += reference[bin] }
        let (n, m) = (now.reduce(0, +), usual.reduce(0, +))
        let gains = (0..<size).map { log(now[$0] / n) - log(usual[$0] / m) }
        var (total, best, place) = (0.0, -Double.infinity, sample.lowerBound)
        for row in stride(from: count - 1, through: 0, by: -1) {
            total += gains[bins[row]]
            if total > best { (best, place) = (total, row) }
        }
        return place
    }

    /// The PSI bin of each row: of the shape as it is, else whether the row has a value, or one that is new.
    private func rowBins(_ index: Int, _ statistic: DriftStatistic) -> [Int] {
        let group = groups(index)
        return (0..<count).map { row in
            let value = judge.value(index, row)
            if statistic == .missing { return value.isNaN ? 1 : 0 }
            let found = judge.incident.profile.bin(value, of: index)
            return statistic == .new ? (found.isNew ? 1 : 0) : group[found.bin]
        }
    }

    /// The PSI bin of each bin of the grid.
    private func groups(_ index: Int) -> [Int] {
        let feature = judge.features[index]
        guard feature.kind != .categorical else { return Array(0..<feature.bins) }
        let tenths = feature.tenths
        return tenths.bins.map { Int($0) } + (0..<3).map { tenths.count + $0 }
    }

    private func referenceBins(_ index: Int, _ statistic: DriftStatistic) -> [Double] {
        let (feature, rows) = (judge.features[index], Double(judge.incident.profile.profile.rows))
        switch statistic {
        case .shape: return feature.grouped(feature.counts).map { Double($0) }
        case .missing: return [rows - Double(feature.missing), Double(feature.missing)]
        case .new: return [rows, 0]
        }
    }
}
