package import Engine
package import Tabular

/// A filter of rows by what a cell means: `carrier=AA`, `paid=Yes`, `amount=$1,250`, `hour=017`, `x=NA`.
///
/// The text behind the sign is read as a cell of that column would be, so that whatever a file or a client may write finds its rows.
package struct CellFilter: Equatable, Sendable {
    private let feature: Int
    private let value: FeatureValue

    /// Nil for a text that names no column of the schema, or holds nothing that the column could.
    package init?(_ text: String, _ schema: Schema) {
        let parts = schema.features.indices.filter { text.hasPrefix(schema.features[$0].name + "=") }
        // `a=b=c` is the column `a=b` where there is one.
        guard let feature = parts.max(by: { schema.features[$0].name.utf8.count < schema.features[$1].name.utf8.count }),
            var times = try? TimeParser(zone: schema.zone)
        else { return nil }
        var cell = String(text.dropFirst(schema.features[feature].name.count + 1))
        let reader = schema.readers[feature]
        let value: FeatureValue? = cell.withUTF8 { bytes in
            switch reader.meaning(bytes, times: &times) {
            case .value(let number): .number(number)
            case .name(let name): .text(String(decoding: name, as: UTF8.self))
            case .blank, .word: .missing
            case .misfit: nil
            }
        }
        guard let value else { return nil }
        self.feature = feature
        self.value = value
    }

    /// Whether a row has that value.
    package func accepts(_ row: PredictionRow) -> Bool { row.values.indices.contains(feature) && row.values[feature] == value }
}
