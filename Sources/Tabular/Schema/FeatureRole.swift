/// What a column says of a row, beside what a model learns from.
public enum FeatureRole: String, Codable, Sendable, CaseIterable {
    /// How often the row counts in learning and judging; no model asks for it when it answers.
    case weight
    /// How much of a rate the row saw, such as insured years: answers are the rate times it.
    case exposure
}

extension Schema {
    /// The row position of the column of that role.
    ///
    /// Complexity: O(features).
    public func index(of role: FeatureRole) -> Int? { features.firstIndex { $0.role == role } }
}

extension LabelledRows {
    /// One number a row from the column of that role, 1 where a row has none; nil without such a column.
    ///
    /// Complexity: O(rows).
    public func values(of role: FeatureRole) -> [Double]? {
        guard let index = schema.index(of: role) else { return nil }
        return (0..<count).map { row in
            let value = features[row * schema.width + index]
            return value.isNaN ? 1 : value
        }
    }
}
