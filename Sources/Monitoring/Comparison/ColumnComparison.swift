package import Tabular

/// One column of two files.
package struct ColumnComparison: Sendable {
    /// How much of something is in each file, as shares of its rows.
    package struct Shares: Codable, Sendable, Equatable {
        package var reference: Double
        package var current: Double
    }

    /// Figures that are shown beside the verdict; nil where the column has none of that kind.
    package struct DistanceFigures: Sendable, Equatable {
        /// Jensen–Shannon distance on the bins of the PSI.
        package var jensenShannon: Double?
        /// Numbers: Kolmogorov–Smirnov D, and how far it may be off in files that do not fit in memory.
        package var kolmogorovSmirnov: Double?
        package var kolmogorovSmirnovError: Double?
        /// Numbers: Wasserstein-1 in standard deviations of the reference; nil where these are 0.
        package var wassersteinNormed: Double?
        /// Names: χ² on the bins of the PSI, its chance, Cramér's V, and the greatest difference of two shares.
        package var chiSquared: Double?
        package var chiSquaredPValue: Double?
        package var cramersV: Double?
        package var largestDifference: Double?
    }

    /// What is wrong with single cells and rows.
    package struct Cells: Sendable, Equatable {
        /// Rows without a value.
        package var missing: Shares
        /// Rows of the current file that the reference cannot explain: a text that it does not have, a number beyond its range by more than the
        /// range, a cell that is no number at all.
        package var new: Double
        /// Names: texts that the reference does not have.
        package var unseen: Double?
        /// Numbers: beyond the reference's least and greatest.
        package var outOfRange: Double?
        /// Cells that are nothing the column can hold, and the first of them.
        package var misfits: Double
        package var firstMisfit: String?
    }

    /// The longest stretch of one value.
    package struct Runs: Codable, Sendable, Equatable {
        /// Rows, in each file.
        package var reference: Int
        package var current: Int
        /// The longest that is no wonder.
        package var usual: Int
        /// What the column says in it.
        package var value: String

        /// Whether it is longer than that.
        package var isStuck: Bool { current > usual }
    }

    /// The column.
    package var name: String
    /// Its kind in the reference.
    package var kind: FeatureKind
    /// Population stability, its excess over what chance alone gives, and the verdict on it.
    package var shape: FeatureDrift
    package var figures: DistanceFigures
    package var cells: Cells
    package var runs: Runs
    package var histogram: ComparedHistogram?
    /// Why it is not judged, if it is not.
    package var notJudged: String?
    /// The verdict: the worst of its parts.
    package var state = DriftState.ok
    /// The chances of its new and its missing values under one distribution; the shape's is in `shape`.
    var newPValue = 1.0
    var missingPValue = 1.0
    /// How far both are from it: the PSI of two bins, less what chance gives.
    var newExcess = 0.0
    var missingExcess = 0.0
    /// The verdicts on these.
    package var newState = DriftState.ok
    package var missingState = DriftState.ok
}

extension ColumnComparison {
    /// Compares one column of two files; nothing is judged yet.
    ///
    /// Complexity: O(numbers kept) or O(texts).
    init(_ reference: ColumnSummary, of rows: Int, _ current: ColumnSummary, of currentRows: Int) {
        let sides = reference.column.isNumeric ? ComparedSides(numbers: reference, current) : ComparedSides(names: reference, current)
        let (base, now) = (sides.reference.grouped(sides.reference.counts), sides.reference.grouped(sides.bins))
        name = reference.column.name
        kind = reference.column.kind ?? .numeric
        shape = Self.measured(base, now, name, missing: (reference.missing, current.missing), rows: (rows, currentRows))
        figures = sides.figures
        figures.jensenShannon = Distances.jensenShannon(base, now)
        if kind == .categorical {
            let pearson = Distances.chiSquared(base, now)
            figures.chiSquared = pearson?.statistic
            figures.chiSquaredPValue = pearson?.pValue
            figures.cramersV = pearson?.cramersV
            figures.largestDifference = Distances.largestDifference(base, now)
        }
        let new = sides.new + current.misfits
        func share(_ count: Int, _ rows: Int) -> Double { Double(count) / Double(max(1, rows)) }
        cells = Cells(
            missing: Shares(reference: share(reference.missing, rows), current: share(current.missing, currentRows)),
            new: share(new, currentRows), unseen: sides.unseen.map { share($0, currentRows) },
            outOfRange: sides.outOfRange.map { share($0, currentRows) }, misfits: share(current.misfits, currentRows),
            firstMisfit: current.firstMisfit.map { "'\(SafeText.escape($0.text))' at \($0.at)" })
        let usual = ConstantRun.usual(
            rows: currentRows, referenceRows: rows, referenceLongest: reference.run.longest,
            share: share(sides.commonest, max(1, reference.present)))
        runs = Runs(reference: reference.run.longest, current: current.run.longest, usual: usual, value: current.runText)
        histogram = sides.histogram
        notJudged = reference.namesRows ?? current.namesRows.map { "\($0) now" }
        (newPValue, newExcess) = Self.part(new, of: currentRows, 0, of: rows)
        (missingPValue, missingExcess) = Self.part(current.missing, of: currentRows, reference.missing, of: rows)
    }

