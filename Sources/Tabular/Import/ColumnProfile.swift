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
        case empty
        case misfit(Misfit, expected: String, remedy: String)
    }

    /// Share of numbers from which a text among them is taken for a mistake.
    private static let mostly = 0.95
    /// Fewest numbers for that.
    private static let enough = 20

    private(set) var missing = 0
    private var integers = 0
    private var reals = 0
    private var booleans = 0
    private var times = 0
    private var texts = 0
    private var decimalCommas = 0
    private var firstNotNumber: Misfit?
    private var firstNotTime: Misfit?
    private var firstDecimalComma: Misfit?

    /// Takes note of one cell.
    ///
    /// Complexity: O(bytes).
    mutating func observe(_ bytes: UnsafeBufferPointer<UInt8>, row: Int) {
        switch CellText.classify(bytes) {
        case .missing: missing += 1
        case .integer: integers += 1
        case .number: reals += 1
        case .boolean:
            booleans += 1
            if firstNotNumber == nil { firstNotNumber = Self.misfit(bytes, row) }
        case .text: observeText(bytes, row: row)
        }
    }

    private mutating func observeText(_ bytes: UnsafeBufferPointer<UInt8>, row: Int) {
        texts += 1
        if firstNotNumber == nil { firstNotNumber = Self.misfit(bytes, row) }
        if TimeParser.looksLikeTime(bytes) {
            times += 1
            return
        }
        if firstNotTime == nil { firstNotTime = Self.misfit(bytes, row) }
        // Only a quoted cell can hold a comma, so this costs nothing in ordinary text.
        if bytes.contains(0x2C), bytes.allSatisfy({ $0 &- 0x30 <= 9 || $0 == 0x2C || $0 == 0x2D }) {
            decimalCommas += 1
            if firstDecimalComma == nil { firstDecimalComma = Self.misfit(bytes, row) }
        }
    }

    private static func misfit(_ bytes: UnsafeBufferPointer<UInt8>, _ row: Int) -> Misfit {
        Misfit(row: row, text: String(decoding: bytes.prefix(80), as: UTF8.self))
    }

    /// Cells with a value.
    var present: Int { integers + reals + booleans + texts }
    /// Whether some values, though not all, are numbers or times.
    var isMixed: Bool { integers + reals + times > 0 && max(integers + reals, times) < present }

    /// What the column holds.
    ///
    /// Mixtures that look like a mistake (a few texts among numbers, two date layouts, decimal commas) are misfits.
    var verdict: Verdict {
        let numbers = integers + reals
        if present == 0 { return .empty }
        if numbers == present { return .kind(reals == 0 ? .integer : .numeric) }
        if booleans == present { return .kind(.boolean) }
        if times == present { return .kind(.time) }
        if decimalCommas > 0, decimalCommas + integers == present, let misfit = firstDecimalComma {
            return .misfit(misfit, expected: "a number", remedy: "write decimals with a point, or import the column as categorical")
        }
        if numbers >= Self.enough, Double(numbers) >= Self.mostly * Double(present), let misfit = firstNotNumber {
            return .misfit(misfit, expected: "a number, as the others are", remedy: "correct it, or import the column as categorical")
        }
        if times > 1, times * 2 >= present, let misfit = firstNotTime {
            return .misfit(
                misfit, expected: "a time in the others' layout", remedy: "write all times as yyyy-MM-ddTHH:mm:ss, or exclude the column")
        }
        return .kind(.categorical)
    }
}
