/// Something for a terminal to do beside showing cells.
package enum TerminalEffect: Equatable, Sendable {
    /// Ring.
    case bell
    /// Put text on the operator's clipboard (OSC 52).
    case copy(String)
    /// Name the window.
    case title(String)
    /// Draw with another theme from now on.
    case theme(String)
    /// Keep a text, or the screen where there is none, in a new file on the terminal's side; the answer is `InputEvent.saved`.
    case save(path: String, content: String?)

    /// The longest text that is kept, in bytes of UTF-8.
    static let maximumContentBytes = 2 << 20
}

/// What turns one surface into the next: the cells that differ, and nothing about those that do not.
package struct FrameDelta: Equatable, Sendable {
    /// Neighbouring cells of one row, whole wide characters only.
    package struct Span: Equatable, Sendable {
        package var x: Int
        package var y: Int
        package var cells: [Cell]
    }

    package var size: Size
    package var glyphs: GlyphLevel
    /// Whether it starts from an empty surface instead of the one before.
    package var isWhole: Bool
    package var cursor: Point?
    package var effects: [TerminalEffect]
    package var spans: [Span]
    /// Whether the cursor or the glyph level differs from the surface before.
    package var changesState: Bool

    /// Whether showing it would change nothing.
    package var isEmpty: Bool { !isWhole && spans.isEmpty && effects.isEmpty && !changesState }
}

extension Surface {
    /// Equal cells between two changed stretches that cost fewer bytes to send again than a new span's header.
    private static let bridge = 3

    /// The change from an older surface to this one; from none, or from another size, the whole of it.
    ///
    /// Complexity: O(cells).
    package func delta(from old: Surface?) -> FrameDelta {
        let base = old.flatMap { $0.size == size ? $0 : nil }
        var delta = FrameDelta(
            size: size, glyphs: glyphs, isWhole: base == nil, cursor: cursor, effects: [], spans: [],
            changesState: base.map { $0.cursor != cursor || $0.glyphs != glyphs } ?? true)
        let before = base?.cells ?? Array(repeating: .blank(), count: cells.count)
        guard before != cells else { return delta }
        for y in 0..<height { appendSpans(of: y, before: before, to: &delta.spans) }
        return delta
    }

    private func appendSpans(of y: Int, before: [Cell], to spans: inout [FrameDelta.Span]) {
        let row = y * width
        var start: Int?
        var end = 0
        for x in 0..<width where before[row + x] != cells[row + x] {
            if let open = start, x - end > Surface.bridge {
                spans.append(span(from: open, to: end, y: y))
                start = nil
            }
            if start == nil { start = cells[row + x].isContinuation ? x - 1 : x }
            end = x + 1
            if cells[row + x].columns == 2 { end += 1 }
        }
        if let start { spans.append(span(from: start, to: end, y: y)) }
    }

    private func span(from start: Int, to end: Int, y: Int) -> FrameDelta.Span {
        FrameDelta.Span(x: start, y: y, cells: Array(cells[(y * width + start)..<(y * width + min(end, width))]))
    }

    /// Makes the change to this surface; it stays as it is when the change does not fit.
    package mutating func apply(_ delta: FrameDelta) throws(FrameFailure) {
        self = try Surface.applying(delta, to: self)
    }

    /// The surface that a change makes of an older one (of none, for a whole frame).
    package static func applying(_ delta: FrameDelta, to old: Surface?) throws(FrameFailure) -> Surface {
        var result: Surface
        if delta.isWhole {
            result = Surface(size: delta.size)
        } else {
            guard let old, old.size == delta.size else { throw .wrongBase(expected: delta.size, found: old?.size) }
            result = old
        }
        result.glyphs = delta.glyphs
        result.cursor = delta.cursor
        for span in delta.spans {
            for (offset, cell) in span.cells.enumerated() { result.put(cell, x: span.x + offset, y: span.y) }
        }
        return result
    }
}
