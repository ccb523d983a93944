import Engine
import Foundation
import Monitoring
import Serving
import Tabular
import Testing

@Suite("swaps under load", .serialized)
struct SwapTests {
    /// What a client saw.
    private struct Seen: Sendable {
        var answers = 0
        var wrong: [String] = []
        var versions: Set<String> = []
    }

    @Test("100 swaps under load: no request fails, and each answer is the one of the version that it names")
    func swaps() async throws {
        var options = ServingOptions()
        options.loops = 2
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: options)
        let tables = [UInt32(1), 2].map { [Fixture.route("numbers", Fixture.numbers, champion: $0, resident: [1, 2])] }
        await server.install(Fixture.table(tables[0], generation: 1))
        let address = server.address
        let progress = Progress()
        let seen = try await withThrowingTaskGroup(of: Seen.self) { group in
            for _ in 0..<4 { group.addTask { try await onThread { try Self.client(address, progress) } } }
            // Every swap happens under traffic: several answers lie between two of them.
            for swap in 2...101 {
                let before = progress.count
                while progress.count < before + 4, !progress.isDone { await Task.yield() }
                await server.install(Fixture.table(tables[swap % 2], generation: UInt64(swap)))
            }
            progress.finish()
            return try await group.reduce(into: Seen()) { sum, part in
                sum.answers += part.answers
                sum.wrong += part.wrong
                sum.versions.formUnion(part.versions)
            }
        }
        await server.shutdown()
        #expect(seen.answers >= 400)
        #expect(seen.wrong.isEmpty, "\(seen.wrong.prefix(3))")
        #expect(seen.versions == ["1", "2"])
    }

    /// Asks without pause; checks every answer against the version's golden output.
    private static func client(_ address: String?, _ progress: Progress) throws -> Seen {
        var seen = Seen()
        // Whatever ends this client, the swaps must not wait for it.
        defer { progress.finish() }
        let client = try RawClient(address: address)
        while !progress.isDone {
            let answer = try client.post("/v2/models/numbers/infer", Body.numbers)
            seen.answers += 1
            progress.step()
            let version = answer.json["model_version"] as? String ?? ""
            let score = ((answer.json["outputs"] as? [[String: Any]])?.first?["data"] as? [Double])?.first
            seen.versions.insert(version)
            if answer.status != 200 || score != Double(version).map({ $0 * 1_000 + 4 }) {
                seen.wrong.append("\(answer.status) \(answer.body)")
            }
        }
        return seen
    }

    @Test("after install returns, every loop answers with the new version")
    func effective() async throws {
        var options = ServingOptions()
        options.loops = 4
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: options)
        let address = server.address
        for swap in 1...10 {
            let version = UInt32(swap % 2 + 1)
            await server.install(
                Fixture.table([Fixture.route("numbers", Fixture.numbers, champion: version, resident: [1, 2])], generation: UInt64(swap)))
            try await onThread {
                for _ in 0..<8 {
                    let answer = try RawClient(address: address).post("/v2/models/numbers/infer", Body.numbers)
                    #expect(answer.json["model_version"] as? String == "\(version)")
                }
            }
        }
        await server.shutdown()
    }

    @Test("a version that leaves the table is let go at once, whether or not another request comes")
    func releases() async throws {
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0")
        let address = server.address
        weak var departed: SumPredictor?
        do {
            let predictor = SumPredictor(width: 3, version: 1)
            departed = predictor
            await server.install(Fixture.table([Fixture.route("numbers", Fixture.numbers, predictor: predictor)]))
            let status = try await onThread { try RawClient(address: address).post("/v2/models/numbers/infer", Body.numbers).status }
            #expect(status == 200)
        }
        #expect(departed != nil)
        await server.install(Fixture.table([Fixture.route("numbers", Fixture.numbers, champion: 2, resident: [2])], generation: 2))
        _ = await server.harvest(flushing: true)
        #expect(departed == nil)
        await server.shutdown()
    }

    @Test("traffic is handed over once: rows, outcomes and versions add up, a failed score is not logged")
    func harvest() async throws {
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0")
        await server.install(Fixture.table(Fixture.usual))
        let address = server.address
        try await onThread {
            let client = try RawClient(address: address)
            for _ in 0..<10 { #expect(try client.post("/v2/models/numbers/infer", Body.matrix(rows: 3)).status == 200) }
            #expect(try client.post("/v2/models/numbers/versions/1/infer", "{\"id\":\"mine\"," + Body.numbers.dropFirst()).status == 200)
            #expect(try client.post("/v2/models/numbers/infer", "{}").status == 400)
            #expect(try client.post("/v2/models/resting/infer", Body.numbers).status == 503)
            #expect(try client.post("/v2/models/broken/infer", Body.numbers).status == 500)
        }
        let lanes = await server.harvest(flushing: true).flatMap(\.lanes)
        let numbers = try #require(lanes.first { $0.deployment == "numbers" })
        #expect(numbers.totals.answered == 11)
        #expect(numbers.totals.rows == 31)
        #expect(numbers.totals.rejected == 1)
        let (champion, pinned) = (ArmKey(version: 2, arm: .champion), ArmKey(version: 1, arm: .pinned))
        #expect(numbers.totals.arms.mapValues(\.rows) == [pinned: 1, champion: 30])
        #expect(numbers.totals.arms.mapValues(\.answered) == [pinned: 1, champion: 10])
        #expect(numbers.windows[champion]?.n == 30 && numbers.windows[pinned]?.n == 1)
        let broken = try #require(lanes.first { $0.deployment == "broken" })
        #expect(broken.totals.failed == 1 && broken.totals.arms.values.map(\.failed) == [1])
        let block = try #require(numbers.blocks.first)
        #expect(block.count == 31)
        #expect(block.arms.last == .pinned)
        #expect(block.clientIDs == [30: "mine"])
        #expect(block.ids[1].text.hasSuffix(".1"))
        #expect(Set(block.ids).count == 31)
        #expect(lanes.first { $0.deployment == "resting" }?.totals.refused == 1)
        #expect(broken.totals.answered == 0)
        #expect(broken.blocks.isEmpty)
        #expect(await server.harvest(flushing: true).flatMap(\.lanes).isEmpty)
        await server.shutdown()
    }
}
