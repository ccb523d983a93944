/// How the cells of one column write their numbers, where plain digits are not all: `$31,184.86`, `12 kg`, `3.5 %`, `(1,250)`.
///
/// Found once, by the first import, and kept in the schema: every later file is read by it. A schema without one holds plain numbers.
public struct NumberFormat: Codable, Sendable, Equatable, Hashable {
    /// A currency sign, a unit or the per cent sign that stands before or behind the numbers.
    ///
    /// `12 %` is 12: the number as written, in that unit.
    public var unit: String?
    /// What separates thousands: a comma, an apostrophe or a blank.
    public var grouping: String?
    /// Whether a number in parentheses is negative.
    public var parentheses: Bool

    /// Makes a format.
    public init(unit: String? = nil, grouping: String? = nil, parentheses: Bool = false) {
        self.unit = unit
        self.grouping = grouping
        self.parentheses = parentheses
    }

    /// Whether a cell without the unit is a number as well: true for currencies, whose sign is often left out, and without a unit.
    ///
    /// `0.5` in a column of per cents may be 0.5 % or 50 %, and `800` among kilograms may be grams.
    public var takesPlainNumbers: Bool { unit.map(DecoratedNumber.isCurrency) ?? true }

    /// The number of a cell that is written this way; nil for any other.
    ///
    /// Complexity: O(bytes).
    package func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        if let plain = CellText.number(bytes) { return takesPlainNumbers ? plain : nil }
        guard case .number(let found) = DecoratedNumber.parse(bytes) else { return nil }
        guard found.grouping == nil || found.grouping == grouping, !found.hasParentheses || parentheses else { return nil }
        guard found.unit == unit || (found.unit == nil && takesPlainNumbers) else { return nil }
        return found.value
    }

    /// In a sentence behind "numbers": `with $, thousands separated by ','`.
    public var words: String {
        var parts: [String] = []
        if let unit { parts.append("with \(SafeText.escape(unit))") }
        if let grouping { parts.append("\(unit == nil ? "with " : "")thousands separated by \(Self.name(grouping))") }
        if parentheses { parts.append("negative ones in parentheses") }
        return parts.joined(separator: ", ")
    }

    static func name(_ grouping: String) -> String {
        switch grouping {
        case " ", "\u{A0}", "\u{202F}", "\u{2009}": "a blank"
        default: "'\(grouping)'"
        }
    }
}

/// A number that wears a sign, a unit, separated thousands or parentheses.
struct DecoratedNumber {
    /// What a text with digits in it can be taken for.
    enum Outcome {
        case number(DecoratedNumber)
        /// `3,14`, `1.234,56`: decimals behind a comma.
        case decimalComma
        /// `1.234.567`.
        case groupedByPoints
    }

    /// Bytes of the longest one.
    private static let longest = 64
    private static let longestUnit = 16

    var value: Double
    var unit: String?
    var grouping: String?
    var hasParentheses: Bool

    /// What the bytes are, if they are a number in one of these dresses; nil for any other text, plain numbers included.
    static func parse(_ raw: UnsafeBufferPointer<UInt8>) -> Outcome? {
        guard raw.count <= longest, raw.contains(where: { $0 &- 0x30 <= 9 }) else { return nil }
        var parser = Parser(String(decoding: raw, as: UTF8.self))
        return parser.outcome()
    }

    /// Whether a unit is money.
    static func isCurrency(_ unit: String) -> Bool {
        unit.unicodeScalars.contains { $0.properties.generalCategory == .currencySymbol } || currencyCodes.contains(unit)
    }

    /// Whether a word is a unit that people mix with others of its kind, so that a column of several is a mistake and no set of names.
    static func isKnownUnit(_ unit: String) -> Bool { isCurrency(unit) || knownUnits.contains(unit.lowercased()) }

    private static let currencyCodes: Set<String> = [
        "AED", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "INR", "JPY", "KRW", "MXN", "NOK",
        "NZD", "PLN", "RUB", "SEK", "SGD", "THB", "TRY", "USD", "ZAR",
    ]
    private static let knownUnits: Set<String> = [
        "%", "‰", "mg", "g", "kg", "t", "lb", "lbs", "oz", "mm", "cm", "m", "km", "in", "ft", "yd", "mi", "miles", "ml", "cl", "l", "ms",
        "s",
        "sec", "min", "mins", "h", "hr", "hrs", "hours", "days", "day", "weeks", "months", "years", "°c", "°f", "k", "hz", "khz", "mhz",
        "ghz",
        "b", "kb", "mb", "gb", "tb", "w", "kw", "mw", "wh", "kwh", "mwh", "v", "ma", "bar", "pa", "hpa", "kpa", "km/h", "mph", "m/s",
    ]

    /// Walks over one text: `( - $ - digits unit )`, each but the digits optional.
    private struct Parser {
        private let scalars: [Unicode.Scalar]
        private var position = 0
        private var digits = ""
        private var groups: Set<String> = []
        private var hasDecimalComma = false
        private var pointGroups = 0

        init(_ text: String) { scalars = Array(text.unicodeScalars) }

