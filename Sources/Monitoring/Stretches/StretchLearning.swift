public import Tabular

extension StretchTable {
    /// Learns how much the healthy stretches of a training differ.
    ///
    /// - Parameters:
    ///   - rows: the rows that the profile was made from.
    ///   - windowRows: rows of a window, as configured.
    ///   - inherited: columns that ran with the calendar in the champion's training: a month of rows has one `month`.
    ///   - pulse: called between the columns, and may end it.
    /// - Returns: nil below 1,000 rows, which hold no four stretches a half.
    ///
    /// The same rows give the same table. Complexity: O(columns · rows · log bins).
    public static func learn<Stop: Error>(
        _ rows: LabelledRows, profile: ReferenceProfile, windowRows: Int, inherited: [String: String] = [:], pulse: () throws(Stop) -> Void
    ) throws(Stop) -> StretchTable? {
        let lengths = lengths(rows: rows.count)
        guard !lengths.isEmpty, profile.rows == rows.count else { return nil }
        let timed = rows.schema.timeColumn != nil && rows.times.count == rows.count
        let order = ordered(rows, timed: timed)
        let recent = RecentLearning(rows: rows.count, windowRows: windowRows)
        var table = StretchTable(
            rows: rows.count, lengths: lengths, order: timed ? .time : .arrival, span: timed ? span(rows.times) : nil,
            windowRows: windowRows, recentLength: recent.length, recentStretches: recent.stretches, columns: [])
        let calendar = timed ? CalendarParts(order.map { rows.times[$0] }, zone: rows.schema.zone) : nil
        let width = rows.schema.width
        for (feature, position) in zip(profile.features, profile.positions) {
            try pulse()
            let values = order.map { rows.features[$0 * width + position] }
            var column = CodedColumn(values, feature, rows.categories[feature.name].table).stretches(lengths, recent: recent)
            column.calendar = feature.kind == .categorical ? nil : calendar?.reason(values) ?? CalendarTrend.reason(values)
            column.calendar = column.calendar ?? inherited[feature.name]
            table.columns.append(column)
        }
        table.markDependent(profile)
        return table
    }

    /// The same, never ended.
    public static func learn(
        _ rows: LabelledRows, profile: ReferenceProfile, windowRows: Int, inherited: [String: String] = [:]
    ) -> StretchTable? {
        learn(rows, profile: profile, windowRows: windowRows, inherited: inherited) {}
    }

    /// Ascending by time; rows of the same instant, and all rows without times, keep their order.
    private static func ordered(_ rows: LabelledRows, timed: Bool) -> [Int] {
        let all = Array(0..<rows.count)
        guard timed, zip(rows.times, rows.times.dropFirst()).contains(where: { $0 > $1 }) else { return all }
        return all.sorted { (rows.times[$0], $0) < (rows.times[$1], $1) }
    }

    private static func span(_ times: [Int64]) -> ClosedRange<Int64>? {
        guard let least = times.min(), let greatest = times.max() else { return nil }
        return least...greatest
    }

    /// Which columns' stretches differ by more than counting explains: twice the noise at some length, and surely.
    ///
    /// Rare bins alone bring shuffled real data to one and a half times the noise.
    private mutating func markDependent(_ profile: ReferenceProfile) {
        let level = 1e-3 / Double(max(1, columns.count * lengths.count))
        for index in columns.indices {
            let base = BinCounts.training(profile).columns[index].bins
            columns[index].isDependent = lengths.indices.contains { at in
                let effect = columns[index].designEffect[at]
                guard effect >= 2 else { return false }
                // The sum of all stretches' PSI over their noise is χ² with df degrees a stretch, and the effect is their mean.
                let df = Stability.degreesOfFreedom(base, rows: Double(lengths[at])) * stretches(lengths[at])
                return ChiSquared.upperTail(effect * Double(df), df: df) < level
            }
        }
    }
}

/// One column of a training as PSI bins, row by row, in the rows' order.
struct CodedColumn {
    private let codes: [UInt8]
    private let isNew: [Bool]
    private let isMissing: [Bool]
    private let bins: Int
    private let half: Int
    private let whole: [Double]
    private let early: [Double]
    private let late: [Double]

