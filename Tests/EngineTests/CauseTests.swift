import Engine
import Foundation
import Monitoring
import Testing

/// Why?, as History answers it; what is found in rows is tested with the finder itself.
@Suite("Causes", .serialized)
struct CauseTests {
    private func why(_ harness: EngineHarness, _ name: String) async -> HistoryContent {
        await harness.engine.history(.why(deployment: name)).content
    }

    @Test("the newest logged answers are gone through with their labels; what is not known is said")
    func looked() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            guard case .causes(let before) = await why(harness, "flights") else { throw EngineHarness.Missed(what: "causes") }
            #expect(before.rows == 0 && before.causes.isEmpty && before.from == nil)
            #expect(before.lacks.contains("only 0 answers are in the log: 125 are needed to judge columns"))
            let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 200)
            try await harness.label(Array(served.prefix(50)))
            guard case .causes(let found) = await why(harness, "flights") else { throw EngineHarness.Missed(what: "causes") }
            #expect(found.deployment == "flights" && found.rows == 200 && found.labels == 50)
            #expect(found.lacks.contains("too few answers have their truth: whether they are right otherwise than before is not known"))
        }
    }

    @Test("a deployment that is not there is said to be none, with the nearest name")
    func unknown() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            guard case .failed(let reason) = await why(harness, "flight") else { throw EngineHarness.Missed(what: "a refusal") }
            #expect(reason.contains("flights"))
        }
    }
}
