import Synchronization
import Tabular

/// How raw values become bins of at most 255; learnt from the training part and frozen with the version.
///
/// A number's bins are cut at quantiles between different values; the last bin is for missing ones. A category has a bin for each frequent
/// text, then one for rare and unseen texts, then one for missing. A time gives three numbers, its parts: `TreeInputs` says where they stand.
struct Binning: Sendable, Equatable {
    /// One feature.
    struct FeatureBins: Sendable, Equatable {
        var isCategorical: Bool
        /// Numeric: upper edges, ascending; bin *i* holds edge *i−1* < x ≤ edge *i*, the bin after the last edge everything above.
        var edges: [Double] = []
        /// Categorical: the text of each bin.
        var texts: [String] = []

        /// Bins with a value.
        var plain: Int { isCategorical ? texts.count + 1 : edges.count + 1 }
        /// The bin of missing values.
        var missing: Int { plain }
        /// All bins.
        var count: Int { plain + 1 }
    }

    /// One an input; nil for times, constants, and what says how much a row counts.
    var features: [FeatureBins?]

    init(features: [FeatureBins?]) { self.features = features }

    /// Rows that quantiles are taken from; of more, these many.
    static let sampleRows = 200_000

    /// Learns the bins of rows.
    ///
    /// Complexity: O(inputs · sample log sample).
    init(_ rows: LabelledRows, limit: Int, team: WorkerTeam, hooks: TrainingHooks) throws(LearningFailure) {
        let inputs = TreeInputs(rows.schema)
        let sample = Self.sample(rows)
        let found = Mutex([FeatureBins?](repeating: nil, count: inputs.count))
        for first in stride(from: 0, to: inputs.count, by: team.count) {
            try hooks.checkpoint()
            team.run { thread in
                let input = first + thread
                guard input < inputs.count else { return }
                guard sample.schema.features[inputs.feature(of: input)].role == nil else { return }
                let kind = inputs.part(of: input) == nil ? sample.schema.features[input].kind : .integer
                if kind == .time { return }
                let values = inputs.column(input, sample).filter(\.isFinite)
                let bins =
                    kind == .categorical
                    ? Self.categorical(values, sample.categories[sample.schema.features[input].name].table, limit)
                    : Self.numeric(values, limit)
                // One bin and nothing missing: there is nothing to split.
                let isUseless = bins.plain < 2 && (values.isEmpty || values.count == sample.count)
                if !isUseless { found.withLock { $0[input] = bins } }
            }
        }
        features = found.withLock { $0 }
    }

    /// Rows spread evenly, each anywhere in its share, so that no rhythm of the data is mistaken for all of it.
    private static func sample(_ rows: LabelledRows) -> LabelledRows {
        guard rows.count > sampleRows else { return rows }
        var random = SplitMix64(state: 0)
        return rows.selecting(
            (0..<sampleRows).map { index in
                let start = index * rows.count / sampleRows
                let end = (index + 1) * rows.count / sampleRows
                return start + Int(random.next() % UInt64(end - start))
            })
    }

    private static func numeric(_ values: [Double], _ limit: Int) -> FeatureBins {
        let sorted = RadixSort.ascending(values)
        var distinct: [(value: Double, count: Int)] = []
        for value in sorted {
            if let last = distinct.last, last.value == value {
                distinct[distinct.count - 1].count += 1
            } else {
                distinct.append((value, 1))
            }
        }
        var edges: [Double] = []
        if distinct.count <= limit - 1 {
            for index in distinct.indices.dropLast() { edges.append(middle(distinct[index].value, distinct[index + 1].value)) }
            return FeatureBins(isCategorical: false, edges: edges)
        }
        // A value with more than a bin's share stands alone; the others share what is left.
        var left = sorted.count
        var bins = limit - 1
        var filled = 0
        for index in distinct.indices.dropLast() {
            filled += distinct[index].count
            left -= distinct[index].count
            let next = distinct[index + 1].count
            let wanted = Double(left + filled) / Double(max(1, bins))
            if Double(filled) >= wanted || Double(next) >= wanted && filled > 0 {
                edges.append(middle(distinct[index].value, distinct[index + 1].value))
                filled = 0
                bins -= 1
                if bins <= 1 { break }
            }
        }
        return FeatureBins(isCategorical: false, edges: edges)
    }

    /// A number between two, which is not the upper one.
    private static func middle(_ a: Double, _ b: Double) -> Double {
        let m = a / 2 + b / 2
        return m < b && m >= a ? m : a
    }

    private static func categorical(_ values: [Double], _ table: CategoryTable, _ limit: Int) -> FeatureBins {
        var byCode: [Int32: Int] = [:]
        for value in values { if let code = Int32(exactly: value) { byCode[code, default: 0] += 1 } }
        let ranked = byCode.compactMap { code, count in table.name(of: code).map { (text: $0, count: count) } }
            .sorted { ($1.count, $0.text) < ($0.count, $1.text) }
        return FeatureBins(isCategorical: true, texts: ranked.prefix(limit - 2).map(\.text))
    }

    /// Binds texts to the codes of each column's dictionary: bin by code for each categorical input.
    func bind(_ categories: Categories, _ schema: Schema) -> [[UInt8]] {
        features.enumerated().map { input, feature in
            guard let feature, feature.isCategorical, schema.features.indices.contains(input) else { return [] }
            return categories[schema.features[input].name].binding(feature.texts.indices.map { UInt8($0) }, of: feature.texts)
                .map { $0 ?? UInt8(feature.texts.count) }
        }
    }

    /// The bin of a category's code.
    @inline(__always)
    static func category(_ value: Double, rare: Int, missing: Int, codes: [UInt8]) -> UInt8 {
        guard value.isFinite else { return UInt8(missing) }
        guard let code = Int(exactly: value), code >= 0, code < codes.count else { return UInt8(rare) }
        return codes[code]
    }
}