    init(_ values: [Double], _ reference: FeatureReference, _ table: CategoryTable) {
        half = values.count / 2
        isMissing = values.map { reference.kind == .categorical ? Int(exactly: $0) == nil : !$0.isFinite }
        codes = reference.kind == .categorical ? Self.texts(values, reference, table) : Self.numbers(values, reference)
        let count = reference.grouped(reference.counts).count
        bins = count
        isNew = reference.kind == .categorical ? Self.newTexts(values, half) : Self.newNumbers(values, half)
        early = Self.counts(codes[..<half], count)
        late = Self.counts(codes[half...], count)
        whole = zip(early, late).map { $0 + $1 }
    }

    private static func counts(_ codes: ArraySlice<UInt8>, _ bins: Int) -> [Double] {
        var result = [Double](repeating: 0, count: bins)
        for code in codes { result[Int(code)] += 1 }
        return result
    }

    private static func numbers(_ values: [Double], _ reference: FeatureReference) -> [UInt8] {
        let (tenths, count) = reference.tenths
        let edges = reference.edges
        return values.map { value in
            guard value.isFinite else { return UInt8(count + 2) }
            guard let last = edges.last else { return UInt8(count + 1) }
            if value < reference.least { return UInt8(count) }
            if value > last { return UInt8(count + 1) }
            var (low, high) = (0, edges.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if value <= edges[middle] { high = middle } else { low = middle + 1 }
            }
            return tenths[low]
        }
    }

    private static func texts(_ values: [Double], _ reference: FeatureReference, _ table: CategoryTable) -> [UInt8] {
        let other = reference.categories.count
        var known: [Int: UInt8] = [:]
        var bins: [String: UInt8] = [:]
        for (index, text) in reference.categories.enumerated() { bins[text] = UInt8(index) }
        for text in reference.rare { bins[text] = UInt8(other) }
        return values.map { value in
            guard let code = Int(exactly: value) else { return UInt8(other + 2) }
            if let bin = known[code] { return bin }
            let bin = Int32(exactly: code).flatMap { table.name(of: $0) }.flatMap { bins[$0] } ?? UInt8(other + 1)
            known[code] = bin
            return bin
        }
    }

    /// Texts of each half that the other one does not have.
    private static func newTexts(_ values: [Double], _ half: Int) -> [Bool] {
        let codes = values.map { Int(exactly: $0) }
        let early = Set(codes[..<half].compactMap(\.self))
        let late = Set(codes[half...].compactMap(\.self))
        return codes.indices.map { index in codes[index].map { !(index < half ? late : early).contains($0) } ?? false }
    }

    /// Numbers of each half that lie out of the other one's range by more than that range.
    private static func newNumbers(_ values: [Double], _ half: Int) -> [Bool] {
        let early = FarBounds(values[..<half].filter(\.isFinite))
        let late = FarBounds(values[half...].filter(\.isFinite))
        return values.indices.map { values[$0].isFinite && ($0 < half ? late : early).isFar(values[$0]) }
    }

    // MARK: Moments

    /// Counts of one stretch.
    private struct Stretch {
        var bins: [Double]
        var new: Double
        var isEarly: Bool
    }

    /// Compares the stretches of each length with the other rows and with the other half.
    func stretches(_ lengths: [Int], recent: RecentLearning) -> ColumnStretches {
        var column = ColumnStretches(
            shapeRest: StretchMoments(), shapeHalf: StretchMoments(), newHalf: StretchMoments(), missingRest: StretchMoments(),
            missingHalf: StretchMoments(), designEffect: [], isDependent: false, calendar: nil, gaps: GapLimits(isMissing: isMissing),
            recentShape: .none, recentMissing: .none)
        var (first, second) = (cut(0, half), cut(half, 2 * half))
        for length in lengths {
            measure(first + second, length: Double(length), &column)
            (first, second) = (Self.doubled(first), Self.doubled(second))
        }
        (column.recentShape, column.recentMissing) = recent.moments(codes, whole: whole)
        return column
    }

    /// Stretches of the shortest length between two rows.
    private func cut(_ from: Int, _ until: Int) -> [Stretch] {
        let length = StretchTable.shortest
        return stride(from: from, through: until - length, by: length).map { start in
            let range = start..<(start + length)
            return Stretch(bins: Self.counts(codes[range], bins), new: Double(isNew[range].count { $0 }), isEarly: from == 0)
        }
    }

