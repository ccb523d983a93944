/// Why a text is no truth of a target.
public enum TargetRefusal: String, Codable, Sendable, CaseIterable, Error {
    /// It names none of the classes.
    case noClass = "no_class"
    /// A number is predicted, and it is none.
    case noNumber = "no_number"
    /// It equals several classes by value, and none by letter.
    case ambiguous = "several_classes"
    /// A word for missing: no truth at all.
    case missing = "missing_word"

    /// As a sentence has it: `no class`.
    public var words: String { rawValue.replacing("_", with: " ") }
}

extension Target {
    /// The target value of a label's text: a class index, or the number itself for regression; nil when it is neither.
    public func value(of label: String) -> Double? { try? reading(of: label).get() }

    /// The target value of a text, or why it has none.
    ///
    /// Blanks around it do not count. A class is named by its text; else by the value that the text has: `1.0` names the class `1`, `TRUE` the
    /// class `True`; and where two classes are a false and a true one, any word or number for these names them. Decimal numbers only.
    /// Complexity: O(classes).
    public func reading(of label: String, words: MissingWords = .standard) -> Result<Double, TargetRefusal> {
        let text = CellText.trimmed(label)
        if task == .regression { return number(text, words) }
        if let index = classes.firstIndex(of: text) { return .success(Double(index)) }
        let value = CellValue(text)
        let equal = classes.indices.filter { value != .text(text) && CellValue(classes[$0]) == value }
        if equal.count > 1 { return .failure(.ambiguous) }
        if let index = equal.first { return .success(Double(index)) }
        if let truth = value.truth, let index = index(of: truth) { return .success(Double(index)) }
        return .failure(isMissing(text, words) ? .missing : .noClass)
    }

    private func number(_ text: String, _ words: MissingWords) -> Result<Double, TargetRefusal> {
        var copy = text
        let number = copy.withUTF8 { bytes in format.map { $0.number(bytes) ?? CellText.number(bytes) } ?? CellText.number(bytes) }
        if let number, keepsWords != true, words.numbers.contains(number) { return .failure(.missing) }
        return number.map { .success($0) } ?? .failure(isMissing(text, words) ? .missing : .noNumber)
    }

    private func isMissing(_ text: String, _ words: MissingWords) -> Bool {
        var copy = text
        return text.isEmpty || (keepsWords != true && copy.withUTF8 { words.contains(trimmed: $0) })
    }

    /// The class of a truth value, where the classes are a false and a true one.
    private func index(of truth: Bool) -> Int? {
        guard classes.count == 2 else { return nil }
        let truths = classes.map { CellValue($0).truth }
        guard let first = truths[0], let second = truths[1], first != second else { return nil }
        return first == truth ? 0 : 1
    }

    /// The classes for a message, the first ones of many.
    package var classList: String {
        let shown = classes.prefix(8).map { SafeText.escape(String($0.prefix(40))) }.joined(separator: ", ")
        return classes.count > 8 ? "\(shown), … (\(classes.count) in all)" : shown
    }
}

/// What a class's text amounts to, whatever its spelling: `Yes` is `yes`, `1.0` is `1`, `01` is a name.
enum CellValue: Hashable {
    case number(Double)
    case word(String)
    case text(String)

    init(_ text: String) {
        var copy = text
        let (kind, number) = copy.withUTF8 { bytes in (CellText.classify(bytes), CellText.number(bytes)) }
        switch kind {
        case .integer, .number: self = number.map { .number($0) } ?? .text(text)
        case .boolean: self = .word(text.lowercased())
        case .blank, .leadingZero, .huge, .text: self = .text(text)
        }
    }

    /// True for `true`, `yes` and 1, false for `false`, `no` and 0; nil for anything else.
    var truth: Bool? {
        switch self {
        case .number(let number): number == 1 ? true : number == 0 ? false : nil
        case .word(let word): word == "true" || word == "yes"
        case .text: nil
        }
    }
}
