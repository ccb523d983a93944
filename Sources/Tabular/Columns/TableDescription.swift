/// What an import would make of a table whose target nobody has named yet, and what its columns hold.
public struct TableDescription: Codable, Sendable, Equatable {
    /// One column.
    public struct Column: Codable, Sendable, Equatable {
        /// Its name in the header; empty for an index without one.
        public var name: String
        /// What its cells are; nil where it has no value.
        public var kind: FeatureKind?
        /// How its numbers are written, where not plainly.
        public var format: NumberFormat?
        /// Why an import would leave it out; nil for one that it would use.
        public var leftOut: String?
        /// Why it is read as it is, where that is not plain.
        public var why: String?
        /// Cells with a value that the column can hold.
        public var present: Int
        /// Cells without a value, words for it among them.
        public var missing: Int
        /// Cells that the column cannot hold: an import would refuse the file for them.
        public var misfits: Int
        /// What is wrong with the first of them, and what to do.
        public var firstMisfit: String?
        /// What the values look like; nil without any.
        public var values: Values?
    }

    /// What the values of a column look like.
    public enum Values: Codable, Sendable, Equatable {
        /// Numbers; times as UTC milliseconds.
        case numbers(Numbers)
        /// Texts, the commonest first.
        case texts(Texts)
        /// How many are true.
        case truths(Int)
    }

    /// What numbers look like.
    public struct Numbers: Codable, Sendable, Equatable {
        /// The least and the greatest, exactly.
        public var least: Double
        /// The greatest.
        public var most: Double
        /// The mean.
        public var mean: Double
        /// The standard deviation of the values at hand (divided by n - 1).
        public var deviation: Double
        /// About the quartiles, by 256 bins.
        public var quartiles: [Double]
        /// Counts in bins of equal width from the least to the greatest.
        public var histogram: [Double]
    }

    /// What texts look like.
    public struct Texts: Codable, Sendable, Equatable {
        /// Different texts, at most 65,535.
        public var distinct: Int
        /// The commonest.
        public var commonest: [Text]
        /// Cells with another text.
        public var others: Int
    }

    /// A text and the cells that have it.
    public struct Text: Codable, Sendable, Equatable {
        /// The text.
        public var text: String
        /// How often it came.
        public var count: Int
    }

    /// Bins of a histogram.
    public static let bins = 32
    /// Texts that are named.
    public static let mostTexts = 8

    /// What the table is called.
    public var source: String
    /// Its rows.
    public var rows: Int
    /// Its columns, in the file's order.
    public var columns: [Column]
}

extension TableDescription {
    /// Reads a table twice: what its columns are, and then what they hold.
    ///
    /// Memory holds one summary a column. Complexity: O(bytes).
    ///
    /// - Parameters:
    ///   - path: whatever a `DataReference` says.
    ///   - words: words that stand for no value.
    ///   - categorical: columns that hold names, whatever they look like.
    ///   - time: the column that would order the rows: other times would be left out.
    /// - Throws: whatever is wrong with the file; never for a cell that does not fit its column.
    public static func read(
        path: String, words: MissingWords = .standard, categorical: Set<String> = [], time: String? = nil
    ) throws(TabularFailure) -> TableDescription {
        let rules = FileReadingRules(words: words, categorical: categorical)
        let found = try FileColumns.found(path: path, rules: rules, limit: .max, isStrict: false)
        if let time, !found.columns.contains(where: { $0.name == time }) {
            throw .missingColumn(
                name: time, file: DataReference.title(of: path), nearest: Names.nearest(to: time, in: found.columns.map(\.name)))
        }
        var asked = found.columns
        for index in asked.indices where asked[index].mistake != nil { asked[index].kind = asked[index].nearly }
        let reading = try ColumnReading(path: path, columns: asked, rules: rules)
        var summaries = asked.map { ColumnSummary(kind: $0.kind) }
        var rows = 0
        while try reading.next() {
            rows += reading.count
            for index in summaries.indices { summaries[index].add(reading.column(index)) }
        }
        var columns: [Column] = []
        for (index, column) in asked.enumerated() {
            columns.append(summaries[index].column(column, texts: reading.texts(index), time: time))
        }
        return TableDescription(source: reading.file, rows: rows, columns: columns)
    }
}

/// What is kept of one column while its cells go by.
private struct ColumnSummary {
    private let kind: FeatureKind?
    private var missing = 0
    private var misfits = 0
    private var present = 0
    private var mean = 0.0
    private var squares = 0.0
    private var histogram = HistogramSketch()
    private var counts: [Int] = []
    private var others = 0

    init(kind: FeatureKind?) { self.kind = kind }

    /// Takes note of some cells: Welford's way of adding up squares (1962).
    mutating func add(_ values: UnsafeBufferPointer<Double>) {
        for value in values {
            if value.isNaN {
                missing += 1
            } else if value == ColumnReading.misfit {
                misfits += 1
            } else if kind == .categorical {
                present += 1
                guard value >= 0 else {
                    others += 1
                    continue
                }
                let code = Int(value)
                while counts.count <= code { counts.append(0) }
                counts[code] += 1
            } else {
                present += 1
                let difference = value - mean
                mean += difference / Double(present)
                squares += difference * (value - mean)
                histogram.add(value)
            }
        }
    }

    func column(_ column: FileColumn, texts: [String], time: String?) -> TableDescription.Column {
        TableDescription.Column(
            name: column.name, kind: column.kind, format: column.format, leftOut: leftOut(column, time: time), why: column.why,
            present: present, missing: missing, misfits: misfits, firstMisfit: column.mistake.map { "\($0)" }, values: values(texts))
    }

    /// Why an import would not use the column; by the rules of the import.
    private func leftOut(_ column: FileColumn, time: String?) -> String? {
        if column.name.isEmpty { return "no name: an index" }
        if present == 0 && misfits == 0 { return "no value" }
        if column.kind == .time, column.name != time { return "times, and not the time column: name it with --time" }
        guard column.kind == .categorical else { return nil }
        let distinct = counts.count { $0 > 0 }
        if others > 0 || distinct > RowReading.mostDistinct { return "more than \(RowReading.mostDistinct) distinct texts" }
        return distinct > 20 && distinct * 2 > present ? "\(distinct) distinct texts in \(present) cells: --categorical keeps it" : nil
    }

    private func values(_ texts: [String]) -> TableDescription.Values? {
        guard present > 0 else { return nil }
        switch kind {
        case .categorical:
            let order = counts.indices.filter { counts[$0] > 0 }.sorted { counts[$0] == counts[$1] ? $0 < $1 : counts[$0] > counts[$1] }
            let named = order.prefix(TableDescription.mostTexts).map { TableDescription.Text(text: texts[$0], count: counts[$0]) }
            return .texts(
                TableDescription.Texts(distinct: order.count, commonest: named, others: present - named.reduce(0) { $0 + $1.count }))
        case .boolean: return .truths(Int((mean * Double(present)).rounded()))
        case .numeric, .integer, .time, nil:
            return .numbers(
                TableDescription.Numbers(
                    least: histogram.least, most: histogram.most, mean: mean,
                    deviation: present > 1 ? (squares / Double(present - 1)).squareRoot() : 0,
                    quartiles: [0.25, 0.5, 0.75].map(histogram.quantile), histogram: histogram.counts(TableDescription.bins)))
        }
    }
}
