import Engine
import NIOCore
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

    init() {}

    init(_ facts: HeadFacts) {
        // HTTP/1.0 keeps a connection only by a header of its own, which no client of ours needs: one answer, then closed.
        keepsAlive = facts.line.isModern && !facts.framing.closes && !facts.framing.hasUpgrade
        isHead = facts.line.method == .head
        coding = facts.coding
        key = facts.key
        trace = facts.trace
        jsonLength = facts.jsonLength
    }
}

/// The last address of a connection: clients ask the same one again and again.
struct EndpointCache {
    var uri = RememberedText()
    var endpoint = Endpoint.unknown
    /// Who may call it.
    var rule = Endpoint.unknown.rule
    /// The host that the address itself names, in the absolute form.
    var authority: String?
    var entry: RouteEntry?

    /// Takes the address of a request.
    mutating func take(_ target: UnsafeRawBufferPointer) {
        guard uri.take(target) else { return }
        let target = RequestTarget(uri.text)
        endpoint = Endpoint(uri: String(target.path))
        rule = endpoint.rule
        authority = target.authority.map(String.init)
        entry = nil
    }
}

/// What the heads of a connection's requests have in common, as a rule.
struct HeadMemory {
    var target = EndpointCache()
    /// The Host of the last request.
    var host = RememberedText()
    /// Whether it was one of ours.
    var isHostOurs = false
    var accept = RememberedText()
    var acceptEncoding = RememberedText()
    var authorization = RememberedText()
    /// Whether that is of the scheme Bearer.
    var isBearer = false
    /// The token of the last request, by the bytes of its header.
    var admission = Admission()
}

extension Connection {
    /// The head is complete.
    func begin(_ head: ByteBuffer) {
        phase = .body
        extend(loop.options.bodySeconds)
        let facts = reader.facts
        let refusal = head.withUnsafeReadableBytes { remember(facts, $0) }
        request = Request(facts)
        request.endpoint = memory.target.endpoint
        request.accept = memory.accept.text
        request.acceptEncoding = memory.acceptEncoding.text
        if refusal?.status == 403 { loop.serving.refuse(.origin) }
        request.refusal = refusal ?? authorize(memory.authorization.text) ?? wrongMethod(facts.line.method)
        if let refusal = request.refusal, refusal.closes || facts.framing.expectsContinue {
            var last = refusal
            last.closes = true
            send(last)
        } else if facts.framing.expectsContinue, facts.line.isModern {
            writeNow("HTTP/1.1 100 Continue\r\n\r\n")
        }
    }

    /// Takes the texts of a head that stay from one request to the next; whether it is refused.
    private func remember(_ facts: HeadFacts, _ head: UnsafeRawBufferPointer) -> Answer? {
        memory.target.take(facts.line.target.bytes(of: head))
        _ = memory.accept.take(facts.accept.bytes(of: head))
        _ = memory.acceptEncoding.take(facts.acceptEncoding.bytes(of: head))
        if memory.authorization.take(facts.authorization.bytes(of: head)) {
            memory.isBearer = AccessTable.bearer(memory.authorization.text) != nil
        }
        if memory.host.take(facts.host.bytes(of: head)) || memory.host.text.isEmpty { memory.isHostOurs = false }
        let isAdmitted = memory.target.authority == nil && memory.isHostOurs
        let refusal = facts.refusal(
            head, options: loop.options, address: loop.address, host: memory.target.authority ?? memory.host.text, isAdmitted: isAdmitted)
        if refusal == nil, memory.target.authority == nil { memory.isHostOurs = true }
        return refusal
    }

    private func wrongMethod(_ method: RequestMethod) -> Answer? {
        guard request.endpoint != .unknown else {
            let address = InferenceFailure.short(memory.target.uri.text)
            return .error(404, "no such address: \(address): see /v2, /v2/models/NAME, /v1/status, /metrics")
        }
        let wanted = request.endpoint.method
        guard method != wanted, !(wanted == .get && method == .head) else { return nil }
        var answer = Answer.error(405, "\(method.rawValue): this address takes \(wanted.rawValue)")
        answer.allow = wanted == .get ? "GET, HEAD" : wanted.rawValue
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
