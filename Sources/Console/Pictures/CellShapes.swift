import Foundation

/// The characters of a cell that are drawn instead of written: lines that must meet, blocks that must touch, dots of a chart.
enum CellShapes {
    private static let width = ScreenDrawing.cellWidth
    private static let height = ScreenDrawing.cellHeight
    private static let stroke = 1.1

    /// Where a line of a box character goes from the middle: up, right, down, left.
    private static let boxes: [UInt32: (up: Bool, right: Bool, down: Bool, left: Bool)] = [
        0x2500: (false, true, false, true), 0x2502: (true, false, true, false), 0x250C: (false, true, true, false),
        0x2510: (false, false, true, true), 0x2514: (true, true, false, false), 0x2518: (true, false, false, true),
        0x251C: (true, true, true, false), 0x2524: (true, false, true, true), 0x252C: (false, true, true, true),
        0x2534: (true, true, false, true), 0x253C: (true, true, true, true),
    ]

    /// The path of a character whose cell begins at a place; nil for one that is written.
    static func path(_ scalar: UInt32, x: Double, y: Double) -> String? {
        switch scalar {
        case 0x2500...0x253C: boxes[scalar].map { box($0, x: x, y: y) }
        // Dashed lines: three strokes a cell.
        case 0x2504, 0x2508: (0..<3).map { rect(x + Double($0) * width / 3, y + height / 2 - stroke / 2, width / 5, stroke) }.joined()
        // Eighths from the bottom, and the whole.
        case 0x2581...0x2588:
            rect(x, y + height * Double(0x2588 - scalar) / 8, width, height * Double(scalar - 0x2580) / 8)
        // Eighths from the left.
        case 0x2589...0x258F: rect(x, y, width * Double(0x2590 - scalar) / 8, height)
        case 0x2580: rect(x, y, width, height / 2)
        // A light shade: every fourth dot.
        case 0x2591: shade(x: x, y: y)
        case 0x2801...0x28FF: dots(scalar - 0x2800, x: x, y: y)
        case 0x2800: ""
        default: nil
        }
    }

    private static func box(_ arms: (up: Bool, right: Bool, down: Bool, left: Bool), x: Double, y: Double) -> String {
        let (middle, centre, half) = (x + width / 2, y + height / 2, stroke / 2)
        var path = ""
        if arms.left || arms.right {
            let from = arms.left ? x : middle - half
            path += rect(from, centre - half, (arms.right ? x + width : middle + half) - from, stroke)
        }
        if arms.up || arms.down {
            let from = arms.up ? y : centre - half
            path += rect(middle - half, from, stroke, (arms.down ? y + height : centre + half) - from)
        }
        return path
    }

    private static func shade(x: Double, y: Double) -> String {
        var path = ""
        for row in 0..<8 {
            // Every other row is shifted by half of a dot's distance.
            let shift = row % 2 == 0 ? 0.25 : 1.25
            let line = y + height / 8 * (Double(row) + 0.25)
            for column in 0..<2 { path += rect(x + width / 4 * (2 * Double(column) + shift), line, 1, 1) }
        }
        return path
    }

    /// The eight dots of a braille pattern, in the order of their bits.
    private static let places: [(column: Int, row: Int)] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]

    private static func dots(_ bits: UInt32, x: Double, y: Double) -> String {
        let side = 2.2
        var path = ""
        for (bit, place) in places.enumerated() where bits & 1 << bit != 0 {
            let left = x + width / 4 * Double(2 * place.column + 1) - side / 2
            let top = y + height / 8 * Double(2 * place.row + 1) - side / 2
            path += rect(left, top, side, side)
        }
        return path
    }

    private static func rect(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
        "M\(number(x)) \(number(y))h\(number(width))v\(number(height))h\(number(-width))z"
    }

    /// At most two digits behind the point, none that say nothing.
    static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        guard hundredths % 100 != 0 else { return String(hundredths / 100) }
        let sign = hundredths < 0 ? "-" : ""
        let rest = abs(hundredths) % 100
        return sign + "\(abs(hundredths) / 100)." + (rest % 10 == 0 ? "\(rest / 10)" : rest < 10 ? "0\(rest)" : "\(rest)")
    }
}
