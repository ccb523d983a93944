/// One column of a table, as doubles: numbers, 0/1 for booleans, dictionary codes for categories, UTC milliseconds for times; NaN is missing.
public struct Column: Sendable {
    /// The column's name.
    public var name: String
    /// What it holds.
    public var kind: FeatureKind
    /// One value a row.
    public var values: [Double]

    /// Makes a column.
    public init(name: String, kind: FeatureKind, values: [Double]) {
        self.name = name
        self.kind = kind
        self.values = values
    }
}

/// A columnar table with the dictionaries of its categories.
///
/// All columns have the same number of values.
public struct Table: Sendable {
    /// The columns, in the file's order.
    public var columns: [Column]
    /// Codes of all categorical columns.
    public var categories: Categories

    /// Makes a table.
    public init(columns: [Column], categories: Categories) {
        self.columns = columns
        self.categories = categories
    }

    /// Number of rows.
    public var count: Int { columns.first?.values.count ?? 0 }

    /// The column of that name.
    ///
    /// Complexity: O(columns).
    public func column(_ name: String) -> Column? { columns.first { $0.name == name } }
}

/// Rows with their truth, in the layout of a schema: what every algorithm learns from and every evaluation scores.
public struct LabelledRows: Sendable {
    /// The schema whose feature order the rows follow.
    public var schema: Schema
    /// Codes of the categorical values.
    public var categories: Categories
    /// Raw features, row-major `[count, schema.width]`.
    public var features: [Double]
    /// Class index, or the value for regression; one a row, never NaN.
    public var targets: [Double]
    /// UTC milliseconds, ascending where known; empty when the schema has no time column.
    public var times: [Int64]
    /// One a row for rows of traffic, from the prediction id, never 0; 0 for rows of a file; empty when no row has one.
    public var ids: [UInt64]

    /// Makes labelled rows.
    public init(
        schema: Schema, categories: Categories, features: [Double], targets: [Double], times: [Int64] = [], ids: [UInt64] = []
    ) {
        self.schema = schema
        self.categories = categories
        self.features = features
        self.targets = targets
        self.times = times
        self.ids = ids
    }

    /// Number of rows.
    public var count: Int { targets.count }
}
