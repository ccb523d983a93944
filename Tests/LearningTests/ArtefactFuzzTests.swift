import Foundation
import Learning
import Tabular
import Testing

@Suite("Artefacts of any bytes") struct ArtefactFuzzTests {
    private static let isSlow = ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1"

    /// Decoding gives a model that answers rows without a trap, or a typed error.
    private func check(_ bytes: [UInt8], _ rows: LabelledRows) {
        do throws(LearningFailure) {
            let model = try Model.decode(bytes)
            let predictor = model.predictor(categories: Categories(["oak", "elm"]))
            guard predictor.width <= 10_000 else { return }
            for start in [0.0, .nan, .infinity, -1, 1e300] {
                _ = predictor.scores([Double](repeating: start, count: predictor.width * 2), count: 2)
            }
            _ = model.importance()
            _ = try? model.scores(of: rows)
            _ = try? model.verifyGolden(predictor, categories: Categories())
            _ = try? Model.decode(model.encode())
        } catch {
            #expect(!error.description.isEmpty)
        }
    }

    private func small(_ subject: Subject) throws -> (bytes: [UInt8], rows: LabelledRows) {
        let rows = Made.mixed(subject.task, count: 120)
        return (try subject.fit(rows, settings: subject.algorithm == "boosted-trees" ? ["trees": "3"] : [:]).encode(), rows)
    }

    @Test("Every truncation is refused", arguments: Subject.all)
    func truncated(subject: Subject) throws {
        let (bytes, _) = try small(subject)
        for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 2_000)) {
            #expect(throws: LearningFailure.self) { try Model.decode(Array(bytes.prefix(length))) }
        }
        #expect(throws: LearningFailure.self) { try Model.decode(bytes + [0]) }
    }

    @Test("Flipped bits, foreign bytes and lying counts never trap", arguments: Subject.all)
    func damaged(subject: Subject) throws {
        let (bytes, rows) = try small(subject)
        var random = Made.Random(state: 99)
        for round in 0..<(Self.isSlow ? 60_000 : 1_500) {
            var copy = bytes
            for _ in 0...random.below(3) {
                let position = random.below(copy.count)
                switch round % 4 {
                case 0: copy[position] ^= 1 << UInt8(random.below(8))
                case 1: copy[position] = UInt8(truncatingIfNeeded: random.next())
                case 2:
                    // A count, an index or a number of eight bytes.
                    let word: UInt64 = [0, 1, 255, 65_536, 1 << 31, .max, 1 << 62, 0x7FF0_0000_0000_0000][random.below(8)]
                    for byte in 0..<8 where position + byte < copy.count {
                        copy[position + byte] = UInt8(truncatingIfNeeded: word >> (8 * byte))
                    }
                default:
                    let end = min(copy.count, position + random.below(16))
                    if Bool.random(using: &random) {
                        copy.removeSubrange(position..<end)
                    } else {
                        copy.insert(contentsOf: copy[position..<end], at: position)
                    }
                }
                if copy.isEmpty { break }
            }
            check(copy, rows)
        }
    }

    @Test("Random bytes are refused")
    func noise() {
        var random = Made.Random(state: 3)
        for length in 0..<600 {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(throws: LearningFailure.self) { try Model.decode(bytes) }
        }
    }

    @Test("A model whose numbers were changed is caught by its golden rows")
    func changed() throws {
        let rows = Made.mixed(.regression, count: 200)
        let fitted = try Baseline(settings: [:]).fit(rows, validation: nil, seed: 0, hooks: TrainingHooks())
        var other = rows
        other.targets[0] += 1
        let wrong = try Baseline(settings: [:]).fit(other, validation: nil, seed: 0, hooks: TrainingHooks())
        let model = Model(fitted: fitted, proving: rows)
        let predictor = Model(fitted: wrong, proving: rows).predictor(categories: rows.categories)
        #expect(throws: LearningFailure.self) { try model.verifyGolden(predictor, categories: rows.categories) }
    }
}
