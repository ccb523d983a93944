import Foundation
import Learning
import Tabular
import Testing

/// Any schema, any values, any settings, every algorithm: a model that answers with numbers, or a typed error; never a trap.
@Suite("Estimators of any data") struct EstimatorFuzzTests {
    private static let isSlow = ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1"

    private func values(_ kind: FeatureKind, _ count: Int, _ random: inout Made.Random, _ dictionary: CategoryDictionary) -> [Double] {
        let style = random.below(6)
        let scale = [1.0, 1e-300, 1e300, 1e9, 1, 1][random.below(6)]
        let texts = 1 + random.below(style == 0 ? 200 : 5)
        let codes = (0..<texts).map { Double(dictionary.intern("text \($0)")) }
        return (0..<count).map { row in
            if style == 1 || random.below(12) == 0 { return [.nan, .infinity, -.infinity][random.below(3)] }
            switch kind {
            case .categorical: return random.below(40) == 0 ? [-1, 0.5, 1e18][random.below(3)] : codes[random.below(texts)]
            case .boolean: return Double(random.below(2))
            case .time: return random.below(30) == 0 ? 1e17 : 1.3e12 + Double(row) * 3.6e6 * Double(1 + random.below(3))
            case .integer: return Double(random.below(style == 2 ? 1 : 50)) * scale
            case .numeric: return style == 2 ? 7 : random.normal() * scale
            }
        }
    }

    private func rows(_ task: PredictionTask, _ random: inout Made.Random) -> LabelledRows {
        let count = [1, 49, 50, 51, 60, 120, 300, 300, 600][random.below(9)]
        let categories = Categories()
        let kinds = (0..<(1 + random.below(6))).map { _ in FeatureKind.allCases[random.below(4)] } + (random.below(2) == 0 ? [.time] : [])
        let features = kinds.enumerated().map { Feature(name: "f\($0)", kind: $1, optional: $1 == .time) }
        let schema = Schema(features: features, target: Made.target(task), timeColumn: kinds.last == .time ? "f\(kinds.count - 1)" : nil)
        let columns = kinds.enumerated().map { values($1, count, &random, categories["f\($0)"]) }
        let classes = schema.target.classes.count
        let rare = random.below(4) == 0
        let scale = [1.0, 1e-200, 1e300, 0][random.below(4)]
        let targets = (0..<count).map { row -> Double in
            if task == .regression { return random.normal() * scale }
            return rare ? (row == count / 2 ? 1 : 0) : Double(random.below(classes))
        }
        var result = LabelledRows(schema: schema, categories: categories, features: [], targets: targets)
        for row in 0..<count { for column in columns { result.features.append(column[row]) } }
        if kinds.last == .time, random.below(2) == 0 { result.times = (0..<count).map { Int64($0) * 3_600_000 } }
        return result
    }

    private func settings(_ type: any Estimator.Type, _ random: inout Made.Random) -> [String: String] {
        var result: [String: String] = [:]
        for spec in type.parameters + Training.parameters where random.below(3) == 0 {
            switch spec.kind {
            case .integer(let range):
                result[spec.name] = "\([range.lowerBound, min(range.upperBound, 3), min(range.upperBound, 40)][random.below(3)])"
            case .real(let range):
                result[spec.name] = "\([range.lowerBound, range.upperBound, (range.lowerBound + range.upperBound) / 2][random.below(3)])"
            case .choice(let words): result[spec.name] = words[random.below(words.count)]
            case .directions: result[spec.name] = ["none", "f0=+", "f0=-,f1=+"][random.below(3)]
            case .groups: result[spec.name] = ["none", "f0", "f0,f1;f0,f2"][random.below(3)]
            case .text: result[spec.name] = spec.defaultText
            case .weights: result[spec.name] = ["none", "balanced", "yes=3,no=0.000001", "red=1000000"][random.below(4)]
            }
        }
        return result
    }

    @Test("Training, scoring, explaining and decoding end in numbers or in a typed error", arguments: Subject.all)
    func anything(subject: Subject) throws {
        var random = Made.Random(state: "\(subject.algorithm) \(subject.task)".utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        var models = 0
        // Over all algorithms and tasks together more than 2,000.
        for number in 0..<(Self.isSlow ? 2_000 : 150) {
            let rows = rows(subject.task, &random)
            let settings = try settings(subject.type, &random)
            do throws(LearningFailure) {
                let request = TrainingRequest(algorithm: subject.algorithm, settings: settings, seed: UInt64(number))
                let outcome = try Training.run(rows, request: request, hooks: TrainingHooks(threads: 1 + number % 2))
                let model = try Model.decode(outcome.artefact)
                let scores = try model.scores(of: rows)
                #expect(scores.allSatisfy { subject.isAnswer($0) }, "case \(number): \(settings)")
                let explanation = try model.explain(Array(rows.features.prefix(rows.schema.width)), categories: rows.categories)
                #expect(explanation.outputs.allSatisfy { $0.score.isFinite }, "case \(number): \(settings)")
                models += 1
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
        // Not all may end at the door.
        #expect(models > 20)
    }
}
