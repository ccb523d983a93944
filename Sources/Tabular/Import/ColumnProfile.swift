/// What the cells of one column can be taken for: the first pass of an import.
struct ColumnProfile {
    /// A cell that does not fit with the others.
    struct Misfit {
        var row: Int
        var text: String
    }

    /// The column's kind, or why it has none.
    enum Verdict {
        case kind(FeatureKind)
        /// Numbers that are not written plainly.
        case formatted(NumberFormat)
        /// Texts by their digits: why they are no numbers.
        case names(why: String)
        /// Texts, some of which look like numbers.
        case mixture(share: String)
        case empty
        case misfit(Misfit, expected: String, remedy: String)
    }

    /// Fewest numbers among which a text is taken for a mistake, if they are the most of the column.
    private static let enough = 20
    /// Share of cells in another dress, one in so many, below which they are mistakes among plain numbers.
    private static let fewDressed = 10
    /// Different units that are told apart.
    private static let mostUnits = 8

    /// Words that stand for no value in this column.
    private let words: MissingWords

    private var integers = 0
    private var reals = 0
    private var leadingZeros = 0
    private var huge = 0
    private var booleans = 0
    private var times = 0
    private var texts = 0
    private var dressed = Dressed()
    private var decimalCommas = 0
    private var first: [Look: Misfit] = [:]
    /// The looks that `first` has, one bit each: every cell asks.
    private var noted: UInt16 = 0

    private enum Look: UInt16 {
        case notNumber
        case notTime
        case dressed
        case plain
        case decimalComma
        case leadingZero
        case huge
        case otherUnit
    }

    /// Numbers that are not written plainly.
    private struct Dressed {
        var count = 0
        var units: [String: Int] = [:]
        var groupings: Set<String> = []
        var parentheses = 0
        /// Of these, those with nothing but parentheses.
        var onlyParentheses = 0
        var pointGroups = 0

        var unit: String? { units.count == 1 ? units.keys.first : nil }
        /// Several units that are mixed by mistake, or one; else texts that begin with a number, as `1st` and `2nd`.
        var areNumbers: Bool { units.count <= 1 || units.keys.allSatisfy(DecoratedNumber.isKnownUnit) }
    }

    init(words: MissingWords) { self.words = words }

    /// Takes note of a cell, or of so many equal ones.
    ///
    /// Complexity: O(bytes).
    mutating func observe(_ bytes: UnsafeBufferPointer<UInt8>, row: Int, times cells: Int = 1) {
        if !words.numbers.isEmpty, let number = CellText.number(bytes), words.numbers.contains(number) { return }
        switch CellText.classify(bytes) {
        case .blank: return
        case .integer:
            integers += cells
            note(.plain, bytes, row)
        case .number where words.contains(trimmed: CellText.trimmed(bytes)): return
        case .number:
            reals += cells
            note(.plain, bytes, row)
        case .leadingZero:
            leadingZeros += cells
            note(.leadingZero, bytes, row)
        case .huge:
            huge += cells
            note(.huge, bytes, row)
        case .boolean:
            booleans += cells
            note(.notNumber, bytes, row)
        case .text: observeText(bytes, row: row, cells)
        }
    }

    private mutating func observeText(_ bytes: UnsafeBufferPointer<UInt8>, row: Int, _ cells: Int) {
        if words.contains(trimmed: CellText.trimmed(bytes)) { return }
        if TimeParser.looksLikeTime(bytes) {
            times += cells
            return note(.notNumber, bytes, row)
        }
        note(.notTime, bytes, row)
        switch DecoratedNumber.parse(bytes) {
        case .number(let number): observe(number, bytes, row, cells)
        case .groupedByPoints:
            dressed.count += cells
            dressed.pointGroups += cells
            note(.dressed, bytes, row)
        case .decimalComma:
            decimalCommas += cells
            note(.decimalComma, bytes, row)
        case nil:
            texts += cells
            note(.notNumber, bytes, row)
        }
    }

    private mutating func observe(_ number: DecoratedNumber, _ bytes: UnsafeBufferPointer<UInt8>, _ row: Int, _ cells: Int) {
        dressed.count += cells
        note(.dressed, bytes, row)
        if let unit = number.unit {
            let isNew = dressed.units[unit] == nil
            if isNew, !dressed.units.isEmpty { note(.otherUnit, bytes, row) }
            if !isNew || dressed.units.count < Self.mostUnits { dressed.units[unit, default: 0] += cells }
        }
        if let grouping = number.grouping { dressed.groupings.insert(grouping) }
        if number.hasParentheses {
            dressed.parentheses += cells
            if number.unit == nil, number.grouping == nil { dressed.onlyParentheses += cells }
        }
    }

    private mutating func note(_ look: Look, _ bytes: UnsafeBufferPointer<UInt8>, _ row: Int) {
        let bit = 1 << look.rawValue as UInt16
        guard noted & bit == 0 else { return }
        noted |= bit
        first[look] = Misfit(row: row, text: String(decoding: bytes.prefix(80), as: UTF8.self))
    }

    // MARK: Verdict

    private var plain: Int { integers + reals }
    private var names: Int { leadingZeros + huge }
    /// Cells with a value.
    var present: Int { plain + names + booleans + times + texts + dressed.count + decimalCommas }
    /// Cells that are numbers, however they are written.
    private var numberLike: Int { plain + names + decimalCommas + (dressed.areNumbers ? dressed.count : 0) }
    /// What most cells of a column with a misfit are.
    var nearly: FeatureKind { times > numberLike ? .time : .numeric }
    /// Whether every value is a whole number in digits, as in the index of a data frame.
    var isWhole: Bool { present > 0 && integers + names == present }

