import Tabular

/// A cause while it is being weighed.
struct Candidate {
    /// What will be told.
    var cause: Cause
    /// The row that it began with; nil where it is not about rows.
    var row: Int?
    /// Effect × importance, 0…1.
    var strength: Double
    /// How much of what is seen it explains, 0…1: what undoing it brings back.
    var explains: Double
    /// Puts a row's values back to what they would be without it; nil where that cannot be done.
    var undo: ((_ values: inout [Double], _ row: Int) -> Void)?

    init(_ cause: Cause, row: Int?, strength: Double, explains: Double, undo: ((inout [Double], Int) -> Void)? = nil) {
        self.cause = cause
        self.row = row
        self.strength = strength
        self.explains = explains
        self.undo = undo
    }

    /// Whether it is a fault of what columns hold: then what follows from the columns is no cause of its own.
    var isInputFault: Bool {
        switch cause.kind {
        case .missing, .stuck, .unit, .swapped, .category, .range: true
        default: false
        }
    }

    /// 0…1.
    var score: Double { min(1, max(0, 0.4 * strength + 0.6 * explains)) }
}

/// Shares and figures in sentences.
enum CauseWords {
    /// `96 %`.
    static func percent(_ share: Double) -> String { "\(Figures.short(share * 100)) %" }

    /// `wind_speed`, `a and b`, `a, b and 3 more`.
    static func names(_ names: [String]) -> String {
        let shown = names.prefix(3).map { SafeText.escape($0) }
        if names.count > 3 { return "\(shown.prefix(2).joined(separator: ", ")) and \(names.count - 2) more" }
        return shown.count > 1 ? "\(shown.dropLast().joined(separator: ", ")) and \(shown[shown.count - 1])" : shown.first ?? ""
    }

    static let freeze =
        "F freezes learning, so that nothing is learnt from it; tell the owner of the source. R does not help: every version reads the same rows"
    static let train = "t trains on labelled traffic, if the new population is here to stay; the policy may already do so"
    static let rollback = "R rolls back to the last good version"
}
