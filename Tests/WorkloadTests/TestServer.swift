import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on a free loopback port that answers as a test tells it to.
final class TestServer: Sendable {
    /// One request as it came.
    struct Arrival: Sendable {
        /// Position among all requests, from 0.
        var index: Int
        var method: String
        var path: String
        var body: String
    }

    /// What to do with a request.
    enum Reply: Sendable {
        case json(Int, String, after: TimeAmount = .zero)
        /// These bytes instead of an answer, then the end.
        case raw(String)
        /// The end of the connection without a word.
        case close
        /// Nothing, ever.
        case hang
    }

    let endpointText: String
    let port: Int
    private let listener: any Channel
    private let arrivals = Mutex<[Arrival]>([])
    private let connections = Mutex<[any Channel]>([])

    private init(listener: any Channel, port: Int) {
        self.listener = listener
        self.port = port
        endpointText = "127.0.0.1:\(port)"
    }

    /// Everything that came so far.
    var requests: [Arrival] { arrivals.withLock { $0 } }

    static func start(port: Int = 0, _ answer: @escaping @Sendable (Arrival) -> Reply) async throws -> TestServer {
        let own = Mutex<TestServer?>(nil)
        let record: @Sendable (String, String, String) -> Arrival? = { method, path, body in
            own.withLock { $0 }?.note(method, path, body)
        }
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                own.withLock { $0 }?.connections.withLock { $0.append(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(record: record, answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        let server = TestServer(listener: listener, port: listener.localAddress?.port ?? 0)
        own.withLock { $0 = server }
        return server
    }

    /// Takes no further connections.
    func stop() async { try? await listener.close() }

    /// Closes the connections that are open.
    func dropConnections() async {
        for channel in connections.withLock({ $0 }) { try? await channel.close() }
    }

    private func note(_ method: String, _ path: String, _ body: String) -> Arrival {
        arrivals.withLock { arrivals in
            let arrival = Arrival(index: arrivals.count, method: method, path: path, body: body)
            arrivals.append(arrival)
            return arrival
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let record: @Sendable (String, String, String) -> Arrival?
        private let answer: @Sendable (Arrival) -> Reply
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(record: @escaping @Sendable (String, String, String) -> Arrival?, answer: @escaping @Sendable (Arrival) -> Reply) {
            self.record = record
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body.clear()
            case .body(var part): body.writeBuffer(&part)
            case .end:
                guard let head, let arrival = record(head.method.rawValue, head.uri, String(buffer: body)) else {
                    return context.close(promise: nil)
                }
                reply(answer(arrival), context.channel)
            }
        }

        private func reply(_ reply: Reply, _ channel: any Channel) {
            switch reply {
            case .hang: return
            case .close: channel.close(promise: nil)
            case .raw(let text):
                // From the encoder's place on, so that it is not encoded.
                guard let context = try? channel.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self) else { return }
                context.writeAndFlush(NIOAny(ByteBuffer(string: text))).assumeIsolated().whenComplete { _ in channel.close(promise: nil) }
            case .json(let status, let text, let delay):
                channel.eventLoop.scheduleTask(in: delay) {
                    var headers = HTTPHeaders([("content-type", "application/json")])
                    headers.add(name: "content-length", value: String(text.utf8.count))
                    let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
                    channel.write(HTTPServerResponsePart.head(head), promise: nil)
                    channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text))), promise: nil)
                    channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
                }
            }
        }
    }
}

extension TestServer.Reply {
    /// An inference answer as the server writes it.
    static func inference(id: String, version: Int = 1, score: Double = 0.25, after delay: TimeAmount = .zero) -> TestServer.Reply {
        .json(
            200,
            """
            {"model_name":"m","model_version":"\(version)","outputs":[{"name":"score","datatype":"FP64","shape":[1,1],"data":[\(score)]}],\
            "parameters":{"prediction_id":"\(id)","arm":"champion"}}
            """, after: delay)
    }
}
