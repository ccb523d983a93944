import Tabular

/// Categories as the mean target of their rows: one number a category, or one a class, for columns with many texts.
///
/// A text stands for (Σy + s·m) / (n + s), m being the mean of all rows and s = 20 (Micci-Barreca 2001). Missing values have a mean of their
/// own; an unseen text stands for m.
struct TargetMeans {
    /// Rows of pure average that each category is mixed with.
    private static let smoothing = 20.0

    private let rows: LabelledRows
    private let members: [Int]
    private let outputs: Int
    private let average: [Double]

    /// Of some of the rows.
    init(_ rows: LabelledRows, of members: [Int]) {
        self.rows = rows
        self.members = members
        outputs = rows.schema.target.outputs
        var total = Sum(outputs)
        for row in members { total.add(Self.truths(rows, row, outputs)) }
        average = total.sums.map { $0 / max(1, total.count) }
    }

    private static func truths(_ rows: LabelledRows, _ row: Int, _ outputs: Int) -> [Double] {
        outputs == 1 ? [rows.targets[row]] : (0..<outputs).map { rows.targets[row] == Double($0) ? 1 : 0 }
    }

    /// The means of one categorical feature.
    ///
    /// Complexity: O(rows · outputs).
    func codes(_ feature: Int) -> TextCodes {
        let table = rows.categories[rows.schema.features[feature].name].table
        var byCode: [Int32: Sum] = [:]
        var missing = Sum(outputs)
        for row in members {
            let value = rows.features[row * rows.schema.width + feature]
            if !value.isFinite {
                missing.add(Self.truths(rows, row, outputs))
            } else if let code = Int32(exactly: value), table.name(of: code) != nil {
                byCode[code, default: Sum(outputs)].add(Self.truths(rows, row, outputs))
            }
        }
        // One text in every row tells nothing; its mean in half of the rows would tell which half a row is of.
        guard byCode.count + (missing.count > 0 ? 1 : 0) > 1 else {
            return TextCodes(kind: .target, missing: average, unseen: average)
        }
        var codes = TextCodes(kind: .target, missing: missing.mean(average), unseen: average)
        for code in byCode.keys.sorted() {
            guard let text = table.name(of: code), let sum = byCode[code] else { continue }
            codes.texts.append(text)
            codes.values += sum.mean(average)
        }
        return codes
    }

    private struct Sum {
        var sums: [Double]
        var count = 0.0

        init(_ outputs: Int) { sums = [Double](repeating: 0, count: outputs) }

        mutating func add(_ truths: [Double]) {
            for index in sums.indices { sums[index] += truths[index] }
            count += 1
        }

        func mean(_ average: [Double]) -> [Double] {
            zip(sums, average).map { ($0 + TargetMeans.smoothing * $1) / (count + TargetMeans.smoothing) }
        }
    }
}
