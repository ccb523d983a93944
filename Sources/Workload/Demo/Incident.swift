/// What goes wrong in the demo.
public enum Incident: Sendable, Equatable {
    /// Other rows come than those that the model was trained on, and they mean something else; strength 0 to 1.
    case populationShift(strength: Double)
    /// A feature arrives without a value, in that share of the rows.
    case upstreamFault(feature: String, missingShare: Double)
    /// Somebody trains a candidate on labels that were mixed up.
    case badCandidate
}
