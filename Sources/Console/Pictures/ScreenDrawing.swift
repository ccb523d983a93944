import Foundation

/// A surface as an SVG drawing: a grid of equal cells in a theme's own colours.
///
/// Letters are text whose length is set, so that a reader's font cannot move the grid; lines, blocks and braille are drawn (`CellShapes`), since fonts
/// leave gaps between them.
struct ScreenDrawing {
    /// One cell, in the drawing's units.
    static let cellWidth = 8.0
    static let cellHeight = 16.0
    /// A size at which common monospaced fonts are about a cell wide.
    private static let fontSize = 13.3
    private static let baseline = 12.2
    private static let margin = 8.0

    let surface: Surface
    let theme: Theme

    /// How a stretch of cells is drawn.
    private struct Look: Hashable {
        var ink: RGB
        var ground: RGB
        var attributes: Attributes
    }

    /// The whole document.
    var text: String {
        let plain = look(.text)
        let width = Double(surface.width) * Self.cellWidth + 2 * Self.margin
        let height = Double(surface.height) * Self.cellHeight + 2 * Self.margin
        var grounds = ""
        var letters = ""
        var shapes: [RGB: String] = [:]
        for y in 0..<surface.height {
            for run in runs(of: y) {
                let look = look(run.style)
                if look.ground != plain.ground { grounds += ground(run.columns, y: y, colour: look.ground) }
                letters += letterRuns(run.columns, y: y, look: look)
                for x in run.columns {
                    guard let shape = CellShapes.path(surface[x, y].scalar, x: left(x), y: top(y)) else { continue }
                    shapes[look.ink, default: ""] += shape
                }
            }
        }
        let drawn = shapes.sorted { $0.key.hex < $1.key.hex }.map { #"<path fill="\#($0.key.hex)" d="\#($0.value)"/>"# + "\n" }.joined()
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(width)) \(number(height))" width="\(number(width))" \
            height="\(number(height))" role="img">
            <style>text { font: \(number(Self.fontSize))px "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre; }</style>
            <rect width="100%" height="100%" fill="\(plain.ground.hex)"/>
            \(grounds)\(drawn)\(letters)</svg>

            """
    }

    private func left(_ x: Int) -> Double { Double(x) * Self.cellWidth + Self.margin }
    private func top(_ y: Int) -> Double { Double(y) * Self.cellHeight + Self.margin }

    /// Neighbouring cells of one style.
    private func runs(of y: Int) -> [(style: Style, columns: Range<Int>)] {
        var result: [(style: Style, columns: Range<Int>)] = []
        var start = 0
        for x in 1...max(1, surface.width) where x >= surface.width || surface[x, y].style != surface[start, y].style {
            if start < surface.width { result.append((surface[start, y].style, start..<min(x, surface.width))) }
            start = x
        }
        return result
    }

    private func look(_ style: Style) -> Look {
        let paint = theme.paint(style, depth: .truecolor)
        let isLight = theme.mode == .light
        var ink = rgb(paint.foreground) ?? (isLight ? RGB(0x1A, 0x1A, 0x1A) : RGB(0xD8, 0xD8, 0xD8))
        var ground = rgb(paint.background) ?? (isLight ? RGB(0xFF, 0xFF, 0xFF) : RGB(0x10, 0x12, 0x14))
        if paint.attributes.contains(.reverse) { swap(&ink, &ground) }
        if paint.attributes.contains(.dim) { ink = ink.mixed(with: ground, share: 0.4) }
        return Look(ink: ink, ground: ground, attributes: paint.attributes)
    }

    private func rgb(_ colour: Colour) -> RGB? {
        switch colour {
        case .standard: nil
        case .indexed(let index): RGB.indexed(index)
        case .rgb(let colour): colour
        }
    }

    private func ground(_ columns: Range<Int>, y: Int, colour: RGB) -> String {
        let width = number(Double(columns.count) * Self.cellWidth)
        return #"<rect x="\#(number(left(columns.lowerBound)))" y="\#(number(top(y)))" width="\#(width)" "#
            + #"height="\#(number(Self.cellHeight))" fill="\#(colour.hex)"/>"# + "\n"
    }

    /// The letters of a stretch: a piece of text from each letter to the last before two blanks or a drawn shape.
    private func letterRuns(_ columns: Range<Int>, y: Int, look: Look) -> String {
        var result = ""
        var start: Int?
        var end = columns.lowerBound
        func close() {
            guard let first = start else { return }
            result += letters(first..<end, y: y, look: look)
            start = nil
        }
        for x in columns where !surface[x, y].isContinuation {
            let cell = surface[x, y]
            if CellShapes.path(cell.scalar, x: 0, y: 0) != nil {
                close()
            } else if cell.scalar != 0x20 || cell.firstMark != 0 {
                if start != nil, x - end > 1 { close() }
                if start == nil { start = x }
                end = x + Int(cell.columns)
            }
        }
        close()
        return result
    }

    private func letters(_ columns: Range<Int>, y: Int, look: Look) -> String {
        var view = String.UnicodeScalarView()
        for x in columns { surface[x, y].append(to: &view) }
        var extras = ""
        if look.attributes.contains(.bold) { extras += #" font-weight="bold""# }
        if look.attributes.contains(.italic) { extras += #" font-style="italic""# }
        let lines = [(Attributes.underline, "underline"), (.strike, "line-through")].filter { look.attributes.contains($0.0) }.map(\.1)
        if !lines.isEmpty { extras += #" text-decoration="\#(lines.joined(separator: " "))""# }
        let width = number(Double(columns.count) * Self.cellWidth)
        return #"<text x="\#(number(left(columns.lowerBound)))" y="\#(number(top(y) + Self.baseline))" textLength="\#(width)" "#
            + #"lengthAdjust="spacingAndGlyphs" fill="\#(look.ink.hex)"\#(extras)>\#(Self.escaped(String(view)))</text>"# + "\n"
    }

    /// Text between tags; a surface holds no control characters.
    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    private func number(_ value: Double) -> String { CellShapes.number(value) }
}

extension RGB {
    /// `#rrggbb`.
    var hex: String {
        "#" + [red, green, blue].map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
