import Learning
import Tabular
import Testing

/// One algorithm of the registry with one of its tasks: what the contract is checked for.
struct Subject: Sendable, CustomTestStringConvertible {
    let algorithm: String
    let task: PredictionTask

    /// Every algorithm with every task that it can learn: a new algorithm is tested by being registered.
    static let all: [Subject] = AlgorithmRegistry.all.flatMap { type in type.tasks.map { Subject(algorithm: type.name, task: $0) } }

    var testDescription: String { "\(algorithm), \(task.rawValue)" }

    var type: any Estimator.Type { get throws { try AlgorithmRegistry.named(algorithm) } }

    /// What it learns from all of the rows.
    func fit(_ rows: LabelledRows, settings: [String: String] = [:], hooks: TrainingHooks = TrainingHooks()) throws -> Model {
        Model(fitted: try type.init(settings: settings).fit(rows, validation: nil, seed: 3, hooks: hooks), proving: rows)
    }

    /// What learning fails with; nil when it works.
    func failure(_ rows: LabelledRows, settings: [String: String] = [:], hooks: TrainingHooks = TrainingHooks()) -> LearningFailure? {
        do {
            _ = try fit(rows, settings: settings, hooks: hooks)
            return nil
        } catch {
            return error as? LearningFailure
        }
    }

    /// Learning either works, and then every answer is a usable number, or fails with a typed error.
    func worksOrSaysWhy(_ rows: LabelledRows, settings: [String: String] = [:], _ comment: Comment? = nil) {
        do {
            let model = try fit(rows, settings: settings)
            let scores = try model.scores(of: rows)
            #expect(scores.allSatisfy { isAnswer($0) }, comment)
        } catch {
            #expect(error is LearningFailure, comment)
        }
    }

    /// A finite number; a probability where classes are predicted.
    func isAnswer(_ score: Double) -> Bool { score.isFinite && (task == .regression || (score >= 0 && score <= 1)) }
}
