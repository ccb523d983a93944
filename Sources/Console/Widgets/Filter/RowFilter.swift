package import Engine
package import Tabular

/// The filter of a list as an operator types it behind `/`: a regular expression, `!` in front for all rows but those, empty for all rows.
package struct RowFilter: Equatable, Sendable {
    /// What was typed.
    package private(set) var text = ""
    private var pattern: Pattern?
    private var isInverted = false

    /// A filter that lets everything through.
    package init() {}

    /// Whether any row could be left out.
    package var isActive: Bool { pattern != nil }

    /// Takes another text; returns what is wrong with it, if anything, and then stays as it was.
    package mutating func set(_ text: String) -> String? {
        let inverted = text.hasPrefix("!")
        let body = inverted ? String(text.dropFirst()) : text
        do {
            pattern = body.isEmpty ? nil : try Pattern(body)
        } catch { return error.description }
        self.text = body.isEmpty ? "" : text
        isInverted = inverted
        return nil
    }

    /// Whether a row stays: any of its fields matches, or none when the filter is inverted.
    package func accepts(_ fields: [String]) -> Bool {
        guard let pattern else { return true }
        return fields.contains { pattern.matches($0) } != isInverted
    }

    /// Whether a logged prediction stays: the pattern matches one of its texts, or what was typed is the value of one of its columns.
    package func accepts(_ row: PredictionRow, _ cell: CellFilter?, texts: () -> [String]) -> Bool {
        if cell?.accepts(row) ?? false { return !isInverted }
        return accepts(texts())
    }

    /// What was typed as the value of a column; nil where it is none.
    package func cell(of schema: Schema) -> CellFilter? {
        pattern == nil ? nil : CellFilter(isInverted ? String(text.dropFirst()) : text, schema)
    }

    /// `/fraud  3 of 10`, for the title of the list; empty without a filter.
    package static func title(_ state: FilterState?) -> StyledText {
        guard let state, !state.text.isEmpty else { return "" }
        return StyledText("/\(state.text)", Style(.accent, on: .text))
            + StyledText("  \(state.hits) of \(state.total)", Style(.muted, on: .text))
    }
}
