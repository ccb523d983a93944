/// Where the parts of the console stand on a terminal of some size: computed once a resize, the same for drawing and for keys.
struct ChromeLayout: Equatable, Sendable {
    /// The smallest terminal that is drawn on.
    static let least = (width: 40, height: 10)

    let size: Size
    let header: Rect
    let banner: Rect
    let body: Rect
    let status: Rect
    let hints: Rect

    init(size: Size, hasBanner: Bool) {
        self.size = size
        let whole = Rect(size)
        header = whole.top(1)
        banner = hasBanner ? whole.row(1) : whole.top(0)
        hints = whole.bottom(1)
        // On a low terminal the keys' line lends itself to what would stand here.
        let statusHeight = size.height >= 14 ? 1 : 0
        status = whole.dropBottom(1).bottom(statusHeight)
        body = whole.dropTop(hasBanner ? 2 : 1).dropBottom(1 + statusHeight)
    }

    var isTooSmall: Bool { size.width < Self.least.width || size.height < Self.least.height }

    /// Where dialogs and forms stand: over the body, never over the header; on a low terminal also over the keys.
    var overlay: Rect { Rect(size).dropTop(1).dropBottom(size.height >= 14 ? 2 : 1) }

    /// Says why nothing is drawn, and that nothing is lost.
    func drawRefusal(on surface: inout Surface) {
        let lines = [
            "\(size.width)x\(size.height) is too small", "flyball needs \(Self.least.width)x\(Self.least.height)", "the engine goes on",
            "q detaches",
        ]
        let top = max(0, (size.height - lines.count) / 2)
        for (index, line) in lines.enumerated() {
            Label(line, style: Style(index == 0 ? .warn : .text, on: .text), alignment: .centre).draw(
                on: &surface, in: surface.bounds.row(top + index))
        }
    }
}
