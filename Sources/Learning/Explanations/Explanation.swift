/// Why a row got its score.
///
/// For each output `base + contributions` sum to `score`, the raw score before any calibration.
public struct Explanation: Codable, Sendable, Equatable {
    /// One raw score and its parts.
    public struct Output: Codable, Sendable, Equatable {
        /// The class that the score speaks for; the target's name for numbers.
        public var name: String
        /// The raw score of an average row.
        public var base: Double
        /// The row's raw score.
        public var score: Double
        /// What each feature adds, in the order of `features`.
        public var contributions: [Double]
        /// The probability that is answered, after any correction; nil for numbers.
        public var probability: Double?

        /// Makes an output.
        public init(name: String, base: Double, score: Double, contributions: [Double], probability: Double? = nil) {
            self.probability = probability
            self.name = name
            self.base = base
            self.score = score
            self.contributions = contributions
        }
    }

    /// How contributions were made: `exact, linear`, `sampled, 64 orders`.
    public var method: String
    /// What scores are counted in: `log-odds`, or the target's name.
    public var unit: String
    /// How probabilities were corrected: `none`, `platt`, `isotonic`.
    public var calibration: String
    /// The schema's features, in its order.
    public var features: [String]
    /// One for two classes and numbers, else one a class.
    public var outputs: [Output]

    /// Makes an explanation.
    public init(method: String, unit: String, calibration: String = "none", features: [String], outputs: [Output]) {
        self.calibration = calibration
        self.method = method
        self.unit = unit
        self.features = features
        self.outputs = outputs
    }

    /// The features that add most to an output, the strongest first.
    public func strongest(output: Int = 0, count: Int = .max) -> [(feature: String, contribution: Double)] {
        guard outputs.indices.contains(output) else { return [] }
        let pairs = Array(zip(features, outputs[output].contributions).map { (feature: $0, contribution: $1) })
        return Array(pairs.sorted { (abs($1.contribution), $0.feature) < (abs($0.contribution), $1.feature) }.prefix(max(0, count)))
    }
}
