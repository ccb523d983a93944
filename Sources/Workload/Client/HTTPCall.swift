import NIOCore
import NIOHTTP1

/// One request, ready to be written.
struct HTTPCall: Sendable {
    var head: HTTPRequestHead
    var body: ByteBuffer?
}

/// What became of one request.
enum HTTPOutcome: Sendable {
    /// A whole answer.
    case answered(status: Int, body: ByteBuffer)
    /// No whole answer.
    case failed(TransportFailure)
}

/// Why a request got no whole answer.
public enum TransportFailure: String, Codable, Sendable, CaseIterable {
    /// The connection could not be opened.
    case connect
    /// The connection ended before the answer did.
    case closed
    /// The deadline passed: before the request could be sent, or before the answer was whole.
    case timeout
    /// What came back is not HTTP.
    case malformed
    /// The answer passed the limit on its size.
    case tooLarge
}

/// Builds the heads of requests to one endpoint.
struct CallBuilder: Sendable {
    private let base: HTTPHeaders

    init(_ endpoint: Endpoint) {
        var headers = HTTPHeaders([("host", endpoint.description), ("user-agent", "flyball"), ("accept", "application/json")])
        if let token = endpoint.token { headers.add(name: "authorization", value: "Bearer \(token)") }
        base = headers
    }

    func get(_ path: String) -> HTTPCall { HTTPCall(head: HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: base)) }

    func post(_ path: String, _ body: ByteBuffer) -> HTTPCall {
        var headers = base
        headers.add(name: "content-type", value: "application/json")
        headers.add(name: "content-length", value: String(body.readableBytes))
        return HTTPCall(head: HTTPRequestHead(version: .http1_1, method: .POST, uri: path, headers: headers), body: body)
    }
}
