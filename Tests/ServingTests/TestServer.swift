import Engine
import Serving
import Tabular

/// Starts an endpoint on a free port with those routes, runs `body` on a thread of its own with the address, and shuts down.
func withServer<Value: Sendable>(
    _ routes: [Route] = Fixture.usual, options: ServingOptions = ServingOptions(), host: TestHost = TestHost(),
    body: @escaping @Sendable (String) throws -> Value
) async throws -> Value {
    let server = try await HTTPServer.start(host: host, listen: "127.0.0.1:0", options: options)
    await server.install(Fixture.table(routes))
    let address = server.address ?? ""
    do {
        let value = try await onThread { try body(address) }
        await server.shutdown()
        return value
    } catch {
        await server.shutdown()
        throw error
    }
}

/// Bodies of requests.
enum Body {
    /// One row for `Fixture.numbers`; the score of version v is 1000·v + 1 + 2 + 1.
    static let numbers = """
        {"inputs":[{"name":"a","shape":[1],"datatype":"FP64","data":[1]},{"name":"b","shape":[1],"datatype":"INT64","data":[2]},\
        {"name":"c","shape":[1],"datatype":"BOOL","data":[true]}]}
        """

    /// Rows for `Fixture.numbers` in one tensor: row i is (i, 0, 0).
    static func matrix(rows: Int) -> String {
        let data = (0..<rows).map { "\($0),0,0" }.joined(separator: ",")
        return "{\"inputs\":[{\"name\":\"x\",\"shape\":[\(rows),3],\"datatype\":\"FP64\",\"data\":[\(data)]}]}"
    }
}

extension Fixture {
    /// Two versions of a regression, a binary one with categories and times, three classes, a paused one, one without a champion.
    static var usual: [Route] {
        [
            route("numbers", numbers, champion: 2, resident: [1, 2]), route("flights", mixed), route("kinds", three),
            route("resting", numbers, state: .paused), route("empty", numbers, champion: nil, resident: [], state: .empty),
            route("broken", numbers, predictor: NaNPredictor(width: 3)),
        ]
    }
}
