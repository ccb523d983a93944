import Engine
import Foundation
import Serving
import Testing

/// Tables that say what has changed since the one before, on connections that stay.
@Suite("changed routes") struct RoutingChangeTests {
    /// A table of deployments and their champions.
    private static func table(_ champions: [String: UInt32], generation: UInt64, change: RoutingTable.Change? = nil) -> RoutingTable {
        var table = Fixture.table(
            champions.map { Fixture.route($0.key, Fixture.numbers, champion: $0.value, resident: [$0.value]) }, generation: generation)
        table.change = change
        return table
    }

    @Test("one deployment's swap leaves the others as they were; one that went is gone; a table that follows another one counts whole")
    func changes() async throws {
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0")
        let address = server.address
        let client = try await onThread { try RawClient(address: address) }
        func versions() async throws -> [String?] {
            try await onThread {
                try ["a", "b"].map { name in
                    // Twice: the second one is answered from what the connection remembers.
                    _ = try client.post("/v2/models/\(name)/infer", Body.numbers)
                    return try client.post("/v2/models/\(name)/infer", Body.numbers).json["model_version"] as? String
                }
            }
        }
        await server.install(Self.table(["a": 1, "b": 1], generation: 1))
        #expect(try await versions() == ["1", "1"])
        await server.install(Self.table(["a": 1, "b": 2], generation: 2, change: .init(since: 1, deployments: ["b"])))
        #expect(try await versions() == ["1", "2"])
        // What this one says of the change is about another table than the loop has.
        await server.install(Self.table(["a": 3, "b": 3], generation: 9, change: .init(since: 8, deployments: ["b"])))
        #expect(try await versions() == ["3", "3"])
        // An older one that comes late changes nothing.
        await server.install(Self.table(["a": 1, "b": 1], generation: 5, change: .init(since: 9, deployments: ["a"])))
        #expect(try await versions() == ["3", "3"])
        await server.install(Self.table(["b": 3], generation: 10, change: .init(since: 9, deployments: ["a"])))
        #expect(try await versions() == [nil, "3"])
        await server.install(Self.table(["a": 4, "b": 3], generation: 11, change: .init(since: 10, deployments: ["a"])))
        #expect(try await versions() == ["4", "3"])
        await server.shutdown()
    }
}
