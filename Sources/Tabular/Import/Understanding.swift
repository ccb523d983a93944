/// What an import took a file for: the target and every column, with what was left out and why.
///
/// Kept with the version that learnt from it, and printed, so that nothing is decided behind anybody's back.
public struct Understanding: Codable, Sendable, Equatable {
    /// What became of a column.
    public enum Role: String, Codable, Sendable {
        /// The model learns from it.
        case input
        /// What is predicted.
        case target
        /// It orders the rows.
        case time
        /// It says how often a row counts.
        case weight
        /// Predicted rates are multiplied with it.
        case exposure
        /// Somebody asked for it not to be used.
        case excluded
        /// The import did not use it.
        case leftOut = "left out"

        init(_ role: FeatureRole?) {
            switch role {
            case .weight: self = .weight
            case .exposure: self = .exposure
            case nil: self = .input
            }
        }
    }

    /// One column of the file.
    public struct Column: Codable, Sendable, Equatable {
        /// Its name in the header; empty for an index without one.
        public var name: String
        /// What became of it.
        public var role: Role
        /// What its cells are; nil where that was not found out.
        public var kind: FeatureKind?
        /// How its numbers are written, where not plainly.
        public var format: NumberFormat?
        /// Why it was left out, or read as it was.
        public var why: String?
        /// Cells without a value.
        public var missing: Int
        /// Those of them that say so with a word.
        public var missingWords: Int
        /// The first such word.
        public var firstWord: String?

        init(
            name: String, role: Role, kind: FeatureKind? = nil, format: NumberFormat? = nil, why: String? = nil, missing: Int = 0,
            missingWords: Int = 0, firstWord: String? = nil
        ) {
            self.name = name
            self.role = role
            self.kind = kind
            self.format = format
            self.why = why
            self.missing = missing
            self.missingWords = missingWords
            self.firstWord = firstWord
        }

        /// What it is, for people: `numbers with $, thousands separated by ','`.
        public var meaning: String {
            switch (role, kind) {
            case (.excluded, _), (.leftOut, _): role.rawValue
            case (_, .numeric), (_, .integer): format.map { "numbers " + $0.words } ?? (kind == .integer ? "whole numbers" : "numbers")
            case (_, .boolean): "true or false"
            case (_, .categorical): "names"
            case (_, .time): "times"
            case (_, nil): role.rawValue
            }
        }

        /// What else is to say about it.
        public var remarks: String {
            var parts: [String] = []
            if let why { parts.append(why) }
            if missingWords > 0 {
                let word = firstWord.map { " such as '\(SafeText.escape($0))'" } ?? ""
                parts.append("\(missingWords) cells read as missing words\(word)")
            }
            if missing > missingWords { parts.append("\(missing - missingWords) blank cells") }
            return parts.joined(separator: "; ")
        }
    }

    /// The file's name.
    public var source: String
    /// Rows that were kept.
    public var rows: Int
    /// What is predicted.
    public var task: PredictionTask
    /// Class names by index; empty for regression.
    public var classes: [String]
    /// The class whose probability a binary model predicts.
    public var positive: String?
    /// The columns in the file's order.
    public var columns: [Column]

    /// The target's name.
    public var target: String { columns.first { $0.role == .target }?.name ?? "" }

    /// What was understood, a line for the target and one for each column, escaped for a terminal; the columns' names are padded.
    public var lines: [String] {
        var head = "understood \(rows) rows of \(SafeText.escape(source)): \(task.rawValue) target \(SafeText.escape(target))"
        if !classes.isEmpty {
            let shown = classes.prefix(12).map { SafeText.escape($0) }.joined(separator: ", ")
            head += ", \(classes.count) classes: \(shown)\(classes.count > 12 ? ", …" : "")"
        }
        if let positive { head += ", positive \(SafeText.escape(positive))" }
        let names = columns.map { column in
            column.name.isEmpty ? "(no name)" : SafeText.escape(column.name.count > 40 ? column.name.prefix(39) + "…" : column.name)
        }
        let width = names.map(\.count).max() ?? 0
        return [head]
            + zip(names, columns).map { name, column in
                let role = [.target, .time, .weight, .exposure].contains(column.role) ? "\(column.role.rawValue), " : ""
                let rest = column.remarks
                let padding = String(repeating: " ", count: width - name.count)
                return "  \(name)\(padding)  \(role)\(column.meaning)" + (rest.isEmpty ? "" : ": \(rest)")
            }
    }
}
