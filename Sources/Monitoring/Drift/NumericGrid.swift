/// The frozen bins of a numeric column: 120 quantile bins of its reference, with bins of their own for common values, in tenths.
struct NumericGrid {
    /// Upper edges, ascending; equal ones have merged.
    private(set) var edges: [Double] = []
    /// The PSI bin (tenth) of each.
    private(set) var groups: [Int] = []
    /// Reference rows in each.
    private(set) var counts: [Int] = []

    /// The grid of the reference's numbers.
    ///
    /// Complexity: O(distinct numbers).
    init(_ runs: ValueRuns) {
        edges = Self.edges(runs)
        counts = Self.count(runs, edges)
        // A PSI bin is a tenth of the mass. Each grid bin goes to the tenth that holds its middle: by its beginning, a rare value and the
        // frequent one after it would share a bin, and rows that move from one to the other would not be seen.
        var before = 0
        for index in edges.indices {
            groups.append(min(9, (2 * before + counts[index]) * 5 / max(1, runs.total)))
            before += counts[index]
        }
    }

    /// Quantile edges; equal ones merge, and a value that holds more than a bin's mass gets a bin for itself.
    private static func edges(_ runs: ValueRuns) -> [Double] {
        guard let first = runs.values.first, let last = runs.values.last else { return [] }
        let bins = ReferenceProfile.gridBins
        var edges: Set<Double> = [last]
        var (seen, bin) = (0, 1)
        for (value, count) in zip(runs.values, runs.counts) {
            seen += count
            // The k-th edge is the number of rank ⌈k·total/bins⌉.
            while bin < bins, bin * runs.total <= seen * bins {
                edges.insert(value)
                bin += 1
            }
            guard count * bins > runs.total else { continue }
            edges.insert(value)
            if value > first { edges.insert(value.nextDown) }
        }
        return edges.sorted()
    }

    private static func count(_ runs: ValueRuns, _ edges: [Double]) -> [Int] {
        var counts = [Int](repeating: 0, count: edges.count)
        var bin = 0
        for (value, count) in zip(runs.values, runs.counts) {
            while bin < edges.count - 1, value > edges[bin] { bin += 1 }
            counts[bin] += count
        }
        return counts
    }
}

extension FeatureReference {
    /// Other numbers in this column's bins: the grid's, below, above and missing; and of them, how many are far out of the range.
    ///
    /// Complexity: O(distinct numbers + bins).
    func bins(of runs: ValueRuns, missing: Int) -> (bins: [Int], far: Int) {
        var result = [Int](repeating: 0, count: bins)
        result[bins - 1] = missing
        guard let greatest = edges.last else {
            result[bins - 2] = runs.total
            return (result, runs.total)
        }
        let bounds = FarBounds(least: least, greatest: greatest)
        var (bin, far) = (0, 0)
        for (value, count) in zip(runs.values, runs.counts) {
            if bounds.isFar(value) { far += count }
            if value < least {
                result[bins - 3] += count
            } else if value > greatest {
                result[bins - 2] += count
            } else {
                while bin < edges.count - 1, value > edges[bin] { bin += 1 }
                result[bin] += count
            }
        }
        return (result, far)
    }
}
