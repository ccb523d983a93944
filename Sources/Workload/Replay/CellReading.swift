package import Tabular

/// Turns the cells of a file into values for one input, by the importer's own reader.
package struct CellReading: Sendable {
    private let reader: CellReader

    package init(_ reader: CellReader) { self.reader = reader }

    /// For an input as the model's metadata describes it.
    package init(_ input: ModelInput, words: MissingWords) {
        let feature = Feature(name: input.name, kind: input.kind, format: input.format, keepsWords: input.keepsWords ? true : nil)
        reader = CellReader(feature, words: words)
    }

    /// The value of a cell; nil when the cell does not hold what the input wants.
    package func value(_ text: String, times: inout TimeParser) -> InputValue? {
        var copy = text
        return copy.withUTF8 { bytes in
            switch reader.meaning(bytes, times: &times) {
            case .value(let value):
                switch reader.kind {
                case .boolean: return .truth(value == 1)
                case .time: return .time(Int64(value))
                case .numeric, .integer, .categorical: return .number(value)
                }
            case .name(let name): return .word(String(decoding: name, as: UTF8.self))
            case .blank, .word: return .missing
            case .misfit: return nil
            }
        }
    }

    /// What the input wants, for messages.
    var expectation: String { reader.expectation }

    /// What to do about a cell that does not fit.
    func remedy(_ text: String) -> String {
        var copy = text
        return copy.withUTF8 { reader.remedy($0, otherwise: "correct the value, or leave it empty") }
    }
}
