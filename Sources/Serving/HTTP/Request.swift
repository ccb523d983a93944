import Engine
import NIOCore
import NIOHTTP1
import Tabular

/// The request being read.
struct Request {
    var endpoint = Endpoint.unknown
    var keepsAlive = true
    var isHead = false
    var accept = ""
    var acceptEncoding = ""
    /// The hash of its header `Flyball-Key`.
    var key: UInt64?
    /// The trace that it belongs to.
    var trace: TraceID?
    /// How the body is packed.
    var coding: ContentCoding?
    /// Bytes of the JSON before binary data; nil where the body is JSON.
    var jsonLength: Int?
    var body = ByteBuffer()
    var bodyParts = 0
    /// The answer that is due whatever the body says; it is given when the body has been read.
    var refusal: Answer?
    /// The token that asks; nil where none was needed.
    var token: String?
}

/// The last address of a connection: clients ask the same one again and again.
struct EndpointCache {
    var uri = ""
    var endpoint = Endpoint.unknown
    /// Who may call it.
    var rule = Endpoint.unknown.rule
    /// The host that the address itself names, in the absolute form.
    var authority: String?
    var entry: RouteEntry?
}

extension Connection {
    /// The headers are complete.
    func begin(_ head: HTTPRequestHead) {
        phase = .body
        extend(loop.options.bodySeconds)
        var facts = HeadFacts(head.headers)
        request = Request()
        // HTTP/1.0 keeps a connection only by a header of its own, which no client of ours needs: one answer, then closed.
        request.keepsAlive = head.isKeepAlive && !facts.hasUpgrade && HeadFacts.isModern(head.version)
        request.isHead = head.method == .HEAD
        request.accept = facts.accept
        request.acceptEncoding = facts.acceptEncoding
        request.coding = facts.coding
        request.key = facts.key
        request.trace = facts.trace
        request.jsonLength = facts.jsonLength
        if head.uri != cache.uri {
            let target = RequestTarget(head.uri)
            let endpoint = Endpoint(uri: String(target.path))
            cache = EndpointCache(
                uri: head.uri, endpoint: endpoint, rule: endpoint.rule, authority: target.authority.map(String.init))
        }
        request.endpoint = cache.endpoint
        if let authority = cache.authority { facts.host = authority }
        let refusal = facts.refusal(options: loop.options, address: loop.address, version: head.version, admittedHost: admittedHost)
        if refusal == nil { admittedHost = facts.host } else if refusal?.status == 403 { loop.serving.refuse(.origin) }
        request.refusal = refusal ?? authorize(facts.authorization) ?? wrongMethod(head)
        if let refusal = request.refusal, refusal.closes || facts.expectsContinue {
            var last = refusal
            last.closes = true
            send(last)
        } else if facts.expectsContinue, HeadFacts.isModern(head.version) {
            writeNow("HTTP/1.1 100 Continue\r\n\r\n")
        }
    }

    private func wrongMethod(_ head: HTTPRequestHead) -> Answer? {
        guard request.endpoint != .unknown else {
            return .error(404, "no such address: \(InferenceFailure.short(head.uri)): see /v2, /v2/models/NAME, /v1/status, /metrics")
        }
        let method = request.endpoint.method
        guard head.method.rawValue != method, !(method == "GET" && head.method == .HEAD) else { return nil }
        var answer = Answer.error(405, "\(InferenceFailure.short(head.method.rawValue)): this address takes \(method)")
        answer.allow = method == "GET" ? "GET, HEAD" : method
        return answer
    }

    /// A piece of the body.
    func collect(_ bytes: ByteBuffer) {
        request.bodyParts += 1
        guard request.bodyParts <= loop.options.maximumBodyParts else {
            return send(.error(413, "body: more than \(loop.options.maximumBodyParts) pieces: send larger chunks", closes: true))
        }
        guard request.body.readableBytes + bytes.readableBytes <= loop.options.maximumBodyBytes else {
            return send(.error(413, "body: more than \(loop.options.maximumBodyBytes) bytes: send fewer rows at a time", closes: true))
        }
        if request.refusal != nil { return }
        if request.bodyParts == 1 { request.body = bytes } else { request.body.writeImmutableBuffer(bytes) }
    }

    /// Unpacks the body; the answer to one that cannot be.
    private func unpack() -> Answer? {
        guard let coding = request.coding else { return nil }
        let limit = loop.options.maximumBodyBytes
        do throws(ContentCoding.Failure) {
            request.body = try coding.unpacked(request.body, limit: limit)
            return nil
        } catch {
            switch error {
            case .tooLong: return .error(413, "body: more than \(limit) bytes when unpacked: send fewer rows at a time")
            case .damaged: return .error(400, "body: not \(coding.rawValue) data, as Content-Encoding says")
            }
        }
    }

    /// The request is complete.
    func end() {
        if let refusal = request.refusal ?? unpack() { return send(refusal) }
        switch request.endpoint {
        case .infer(let name, let version): infer(name, version: version)
        case .labels(let name): labels(name)
        case .explain(let name): explain(name)
        case .verb(let verb, let name): act(verb, name)
        case .status, .metrics: report()
        case .statistics(let name, let version): statistics(name, version: version)
        case .server, .live, .ready, .model, .modelReady, .modelConfiguration, .repositoryIndex, .unknown:
            send(loop.describe(request.endpoint).packed(for: request.acceptEncoding))
        }
    }
}
