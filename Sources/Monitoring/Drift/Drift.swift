import Foundation
import Tabular

/// What is said of a feature.
public enum DriftState: String, Codable, Sendable {
    /// Within what chance allows, or too small to matter.
    case ok
    /// Significant, excess PSI ≥ 0.02.
    case warn
    /// Significant, excess PSI ≥ 0.1.
    case drift
    /// Fewer than 100 rows.
    case notEnoughData = "not enough data"
    /// The reference's own noise would alarm.
    case referenceTooSmall = "reference too small"
    /// The column is a part of the time, or only rises or falls: shown, never alarmed.
    case calendar = "runs with the calendar"
    /// The training's rows came in no order, and the traffic's rows depend on each other: how much windows differ is being learnt.
    case waiting = "learning from traffic"
    /// An operator has said that the column is no alarm for now: shown, never alarmed.
    case muted
}

/// One feature in one window.
public struct FeatureDrift: Codable, Sendable, Equatable {
    /// The feature.
    public var feature: String
    /// Population stability index on ten reference deciles, below, above and missing.
    public var psi: Double
    /// PSI less what a healthy window of this length has on average; without a table of stretches that of identical data, df · (1/n + 1/m).
    public var excess: Double
    /// The line on charts: the greatest PSI that is usual; without a table χ²_{df, 1−α/F} · (1/n + 1/m).
    public var threshold: Double
    /// The chance of such a PSI in a healthy window; without a table of PSI/(1/n + 1/m) under χ²_df.
    public var pValue: Double
    /// Bins with an expected current count of at least 1, less 1.
    public var degreesOfFreedom: Int
    /// Current rows that the verdict counts: at most a tenth of the reference.
    public var n: Int
    /// Reference rows.
    public var m: Int
    /// The verdict.
    public var state: DriftState
    /// Share of rows without a value, now.
    public var missing: Double
    /// And in the reference.
    public var referenceMissing: Double
    /// The verdict on the missing share alone.
    public var missingState: DriftState
    /// Both verdicts in full; nil where the version has no table of stretches.
    public var verdict: ColumnVerdict?
    /// Why the column runs with the calendar, if it does.
    public var calendar: String?
    /// Who muted the column, until when and why, while that holds.
    public var mute: DriftTuning.Mute?
    /// The effect from which on it drifts, where an operator has set one.
    public var floor: Double?

    /// Makes an entry.
    public init(
        feature: String, psi: Double, excess: Double, threshold: Double, pValue: Double, degreesOfFreedom: Int, n: Int, m: Int,
        state: DriftState, missing: Double, referenceMissing: Double, missingState: DriftState, verdict: ColumnVerdict? = nil,
        calendar: String? = nil
    ) {
        self.feature = feature
        self.psi = psi
        self.excess = excess
        self.threshold = threshold
        self.pValue = pValue
        self.degreesOfFreedom = degreesOfFreedom
        self.n = n
        self.m = m
        self.state = state
        self.missing = missing
        self.referenceMissing = referenceMissing
        self.missingState = missingState
        self.verdict = verdict
        self.calendar = calendar
    }
}

/// One closed window.
public struct DriftReport: Codable, Sendable, Equatable {
    /// Every feature.
    public var features: [FeatureDrift]
    /// Rows of the window.
    public var n: Int
    /// UTC milliseconds.
    public var windowStart: Int64
    /// UTC milliseconds.
    public var windowEnd: Int64
    /// The significance level of this window, all features together.
    public var alpha: Double
    /// Whether nothing in it keeps an alarm raised; nil: as it says by its features' states.
    public var isClean: Bool?
    /// What sums of windows found that stands raised.
    public var long: [LongVerdict]?
    /// Rows that a reference needs for columns that move by themselves; nil without a table of stretches.
    public var referenceNeeded: Int?
    /// How far it has been learnt from traffic how much windows differ, while verdicts wait for it.
    public var learning: OrderProgress?

