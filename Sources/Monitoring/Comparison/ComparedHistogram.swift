/// Shares of the rows of two files, side by side, for the eye.
package struct ComparedHistogram: Codable, Sendable, Equatable {
    /// Bars of a column of numbers.
    static let bars = 24
    /// Names that get a bar.
    static let names = 8
    /// Share of all numbers beyond the outer edges at each end: they are counted in the outermost bars, or one stray number would leave a single bar.
    private static let tail = 0.005

    /// Numbers: the edges of the bars, one more than there are.
    package var edges: [Double]?
    /// Names: what the bars stand for.
    package var texts: [String]?
    /// Share of the reference's rows with a value in each bar.
    package var reference: [Double]
    /// And of the current file's.
    package var current: [Double]

    /// Of numbers: bars of equal width; nil without any.
    init?(_ reference: ValueRuns, _ current: ValueRuns, areWhole: Bool = false) {
        func rank(_ runs: ValueRuns, _ share: Double) -> Int { max(1, Int(Double(runs.total) * share)) }
        let lows = [reference, current].compactMap { $0.value(atRank: rank($0, Self.tail)) }
        let highs = [reference, current].compactMap { $0.value(atRank: rank($0, 1 - Self.tail)) }
        guard let low = lows.min(), let high = highs.max() else { return nil }
        // A bar a whole number, where there are few: else some bars would have none, and some two.
        let isFine = areWhole && high > low && high - low < Double(Self.bars)
        let bars = isFine ? Int(high - low) + 1 : high > low ? Self.bars : 1
        let edges = Self.edges(low, high, bars, isFine: isFine)
        func shares(_ runs: ValueRuns) -> [Double] {
            var counts = [Int](repeating: 0, count: bars)
            var bar = 0
            for (value, count) in zip(runs.values, runs.counts) {
                while bar < bars - 1, value >= edges[bar + 1] { bar += 1 }
                counts[bar] += count
            }
            return counts.map { Double($0) / Double(max(1, runs.total)) }
        }
        self.edges = edges
        self.reference = shares(reference)
        self.current = shares(current)
    }

    private static func edges(_ low: Double, _ high: Double, _ bars: Int, isFine: Bool) -> [Double] {
        (0...bars).map { index in
            if isFine { return low + Double(index) }
            // Each by itself: their difference may be beyond any number.
            let share = Double(index) / Double(bars)
            return index == bars ? high : low * (1 - share) + high * share
        }
    }

    /// Of names: those that are commonest in either file, by what they have in both together.
    init?(_ reference: [String: Int], of rows: Int, _ current: [String: Int], of currentRows: Int) {
        func share(_ text: String, _ counts: [String: Int], _ rows: Int) -> Double { Double(counts[text] ?? 0) / Double(max(1, rows)) }
        let all = Set(reference.keys).union(current.keys).map { text in
            (text: text, reference: share(text, reference, rows), current: share(text, current, currentRows))
        }.sorted { ($1.reference + $1.current, $0.text) < ($0.reference + $0.current, $1.text) }
        guard !all.isEmpty else { return nil }
        let shown = all.prefix(Self.names)
        texts = shown.map(\.text)
        self.reference = shown.map(\.reference)
        self.current = shown.map(\.current)
    }
}
