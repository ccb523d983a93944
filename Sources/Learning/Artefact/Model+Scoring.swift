public import Tabular

extension Model {
    /// The model's answers to some rows, row-major `[rows, outputs]`; columns are matched by name, whatever their order, and others ignored.
    ///
    /// The rows may be of any dictionary; it grows by the model's texts. A column that is `optional` in the model's schema may be absent.
    ///
    /// - Throws: `.misshapen`; `.missingFeature` and `.otherKind` with the column's name. Complexity: O(values).
    public func scores(of rows: LabelledRows) throws(LearningFailure) -> [Double] {
        let rows = try aligned(rows)
        return predictor(categories: rows.categories).scores(rows.features, count: rows.count)
    }

    /// The rows in the layout of the model's schema.
    func aligned(_ rows: LabelledRows) throws(LearningFailure) -> LabelledRows {
        try rows.checkShape()
        var sources: [Int?] = []
        for feature in schema.features {
            guard let position = rows.schema.index(of: feature.name) else {
                guard feature.optional else { throw .missingFeature(name: feature.name) }
                sources.append(nil)
                continue
            }
            let found = rows.schema.features[position].kind
            guard (found == .categorical) == (feature.kind == .categorical), (found == .time) == (feature.kind == .time) else {
                throw .otherKind(name: feature.name, found: found, needed: feature.kind)
            }
            sources.append(position)
        }
        let isSameLayout = sources.enumerated().allSatisfy { $1 == $0 } && rows.schema.width == schema.width
        return isSameLayout ? rows : gathered(rows, sources)
    }

    private func gathered(_ rows: LabelledRows, _ sources: [Int?]) -> LabelledRows {
        var features: [Double] = []
        features.reserveCapacity(rows.count * sources.count)
        for row in 0..<rows.count {
            for source in sources { features.append(source.map { rows.features[row * rows.schema.width + $0] } ?? .nan) }
        }
        return LabelledRows(schema: schema, categories: rows.categories, features: features, targets: rows.targets, times: rows.times)
    }
}

extension Predictor {
    /// Scores of `count` rows that lie in an array, row-major `[count, width]`.
    package func scores(_ features: [Double], count: Int) -> [Double] {
        precondition(features.count >= count * width)
        var results = [Double](repeating: 0, count: count * outputs)
        results.withUnsafeMutableBufferPointer { target in
            features.withUnsafeBufferPointer { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                predict(rows: source, count: count, into: target)
            }
        }
        return results
    }
}
