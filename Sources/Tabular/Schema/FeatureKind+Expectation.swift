extension FeatureKind {
    /// What a cell of such a column must hold, in a sentence.
    var expectation: String {
        switch self {
        case .numeric, .integer: "a finite number"
        case .boolean: "true or false"
        case .categorical: "a text"
        case .time: "a time"
        }
    }
}
