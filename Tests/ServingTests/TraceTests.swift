import Engine
import Serving
import Tabular
import Testing

/// Traces that callers name.
@Suite("traces") struct TraceTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    @Test(
        "a valid traceparent comes back as trace_id and stands beside the request's first row in the log, of large batches too; others are as none"
    )
    func logged() async throws {
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0")
        await server.install(Fixture.table([Fixture.route("numbers", Fixture.numbers)]))
        let address = server.address
        try await onThread {
            let client = try RawClient(address: address)
            func ask(_ header: String, _ body: String = Body.numbers) throws -> String? {
                let answer = try client.post("/v2/models/numbers/infer", body, headers: header)
                #expect(answer.status == 200)
                return (answer.json["parameters"] as? [String: Any])?["trace_id"] as? String
            }
            let header = "traceparent: 00-\(Self.trace)-00f067aa0ba902b7-01\r\n"
            #expect(try ask("") == nil)
            #expect(try ask(header) == Self.trace)
            #expect(try ask(header, Body.matrix(rows: 3)) == Self.trace)
            #expect(try ask(header, Body.matrix(rows: 600)) == Self.trace)
            #expect(try ask("traceparent: 00-zz-00f067aa0ba902b7-01\r\n") == nil)
        }
        let blocks = await server.harvest(flushing: true).flatMap(\.lanes).flatMap(\.blocks)
        let block = try #require(blocks.first)
        let id = try #require(TraceID(traceparent: "00-\(Self.trace)-00f067aa0ba902b7-01"))
        #expect(blocks.count == 1 && block.traces == [1: id, 2: id, 5: id])
        await server.shutdown()
    }
}
