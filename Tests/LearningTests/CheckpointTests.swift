import Foundation
import Learning
import Synchronization
import Tabular
import Testing

@Suite("Checkpoints") struct CheckpointTests {
    /// Keeps the last checkpoint, and ends the training after some of them.
    private final class Keeper: Sendable {
        let saved: Mutex<(bytes: [UInt8]?, count: Int)>
        let most: Int

        init(_ bytes: [UInt8]?, most: Int) {
            saved = Mutex((bytes, 0))
            self.most = most
        }

        var bytes: [UInt8]? { saved.withLock { $0.bytes } }

        func hooks(_ report: @escaping @Sendable (TrainingProgress) -> Void = { _ in }) -> TrainingHooks {
            let checkpoints = TrainingCheckpoints(
                load: { self.bytes },
                save: { bytes in
                    self.saved.withLock { $0 = (bytes, $0.count + 1) }
                }, seconds: 0)
            return TrainingHooks(
                report: report, isCancelled: { self.saved.withLock { $0.count >= self.most } }, threads: 2, checkpoints: checkpoints)
        }
    }

    private func train(_ rows: LabelledRows, _ settings: [String: String], _ hooks: TrainingHooks) throws -> TrainingOutcome {
        try Training.run(rows, request: TrainingRequest(algorithm: "boosted-trees", settings: settings, seed: 7), hooks: hooks)
    }

    @Test(
        "A training that died after any number of rounds goes on to the bytes, figures and curve of one that ran through",
        arguments: PredictionTask.allCases, ["0", "3"])
    func resumed(task: PredictionTask, patience: String) throws {
        let rows = Made.mixed(task, count: 900)
        let settings = ["trees": "14", "learning-rate": "0.3", "patience": patience]
        let whole = try train(rows, settings, TrainingHooks())
        for died in [1, 5, 12] {
            let first = Keeper(nil, most: died)
            #expect(throws: LearningFailure.cancelled) { try train(rows, settings, first.hooks()) }
            let bytes = try #require(first.bytes)
            let second = Keeper(bytes, most: .max)
            let outcome = try train(rows, settings, second.hooks())
            #expect(outcome.artefact == whole.artefact)
            #expect(outcome.metrics == whole.metrics && outcome.notes == whole.notes)
            if patience == "0" {
                #expect(outcome.curve.map(\.trainLoss) == whole.curve.map(\.trainLoss))
                #expect(outcome.curve.map(\.validationLoss) == whole.curve.map(\.validationLoss))
                #expect(second.saved.withLock { $0.count } == 13 - died, "what had been grown was not grown again")
            }
        }
    }

    @Test("A checkpoint of other rows, settings or seeds, and bytes that are none, are passed over")
    func foreign() throws {
        let rows = Made.mixed(.binary, count: 600)
        let settings = ["trees": "8"]
        let whole = try train(rows, settings, TrainingHooks()).artefact
        let keeper = Keeper(nil, most: 4)
        #expect(throws: LearningFailure.cancelled) { try train(Made.mixed(.binary, count: 600, seed: 2), settings, keeper.hooks()) }
        let other = Keeper(nil, most: 4)
        #expect(throws: LearningFailure.cancelled) { try train(rows, ["trees": "8", "l2": "2"], other.hooks()) }
        for bytes in [keeper.bytes, other.bytes, [], [1, 2, 3], [UInt8](repeating: 255, count: 200)] {
            #expect(try train(rows, settings, Keeper(bytes, most: .max).hooks()).artefact == whole)
        }
    }

    @Test("A checkpoint with any byte changed or missing is passed over")
    func damaged() throws {
        let rows = Made.mixed(.multiclass, count: 200)
        let settings = ["trees": "4", "leaves": "4"]
        let keeper = Keeper(nil, most: 2)
        #expect(throws: LearningFailure.cancelled) { try train(rows, settings, keeper.hooks()) }
        let bytes = try #require(keeper.bytes)
        let whole = try train(rows, settings, TrainingHooks()).artefact
        var random = Made.Random(state: 4)
        for _ in 0..<150 {
            var copy = bytes
            copy[random.below(copy.count)] ^= 1 << UInt8(random.below(8))
            if random.below(4) == 0 { copy.removeLast(random.below(copy.count)) }
            #expect(try train(rows, settings, Keeper(copy, most: .max).hooks()).artefact == whole)
        }
    }

    @Test(
        "A perceptron that died after any epoch goes on to the bytes, figures and curve of one that ran through",
        arguments: PredictionTask.allCases, ["0", "2"])
    func perceptron(task: PredictionTask, patience: String) throws {
        let rows = Made.mixed(task, count: 500)
        let request = TrainingRequest(
            algorithm: "perceptron", settings: ["epochs": "9", "patience": patience, "units": "8", "learning-rate": "0.02"], seed: 3)
        let whole = try Training.run(rows, request: request, hooks: TrainingHooks())
        for died in [1, 2, 5] where died < whole.curve.count - 1 {
            let first = Keeper(nil, most: died)
            #expect(throws: LearningFailure.cancelled) { try Training.run(rows, request: request, hooks: first.hooks()) }
            let bytes = try #require(first.bytes)
            let second = Keeper(bytes, most: .max)
            let outcome = try Training.run(rows, request: request, hooks: second.hooks())
            #expect(outcome.artefact == whole.artefact && outcome.metrics == whole.metrics && outcome.notes == whole.notes)
            #expect(outcome.curve.map(\.trainLoss) == whole.curve.map(\.trainLoss))
            #expect(outcome.curve.map(\.validationLoss) == whole.curve.map(\.validationLoss))
            var random = Made.Random(state: 4)
            for _ in 0..<20 {
                var copy = bytes
                copy[random.below(copy.count)] ^= 1 << UInt8(random.below(8))
                if random.below(4) == 0 { copy.removeLast(random.below(copy.count)) }
                #expect(try Training.run(rows, request: request, hooks: Keeper(copy, most: .max).hooks()).artefact == whole.artefact)
            }
        }
        var other = request
        other.seed = 4
        let keeper = Keeper(nil, most: 2)
        #expect(throws: LearningFailure.cancelled) { try Training.run(rows, request: other, hooks: keeper.hooks()) }
        #expect(try Training.run(rows, request: request, hooks: Keeper(keeper.bytes, most: .max).hooks()).artefact == whole.artefact)
    }
}
