import Foundation
public import Monitoring
public import Tabular

/// Why one logged prediction came out as it did, and what the other versions in memory say to the same row.
public struct PredictionExplanation: Codable, Sendable, Equatable {
    /// Features that are listed; what the others add is summed.
    public static let featureLimit = 500

    /// One feature of the row.
    public struct Part: Codable, Sendable, Equatable {
        /// The feature.
        public var feature: Feature
        /// Its value.
        public var value: FeatureValue
        /// What it adds to each raw score; empty when the score cannot be explained.
        public var contributions: [Double]
        /// Where the value lies among the rows that the version was trained on; nil for times and where that is not known.
        public var place: ReferencePlace?

        /// Makes a part.
        public init(feature: Feature, value: FeatureValue, contributions: [Double], place: ReferencePlace?) {
            self.feature = feature
            self.value = value
            self.contributions = contributions
            self.place = place
        }
    }

    /// One raw score: the base and what all features add to it.
    public struct Output: Codable, Sendable, Equatable {
        /// The class that it speaks for, or the target's name.
        public var name: String
        /// The raw score of an average row.
        public var base: Double
        /// The row's raw score: the base and all contributions.
        public var score: Double
        /// What the features that are not listed add.
        public var others: Double
        /// The probability that the raw score alone stands for, before any correction; nil for numbers.
        public var probability: Double?

        /// Makes an output.
        public init(name: String, base: Double, score: Double, others: Double, probability: Double?) {
            self.name = name
            self.base = base
            self.score = score
            self.others = others
            self.probability = probability
        }
    }

    /// What a version in memory says to the row.
    public struct Answer: Codable, Sendable, Equatable {
        /// The version's number.
        public var version: UInt32
        /// What it is there for.
        public var role: ArmRole
        /// Its scores.
        public var scores: [Double]
        /// From which score on it calls a row positive; nil: from one half on.
        public var threshold: Double?

        /// Makes an answer.
        public init(version: UInt32, role: ArmRole, scores: [Double]) {
            self.version = version
            self.role = role
            self.scores = scores
        }
    }

    /// The prediction.
    public var row: PredictionRow
    /// What is predicted.
    public var target: Target
    /// The zone of times that carry none.
    public var zone: String
    /// Why the score cannot be explained, if so.
    public var failure: String?
    /// How contributions were made, `exact, linear`; empty when they were not.
    public var method = ""
    /// What raw scores are counted in: `log-odds`, or the target's name.
    public var unit = ""
    /// One for two classes and numbers, else one a class; empty when the score cannot be explained.
    public var outputs: [Output] = []
    /// The output that the decision is about.
    public var main = 0
    /// Features, the strongest in the main output first; as in the schema when the score cannot be explained.
    public var parts: [Part] = []
    /// Features that are not listed.
    public var unlisted = 0
    /// Rows that the version's reference was made from; nil when it is not known.
    public var referenceRows: Int?
    /// What the versions in memory say, the champion first.
    public var answers: [Answer] = []

    /// Makes an explanation without parts.
    public init(row: PredictionRow, target: Target, zone: String) {
        self.row = row
        self.target = target
        self.zone = zone
        main = target.task == .multiclass ? target.decision(row.scores).flatMap { Int(exactly: $0) } ?? 0 : 0
    }

    /// The probabilities that raw scores stand for: the logistic function of one, the softmax of several.
    static func probabilities(_ raw: [Double], _ task: PredictionTask) -> [Double?] {
        switch task {
        case .regression: return raw.map { _ in nil }
        case .binary: return raw.map { 1 / (1 + exp(-$0)) }
        case .multiclass:
            let greatest = raw.max() ?? 0
            let weights = raw.map { exp($0 - greatest) }
            let sum = weights.reduce(0, +)
            return weights.map { $0 / sum }
        }
    }
}
