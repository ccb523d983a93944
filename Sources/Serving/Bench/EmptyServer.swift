import NIOCore
import NIOHTTP1
import NIOPosix

/// The floor that serving is measured against: SwiftNIO's own HTTP pipeline with a handler that reads each request's body to its end and
/// answers with a fixed number of bytes.
///
/// Nothing that a server may leave out is in it: no pipelining help, no error handling, no validation.
final class EmptyServer: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel

    /// Where it listens.
    var port: Int { channel.localAddress?.port ?? 0 }
    /// Its one event loop.
    var eventLoop: any EventLoop { channel.eventLoop }

    /// Listens on a free loopback port; every answer has `total` bytes, head and body together.
    init(answering total: Int) async throws {
        let bytes = Self.bodyBytes(total)
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                        withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false)
                    try channel.pipeline.syncOperations.addHandler(EmptyHandler(answering: bytes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    /// The length of the body that makes an answer of `total` bytes.
    private static func bodyBytes(_ total: Int) -> Int {
        let fixed = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \r\n\r\n".utf8.count
        return (1...6).lazy.map { max(0, total - fixed - $0) }.first { fixed + "\($0)".utf8.count + $0 == total }
            ?? max(0, total - fixed - 1)
    }

    /// Stops it.
    func shutdown() async { try? await group.shutdownGracefully() }
}

private final class EmptyHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let body: ByteBuffer
    private let head: HTTPResponseHead
    private var bytesRead = 0

    init(answering bytes: Int) {
        body = ByteBuffer(repeating: 0x20, count: bytes)
        head = HTTPResponseHead(
            version: .http1_1, status: .ok, headers: ["content-type": "application/json", "content-length": "\(bytes)"])
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: bytesRead = 0
        case .body(let bytes): bytesRead += bytes.readableBytes
        case .end:
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            context.write(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
}
