import Learning
import Monitoring
import Tabular

/// Gate 4: what the rows themselves say against a version: a feature that gives the target away, one without values, one that never varies.
struct DataChecks {
    /// Rows that are looked at; of more, evenly spaced ones.
    static let sampleRows = 20_000
    /// Rows below which nothing is said of a feature.
    static let minimumRows = 50
    /// A feature whose area under the ROC curve surely lies above this, all by itself, is the target in disguise.
    static let leakArea = 0.99
    /// From here on it is worth a remark.
    static let remarkArea = 0.9
    /// For regression: the share of the target's variance that one feature explains.
    static let leakExplained = 0.999
    /// The champion relies on a feature from this share of its importance on.
    static let reliance = 0.05

    /// What the champion knows of its features.
    struct Champion {
        var number: UInt32
        var profile: ReferenceProfile?
        var importance: [String: Double]
    }

    private let rows: LabelledRows
    private let champion: Champion?
    private let positions: [Int]

    init(rows: LabelledRows, champion: Champion?) {
        self.rows = rows
        self.champion = champion
        let step = max(1, (rows.count + Self.sampleRows - 1) / Self.sampleRows)
        positions = Array(stride(from: 0, to: rows.count, by: step))
    }

    /// Complexity: O(features · rows log rows), over at most `sampleRows` rows.
    func result() -> GateResult {
        var faults: [String] = []
        var remarks: [String] = []
        for (index, feature) in rows.schema.features.enumerated() where feature.kind != .time {
            let values = positions.map { rows.features[$0 * rows.schema.width + index] }
            let present = values.filter { !$0.isNaN }
            if present.isEmpty {
                note(emptied(feature), otherwise: "\(feature.name) has no value in any row", &faults, &remarks)
            } else if let first = present.first, present.allSatisfy({ $0 == first }) {
                note(frozen(feature), otherwise: "\(feature.name) never varies", &faults, &remarks)
            } else if let leak = leak(feature, values) {
                if leak.isSure { faults.append(leak.text) } else { remarks.append(leak.text) }
            }
        }
        let said = (faults.isEmpty ? remarks : faults).prefix(5).map { SafeText.escape($0) }.joined(separator: "; ")
        let clean = "no feature of \(rows.schema.width) gives the target away, is empty or constant"
        return GateResult(name: "data checks", passed: faults.isEmpty, detail: said.isEmpty ? clean : said)
    }

    private func note(_ fault: String?, otherwise remark: String, _ faults: inout [String], _ remarks: inout [String]) {
        if let fault { faults.append(fault) } else { remarks.append(remark) }
    }

    // MARK: Empty and constant

    /// Empty now, though the champion learnt from values: an upstream fault.
    private func emptied(_ feature: Feature) -> String? {
        guard let champion, let reference = champion.profile?.features.first(where: { $0.name == feature.name }),
            let total = champion.profile?.rows, total > 0, reference.missing * 2 < total
        else { return nil }
        return "\(feature.name) has no value in any row, but had for v\(champion.number): repair its source"
    }

    /// Constant now, though the champion relies on it.
    private func frozen(_ feature: Feature) -> String? {
        guard let champion, let share = champion.importance[feature.name], share >= Self.reliance else { return nil }
        return "\(feature.name) never varies, but v\(champion.number) relies on it (\(Figures.short(share * 100)) %): repair its source"
    }

    // MARK: Leakage

    private func leak(_ feature: Feature, _ values: [Double]) -> (text: String, isSure: Bool)? {
        let targets = positions.map { rows.targets[$0] }
        let target = rows.schema.target
        guard target.task == .binary else { return target.task == .regression ? explained(feature, values, targets) : nil }
        let scores = feature.kind == .categorical ? encoded(values, targets) : (values, targets)
        let areas = [area(present(scores)), area((values.map { $0.isNaN ? 1 : 0 }, targets))].compactMap(\.self)
        guard let best = areas.max(by: { $0.value < $1.value }), best.value >= Self.remarkArea else { return nil }
        let text =
            "\(feature.name) alone tells \(target.name) (AUC \(Gates.number(best.value))): exclude it if it is not known at prediction"
        return (text, best.lower >= Self.leakArea)
    }

    private func present(_ scores: ([Double], [Double])) -> ([Double], [Double]) {
        let kept = scores.0.indices.filter { !scores.0[$0].isNaN }
        return (kept.map { scores.0[$0] }, kept.map { scores.1[$0] })
    }

    /// The area of a single score, whichever way round it points.
    private func area(_ scored: ([Double], [Double])) -> (value: Double, lower: Double)? {
        guard scored.0.count >= Self.minimumRows, scored.0.count * 2 + 1 >= positions.count,
            let metric = Evaluation.metrics(scores: scored.0, targets: scored.1, task: .binary).first(where: { $0.name == "auc" })
        else { return nil }
        let lower = metric.lower ?? metric.value
        let upper = metric.upper ?? metric.value
        return metric.value >= 0.5 ? (metric.value, lower) : (1 - metric.value, 1 - upper)
    }

    /// Categories as the mean target of the even rows, judged on the odd ones, so that rare categories do not tell on themselves.
    private func encoded(_ values: [Double], _ targets: [Double]) -> ([Double], [Double]) {
        var sums: [Double: (sum: Double, count: Double)] = [:]
        for index in stride(from: 0, to: values.count, by: 2) where !values[index].isNaN {
            sums[values[index], default: (0, 0)].sum += targets[index]
            sums[values[index], default: (0, 0)].count += 1
        }
        let odd = Array(stride(from: 1, to: values.count, by: 2))
        return (odd.map { index in sums[values[index]].map { $0.sum / $0.count } ?? 0.5 }, odd.map { targets[$0] })
    }

    /// Squared correlation of a number with the target.
    private func explained(_ feature: Feature, _ values: [Double], _ targets: [Double]) -> (text: String, isSure: Bool)? {
        guard feature.kind != .categorical else { return nil }
        let (x, y) = present((values, targets))
        guard x.count >= Self.minimumRows, x.count * 2 >= positions.count else { return nil }
        let n = Double(x.count)
        let meanX = x.reduce(0, +) / n
        let meanY = y.reduce(0, +) / n
        var xx = 0.0
        var yy = 0.0
        var xy = 0.0
        for (a, b) in zip(x, y) {
            xx += (a - meanX) * (a - meanX)
            yy += (b - meanY) * (b - meanY)
            xy += (a - meanX) * (b - meanY)
        }
        guard xx > 0, yy > 0 else { return nil }
        let share = xy * xy / (xx * yy)
        guard share >= Self.leakExplained else { return nil }
        let target = rows.schema.target.name
        return ("\(feature.name) alone explains \(target) (R² \(Gates.number(share))): exclude it if it is not known at prediction", true)
    }
}
