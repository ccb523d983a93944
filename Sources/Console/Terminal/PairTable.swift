/// The colour pairs of a screen: one number for each foreground on each background, given out when first used and never changed.
///
/// ncurses draws in pairs, and a terminal holds a fixed number of them. Roles on grounds are few (a theme uses under two hundred); when a
/// small terminal runs out, a foreground is drawn on the terminal's own background.
package struct PairTable: Sendable {
    /// Both colours as ncurses numbers them; -1 is the terminal's own.
    package struct Pair: Hashable, Sendable {
        package var foreground: Int32
        package var background: Int32

        package init(foreground: Int32, background: Int32) {
            self.foreground = foreground
            self.background = background
        }
    }

    /// What to draw with.
    package struct Answer: Equatable, Sendable {
        package var number: Int32
        /// The pair to define before it is used the first time.
        package var new: Pair?

        package init(number: Int32, new: Pair? = nil) {
            self.number = number
            self.new = new
        }
    }

    private let capacity: Int
    private var numbers: [Pair: Int32] = [:]

    /// - Parameter capacity: how many pairs the terminal has, the first of which is its own colours.
    package init(capacity: Int) { self.capacity = capacity }

    /// The number of a pair.
    ///
    /// Complexity: O(1).
    package mutating func number(of pair: Pair) -> Answer {
        if pair == Pair(foreground: -1, background: -1) { return Answer(number: 0) }
        if let number = numbers[pair] { return Answer(number: number) }
        guard numbers.count + 1 < capacity else {
            let plain = numbers[Pair(foreground: pair.foreground, background: -1)]
            return Answer(number: plain ?? 0)
        }
        let number = Int32(numbers.count + 1)
        numbers[pair] = number
        return Answer(number: number, new: pair)
    }
}

/// A theme's colours as ncurses numbers them.
package struct CursesPalette: Sendable {
    package var depth: ColourDepth
    /// How many colours the terminal has.
    package var colours: Int
    /// Whether the terminal's own colours can be asked for.
    package var hasDefault: Bool

    package init(depth: ColourDepth, colours: Int, hasDefault: Bool) {
        self.depth = depth
        self.colours = colours
        self.hasDefault = hasDefault
    }

    /// The pair of a paint, and whether its foreground needs bold to be as bright as it should: terminals of eight colours have the other eight so.
    package func pair(_ paint: Paint) -> (pair: PairTable.Pair, isBold: Bool) {
        let foreground = number(paint.foreground, standard: 7)
        let background = number(paint.background, standard: 0)
        return (PairTable.Pair(foreground: foreground.number, background: background.number), foreground.isBright)
    }

    private func number(_ colour: Colour, standard: Int32) -> (number: Int32, isBright: Bool) {
        switch colour {
        case .standard: return (hasDefault ? -1 : standard, false)
        case .indexed(let index):
            if depth == .truecolor && index >= 8 { return (CursesPalette.direct(.indexed(index)), false) }
            if colours < 16 && index < 16 { return (Int32(index % 8), index >= 8) }
            return Int(index) < max(colours, 1) ? (Int32(index), false) : (standard, false)
        case .rgb(let exact): return (CursesPalette.direct(exact), false)
        }
    }

    /// Direct-colour entries read the numbers below eight as the ANSI colours: the few darkest blues become the nearest other one.
    private static func direct(_ colour: RGB) -> Int32 {
        max(8, Int32(colour.red) << 16 | Int32(colour.green) << 8 | Int32(colour.blue))
    }
}
