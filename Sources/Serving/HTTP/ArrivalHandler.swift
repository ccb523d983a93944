import NIOCore

/// Stands before the HTTP parser and tells the connection when bytes come, so that a half-sent header has a deadline.
///
/// A client that begins with TLS where plain HTTP is spoken is told so, in words that the parser does not have.
final class ArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.phase == .fresh, unwrapInboundIn(data).readableBytesView.first == TLSDoor.handshakeRecord {
            return connection.refuseTLS()
        }
        connection.bytesArrived()
        context.fireChannelRead(data)
    }
}
