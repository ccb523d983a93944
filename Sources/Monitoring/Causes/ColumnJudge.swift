import Foundation
import Tabular

/// Judges any rows of an incident, one column at a time and with other values than they had: what undoing something would look like.
struct ColumnJudge {
    /// The level of all columns and statistics of a stretch together: far below that of an alert, as many stretches are looked at.
    static let alpha = 1e-5

    let incident: Incident
    private let judge: StretchJudge?
    /// Columns whose shape cannot be judged: they move by themselves, and the training's rows came in no order.
    private(set) var moving: Set<Int> = []

    init(_ incident: Incident) {
        self.incident = incident
        let profile = incident.profile.profile
        judge = StretchJudge(profile) ?? StretchJudge(profile.takenForIndependent)
        if profile.stretches?.hasOrder != true { moving = movingColumns() }
    }

    /// The profile's columns.
    var features: [FeatureReference] { incident.profile.profile.features }

    /// A row's value of a column.
    func value(_ index: Int, _ row: Int) -> Double {
        incident.rows.values[row * incident.rows.width + incident.profile.profile.positions[index]]
    }

    /// Rows by bin of one column, or of all of them; of the others nothing.
    ///
    /// Complexity: O(rows · columns · log bins).
    func counts(_ rows: some Collection<Int>, only wanted: Int? = nil, value: ((Int) -> Double)? = nil) -> BinCounts {
        var result = BinCounts.empty(incident.profile.profile)
        result.rows = Double(rows.count)
        for index in features.indices where wanted == nil || wanted == index {
            var bins = [Int](repeating: 0, count: features[index].bins)
            for row in rows {
                let (bin, isNew) = incident.profile.bin(value.map { $0(row) } ?? self.value(index, row), of: index)
                bins[bin] += 1
                if isNew { result.columns[index].new += 1 }
            }
            result.columns[index].bins = features[index].grouped(bins).map { Double($0) }
        }
        return result
    }

    /// The verdicts on counts, one a column.
    func verdicts(_ counts: BinCounts) -> [ColumnVerdict] {
        guard var found = judge?.judge(counts, StretchJudge.Occasion(alpha: Self.alpha)) else { return [] }
        for index in moving where found[index].shape.state == .drift { found[index].shape.state = .waiting }
        return found
    }

    /// What a column's verdict would be with other values; nil: as they are.
    func verdict(_ index: Int, _ rows: some Collection<Int>, value: ((Int) -> Double)? = nil) -> ColumnVerdict? {
        let found = verdicts(counts(rows, only: index, value: value))
        return found.indices.contains(index) ? found[index] : nil
    }

    /// Share of rows without a value.
    func missingShare(_ index: Int, _ rows: Range<Int>) -> Double {
        Double(rows.count { value(index, $0).isNaN }) / Double(max(1, rows.count))
    }

    /// Share of the training's rows without a value.
    func trainingMissing(_ index: Int) -> Double {
        Double(features[index].missing) / Double(max(1, incident.profile.profile.rows))
    }

    /// Columns whose neighbouring blocks of rows differ by more than counting explains, in most pairs of them.
    private func movingColumns() -> Set<Int> {
        let training = BinCounts.training(incident.profile.profile)
        let block = OrderGuard.block
        let starts = Array(stride(from: 0, through: incident.rows.count - 2 * block, by: 2 * block))
        guard starts.count > 1 else { return [] }
        var ratios = features.map { _ in [Double]() }
        for start in starts {
            let (a, b) = (counts(start..<(start + block)), counts((start + block)..<(start + 2 * block)))
            for index in features.indices {
                let df = Stability.degreesOfFreedom(training.columns[index].bins, rows: Double(block))
                ratios[index].append(Stability.psi(a.columns[index].bins, b.columns[index].bins) * Double(block) / 2 / Double(df))
            }
        }
        return Set(features.indices.filter { ratios[$0].sorted()[ratios[$0].count / 2] >= 1.5 })
    }
}

extension ColumnVerdict {
    /// Whether healthy rows may look so: nothing is left that one stretch in a thousand would not have, or that matters.
    var isUsual: Bool { DriftStatistic.allCases.allSatisfy { self[$0].pValue > 1e-3 || self[$0].excess < Drift.driftExcess } }
}

extension ReferenceProfile {
    /// The same with a table that says that rows are independent: all that a reference without one knows.
    var takenForIndependent: ReferenceProfile {
        var profile = self
        let column = ColumnStretches(
            shapeRest: StretchMoments(), shapeHalf: StretchMoments(), newHalf: StretchMoments(), missingRest: StretchMoments(),
            missingHalf: StretchMoments(), designEffect: [], isDependent: false, calendar: nil, gaps: nil, recentShape: .none,
            recentMissing: .none)
        profile.stretches = StretchTable(
            rows: rows, lengths: [StretchTable.shortest], order: .arrival, span: nil, windowRows: StretchTable.shortest,
            recentLength: StretchTable.shortest, recentStretches: 0, columns: features.map { _ in column })
        return profile
    }
}
