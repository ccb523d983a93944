/// What a column holds, and so how it is read, checked and shown.
public enum FeatureKind: String, Codable, Sendable, CaseIterable {
    /// Real numbers.
    case numeric
    /// Whole numbers.
    case integer
    /// True or false, stored as 1 and 0.
    case boolean
    /// A word out of a vocabulary, stored as a dictionary code.
    case categorical
    /// An instant, stored as UTC milliseconds since 1970.
    ///
    /// Never a numeric input by itself.
    case time
}

/// One input column of a deployment.
public struct Feature: Codable, Sendable, Equatable {
    /// The column's name in files and the tensor's name in requests.
    public var name: String
    /// What the column holds.
    public var kind: FeatureKind
    /// Whether a request may leave the feature out altogether.
    ///
    /// A value may be missing (`null`) in any feature.
    public var optional: Bool
    /// How the column's cells write their numbers; nil: plainly.
    public var format: NumberFormat?
    /// Whether words for missing are texts like any other in this column; nil: no.
    public var keepsWords: Bool?
    /// What the column says of a row, where models are not to learn from it; nil: it is an input like any other.
    public var role: FeatureRole?

    /// Makes a feature.
    public init(
        name: String, kind: FeatureKind, optional: Bool = false, format: NumberFormat? = nil, keepsWords: Bool? = nil,
        role: FeatureRole? = nil
    ) {
        self.role = role
        self.name = name
        self.kind = kind
        self.optional = optional
        self.format = format
        self.keepsWords = keepsWords
    }
}

/// What a deployment predicts.
public enum PredictionTask: String, Codable, Sendable, CaseIterable {
    /// The probability of the positive one of two classes.
    case binary
    /// A probability for each of several classes.
    case multiclass
    /// A real number.
    case regression
}

/// The column that is predicted.
public struct Target: Codable, Sendable, Equatable {
    /// The column's name.
    public var name: String
    /// What is predicted of it.
    public var task: PredictionTask
    /// Class names by index.
    ///
    /// Binary: `[negative, positive]`. Regression: empty.
    public var classes: [String]
    /// How the column's cells write their numbers, for regression; nil: plainly.
    public var format: NumberFormat?
    /// Whether words for missing may name a class; nil: no.
    public var keepsWords: Bool?

    /// Makes a target.
    public init(name: String, task: PredictionTask, classes: [String], format: NumberFormat? = nil, keepsWords: Bool? = nil) {
        self.name = name
        self.task = task
        self.classes = classes
        self.format = format
        self.keepsWords = keepsWords
    }
}

/// The frozen description of a deployment's inputs and target.
///
/// The order of `features` is the layout of every raw row.
public struct Schema: Codable, Sendable, Equatable {
    /// Input columns, in row order.
    ///
    /// A time column, where there is one, stands last, is `optional`, and has kind `.time`.
    public var features: [Feature]
    /// The predicted column.
    public var target: Target
    /// The column that orders the data, if any; it is also the feature of kind `.time`.
    public var timeColumn: String?
    /// IANA zone for times that carry no offset.
    public var zone: String
    /// Columns of the source that are never used.
    public var excluded: [String]
    /// Words that stand for no value, in files, requests and labels; nil: the standard ones.
    public var missing: [String]?
    /// The feature that says which rows belong together, such as a customer: it divides rows, and no version learns from it; nil: none.
    public var groupColumn: String?

    /// Makes a schema.
    public init(
        features: [Feature], target: Target, timeColumn: String? = nil, zone: String = "UTC", excluded: [String] = [],
        missing: [String]? = nil, groupColumn: String? = nil
    ) {
        self.groupColumn = groupColumn
        self.missing = missing
        self.features = features
        self.target = target
        self.timeColumn = timeColumn
        self.zone = zone
        self.excluded = excluded
    }

    /// Number of values in a raw row.
    public var width: Int { features.count }

    /// The row position of a feature.
    ///
    /// Complexity: O(features).
    public func index(of name: String) -> Int? { features.firstIndex { $0.name == name } }
}
