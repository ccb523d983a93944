import Engine
import Monitoring
import Tabular

/// A prediction as `predictions --json` prints it.
struct PredictionDocument: Encodable {
    var id: String
    var time: String
    var version: String
    var pinned: Bool
    /// As what it answered: `champion`, `pinned`, `canary`, `a/b`, `fallback`.
    var arm: String
    var latencyMicroseconds: Double
    /// By class name for several classes, else one number.
    var score: Double?
    var scores: [String: Double]?
    var answer: String?
    var label: LabelDocument?
    var values: [String: FeatureValue]
    var clientId: String?
    var traceId: String?

    /// A class or a number.
    enum LabelDocument: Encodable {
        case name(String)
        case number(Double)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .name(let name): try container.encode(name)
            case .number(let number): try container.encode(number)
            }
        }
    }

    init(_ row: PredictionRow, _ schema: Schema) {
        self.init(row, target: schema.target, values: zip(schema.features, row.values).map { ($0.name, $1) })
    }

    init(_ row: PredictionRow, target: Target, values: [(String, FeatureValue)]) {
        id = row.id.text
        time = TimeText.rfc3339(row.time)
        version = row.version == PausedAnswer.noVersion ? "constant" : "v\(row.version)"
        arm = row.arm.word
        pinned = row.isPinned
        latencyMicroseconds = Double(row.latencyNanoseconds) / 1_000
        score = target.score(row.scores)
        if target.task == .multiclass { scores = Self.byClass(row.scores, target) }
        answer = target.className(target.decision(row.scores, from: row.threshold))
        label = row.label.map { number in target.className(number).map { .name($0) } ?? .number(number) }
        self.values = Dictionary(values, uniquingKeysWith: { first, _ in first })
        clientId = row.clientID
        traceId = row.trace
    }

    /// Scores by the name of their class.
    static func byClass(_ scores: [Double], _ target: Target) -> [String: Double] {
        Dictionary(zip(target.classes, scores), uniquingKeysWith: { first, _ in first })
    }
}

/// An explanation as `explain --json` prints it.
struct ExplanationDocument: Encodable {
    var deployment: String
    var prediction: PredictionDocument
    /// Why there are no outputs, if so.
    var failure: String?
    var method: String?
    var unit: String?
    var outputs: [OutputDocument]
    var referenceRows: Int?
    /// Where each value lies in the reference: `p82`, `12 %`, `unseen`.
    var reference: [String: String]
    /// What each version in memory says, the champion first.
    var versions: [VersionDocument]

    /// One raw score and its parts, under the names that `POST …/explain` answers with.
    struct OutputDocument: Encodable {
        var name: String
        var base: Double
        var score: Double
        /// The probability that was answered.
        var probability: Double?
        /// The one that the raw score alone stands for, before the version's calibration.
        var uncorrected: Double?
        var contributions: [String: Double]
        /// What columns that are not listed add together.
        var others: Double
    }

    /// A version's answer.
    struct VersionDocument: Encodable {
        var version: String
        var role: ArmRole
        var score: Double?
        var scores: [String: Double]?
        var answer: String?
    }

    init(_ found: PredictionExplanation, deployment: String) {
        self.deployment = deployment
        prediction = PredictionDocument(found.row, target: found.target, values: found.parts.map { ($0.feature.name, $0.value) })
        failure = found.failure
        method = found.method.isEmpty ? nil : found.method
        unit = found.unit.isEmpty ? nil : found.unit
        outputs = found.outputs.enumerated().map { index, output in
            let parts = found.parts.filter { $0.contributions.indices.contains(index) }.map { ($0.feature.name, $0.contributions[index]) }
            return OutputDocument(
                name: output.name, base: output.base, score: output.score,
                probability: output.probability == nil || !found.row.scores.indices.contains(index) ? nil : found.row.scores[index],
                uncorrected: output.probability,
                contributions: Dictionary(parts, uniquingKeysWith: { first, _ in first }), others: output.others)
        }
        referenceRows = found.referenceRows
        reference = Dictionary(
            found.parts.compactMap { part in part.place.map { (part.feature.name, $0.text) } }, uniquingKeysWith: { first, _ in first })
        versions = found.answers.map { answer in
            VersionDocument(
                version: "v\(answer.version)", role: answer.role, score: found.target.score(answer.scores),
                scores: found.target.task == .multiclass ? PredictionDocument.byClass(answer.scores, found.target) : nil,
                answer: found.target.className(found.target.decision(answer.scores, from: answer.threshold)))
        }
    }
}
