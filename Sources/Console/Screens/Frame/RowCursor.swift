/// Rows of a list by identity: how many there are, and which is where; long lists need not be in memory.
package struct RowOrder<ID: Hashable & Sendable> {
    package let count: Int
    /// The identity of the row at an index.
    package let id: (Int) -> ID?
    /// Where a row is now; nil when it is gone.
    package let index: (ID) -> Int?

    package init(count: Int, id: @escaping (Int) -> ID?, index: @escaping (ID) -> Int?) {
        self.count = max(0, count)
        self.id = id
        self.index = index
    }

    /// The order of an array.
    package init(_ ids: [ID]) {
        self.init(count: ids.count, id: { ids.indices.contains($0) ? ids[$0] : nil }, index: { ids.firstIndex(of: $0) })
    }
}

/// Where an operator is in a list that changes under them: on a row, not on a line.
///
/// Until the operator moves, and again after going to the top, it stays on the first row, whichever that is: the newest of what arrives. Otherwise it
/// stays on the same row, and the row stays on the same line, when others come and go above it.
package struct RowCursor<ID: Hashable & Sendable>: Equatable, Sendable {
    /// The row; nil for the first one.
    package private(set) var id: ID?
    private var index = 0
    private var line = 0

    package init() {}

    /// Selection and scroll for `height` lines of these rows.
    package func state(_ rows: RowOrder<ID>, height: Int) -> TableState {
        guard let id else { return TableState() }
        let selected = rows.index(id) ?? min(index, max(0, rows.count - 1))
        var state = TableState(selected: selected, top: max(0, selected - line))
        state.clamp(count: rows.count, height: height)
        return state
    }

    /// The selected row.
    package func selected(_ rows: RowOrder<ID>) -> ID? {
        guard rows.count > 0 else { return nil }
        guard let id else { return rows.id(0) }
        return rows.index(id) == nil ? rows.id(min(index, rows.count - 1)) : id
    }

    /// Goes to a row.
    package mutating func select(_ id: ID, _ rows: RowOrder<ID>, height: Int) {
        guard let index = rows.index(id) else { return }
        var state = state(rows, height: height)
        state.selected = index
        state.clamp(count: rows.count, height: height)
        remember(state, rows)
    }

    /// Takes a movement; false when it is not one within a list.
    package mutating func move(_ movement: Movement, _ rows: RowOrder<ID>, height: Int) -> Bool {
        var state = state(rows, height: height)
        let page = max(1, height - 1)
        switch movement {
        case .up: state.move(by: -1, count: rows.count, height: height)
        case .down: state.move(by: 1, count: rows.count, height: height)
        case .pageUp: state.move(by: -page, count: rows.count, height: height)
        case .pageDown: state.move(by: page, count: rows.count, height: height)
        case .bottom: state.end(count: rows.count, height: height)
        case .top:
            self = RowCursor()
            return true
        case .left, .right, .nextPane, .previousPane, .open, .mark, .sortPrevious, .sortNext, .sortFlip: return false
        }
        remember(state, rows)
        return true
    }

    private mutating func remember(_ state: TableState, _ rows: RowOrder<ID>) {
        id = rows.id(state.selected)
        index = state.selected
        line = state.selected - state.top
    }
}
