/// A list and the detail of its selected row under keys: which of the two is moved in, which row is selected, how far the detail is scrolled.
struct SplitPanes<ID: Hashable & Sendable>: Sendable {
    /// The selected row.
    private(set) var cursor = RowCursor<ID>()
    /// Which of the two takes the keys.
    var focus = SplitLayout.Pane.list
    /// Lines of the detail above its first visible one.
    private(set) var scroll = 0

    /// Moves within the pane that has the keys, or gives them to the other one; false for a movement that is nothing of either.
    ///
    /// - Parameter detail: the detail's lines, and how many of them show; nil without a selected row.
    mutating func move(_ movement: Movement, _ rows: RowOrder<ID>, _ layout: SplitLayout, detail: (lines: Int, height: Int)?) -> Bool {
        if focus == .detail, let detail {
            if let moved = DetailPane.scroll(scroll, movement, lines: detail.lines, height: detail.height) {
                scroll = moved
                return true
            }
        } else if cursor.move(movement, rows, height: Table.bodyHeight(layout.listBody)) {
            scroll = 0
            return true
        }
        guard movement == .nextPane || movement == .previousPane else { return false }
        focus = focus == .list ? .detail : .list
        return true
    }

    /// Back to the list; false when the keys were there.
    mutating func leaveDetail() -> Bool {
        defer { focus = .list }
        return focus == .detail
    }
}
