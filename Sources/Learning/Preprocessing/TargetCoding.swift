package import Tabular

/// Categories as the mean target of their rows: one number a category, or one a class, for columns with many texts.
///
/// A text stands for (Σy + s·m) / (n + s), m being the mean of all rows and s = 20 (Micci-Barreca 2001). Missing values have a mean of their
/// own; an unseen text stands for m. Rows to learn from get the means of the other half of them, so that no row sees its own target.
package struct TargetCoding: Sendable {
    /// The setting, which every algorithm takes.
    static let parameter = ParameterSpec(
        name: "categories",
        summary: "own: as the algorithm takes them; target: as the mean target of their rows, for columns with very many texts",
        kind: .choice(["own", "target"]), defaultText: "own")
    /// Rows of pure average that each category is mixed with.
    private static let smoothing = 20.0

    /// The means of one categorical feature.
    struct Column: Sendable {
        var texts: [String] = []
        /// `[texts, outputs]`.
        var values: [Double] = []
        var missing: [Double] = []
        /// What stands for unseen texts.
        var unseen: [Double] = []
    }

    let outputs: Int
    /// One a feature; nil for those that are no categories.
    let columns: [Column?]

    /// Learns the means.
    ///
    /// Complexity: O(rows · categorical features · outputs).
    package init(_ rows: LabelledRows) { self.init(rows, of: Array(0..<rows.count)) }

    private init(_ rows: LabelledRows, of members: [Int]) {
        let outputs = rows.schema.target.outputs
        self.outputs = outputs
        let table = rows.categories.table
        func truths(_ row: Int) -> [Double] {
            outputs == 1 ? [rows.targets[row]] : (0..<outputs).map { rows.targets[row] == Double($0) ? 1 : 0 }
        }
        var total = Sum(outputs)
        for row in members { total.add(truths(row)) }
        let average = total.sums.map { $0 / max(1, total.count) }
        columns = rows.schema.features.enumerated().map { index, feature in
            guard feature.kind == .categorical else { return nil }
            var byCode: [Int32: Sum] = [:]
            var missing = Sum(outputs)
            for row in members {
                let value = rows.features[row * rows.schema.width + index]
                if !value.isFinite {
                    missing.add(truths(row))
                } else if let code = Int32(exactly: value), table.name(of: code) != nil {
                    byCode[code, default: Sum(outputs)].add(truths(row))
                }
            }
            var column = Column(missing: missing.mean(average), unseen: average)
            // One text in every row tells nothing; its mean in half of the rows would tell which half a row is of.
            guard byCode.count + (missing.count > 0 ? 1 : 0) > 1 else { return Column(missing: average, unseen: average) }
            for code in byCode.keys.sorted() {
                guard let text = table.name(of: code), let sum = byCode[code] else { continue }
                column.texts.append(text)
                column.values += sum.mean(average)
            }
            return column
        }
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
            zip(sums, average).map { ($0 + TargetCoding.smoothing * $1) / (count + TargetCoding.smoothing) }
        }
    }

    /// The layout behind the coding: `carrier` becomes the number `carrier`, or `carrier red`, `carrier blue`, … for several classes.
    func schema(_ outer: Schema) -> Schema {
        var inner = outer
        inner.features = outer.features.enumerated().flatMap { index, feature in
            guard columns[index] != nil else { return [feature] }
            return (0..<outputs).map { output in
                let suffix = outputs == 1 ? "" : " \(outer.target.classes[output])"
                return Feature(name: feature.name + suffix, kind: .numeric, optional: feature.optional)
            }
        }
        return inner
    }

    /// The outer feature that each inner one comes from.
    var sources: [Int] {
        columns.enumerated().flatMap { index, column in [Int](repeating: index, count: column == nil ? 1 : outputs) }
    }

    /// Whether every mean is a number, which targets near the largest one may not allow.
    var isFinite: Bool { columns.allSatisfy { column in column.map { ($0.values + $0.unseen).allSatisfy(\.isFinite) } ?? true } }

    /// Other rows of the same schema, coded.
    package func coded(_ rows: LabelledRows) -> LabelledRows {
        let bound = BoundCoding(self, rows.categories)
        return Self.rows(rows, schema(rows.schema)) { _ in bound }
    }

    /// The rows that are learnt from, each half coded by the means of the other.
    static func crossCoded(_ rows: LabelledRows) -> LabelledRows {
        let halves = (0...1).map { half in
            TargetCoding(rows, of: Array(stride(from: 1 - half, to: rows.count, by: 2)))
        }
        let bound = halves.map { BoundCoding($0, rows.categories) }
        return Self.rows(rows, halves[0].schema(rows.schema)) { bound[$0 % 2] }
    }

    private static func rows(_ rows: LabelledRows, _ schema: Schema, _ coding: (Int) -> BoundCoding) -> LabelledRows {
        var features = [Double](repeating: 0, count: rows.count * schema.width)
        features.withUnsafeMutableBufferPointer { target in
            rows.features.withUnsafeBufferPointer { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                for row in 0..<rows.count { coding(row).write(source + row * rows.schema.width, to: target + row * schema.width) }
            }
        }
        return LabelledRows(schema: schema, categories: rows.categories, features: features, targets: rows.targets, times: rows.times)
    }
}

extension TargetCoding {
    /// Nil where categories are left to the algorithm.
    static func read(_ reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) -> TargetCoding? {
        guard try reader.integer(in: 0...1) == 1 else { return nil }
        var columns: [Column?] = []
        let outputs = schema.target.outputs
        for feature in schema.features {
            guard feature.kind == .categorical else {
                columns.append(nil)
                continue
            }
            let column = Column(
                texts: try reader.texts(), values: try reader.reals(), missing: try reader.reals(), unseen: try reader.reals())
            let (needed, overflow) = column.texts.count.multipliedReportingOverflow(by: outputs)
            let all = column.values + column.missing + column.unseen
            guard !overflow, column.values.count == needed, column.missing.count == outputs, column.unseen.count == outputs,
                all.allSatisfy(\.isFinite)
            else { throw .corruptArtefact("its categories' means do not fit its target") }
            columns.append(column)
        }
        return TargetCoding(outputs: outputs, columns: columns)
    }

    private init(outputs: Int, columns: [Column?]) {
        self.outputs = outputs
        self.columns = columns
    }

    static func write(_ coding: TargetCoding?, into writer: inout ArtefactWriter) {
        writer.integer(coding == nil ? 0 : 1)
        for case let column? in coding?.columns ?? [] {
            writer.texts(column.texts)
            writer.reals(column.values)
            writer.reals(column.missing)
            writer.reals(column.unseen)
        }
    }
}