    /// Makes a report.
    public init(features: [FeatureDrift], n: Int, windowStart: Int64, windowEnd: Int64, alpha: Double) {
        self.features = features
        self.n = n
        self.windowStart = windowStart
        self.windowEnd = windowEnd
        self.alpha = alpha
    }

    /// The feature that asks for most attention: by its verdict, then by the greatest excess; one that runs with the calendar comes last.
    public var worst: FeatureDrift? {
        features.max { a, b in
            (a.calendar == nil ? 1 : 0, a.state.rank, a.excess) < (b.calendar == nil ? 1 : 0, b.state.rank, b.excess)
        }
    }

    /// The features, those that ask for most attention first.
    public var inOrder: [FeatureDrift] {
        features.sorted { a, b in
            (a.calendar == nil ? 1 : 0, a.state.rank, a.excess) > (b.calendar == nil ? 1 : 0, b.state.rank, b.excess)
        }
    }

    /// Whether it is judged by the stretches of the training, and not as if rows were independent.
    public var hasTable: Bool { features.contains { $0.verdict != nil } }
}

/// Population stability with a verdict that needs significance and effect.
public enum Drift {
    /// Rows below which nothing is said.
    public static let minimumRows = 100
    /// Excess PSI from which a significant shift is worth a look, and an alarm.
    public static let warnExcess = 0.02
    /// See `warnExcess`.
    public static let driftExcess = 0.1
    /// The level by which a window is clean.
    public static let clearAlpha = 0.05

    /// The level of a window that lasts so many days, by the clock or by its rows' own time.
    public static func alpha(days: Double, falseAlarmsPerDay: Double) -> Double { min(0.05, max(1e-9, falseAlarmsPerDay * days)) }

    /// What a significant or insignificant excess is.
    static func state(isSignificant: Bool, excess: Double) -> DriftState {
        guard isSignificant else { return .ok }
        return excess >= driftExcess ? .drift : excess >= warnExcess ? .warn : .ok
    }

    /// Compares a window with the reference as if rows were independent.
    ///
    /// - Parameters:
    ///   - windowsPerDay: how many such windows a day has; with `falseAlarmsPerDay` it gives α.
    /// - Returns: one entry a feature. Significance by Benjamini–Hochberg over the features at level α. Complexity: O(bins).
    public static func report(
        reference: ReferenceProfile, window: WindowCounts, end: Int64, windowsPerDay: Double, falseAlarmsPerDay: Double = 0.1
    ) -> DriftReport {
        report(
            reference: reference, window: window, end: end,
            alpha: alpha(days: 1 / max(1, windowsPerDay), falseAlarmsPerDay: falseAlarmsPerDay))
    }

    /// The same at a given level.
    public static func report(
        reference: ReferenceProfile, window: WindowCounts, end: Int64, alpha: Double, tuning: DriftTuning = DriftTuning()
    ) -> DriftReport {
        let said = ColumnTuning(tuning, reference.features.map(\.name), at: end)
        var entries = reference.features.indices.map { index in
            measure(
                reference.features[index], bins: window.bins(index), n: window.n, m: reference.rows, alpha: alpha,
                features: reference.features.count)
        }
        let significant = benjaminiHochberg(entries.map(\.pValue), alpha: alpha)
        for index in entries.indices {
            entries[index].state = verdict(entries[index], isSignificant: significant[index], rows: window.n)
            entries[index].missingState = missingVerdict(entries[index], alpha: alpha / Double(max(1, entries.count)), rows: window.n)
            entries[index].state = said.state(entries[index].state, excess: entries[index].excess, index)
            entries[index].floor = tuning.floors[entries[index].feature]
            if let mute = said.mute(index) { (entries[index].state, entries[index].mute) = (.muted, mute) }
        }
        var report = DriftReport(features: entries, n: window.n, windowStart: window.start, windowEnd: end, alpha: alpha)
        let lasting = benjaminiHochberg(entries.map(\.pValue), alpha: clearAlpha)
        report.isClean = !entries.indices.contains { index in
            let entry = entries[index]
            return lasting[index] && entry.excess >= said.floor(index) / 2 && entry.state != .referenceTooSmall && entry.state != .muted
        }
        return report
    }

