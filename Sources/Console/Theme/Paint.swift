/// One colour as a terminal is told it.
package enum Colour: Hashable, Sendable {
    /// Whatever the operator's terminal uses.
    case standard
    /// An entry of the terminal's palette.
    case indexed(UInt8)
    case rgb(RGB)
}

/// How a style looks on a terminal of some depth.
package struct Paint: Hashable, Sendable {
    package var foreground: Colour
    package var background: Colour
    package var attributes: Attributes

    package init(foreground: Colour, background: Colour, attributes: Attributes) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    /// The ANSI sequence (ECMA-48 SGR) that resets and then selects it.
    package var escapeSequence: String {
        var codes = ["0"]
        let names: [(Attributes, String)] = [
            (.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"), (.reverse, "7"), (.strike, "9"),
        ]
        codes += names.filter { attributes.contains($0.0) }.map(\.1)
        codes += Paint.codes(foreground, base: 30)
        codes += Paint.codes(background, base: 40)
        return "\u{1B}[" + codes.joined(separator: ";") + "m"
    }

    private static func codes(_ colour: Colour, base: Int) -> [String] {
        switch colour {
        case .standard: []
        case .indexed(let index) where index < 8: ["\(base + Int(index))"]
        case .indexed(let index) where index < 16: ["\(base + 52 + Int(index))"]
        case .indexed(let index): ["\(base + 8)", "5", "\(index)"]
        case .rgb(let colour): ["\(base + 8)", "2", "\(colour.red)", "\(colour.green)", "\(colour.blue)"]
        }
    }
}