    /// Population stability as of two samples of independent rows.
    private static func measured(
        _ base: [Int], _ now: [Int], _ name: String, missing: (Int, Int), rows: (Int, Int)
    ) -> FeatureDrift {
        let (m, n) = (max(1, rows.0), max(1, rows.1))
        let psi = Drift.psi(current: now, reference: base)
        let df = Stability.degreesOfFreedom(base.map { Double($0) }, rows: Double(n))
        let noise = 1 / Double(n) + 1 / Double(m)
        return FeatureDrift(
            feature: name, psi: psi, excess: psi - Double(df) * noise, threshold: 0, pValue: ChiSquared.upperTail(psi / noise, df: df),
            degreesOfFreedom: df, n: rows.1, m: rows.0, state: .ok, missing: Double(missing.1) / Double(n),
            referenceMissing: Double(missing.0) / Double(m), missingState: .ok)
    }

    /// The chance of a part of the rows beside the reference's, and how far it is beyond what chance gives.
    private static func part(_ count: Int, of rows: Int, _ referenceCount: Int, of referenceRows: Int) -> (pValue: Double, excess: Double) {
        let psi = Stability.psi(
            part: Double(count), of: Double(rows), Double(referenceCount), of: Double(referenceRows))
        let noise = 1 / Double(max(1, rows)) + 1 / Double(max(1, referenceRows))
        return (ChiSquared.upperTail(psi / noise, df: 1), psi - noise)
    }
}

/// Both sides of a column in the same bins.
private struct ComparedSides {
    var reference: FeatureReference
    /// The current rows by bin.
    var bins: [Int]
    /// Current rows that the reference cannot explain.
    var new: Int
    var unseen: Int?
    var outOfRange: Int?
    /// Reference rows of the commonest value.
    var commonest: Int
    var figures = ColumnComparison.DistanceFigures()
    var histogram: ComparedHistogram?

    init(numbers summary: ColumnSummary, _ other: ColumnSummary) {
        let (runs, now) = (summary.numbers.runs, other.numbers.runs)
        // A cell that is no number has no place in the reference: it is missing from the bins, and new.
        reference = FeatureReference(
            name: summary.column.name, kind: summary.column.kind ?? .numeric, runs: runs, missing: summary.missing + summary.misfits)
        let counted = reference.bins(of: now, missing: other.missing)
        bins = counted.bins
        new = counted.far
        outOfRange = bins[bins.count - 3] + bins[bins.count - 2]
        bins[bins.count - 2] += other.misfits
        commonest = runs.greatestCount
        let gaps = Distances.gaps(runs, now)
        figures.kolmogorovSmirnov = gaps?.greatest
        let error = Self.error(summary.numbers) + Self.error(other.numbers)
        figures.kolmogorovSmirnovError = error > 0 ? error : nil
        if let distance = gaps?.area, let deviation = summary.moments.deviation {
            figures.wassersteinNormed = deviation > 0 ? distance / deviation : distance == 0 ? 0 : nil
        }
        histogram = ComparedHistogram(runs, now, areWhole: summary.column.kind != .numeric)
    }

    private static func error(_ sketch: ValueSketch) -> Double { Double(sketch.rankError) / Double(max(1, sketch.count)) }

    init(names summary: ColumnSummary, _ other: ColumnSummary) {
        let before = Self.counts(summary)
        let now = Self.counts(other)
        reference = FeatureReference(
            name: summary.column.name, kind: .categorical, texts: before.map { (text: $0.key, count: $0.value) },
            rows: summary.present + summary.missing, missing: summary.missing)
        let places = Dictionary(reference.categories.enumerated().map { ($1, $0) }) { first, _ in first }
        var counts = [Int](repeating: 0, count: reference.bins)
        let (rare, strange) = (reference.bins - 3, reference.bins - 2)
        for (text, count) in now {
            if let place = places[text] { counts[place] += count } else { counts[before[text] != nil ? rare : strange] += count }
        }
        counts[strange] += other.others
        counts[reference.bins - 1] = other.missing
        bins = counts
        new = counts[strange]
        unseen = new
        commonest = before.values.max() ?? 0
        histogram = ComparedHistogram(before, of: summary.present, now, of: other.present)
    }

    private static func counts(_ summary: ColumnSummary) -> [String: Int] {
        Dictionary(zip(summary.texts, summary.codes)) { first, _ in first }
    }
}
