/// A column of a table.
package struct TableColumn: Equatable, Sendable {
    package var title: String
    /// The least columns that it takes when it is shown.
    package var width: Int
    /// Its share of the columns that are left over; 0 keeps it at `width`.
    package var flex: Int
    /// The most that it grows to.
    package var maximum: Int?
    package var alignment: Alignment
    /// Which columns go first when the table is narrow: the highest number; 0 always stays.
    package var priority: Int
    /// The name by which sorting speaks of it.
    package var key: String

    package init(
        _ title: String, width: Int, flex: Int = 0, maximum: Int? = nil, alignment: Alignment = .left, priority: Int = 0, key: String? = nil
    ) {
        self.title = title
        self.width = min(max(1, width), 1_000)
        self.flex = min(max(0, flex), 1_000)
        self.maximum = maximum
        self.alignment = alignment
        self.priority = priority
        self.key = key ?? title
    }
}

/// What a cell of a table holds.
package struct TableCell: Equatable, Sendable, ExpressibleByStringLiteral {
    enum Content: Equatable, Sendable {
        case text(StyledText)
        case spark([Double?], Role)
        case gauge(Double?, Role)
    }

    let content: Content

    /// Text in one role's colour.
    package init(_ text: String, _ role: Role = .text, attributes: Attributes = []) {
        content = .text(StyledText(text, Style(role, on: .text, attributes)))
    }

    /// Text of several styles.
    package init(_ text: StyledText) { content = .text(text) }

    package init(stringLiteral value: String) { self.init(value) }

    private init(content: Content) { self.content = content }

    /// A sparkline as wide as the column.
    package static func spark(_ values: [Double?], _ role: Role = .series1) -> TableCell { TableCell(content: .spark(values, role)) }

    /// A progress bar as wide as the column.
    package static func gauge(_ fraction: Double?, _ role: Role = .accent) -> TableCell { TableCell(content: .gauge(fraction, role)) }
}

/// The column that a table is sorted by.
package struct TableSort: Equatable, Sendable, Codable {
    package var key: String
    package var ascending: Bool

    package init(key: String, ascending: Bool) {
        self.key = key
        self.ascending = ascending
    }
}

/// Where an operator is in a table; every move stays inside.
package struct TableState: Equatable, Sendable, Codable {
    package var selected: Int
    package var top: Int

    package init(selected: Int = 0, top: Int = 0) {
        self.selected = selected
        self.top = top
    }

    /// Goes so many rows down (up for negative numbers).
    package mutating func move(by rows: Int, count: Int, height: Int) {
        let (moved, overflow) = selected.addingReportingOverflow(rows)
        selected = overflow ? (rows > 0 ? count - 1 : 0) : moved
        clamp(count: count, height: height)
    }

    /// Goes to the first row.
    package mutating func home() {
        selected = 0
        top = 0
    }

    /// Goes to the last row.
    package mutating func end(count: Int, height: Int) {
        selected = count - 1
        clamp(count: count, height: height)
    }

    /// Brings selection and scroll back inside after rows came or went, or the height changed.
    package mutating func clamp(count: Int, height: Int) {
        selected = min(max(0, selected), max(0, count - 1))
        let visible = max(1, height)
        top = min(max(0, top), max(0, count - visible))
        if selected < top { top = selected }
        if selected >= top + visible { top = selected - visible + 1 }
    }
}