        private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

        mutating func outcome() -> Outcome? {
            skipBlanks()
            let isOpened = take("(")
            skipBlanks()
            var isNegative = takeSign()
            let prefix = currencyPrefix()
            if prefix != nil {
                skipBlanks()
                if takeSign() { isNegative = true }
            }
            guard number() else { return nil }
            skipBlanks()
            let suffix = unitSuffix()
            skipBlanks()
            guard isOpened == take(")") else { return nil }
            skipBlanks()
            guard position == scalars.count, prefix == nil || suffix == nil, !(isOpened && isNegative) else { return nil }
            if hasDecimalComma { return .decimalComma }
            if pointGroups > 1 { return .groupedByPoints }
            guard groups.count <= 1, let value = Double(digits), value.isFinite else { return nil }
            return .number(
                DecoratedNumber(
                    value: isNegative || isOpened ? -value : value, unit: prefix ?? suffix, grouping: groups.first, hasParentheses: isOpened
                ))
        }

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard next == scalar else { return false }
            position += 1
            return true
        }

        private mutating func skipBlanks() { while let scalar = next, Self.isBlank(scalar) { position += 1 } }

        /// True for a minus.
        private mutating func takeSign() -> Bool {
            if take("-") || take("\u{2212}") { return true }
            _ = take("+")
            return false
        }

        /// `$`, `US$`, `EUR`: letters alone must be a known code, or every name with a number in it would be money.
        private mutating func currencyPrefix() -> String? {
            var end = position
            while end < scalars.count, end - position < 4, scalars[end].properties.isAlphabetic || Self.isCurrency(scalars[end]) {
                end += 1
            }
            guard end > position else { return nil }
            let text = Self.text(scalars[position..<end])
            guard DecoratedNumber.isCurrency(text) else { return nil }
            position = end
            return text
        }

        /// Letters, degrees, per cent: up to sixteen, no digit among them.
        private mutating func unitSuffix() -> String? {
            guard let first = next, Self.isUnit(first), first != "/" else { return nil }
            var end = position
            while end < scalars.count,
                Self.isUnit(scalars[end]) || (scalars[end] == " " && end + 1 < scalars.count && Self.isUnit(scalars[end + 1]))
            {
                end += 1
            }
            guard end - position <= DecoratedNumber.longestUnit else { return nil }
            defer { position = end }
            return Self.text(scalars[position..<end])
        }

        /// Digits with their separators; false when there are none, or groups of a wrong size that are no decimals either.
        private mutating func number() -> Bool {
            let lead = takeDigits()
            var groupSize = lead
            var isGrouped = false
            while let scalar = next, let separator = Self.separator(scalar), position + 1 < scalars.count,
                Self.isDigit(scalars[position + 1])
            {
                let start = position
                position += 1
                let count = takeDigits()
                let isGroup = count == 3 && (isGrouped ? groupSize == 3 : groupSize >= 1 && groupSize <= 3 && !isZero)
                guard isGroup else {
                    guard separator == ",", groups.isEmpty || groups == ["."] else {
                        // What follows a blank is no part of this number.
                        position = start
                        return false
                    }
                    hasDecimalComma = true
                    return true
                }
                groups.insert(separator)
                isGrouped = true
                groupSize = 3
            }
            guard lead > 0 || next == "." else { return false }
            return decimals(lead: lead, isGrouped: isGrouped)
        }

        /// `.25` behind the whole part; further points make groups, and a comma behind these decimals.
        private mutating func decimals(lead: Int, isGrouped: Bool) -> Bool {
            guard next == "." else { return true }
            let hasFurther = scalars[(position + 1)...].contains { $0 == "." || $0 == "," }
            guard hasFurther, !isGrouped else {
                position += 1
                digits.append(".")
                let count = takeDigits()
                return lead + count > 0
            }
            while take(".") {
                guard takeDigits() == 3 else { return false }
                pointGroups += 1
            }
            guard take(",") else { return true }
            hasDecimalComma = true
            return takeDigits() > 0
        }

        private var isZero: Bool { digits == "0" }

        private mutating func takeDigits() -> Int {
            let start = position
            while let scalar = next, Self.isDigit(scalar) {
                digits.unicodeScalars.append(scalar)
                position += 1
            }
            return position - start
        }

        private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            return String(view)
        }

        private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x30 && scalar.value <= 0x39 }

        private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
            scalar == " " || scalar == "\t" || scalar == "\u{A0}" || scalar == "\u{202F}" || scalar == "\u{2009}"
        }

        private static func isCurrency(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .currencySymbol }

        private static func isUnit(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar {
            case "%", "‰", "°", "/", "²", "³": true
            default: scalar.properties.isAlphabetic || isCurrency(scalar)
            }
        }

        /// Separators of thousands; the typographic ones count as their plain cousins.
        private static func separator(_ scalar: Unicode.Scalar) -> String? {
            switch scalar {
            case ",": ","
            case "'", "\u{2019}": "'"
            case " ", "\u{A0}", "\u{202F}", "\u{2009}": " "
            default: nil
            }
        }
    }
}
