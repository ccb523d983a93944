import Foundation
import Tabular

/// Judges windows of traffic by how much the stretches of the training differed: the verdict `unlike training`.
public struct StretchJudge: Sendable {
    /// What a window is, beside its counts.
    public struct Occasion: Sendable {
        /// The level of the window, all columns together.
        public var alpha: Double
        /// Live rows per unit of the data's own time over the training's; 1 where it is not known.
        public var rate: Double

        /// Makes an occasion.
        public init(alpha: Double, rate: Double = 1) {
            self.alpha = alpha
            self.rate = rate
        }
    }

    let profile: ReferenceProfile
    package let table: StretchTable
    private let training: BinCounts
    private let judgesCalendar: Bool

    /// A judge; nil for a profile without a table of stretches.
    public init?(_ profile: ReferenceProfile) { self.init(profile, judgingCalendar: false) }

    /// One that judges calendar columns like any other, to show what would be said of them.
    package init?(_ profile: ReferenceProfile, judgingCalendar: Bool) {
        guard let table = profile.stretches, table.columns.count == profile.features.count, !table.lengths.isEmpty else { return nil }
        self.profile = profile
        self.table = table
        training = .training(profile)
        judgesCalendar = judgingCalendar
    }

    /// Columns that are judged: those that do not run with the calendar.
    var judged: [Int] { table.columns.indices.filter { judgesCalendar || table.columns[$0].calendar == nil } }

    /// Whether the training is long enough to know its dependent columns.
    private var isShort: Bool { table.rows < 10 * table.windowRows }

    /// The verdicts on a window, one a column; calendar columns are measured, and not judged.
    ///
    /// Complexity: O(bins), and some tails a column.
    public func judge(_ window: BinCounts, _ occasion: Occasion) -> [ColumnVerdict] {
        let place = LengthPlace(max(1, window.rows / max(occasion.rate, 1e-9)), table.lengths)
        let rows = max(1, min(window.rows, (Double(table.rows) / 10).rounded(.down)))
        let stretches = place.mix(Double(table.stretches(table.lengths[place.lower])), Double(table.stretches(table.lengths[place.upper])))
        let setting = Setting(rows: rows, noise: 1 / rows + 1 / Double(table.rows), place: place, stretches: stretches)
        var verdicts = table.columns.indices.map { measure($0, window, setting) }
        let judged = judged
        decide(&verdicts, judged, alpha: occasion.alpha)
        let level = occasion.alpha / Double(3 * max(1, judged.count))
        for index in verdicts.indices { finish(&verdicts[index], index, window, setting, level: level) }
        return verdicts
    }

    /// What all columns of a window share.
    private struct Setting {
        var rows: Double
        var noise: Double
        var place: LengthPlace
        var stretches: Double
    }

    private func measure(_ index: Int, _ window: BinCounts, _ setting: Setting) -> ColumnVerdict {
        let current = window.columns[index]
        let base = training.columns[index]
        func verdict(_ statistic: DriftStatistic, _ psi: Double) -> StatisticVerdict {
            let spreads = spreads(statistic, index, setting)
            return StatisticVerdict(
                psi: psi, expected: spreads.map(\.mean).max() ?? 0, pValue: spreads.map { $0.upperTail(psi) }.max() ?? 1, state: .ok)
        }
        return ColumnVerdict(
            shape: verdict(.shape, Stability.psi(current.bins, base.bins)),
            new: verdict(.new, Stability.psi(part: current.new, of: window.rows, 0, of: training.rows)),
            missing: verdict(.missing, Stability.psi(part: current.missing, of: window.rows, base.missing, of: training.rows)),
            newShare: window.rows > 0 ? current.new / window.rows : 0, isText: profile.features[index].kind == .categorical, usual: 0,
            isBlind: false,
            isDependent: table.columns[index].isDependent, changing: nil)
    }

    /// What healthy windows have of a statistic, against all other rows and against the other half of the training.
    private func spreads(_ statistic: DriftStatistic, _ index: Int, _ setting: Setting) -> [HealthySpread] {
        let column = table.columns[index]
        let df =
            statistic == .shape ? Stability.degreesOfFreedom(training.columns[index].bins, rows: setting.rows) : 1
        let kinds: [StretchMoments?] =
            switch statistic {
            case .shape: [column.shapeRest, column.shapeHalf]
            // Against all other rows nothing in a training is new.
            case .new: [nil, column.newHalf]
            case .missing: [column.missingRest, column.missingHalf]
            }
        return kinds.map {
            HealthySpread(df: df, noise: setting.noise, excess: $0?.at(setting.place) ?? .none, stretches: setting.stretches)
        }
    }

    /// All statistics of all judged columns under one false discovery rate.
    private func decide(_ verdicts: inout [ColumnVerdict], _ judged: [Int], alpha: Double) {
        let asked = judged.flatMap { index in DriftStatistic.allCases.map { (index, $0) } }
        let values = asked.map { index, statistic in
            isUnknown(statistic, index) ? 1 : verdicts[index][statistic].pValue
        }
        let significant = Drift.benjaminiHochberg(values, alpha: alpha)
        for (rank, (index, statistic)) in asked.enumerated() {
            verdicts[index][statistic].state =
                isUnknown(statistic, index)
                ? .referenceTooSmall : Drift.state(isSignificant: significant[rank], excess: verdicts[index][statistic].excess)
        }
    }

    /// What a short training cannot know of a column that moves by itself.
    private func isUnknown(_ statistic: DriftStatistic, _ index: Int) -> Bool {
        guard isShort, table.columns[index].isDependent else { return false }
        switch statistic {
        case .shape: return true
        case .new: return profile.features[index].kind != .categorical
        case .missing: return false
        }
    }

    private func finish(_ verdict: inout ColumnVerdict, _ index: Int, _ window: BinCounts, _ setting: Setting, level: Double) {
        let line = spreads(.shape, index, setting).map { $0.upperQuantile(level) }.max() ?? 0
        verdict.usual = max(line, verdict.shape.expected + Drift.driftExcess)
        // A window whose rows all lie above the training's range, or are texts that it does not have.
        var elsewhere = [Double](repeating: 0, count: training.columns[index].bins.count)
        if elsewhere.count > 1 { elsewhere[elsewhere.count - 2] = max(1, window.rows) }
        verdict.isBlind = Stability.psi(elsewhere, training.columns[index].bins) <= verdict.usual
        guard table.columns[index].calendar != nil, !judgesCalendar else { return }
        for statistic in DriftStatistic.allCases { verdict[statistic].state = .calendar }
    }

    /// Whether a window is clean: by a level of its own, so that a shift that lasts stays raised.
    ///
    /// Nothing is left that one window in twenty would not have by chance, or that has half the effect of a drift. Muted columns do not count.
    public func isClean(_ verdicts: [ColumnVerdict]) -> Bool { isClean(verdicts, nil) }

    /// The same with what was said of the columns.
    func isClean(_ verdicts: [ColumnVerdict], _ tuning: ColumnTuning?) -> Bool {
        let counted = judged.filter { verdicts[$0].shape.state != .muted }
        let asked = counted.flatMap { index in
            DriftStatistic.allCases.filter { !isUnknown($0, index) }.map { (index: index, own: verdicts[index][$0]) }
        }
        let significant = Drift.benjaminiHochberg(asked.map(\.own.pValue), alpha: Drift.clearAlpha)
        return !zip(asked, significant).contains { $1 && $0.own.excess >= (tuning?.floor($0.index) ?? Drift.driftExcess) / 2 }
    }
}