    /// Neighbours joined two by two; a last one alone is left out.
    private static func doubled(_ stretches: [Stretch]) -> [Stretch] {
        (0..<(stretches.count / 2)).map { pair in
            let (a, b) = (stretches[2 * pair], stretches[2 * pair + 1])
            return Stretch(bins: zip(a.bins, b.bins).map { $0 + $1 }, new: a.new + b.new, isEarly: a.isEarly)
        }
    }

    private func measure(_ stretches: [Stretch], length: Double, _ column: inout ColumnStretches) {
        let rows = whole.reduce(0, +)
        let df = Stability.degreesOfFreedom(whole, rows: length)
        let (rest, half) = (1 / length + 1 / (rows - length), 1 / length + 2 / rows)
        var psi = (shapeRest: [Double](), shapeHalf: [Double](), new: [Double](), missingRest: [Double](), missingHalf: [Double]())
        let missing = whole[bins - 1]
        let sums = (early: early.reduce(0, +), late: late.reduce(0, +))
        for stretch in stretches {
            let other = stretch.isEarly ? late : early
            let otherRows = stretch.isEarly ? sums.late : sums.early
            let gaps = stretch.bins[bins - 1]
            psi.shapeRest.append(Stability.psi(stretch.bins, zip(whole, stretch.bins).map { $0 - $1 }))
            psi.shapeHalf.append(Stability.psi(stretch.bins, other))
            psi.new.append(Stability.psi(part: stretch.new, of: length, 0, of: otherRows))
            psi.missingRest.append(Stability.psi(part: gaps, of: length, missing - gaps, of: rows - length))
            psi.missingHalf.append(Stability.psi(part: gaps, of: length, other[bins - 1], of: otherRows))
        }
        column.shapeRest.append(Excess(of: psi.shapeRest, df: df, noise: rest))
        column.shapeHalf.append(Excess(of: psi.shapeHalf, df: df, noise: half))
        column.newHalf.append(Excess(of: psi.new, df: 1, noise: half))
        column.missingRest.append(Excess(of: psi.missingRest, df: 1, noise: rest))
        column.missingHalf.append(Excess(of: psi.missingHalf, df: 1, noise: half))
        column.designEffect.append(Moments.of(psi.shapeRest).mean / (Double(df) * rest))
    }
}

/// Where numbers are so far out of a range that the range cannot explain them: by more than the range itself.
struct FarBounds {
    let least: Double
    let greatest: Double

    /// The bounds of some values; without any, every number is far.
    init(_ values: [Double]) {
        guard let low = values.min(), let high = values.max() else {
            self.init(far: (.infinity, -.infinity))
            return
        }
        self.init(least: low, greatest: high)
    }

    init(least: Double, greatest: Double) { self.init(far: (least - (greatest - least), greatest + (greatest - least))) }

    private init(far: (least: Double, greatest: Double)) { (least, greatest) = far }

    func isFar(_ value: Double) -> Bool { value < least || value > greatest }
}

/// The moments of `changing now` on a training: each stretch against the weighed sixteen before it.
struct RecentLearning {
    /// Rows of a stretch.
    let length: Int
    /// Stretches that are judged: all but the first eight.
    let stretches: Int
    private let count: Int

    init(rows: Int, windowRows: Int) {
        let block = GapLimits.block
        length = max(StretchTable.shortest, min(windowRows, rows / 24) / block * block)
        count = rows / length
        stretches = max(0, count - ChangingNow.silentWindows)
    }

    /// Shape and missing.
    func moments(_ codes: [UInt8], whole: [Double]) -> (shape: Excess, missing: Excess) {
        var base = [Double](repeating: 0, count: whole.count)
        var shape: [Double] = []
        var missing: [Double] = []
        let last = whole.count - 1
        for stretch in 0..<count {
            var bins = [Double](repeating: 0, count: whole.count)
            for code in codes[(stretch * length)..<((stretch + 1) * length)] { bins[Int(code)] += 1 }
            if stretch >= ChangingNow.silentWindows {
                shape.append(Stability.psi(bins, base))
                missing.append(Stability.psi(part: bins[last], of: Double(length), base[last], of: base.reduce(0, +)))
            }
            for bin in bins.indices { base[bin] = ChangingNow.keep * base[bin] + bins[bin] }
        }
        let noise = ChangingNow.noise(Double(length))
        return (
            Excess(of: shape, df: Stability.degreesOfFreedom(whole, rows: Double(length)), noise: noise),
            Excess(of: missing, df: 1, noise: noise)
        )
    }
}
