import Tabular

/// Categories as numbers in an order that needs no labels: 0 for the most frequent text, 1 for the next, ….
///
/// K texts have numbers of their own; rare ones share K, those never seen get K + 1, missing values −1: neither is a number of a text.
enum OrdinalCodes {
    /// Rows that a text needs for a number of its own.
    static let rare = DesignLayout.rare

    /// Equal counts by text, so that the numbers do not depend on the dictionary.
    ///
    /// Complexity: O(rows + texts · log texts).
    static func codes(_ rows: LabelledRows, _ feature: Int) -> TextCodes {
        let table = rows.categories[rows.schema.features[feature].name].table
        var counts: [Int32: Int] = [:]
        for row in 0..<rows.count {
            let value = rows.features[row * rows.schema.width + feature]
            guard let code = Int32(exactly: value) else { continue }
            counts[code, default: 0] += 1
        }
        let texts = counts.compactMap { code, count in table.name(of: code).map { (text: $0, count: count) } }
            .sorted { ($1.count, $0.text) < ($0.count, $1.text) }
        let own = texts.prefix { $0.count >= rare }.count
        return TextCodes(
            kind: .ordinal, texts: texts.map(\.text), values: texts.indices.map { Double(min($0, own)) }, missing: [-1],
            unseen: [Double(own + 1)], folded: texts.count - own)
    }
}
