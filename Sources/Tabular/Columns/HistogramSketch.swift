/// Counts of numbers in bins of equal width that grow with the numbers, in constant memory: every number is counted, whatever comes first.
///
/// When a number lies outside, the bins are joined in pairs and become twice as wide, towards that side. The number of bins stays.
struct HistogramSketch {
    static let bins = 256

    private var origin = 0.0
    private var width = 0.0
    private var counts: [Int] = []
    private(set) var count = 0
    private(set) var least = Double.infinity
    private(set) var most = -Double.infinity

    /// Takes note of a finite number.
    ///
    /// Complexity: O(1), or O(bins) for one that lies outside.
    mutating func add(_ value: Double) {
        count += 1
        least = min(least, value)
        most = max(most, value)
        if counts.isEmpty {
            // A first bin that is small beside the number; of 0 as small as any.
            origin = value
            width = max(value.magnitude * 0x1p-40, 0x1p-60)
            counts = [Int](repeating: 0, count: Self.bins)
        }
        while !(value >= origin && value < origin + width * Double(Self.bins)) {
            guard width < 0x1p1000 else { return }
            widen(down: value < origin)
        }
        counts[min(Self.bins - 1, Int((value - origin) / width))] += 1
    }

    private mutating func widen(down: Bool) {
        var joined = [Int](repeating: 0, count: Self.bins)
        let shift = down ? Self.bins / 2 : 0
        for index in 0..<(Self.bins / 2) { joined[shift + index] = counts[index * 2] + counts[index * 2 + 1] }
        if down { origin -= width * Double(Self.bins) }
        width *= 2
        counts = joined
    }

    /// The counts in so many bins of equal width from the least number to the greatest; one bin where all are equal.
    ///
    /// A bin of the sketch that lies across an edge is divided in proportion. Complexity: O(bins).
    func counts(_ wanted: Int) -> [Double] {
        guard count > 0, most > least, wanted > 1 else { return count > 0 ? [Double(count)] : [] }
        var result = [Double](repeating: 0, count: wanted)
        let step = (most - least) / Double(wanted)
        guard step > 0, step.isFinite else { return [Double(count)] }
        for (index, number) in counts.enumerated() where number > 0 {
            let low = max(least, origin + width * Double(index))
            let high = max(low, min(most, origin + width * Double(index + 1)))
            let first = min(wanted - 1, max(0, Int((low - least) / step)))
            let last = min(wanted - 1, max(first, Int((high - least) / step)))
            guard last > first, high > low else {
                result[first] += Double(number)
                continue
            }
            for bin in first...last {
                let left = max(low, least + step * Double(bin))
                let right = bin == last ? high : min(high, least + step * Double(bin + 1))
                result[bin] += Double(number) * max(0, right - left) / (high - low)
            }
        }
        return result
    }

    /// About the value below which a share of the numbers lies, by its bin; exact at both ends.
    func quantile(_ share: Double) -> Double {
        guard count > 0 else { return .nan }
        let rank = share * Double(count)
        if rank <= 0 { return least }
        var below = 0.0
        for (index, number) in counts.enumerated() where number > 0 {
            if below + Double(number) >= rank {
                let inside = (rank - below) / Double(number)
                return min(most, max(least, origin + width * (Double(index) + inside)))
            }
            below += Double(number)
        }
        return most
    }
}
