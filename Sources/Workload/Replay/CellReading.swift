import Tabular

/// Turns the cells of a file into values for one input, by the importer's own rules.
struct CellReading {
    var kind: FeatureKind

    /// The value of a cell; nil when the cell does not hold what the input wants.
    func value(_ text: String, times: inout TimeParser) -> InputValue? {
        var copy = text
        return copy.withUTF8 { bytes in
            switch kind {
            case .numeric, .integer:
                if let number = CellText.number(bytes) { return .number(number) }
            case .boolean:
                if let truth = CellText.boolean(bytes) { return .truth(truth) }
                if let number = CellText.number(bytes), number == 0 || number == 1 { return .truth(number == 1) }
            case .categorical: return CellText.isMissing(bytes) ? .missing : .word(text)
            case .time:
                if let milliseconds = times.milliseconds(bytes: bytes) { return .time(milliseconds) }
            }
            return CellText.isMissing(bytes) ? .missing : nil
        }
    }

    /// What the input wants, for messages.
    var expectation: String {
        switch kind {
        case .numeric, .integer: "a finite number"
        case .boolean: "true or false"
        case .categorical: "a text"
        case .time: "a time"
        }
    }
}
