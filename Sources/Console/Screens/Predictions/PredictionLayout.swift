/// Where the list and the explanation of one prediction stand: side by side, one above the other, or one at a time.
struct PredictionLayout {
    let list: Rect
    let detail: Rect
    /// Whether there is room for a box around each.
    let isBoxed: Bool

    private static let columnsSideBySide = 150
    private static let rowsStacked = 32
    private static let rowsBoxed = 12
    private static let columnsBoxed = 60

    init(_ area: Rect, isExplaining: Bool) {
        let none = Rect(x: area.x, y: area.y, width: 0, height: 0)
        isBoxed = area.height > Self.rowsBoxed && area.width > Self.columnsBoxed
        if !isExplaining {
            (list, detail) = (area, none)
        } else if area.width >= Self.columnsSideBySide && isBoxed {
            let parts = area.columns(weights: [47, 53])
            (list, detail) = (parts[0], parts[1])
        } else if area.height >= Self.rowsStacked {
            let rows = area.height * 2 / 5
            (list, detail) = (area.top(rows), area.dropTop(rows))
        } else {
            (list, detail) = (none, area)
        }
    }

    /// Whether both show.
    var showsBoth: Bool { !list.isEmpty && !detail.isEmpty }
    /// What is inside the list's box; without one, what is under its line of words.
    var listBody: Rect { isBoxed ? list.inset() : list.dropTop(1) }
    /// What is inside the explanation's box.
    var detailBody: Rect { isBoxed ? detail.inset(x: 2, y: 1) : detail.inset(x: detail.width > 44 ? 1 : 0, y: 0) }
}
