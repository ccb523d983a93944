/// A cell position: column and row from the top left corner, which is (0, 0).
package struct Point: Hashable, Sendable {
    package var x: Int
    package var y: Int

    package init(x: Int, y: Int) {
        self.x = x
        self.y = y
    }
}

/// A width and a height in cells, never negative and never beyond `Size.maximum`.
package struct Size: Hashable, Sendable {
    package let width: Int
    package let height: Int

    /// The largest screen that the console draws: one limit for surfaces, frames and terminals.
    package static let maximum = Size(unchecked: 1_000, 500)

    /// A size clamped to 0 … 1,000 columns and 0 … 500 rows.
    package init(width: Int, height: Int) {
        self.width = min(max(width, 0), Size.maximum.width)
        self.height = min(max(height, 0), Size.maximum.height)
    }

    private init(unchecked width: Int, _ height: Int) {
        self.width = width
        self.height = height
    }

    /// Whether a point is inside.
    package func contains(_ point: Point) -> Bool {
        point.x >= 0 && point.y >= 0 && point.x < width && point.y < height
    }
}

/// A rectangle of cells; every operation clamps, so that no layout of a small terminal can trap.
package struct Rect: Hashable, Sendable {
    package let x: Int
    package let y: Int
    package let width: Int
    package let height: Int

    /// Far beyond any terminal, and small enough that sums of several such numbers cannot overflow.
    private static let limit = 1_000_000

    /// A rectangle; a negative width or height becomes 0.
    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = min(max(x, -Rect.limit), Rect.limit)
        self.y = min(max(y, -Rect.limit), Rect.limit)
        self.width = min(max(width, 0), Rect.limit)
        self.height = min(max(height, 0), Rect.limit)
    }

    /// The whole of a surface of this size.
    package init(_ size: Size) {
        self.init(x: 0, y: 0, width: size.width, height: size.height)
    }

    /// Its width and height.
    package var size: Size { Size(width: width, height: height) }
    package var isEmpty: Bool { width == 0 || height == 0 }
    package var minX: Int { x }
    package var minY: Int { y }
    /// The first column right of the rectangle.
    package var maxX: Int { x + width }
    /// The first row below the rectangle.
    package var maxY: Int { y + height }

    /// What two rectangles share.
    package func intersection(_ other: Rect) -> Rect {
        let left = max(minX, other.minX)
        let top = max(minY, other.minY)
        return Rect(x: left, y: top, width: min(maxX, other.maxX) - left, height: min(maxY, other.maxY) - top)
    }

    /// Smaller by so many cells on every side.
    package func inset(_ cells: Int = 1) -> Rect { inset(x: cells, y: cells) }

    /// Smaller by so many cells at both sides, above and below.
    package func inset(x columns: Int, y rows: Int) -> Rect {
        Rect(x: x + columns, y: y + rows, width: width - 2 * columns, height: height - 2 * rows)
    }

    /// The line so many rows below the top; empty when that is outside.
    package func row(_ index: Int) -> Rect {
        Rect(x: x, y: y + index, width: width, height: index >= 0 && index < height ? 1 : 0)
    }

    /// The topmost rows.
    package func top(_ rows: Int) -> Rect { Rect(x: x, y: y, width: width, height: min(rows, height)) }
    /// The lowest rows.
    package func bottom(_ rows: Int) -> Rect { dropTop(height - max(0, rows)) }
    /// The leftmost columns.
    package func left(_ columns: Int) -> Rect { Rect(x: x, y: y, width: min(columns, width), height: height) }
    /// The rightmost columns.
    package func right(_ columns: Int) -> Rect { dropLeft(width - max(0, columns)) }

    /// All but the topmost rows.
    package func dropTop(_ rows: Int) -> Rect {
        let dropped = min(max(0, rows), height)
        return Rect(x: x, y: y + dropped, width: width, height: height - dropped)
    }

    /// All but the lowest rows.
    package func dropBottom(_ rows: Int) -> Rect { Rect(x: x, y: y, width: width, height: height - max(0, rows)) }

    /// All but the leftmost columns.
    package func dropLeft(_ columns: Int) -> Rect {
        let dropped = min(max(0, columns), width)
        return Rect(x: x + dropped, y: y, width: width - dropped, height: height)
    }

    /// All but the rightmost columns.
    package func dropRight(_ columns: Int) -> Rect { Rect(x: x, y: y, width: width - max(0, columns), height: height) }

    /// An even split side by side; the first ones take the odd columns.
    package func columns(_ count: Int, gap: Int = 0) -> [Rect] { columns(weights: Array(repeating: 1, count: max(0, count)), gap: gap) }

    /// An even split one above the other.
    package func rows(_ count: Int, gap: Int = 0) -> [Rect] { rows(weights: Array(repeating: 1, count: max(0, count)), gap: gap) }

    /// A split side by side in proportion to weights.
    package func columns(weights: [Int], gap: Int = 0) -> [Rect] {
        Rect.shares(of: width, weights: weights, gap: gap).map { Rect(x: x + $0.start, y: y, width: $0.length, height: height) }
    }

    /// A split one above the other in proportion to weights.
    package func rows(weights: [Int], gap: Int = 0) -> [Rect] {
        Rect.shares(of: height, weights: weights, gap: gap).map { Rect(x: x, y: y + $0.start, width: width, height: $0.length) }
    }

    /// A rectangle of at most this size in the middle.
    package func centred(width wanted: Int, height wantedHeight: Int) -> Rect {
        let columns = min(max(0, wanted), width)
        let lines = min(max(0, wantedHeight), height)
        return Rect(x: x + (width - columns) / 2, y: y + (height - lines) / 2, width: columns, height: lines)
    }

    /// Cuts a length by weights so that the parts and the gaps fill it exactly.
    private static func shares(of length: Int, weights: [Int], gap: Int) -> [(start: Int, length: Int)] {
        guard !weights.isEmpty else { return [] }
        let positive = weights.map { min(max(0, $0), limit) }
        let total = max(1, positive.reduce(0, +))
        let space = max(0, length - gap * (weights.count - 1))
        var result: [(start: Int, length: Int)] = []
        var passed = 0
        for (index, weight) in positive.enumerated() {
            let from = (space * passed + total - 1) / total
            passed += weight
            let to = (space * passed + total - 1) / total
            result.append((from + gap * index, to - from))
        }
        return result
    }
}
