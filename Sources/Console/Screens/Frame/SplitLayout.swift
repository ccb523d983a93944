/// A list with what there is to say of the selected row: side by side, one above the other, or one at a time, as the room allows.
struct SplitLayout {
    /// Which of the two takes the keys.
    enum Pane: Equatable, Sendable {
        case list, detail
    }

    /// Where the list is drawn; empty when only the other one shows.
    let list: Rect
    /// Where the detail is drawn; empty when only the list shows.
    let detail: Rect
    /// Whether both have a box around them.
    let isBoxed: Bool

    private static let columnsSideBySide = 130
    private static let rowsStacked = 17

    /// - Parameters:
    ///   - focus: which one shows where there is room for one only.
    ///   - listRows: how many lines the list could use, its header included.
    ///   - isWideList: whether the list needs the whole width, and is worth more than half of the height.
    init(_ area: Rect, focus: Pane, listRows: Int, isWideList: Bool = false) {
        if area.width >= SplitLayout.columnsSideBySide && area.height >= 12 && !isWideList {
            let parts = area.columns(weights: [59, 41])
            (list, detail, isBoxed) = (parts[0], parts[1], true)
        } else if area.height >= SplitLayout.rowsStacked {
            let wanted = min(max(listRows + 2, 6), max(8, isWideList && area.height >= 30 ? area.height * 3 / 5 : area.height * 2 / 5))
            (list, detail, isBoxed) = (area.top(wanted), area.dropTop(wanted), true)
        } else {
            let none = Rect(x: area.x, y: area.y, width: 0, height: 0)
            (list, detail, isBoxed) = (focus == .list ? area : none, focus == .detail ? area : none, false)
        }
    }

    /// What is inside the list's box.
    var listBody: Rect { isBoxed ? list.inset() : list }
    /// What is inside the detail's box, with a blank at either side.
    var detailBody: Rect { isBoxed ? detail.inset(x: 2, y: 1) : detail.inset(x: detail.width > 44 ? 1 : 0, y: 0) }
    /// Whether both show.
    var showsBoth: Bool { !list.isEmpty && !detail.isEmpty }
}
