/// Why an order was given without a person: what makes it automatic.
///
/// A freeze of learning withholds it. Stored by its words; those that this release does not know are kept, and are automatic too.
public enum PolicyTrigger: RawRepresentable, Codable, Sendable, Hashable {
    /// The drift alarm was raised.
    case onDrift
    /// Realized quality fell below its value at promotion by more than the policy tolerates.
    case onQualityDrop
    /// Enough labels have come.
    case afterLabels
    /// The champion is old.
    case every
    /// A script's, or another release's.
    case other(String)

    private static let known: [PolicyTrigger] = [.onDrift, .onQualityDrop, .afterLabels, .every]

    /// The trigger with those words.
    public init(rawValue: String) { self = Self.known.first { $0.rawValue == rawValue } ?? .other(rawValue) }

    /// Reads the words.
    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the words.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    /// Its words, as policies, jobs and the journal have them.
    public var rawValue: String {
        switch self {
        case .onDrift: "on_drift"
        case .onQualityDrop: "on_quality_drop"
        case .afterLabels: "after_labels"
        case .every: "every"
        case .other(let words): words
        }
    }
}
