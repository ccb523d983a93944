/// Decides what a cell of one column means: the same for a file's cell, a text in a request, and what is typed into a filter.
///
/// Blanks around it do not count. A blank cell and a word for missing have no value; else the column's kind and format say what it must hold.
///
/// A class, because hot loops hold one for each column: to use it in place counts one reference, a struct's copy one for each list of words.
package final class CellReader: Sendable {
    /// What a cell means.
    package enum Meaning {
        /// A number; 1 and 0 for true and false; UTC milliseconds for times.
        case value(Double)
        /// A category: the bytes without the blanks around them.
        case name(UnsafeBufferPointer<UInt8>)
        /// No value: the cell is blank.
        case blank
        /// No value: the cell says so with a word.
        case word
        /// Nothing that the column can hold.
        case misfit
    }

    package let kind: FeatureKind
    let format: NumberFormat?
    let words: MissingWords

    package init(kind: FeatureKind, format: NumberFormat? = nil, words: MissingWords = .standard) {
        self.kind = kind
        self.format = format
        self.words = words
    }

    /// For a feature of a schema with those words.
    package convenience init(_ feature: Feature, words: MissingWords) {
        self.init(kind: feature.kind, format: feature.format, words: feature.keepsWords == true ? .none : words)
    }

    /// Whether plain digits are a value of the column, so that a reader of many cells may try `CellText.number` first.
    package var takesPlainNumbers: Bool {
        (kind == .numeric || kind == .integer) && words.numbers.isEmpty && format?.takesPlainNumbers ?? true
    }

    /// What a cell means.
    ///
    /// Complexity: O(bytes).
    package func meaning(_ raw: UnsafeBufferPointer<UInt8>, times: inout TimeParser) -> Meaning {
        let bytes = CellText.trimmed(raw)
        if bytes.isEmpty { return .blank }
        if kind == .categorical { return words.contains(trimmed: bytes) ? .word : .name(bytes) }
        if let value = value(bytes, &times) { return isMissing(value) ? .word : .value(value) }
        return words.contains(trimmed: bytes) ? .word : .misfit
    }

    /// Whether a number stands for no value.
    package func isMissing(_ number: Double) -> Bool { !words.numbers.isEmpty && kind != .time && words.numbers.contains(number) }

    private func value(_ bytes: UnsafeBufferPointer<UInt8>, _ times: inout TimeParser) -> Double? {
        switch kind {
        case .numeric: return number(bytes)
        // A double cannot give these digits back, and who writes whole numbers means each of them.
        case .integer: return CellText.isHuge(bytes) ? nil : number(bytes)
        case .boolean:
            if let truth = CellText.boolean(bytes) { return truth ? 1 : 0 }
            guard let number = CellText.number(bytes), number == 0 || number == 1 else { return nil }
            return number
        case .time: return times.milliseconds(bytes: bytes).map { Double($0) }
        case .categorical: return nil
        }
    }

    private func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        if let format { return format.number(bytes) }
        return CellText.number(bytes)
    }

    // MARK: Refusals

    /// What a cell must hold, in a sentence.
    package var expectation: String {
        switch kind {
        case .numeric, .integer:
            guard let format else { return "a finite number" }
            return "a finite number " + format.words
        case .boolean: return "true or false"
        case .categorical: return "a text"
        case .time: return "a time"
        }
    }

    /// What to do about a cell that does not fit: what it looks like, where that is known, else `otherwise`.
    package func remedy(_ bytes: UnsafeBufferPointer<UInt8>, otherwise: String) -> String {
        switch kind {
        case .time: return "write times as yyyy-MM-ddTHH:mm:ss, or as Unix seconds or milliseconds"
        case .integer where CellText.isHuge(bytes):
            return "whole numbers beyond 2^53 cannot be told apart as numbers: \(otherwise)"
        case .numeric, .integer: return (Self.advice(bytes) ?? "") + otherwise
        case .boolean, .categorical: return otherwise
        }
    }

    /// What a text is that is nearly a number, and how to write it plainly; ends with a separator.
    static func advice(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        switch DecoratedNumber.parse(bytes) {
        case .number(let found):
            let plain = Int64(exactly: found.value).map { String($0) } ?? "\(found.value)"
            if let grouping = found.grouping, found.unit == nil {
                return "\(NumberFormat.name(grouping)) separates thousands: write \(plain), "
            }
            return "write \(plain) without \(NumberFormat(unit: found.unit, grouping: found.grouping).sign), "
        case .decimalComma: return "write decimals with a point, "
        case .groupedByPoints: return "points separate thousands: write the number without them, "
        case nil: return nil
        }
    }
}

extension NumberFormat {
    /// What to leave out to have a plain number.
    fileprivate var sign: String { unit.map { SafeText.escape($0) } ?? (grouping.map(Self.name) ?? "parentheses") }
}

extension Schema {
    /// The words that stand for no value in this deployment's cells.
    package var missingWords: MissingWords { MissingWords(ofSchema: missing) }

    /// What reads the cells of each feature, in row order.
    package var readers: [CellReader] {
        let words = missingWords
        return features.map { CellReader($0, words: words) }
    }
}
