import Engine
import Learning
import Tabular
import Testing

/// What cannot learn the target is refused at the door, not by a failed job later.
@Suite("Algorithms and tasks", .serialized)
struct TaskCheckTests {
    @Test("a policy's algorithm must be able to learn the target")
    func policy() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let wrong = "[retrain]\nalgorithm = \"ridge\"\n"
            let failure = try #require(await harness.refusal(.setPolicy(deployment: "flights", text: wrong)))
            #expect("\(failure)".contains("retrain.algorithm ridge") && "\(failure)".contains("logistic"), "\(failure)")
            try await harness.perform(.setPolicy(deployment: "flights", text: "[retrain]\nalgorithm = \"logistic\"\n"))
        }
    }

    @Test("an order that cannot be is refused where the task is known: of a training, and of a deployment that names its task")
    func orders() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            for algorithm in ["ridge", "softmax", "online-linear"] {
                let order = TrainOrder(
                    deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: algorithm))
                #expect("\(try #require(await harness.refusal(.train(order))))".contains(algorithm))
            }
            var order = EngineHarness.order("prices", algorithm: "logistic")
            order.options = ImportOptions(target: "dep_delay", task: .regression)
            #expect("\(try #require(await harness.refusal(.deploy(order))))".contains("logistic"))
            order.training = TrainingRequest(algorithm: "ridge", settings: ["calibration": "platt"])
            #expect("\(try #require(await harness.refusal(.deploy(order))))".contains("none where a number is predicted"))
            order.training.settings = [:]
            order.policy = "[retrain]\nalgorithm = \"logistic\"\n"
            #expect("\(try #require(await harness.refusal(.deploy(order))))".contains("retrain.algorithm logistic"))
            #expect(harness.snapshot.jobs.count == 1)
        }
    }
}
