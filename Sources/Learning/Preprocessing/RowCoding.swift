package import Tabular

/// What stands for categories and times before an algorithm sees them: part of the version.
///
/// Numbers, booleans, and what no setting asks to code pass as they are.
package struct RowCoding: Sendable {
    /// The settings, which every algorithm takes.
    static let parameters = [
        ParameterSpec(
            name: "categories",
            summary:
                "own: as the algorithm takes them (one-hot, or sets in trees); ordinal: numbers from 0, the most frequent first; target: the mean target of their rows, for columns with very many texts",
            kind: .choice(["own", "ordinal", "target"]), defaultText: "own"),
        ParameterSpec(
            name: "times",
            summary: "own: hour, weekday and month as the algorithm takes them; cycles: sine and cosine of each, so that 23 is beside 0",
            kind: .choice(["own", "cycles"]), defaultText: "own"),
    ]

    /// What stands for a feature.
    enum Column: Sendable, Equatable {
        case asIs
        case texts(TextCodes)
        case cycles
        /// Nothing: the algorithm does not see it.
        case withheld

        /// Values in a coded row.
        var width: Int {
            switch self {
            case .asIs: 1
            case .texts(let codes): codes.width
            case .cycles: TimeCycles.width
            case .withheld: 0
            }
        }
    }

    /// One a feature.
    let columns: [Column]

    init(columns: [Column]) { self.columns = columns }

    /// Learns what the settings ask for; nil where that leaves every feature as it is.
    ///
    /// Complexity: O(rows · categorical features · outputs).
    package init?(_ rows: LabelledRows, categories: String, times: String) {
        self.init(rows, of: Array(0..<rows.count), categories, times)
    }

    private init?(_ rows: LabelledRows, of members: [Int], _ categories: String, _ times: String) {
        let means = categories == "target" ? TargetMeans(rows, of: members) : nil
        let columns = rows.schema.features.enumerated().map { index, feature in
            switch (feature.kind, categories, times) {
            // Whose row it is tells nothing of rows of others.
            case _ where feature.name == rows.schema.groupColumn: Column.withheld
            case (.categorical, "target", _): means.map { Column.texts($0.codes(index)) } ?? .asIs
            case (.categorical, "ordinal", _): Column.texts(OrdinalCodes.codes(rows, index))
            case (.time, _, "cycles"): Column.cycles
            default: Column.asIs
            }
        }
        guard columns.contains(where: { $0 != .asIs }) else { return nil }
        self.init(columns: columns)
    }

    /// Whether labels decided what stands for something: such a coding does not follow what is learnt later.
    var isByLabels: Bool {
        columns.contains { column in if case .texts(let codes) = column { codes.kind == .target } else { false } }
    }

    /// The layout behind the coding.
    ///
    /// By the target `carrier` becomes the number `carrier`, or `carrier red`, `carrier blue`, … for several classes; as cycles `time` becomes
    /// `time hour sin`, `time hour cos`, ….
    func schema(_ outer: Schema) -> Schema {
        var inner = outer
        inner.features = zip(outer.features, columns).flatMap { feature, column -> [Feature] in
            let suffixes: [String] =
                switch column {
                case .asIs: [String]()
                case .texts(let codes): codes.width == 1 ? [""] : outer.target.classes.map { " \($0)" }
                case .cycles: TimeCycles.names.map { " \($0)" }
                case .withheld: [String]()
                }
            guard column != .asIs else { return [feature] }
            return suffixes.map { Feature(name: feature.name + $0, kind: .numeric, optional: feature.optional) }
        }
        return inner
    }

    /// The outer feature that each inner one comes from.
    var sources: [Int] { columns.enumerated().flatMap { index, column in [Int](repeating: index, count: column.width) } }

    /// Whether every value is a number, which targets near the largest one may not allow.
    var isFinite: Bool {
        columns.allSatisfy { column in if case .texts(let codes) = column { codes.isFinite } else { true } }
    }

    /// Remarks.
    func notes(_ schema: Schema) -> [String] {
        zip(schema.features, columns).compactMap { feature, column in
            guard case .texts(let codes) = column, codes.folded > 0 else { return nil }
            return "\(SafeText.escape(feature.name)): \(codes.folded) texts of fewer than \(OrdinalCodes.rare) rows share one number"
        }
    }

    /// Other rows of the same schema, coded.
    package func coded(_ rows: LabelledRows) -> LabelledRows {
        let bound = BoundCoding(self, rows.schema, rows.categories)
        return Self.rows(rows, schema(rows.schema)) { _ in bound }
    }

    /// The rows that are learnt from: where labels decide, each half is coded by those of the other, so that no row sees its own.
    func crossCoded(_ rows: LabelledRows, categories: String, times: String) -> LabelledRows {
        guard isByLabels else { return coded(rows) }
        let halves = (0...1).map { half in
            RowCoding(rows, of: Array(stride(from: 1 - half, to: rows.count, by: 2)), categories, times) ?? self
        }
        let bound = halves.map { BoundCoding($0, rows.schema, rows.categories) }
        return Self.rows(rows, schema(rows.schema)) { bound[$0 % 2] }
    }

    private static func rows(_ rows: LabelledRows, _ schema: Schema, _ coding: (Int) -> BoundCoding) -> LabelledRows {
        var features = [Double](repeating: 0, count: rows.count * schema.width)
        features.withUnsafeMutableBufferPointer { target in
            rows.features.withUnsafeBufferPointer { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                for row in 0..<rows.count { coding(row).write(source + row * rows.schema.width, to: target + row * schema.width) }
            }
        }
        return LabelledRows(schema: schema, categories: rows.categories, features: features, targets: rows.targets, times: rows.times)
    }

    /// Values in a row as those settings would code it; 0 where they leave every feature as it is.
    static func width(_ schema: Schema, categories: String, times: String) -> Int {
        let isCoded = schema.features.contains {
            $0.name == schema.groupColumn || $0.kind == .categorical && categories != "own" || $0.kind == .time && times != "own"
        }
        guard isCoded else { return 0 }
        return schema.features.reduce(0) { sum, feature in
            switch feature.kind {
            case _ where feature.name == schema.groupColumn: sum
            case .categorical where categories == "target": sum + schema.target.outputs
            case .time where times == "cycles": sum + TimeCycles.width
            default: sum + 1
            }
        }
    }
}
