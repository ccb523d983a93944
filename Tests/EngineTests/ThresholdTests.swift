import Engine
import Foundation
import Learning
import Store
import Tabular
import Testing

/// From which score on a version calls a row positive, through the one door.
@Suite("Thresholds", .serialized)
struct ThresholdTests {
    private static func set(_ value: Double, _ basis: ThresholdBasis = .value, version: UInt32 = 1) -> Action {
        .setThreshold(deployment: "flights", version: version, value: value, basis: basis)
    }

    private static func report(_ harness: EngineHarness, _ version: UInt32 = 1) async throws -> VersionReport {
        guard case .report(let report) = await harness.engine.history(.report(deployment: "flights", version: version)).content else {
            throw EngineHarness.Missed(what: "the report")
        }
        return report
    }

    @Test("a training keeps what every threshold makes of its held-out rows: the confusion at one half is what its figures say")
    func table() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let version = try #require(try harness.status().version(1))
            let table = try #require(try await Self.report(harness).decisions?.table)
            #expect(table.rows == version.holdoutRows)
            let counts = table.confusion(at: 0.5)
            for (name, figure) in [("accuracy", counts.accuracy), ("precision", counts.precision), ("recall", counts.recall)] {
                guard let kept = version.metric(name)?.value else { continue }
                #expect(figure.map { abs($0 - kept) < 1e-12 } ?? false, "\(name)")
            }
        }
    }

    @Test("a threshold is kept with its version, routed at once, journalled with its basis, taken back by undo, and known after a start")
    func change() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            let harness = try await EngineHarness.start(in: directory, clock: clock)
            try await harness.deploy()
            #expect(harness.plane.route("flights")?.thresholds.isEmpty == true)
            let wanted = try #require(try await Self.report(harness).decisions?.table?.threshold(for: .recall(0.9)))
            let receipt = try await harness.perform(Self.set(wanted.value, wanted.basis), reason: "misses are dear")
            #expect(receipt.version == 1 && receipt.swapNanoseconds != nil)
            #expect(receipt.inverse == Self.set(0.5, .standard))
            #expect(try harness.status().version(1)?.threshold == wanted)
            #expect(harness.plane.route("flights")?.thresholds == [1: wanted.value])
            let row = try #require(try await harness.journal().last)
            #expect(row.entry.known == .threshold && row.entry.reason == "misses are dear")
            #expect(row.entry.summary.contains("recall of 0.9 or more") && row.entry.details.contains("\"was\":\"0.5\""))
            await harness.engine.shutdown()
            let again = try await EngineHarness.start(in: directory, clock: clock)
            #expect(try again.status().version(1)?.decidesFrom == wanted.value)
            #expect(again.plane.route("flights")?.thresholds == [1: wanted.value])
            let other = try await again.perform(Self.set(0.7))
            #expect(other.inverse == Self.set(wanted.value, wanted.basis))
            try await again.perform(Self.set(0.5, .standard))
            #expect(try again.status().version(1)?.threshold == nil && again.plane.route("flights")?.thresholds.isEmpty == true)
            await again.engine.shutdown()
        }
    }

    @Test("what a version is called from goes with it: another champion has its own, and a roll back brings the former one")
    func versions() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            try await harness.train(
                TrainOrder(deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: 1)))
            // Not in memory: nothing to swap.
            try await harness.perform(Self.set(0.2, version: 2))
            try await harness.perform(Self.set(0.3))
            try await harness.perform(.promote(deployment: "flights", version: 2))
            #expect(harness.plane.route("flights")?.thresholds[2] == 0.2)
            try await harness.perform(.rollback(deployment: "flights", to: nil))
            #expect(harness.plane.route("flights")?.champion?.number == 1)
            #expect(harness.plane.route("flights")?.thresholds[1] == 0.3)
        }
    }

    @Test("a new version calls by what the champion's threshold was chosen by, found on its own held-out rows, and says so")
    func inherited() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let wanted = try #require(try await Self.report(harness).decisions?.table?.threshold(for: .recall(0.9)))
            try await harness.perform(Self.set(wanted.value, wanted.basis))
            try await harness.train(
                TrainOrder(
                    deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "boosted-trees", seed: 1)))
            let version = try #require(try harness.status().version(2))
            let table = try #require(try await Self.report(harness, 2).decisions?.table)
            #expect(version.threshold == (try table.threshold(for: .recall(0.9))))
            #expect(version.notes.contains { $0.contains("recall of 0.9 or more") && $0.contains("as v1") })
            try await harness.perform(Self.set(0.3))
            try await harness.train(
                TrainOrder(deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: 2)))
            #expect(try harness.status().version(3)?.threshold == DecisionThreshold(0.3, .value))
        }
    }

    @Test("a prediction of the log is called as its version calls now")
    func predictions() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            try await harness.send(try harness.rows(from: EngineHarness.may), count: 40)
            try await harness.perform(Self.set(0.0))
            await harness.engine.flushed()
            guard
                case .predictions(let page) = await harness.engine.history(
                    .predictions(deployment: "flights", upTo: nil, limit: 40)
                ).content
            else {
                Issue.record("no page")
                return
            }
            #expect(!page.rows.isEmpty && page.rows.allSatisfy { $0.threshold == 0 })
            #expect(page.rows.allSatisfy { page.schema.target.decision($0.scores, from: $0.threshold) == 1 })
        }
    }

    @Test("what cannot be is refused: no probability, the threshold that there is, a version that there is not, under a freeze of traffic")
    func refused() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            func words(_ action: Action) async -> String { await harness.refusal(action).map { "\($0)" } ?? "done" }
            #expect(await words(Self.set(1.5)).contains("a probability from 0 to 1"))
            #expect(await words(Self.set(.nan)).contains("a probability from 0 to 1"))
            #expect(await words(Self.set(0.4, .rate(7))).contains("a share above 0"))
            #expect(await words(Self.set(0.5, .standard)).contains("already"))
            #expect(await words(Self.set(0.4, version: 9)).contains("v9"))
            try await harness.perform(.freeze(deployment: "flights", scope: .traffic))
            #expect(await words(Self.set(0.4)).contains("frozen"))
        }
    }

    @Test("a preview says what the held-out rows become, before and after, where the report is at hand")
    func preview() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let report = try await Self.report(harness)
            let table = try #require(report.decisions?.table)
            let preview = Self.set(0.3).preview(in: harness.snapshot, report: report)
            let lines = Dictionary(preview.lines.map { ($0.label, $0.text) }) { first, _ in first }
            #expect(lines["now"] == table.confusion(at: 0.5).words && lines["then"] == table.confusion(at: 0.3).words)
            #expect(Self.set(0.3).preview(in: harness.snapshot).lines.contains { $0.label == "held-out" })
        }
    }
}