    private static func measure(_ reference: FeatureReference, bins: [Int], n: Int, m: Int, alpha: Double, features: Int) -> FeatureDrift {
        let current = reference.grouped(bins)
        let base = reference.grouped(reference.counts)
        // At most a tenth of the reference counts: its own noise is shared by every window and must stay the smaller part. The figure itself
        // uses every row, so that a long window is judged by the noise of a shorter one: later, never more often wrong.
        let rows = max(1, min(n, m / 10))
        let psi = psi(current: current, reference: base)
        let expected = base.map { Double($0) / Double(max(1, m)) * Double(rows) }
        let df = max(1, expected.count { $0 >= 1 } - 1)
        let noise = 1 / Double(rows) + 1 / Double(max(1, m))
        let quantile = ChiSquared.upperQuantile(alpha / Double(max(1, features)), df: df)
        return FeatureDrift(
            feature: reference.name, psi: psi, excess: psi - Double(df) * noise, threshold: quantile * noise,
            pValue: ChiSquared.upperTail(psi / noise, df: df), degreesOfFreedom: df, n: rows, m: m, state: .ok,
            missing: n > 0 ? Double(bins.last ?? 0) / Double(n) : 0, referenceMissing: m > 0 ? Double(reference.missing) / Double(m) : 0,
            missingState: .ok)
    }

    /// Σ (c−r) ln(c/r) over the bins' shares; symmetric, never infinite.
    ///
    /// Half a row of the smaller sample is added to every bin of both, as the same *share*. Half a row of each sample would make shares that
    /// differ where both are empty: at 1,000 rows against 100,000, each such bin would add 0.002 to identical data.
    public static func psi(current: [Int], reference: [Int]) -> Double {
        let n = Double(current.reduce(0, +))
        let m = Double(reference.reduce(0, +))
        let half = 0.5 / max(1, min(n, m))
        let whole = 1 + half * Double(current.count)
        return zip(current, reference).reduce(0) { sum, pair in
            let c = (Double(pair.0) / max(1, n) + half) / whole
            let r = (Double(pair.1) / max(1, m) + half) / whole
            return sum + (c - r) * log(c / r)
        }
    }

    private static func verdict(_ entry: FeatureDrift, isSignificant: Bool, rows: Int) -> DriftState {
        if rows < minimumRows { return .notEnoughData }
        if entry.n < minimumRows { return .referenceTooSmall }
        return state(isSignificant: isSignificant, excess: entry.excess)
    }

    private static func missingVerdict(_ entry: FeatureDrift, alpha: Double, rows: Int) -> DriftState {
        if rows < minimumRows { return .notEnoughData }
        let difference = entry.missing - entry.referenceMissing
        guard abs(difference) >= 0.02 else { return .ok }
        let noise = 1 / Double(rows) + 1 / Double(max(1, entry.m))
        let pooled = (entry.missing * Double(rows) + entry.referenceMissing * Double(entry.m)) / Double(rows + entry.m)
        let statistic = difference * difference / max(1e-12, pooled * (1 - pooled) * noise)
        guard ChiSquared.upperTail(statistic, df: 1) <= alpha else { return .ok }
        return abs(difference) >= 0.1 ? .drift : .warn
    }

    /// Which hypotheses are rejected at false discovery rate α (Benjamini and Hochberg 1995).
    package static func benjaminiHochberg(_ values: [Double], alpha: Double) -> [Bool] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var last = -1
        for (rank, index) in order.enumerated() where values[index] <= alpha * Double(rank + 1) / Double(values.count) { last = rank }
        var result = [Bool](repeating: false, count: values.count)
        for rank in 0..<(last + 1) { result[order[rank]] = true }
        return result
    }
}