    /// What the column holds.
    ///
    /// Numbers that are written with a sign, a unit or separated thousands throughout are numbers; mixtures that look like a mistake (a few texts
    /// among numbers, two units, two date layouts, decimal commas) are misfits.
    var verdict: Verdict {
        if present == 0 { return .empty }
        if plain == present { return .kind(reals == 0 ? .integer : .numeric) }
        if plain + names == present { return reals > 0 ? .kind(.numeric) : .names(why: nameReason) }
        if booleans == present { return .kind(.boolean) }
        if times == present { return .kind(.time) }
        // Whole numbers and texts, and some digits that are no number: all are names.
        if names > 0, reals + dressed.count + decimalCommas == 0 { return .names(why: nameReason) }
        if decimalCommas > 0, numberLike == present, let misfit = first[.decimalComma] {
            return .misfit(
                misfit, expected: "a number", remedy: "write decimals with a point, say --decimal ',', or import the column as categorical")
        }
        if dressed.count > 0, numberLike == present { return dress }
        if numberLike >= Self.enough, numberLike * 2 >= present, let misfit = first[.notNumber] {
            return .misfit(
                misfit, expected: "a number, as the others are", remedy: "\(share(numberLike)) are numbers: correct it, \(ways(misfit))")
        }
        if times > 1, times * 2 >= present, let misfit = first[.notTime] {
            return .misfit(
                misfit, expected: "a time in the others' layout",
                remedy: "\(share(times)) are times: write all times as yyyy-MM-ddTHH:mm:ss, or exclude the column")
        }
        return numberLike > 0 ? .mixture(share: share(numberLike)) : .kind(.categorical)
    }

    /// The verdict on a column of numbers of which some are not written plainly.
    private var dress: Verdict {
        if dressed.pointGroups > 0 || dressed.groupings.count > 1, let misfit = first[.dressed] {
            return .misfit(
                misfit, expected: "a plain number", remedy: "thousands are separated in more than one way, or by points: write plain digits"
            )
        }
        if dressed.units.count > 1, let misfit = first[.otherUnit] {
            let units = dressed.units.keys.sorted().map { SafeText.escape($0) }.joined(separator: ", ")
            return .misfit(
                misfit, expected: "a number in the others' unit",
                remedy: "the column has the units \(units): convert it to one, \(ways(misfit))")
        }
        let format = NumberFormat(unit: dressed.unit, grouping: dressed.groupings.first, parentheses: dressed.parentheses > 0)
        let clothed = dressed.count - dressed.onlyParentheses
        if clothed > 0, clothed * Self.fewDressed < present, let misfit = first[.dressed] {
            var text = misfit.text
            let advice = text.withUTF8 { CellReader.advice($0) } ?? ""
            return .misfit(
                misfit, expected: "a plain number, as the others are",
                remedy: "\(share(present - clothed)) are plain numbers: \(advice)or keep the column as names with --categorical")
        }
        let withUnit = dressed.units.values.reduce(0, +)
        if let unit = format.unit, !format.takesPlainNumbers, withUnit < present, let misfit = firstWithoutUnit {
            return .misfit(
                misfit, expected: "a number with \(SafeText.escape(unit)), as the others are",
                remedy: "\(share(withUnit)) have this unit: write it behind every number or behind none, \(ways(misfit))")
        }
        return .formatted(format)
    }

    private var firstWithoutUnit: Misfit? { first[.plain] ?? first[.dressed] }

    private var nameReason: String {
        var reasons: [String] = []
        if leadingZeros > 0, let misfit = first[.leadingZero] {
            reasons.append(
                "\(leadingZeros) of \(present) cells begin with a zero that a number would lose, such as '\(SafeText.escape(misfit.text))'")
        }
        if huge > 0, let misfit = first[.huge] {
            reasons.append("\(huge) of \(present) cells are whole numbers beyond 2^53, such as '\(SafeText.escape(misfit.text))'")
        }
        return reasons.joined(separator: ", and ")
    }

    /// A few names among numbers, which would cost the whole column if it had too many distinct texts; nil where names are no exception.
    var rareName: Misfit? {
        guard names * 20 < present, plain > names else { return nil }
        return first[.leadingZero] ?? first[.huge]
    }

    /// `366 of 400 cells (91.5 %)`.
    private func share(_ count: Int) -> String { Self.share(count, of: present) }

    static func share(_ count: Int, of present: Int) -> String {
        var thousandths = (Double(count) / Double(max(1, present)) * 10_000).rounded() / 100
        // Nearly all are not all.
        if count < present { thousandths = min(thousandths, 99.99) }
        return "\(count) of \(present) cells (\(thousandths) %)"
    }

    /// What may be done about a cell that does not fit.
    private func ways(_ misfit: Misfit) -> String {
        let text = CellText.trimmed(misfit.text)
        let isPlain = text.count <= 20 && !text.contains { ",'\"\\".contains($0) }
        let listed = (words.words + [isPlain ? SafeText.escape(text) : "WORD"]).joined(separator: ",")
        return "say --missing '\(listed)' if it stands for no value, or keep the column as names with --categorical"
    }
}
