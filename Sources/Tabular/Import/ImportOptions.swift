/// What an import makes of a file's columns.
public struct ImportOptions: Sendable, Codable, Equatable {
    /// The column to predict.
    public var target: String
    /// What to predict of it; nil infers it: two classes → binary, numbers → regression, more classes → multiclass.
    public var task: PredictionTask?
    /// The class whose probability a binary model predicts; nil takes `yes` of yes/no, `true` of true/false, `1` of 0/1.
    public var positive: String?
    /// The column that orders the rows.
    public var timeColumn: String?
    /// IANA zone of times that carry no offset.
    public var zone: String
    /// Columns that are never used.
    public var excluded: [String]
    /// Columns whose values are names even if they look like numbers, and that stay whatever their number of distinct values.
    public var categorical: [String]
    /// Kinds that override the inferred ones, by column name.
    public var kinds: [String: FeatureKind]
    /// Columns of texts in which words for missing are texts like any other; nil: none.
    public var texts: [String]?
    /// Words that stand for no value, in any letter case; nil: the standard ones; empty: only blank cells are missing.
    public var missing: [String]?
    /// The column that says how often each row counts; nil: all count alike.
    public var weight: String?
    /// The column of each row's exposure, which a predicted rate is multiplied with; nil: none.
    public var exposure: String?
    /// The first instant of the window on `timeColumn`, UTC milliseconds, inclusive.
    public var from: Int64?
    /// The end of the window on `timeColumn`, UTC milliseconds, exclusive.
    public var until: Int64?
    /// The column whose rows of one value belong together: kept to divide rows by, not to learn from; nil: none.
    public var groupColumn: String?

    /// Makes options; all but the target can be left out.
    public init(
        target: String, task: PredictionTask? = nil, positive: String? = nil, timeColumn: String? = nil, zone: String = "UTC",
        excluded: [String] = [], categorical: [String] = [], kinds: [String: FeatureKind] = [:], from: Int64? = nil, until: Int64? = nil,
        texts: [String]? = nil, missing: [String]? = nil, weight: String? = nil, exposure: String? = nil, groupColumn: String? = nil
    ) {
        self.weight = weight
        self.exposure = exposure
        self.groupColumn = groupColumn
        self.texts = texts
        self.missing = missing
        self.target = target
        self.task = task
        self.positive = positive
        self.timeColumn = timeColumn
        self.zone = zone
        self.excluded = excluded
        self.categorical = categorical
        self.kinds = kinds
        self.from = from
        self.until = until
    }

    /// The words that stand for no value.
    var missingWords: MissingWords { MissingWords(ofSchema: missing) }

    /// The role of a column; nil for one that is learnt from.
    func role(of column: String) -> FeatureRole? { column == weight ? .weight : column == exposure ? .exposure : nil }

    /// Whether a column may be learnt from.
    func isInput(_ plan: ColumnPlan) -> Bool { plan.kind != .time && role(of: plan.name) == nil && plan.name != groupColumn }

    /// Whether words for missing are texts in a column.
    func keepsWords(_ column: String) -> Bool { texts?.contains(column) ?? false }

    /// Whether a column was said to hold names.
    func areNames(_ column: String) -> Bool { categorical.contains(column) || keepsWords(column) }
}

/// An immutable import: typed rows, where they came from, and the hash of their content.
public struct ImportedData: Sendable {
    /// The rows; `rows.schema` is the inferred or the given schema.
    public var rows: LabelledRows
    /// The file's name (last path component), as given.
    public var source: String
    /// Hexadecimal SHA-256 of schema, values and category texts, independent of the path, the compression and the dictionary's codes.
    public var hash: String
    /// What the import left out or decided, one sentence each.
    public var notes: [String]
    /// What the import took each column for; nil for data that did not come from a file now.
    public var understanding: Understanding?

    /// Makes imported data from rows; computes the hash.
    ///
    /// Complexity: O(values).
    public init(rows: LabelledRows, source: String, notes: [String], understanding: Understanding? = nil) {
        self.understanding = understanding
        self.rows = rows
        self.source = source
        self.notes = notes
        hash = SnapshotCodec.hash(rows)
    }

    init(rows: LabelledRows, source: String, notes: [String], verifiedHash: String) {
        self.rows = rows
        self.source = source
        self.notes = notes
        hash = verifiedHash
    }
}
