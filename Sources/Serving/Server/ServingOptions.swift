public import Engine

/// Limits and deadlines of the HTTP endpoint.
///
/// Every one bounds what a slow or hostile client can cost.
public struct ServingOptions: Sendable, Equatable {
    /// Event loop threads, 1…64.
    public var loops = 1
    /// Whether a busy port is an error (`false`) or the next free one of the following hundred is taken (`true`).
    public var searchesFreePort = false
    /// What is listened on beside plain HTTP, and how safely.
    public var doors = Doors()
    /// Bytes of a request's body.
    public var maximumBodyBytes = 4 << 20
    /// Pieces in which a body may arrive.
    public var maximumBodyParts = 8_192
    /// Bytes of a request's headers together.
    public var maximumHeaderBytes = 32 << 10
    /// Rows of a request.
    public var maximumRows = 10_000
    /// Open connections over all loops.
    public var maximumConnections = 4_096
    /// From the first byte of a request to the end of its headers, seconds.
    public var headerSeconds = 10.0
    /// From the headers to the end of the body, seconds.
    public var bodySeconds = 30.0
    /// Until a client that does not read its answers is cut off, seconds.
    public var writeSeconds = 30.0
    /// Until an idle connection is closed, seconds.
    public var idleSeconds = 75.0
    /// Work that one turn of an event loop may do before what is left of it is refused with 503, milliseconds.
    public var overloadMilliseconds = 200
    /// From the start of a shutdown until idle connections are closed, milliseconds.
    public var drainMilliseconds = 250
    /// From the start of a shutdown until all connections are closed, milliseconds.
    public var shutdownMilliseconds = 8_000

    /// Of programs that follow one another on the same socket.
    public var handOver = HandOver()

    /// The defaults.
    public init() {}

    /// Whether an address other than loopback may be listened on without TLS.
    public var allowsInsecure: Bool {
        get { doors.allowsInsecure }
        set { doors.allowsInsecure = newValue }
    }
}

/// What is listened on beside plain HTTP, and how safely.
public struct Doors: Sendable, Equatable {
    /// Whether an address other than loopback may be listened on without TLS.
    public var allowsInsecure = false
    /// What TLS is spoken with, on every listener; nil: none is.
    public var tls: TLSFiles?
    /// Where gRPC is listened for, `host:port`; nil: nowhere.
    public var grpc: String?
    /// From a connection's first moment to the end of its TLS handshake, seconds.
    public var handshakeSeconds = 10.0
    /// Handshakes under way on one event loop: beyond them the oldest one gives way.
    public var maximumHandshakes = 128
    /// Between two looks at the files of the certificate, seconds.
    public var filesSeconds = 2.0

    /// The defaults: plain HTTP alone.
    public init() {}
}

/// How a listener goes over from one program to the next.
public struct HandOver: Sendable, Equatable {
    /// From its start until idle connections are closed, milliseconds: whoever asks meanwhile is told to connect anew.
    public var recycleMilliseconds = 1_000
    /// From then on until all connections are closed, milliseconds: new ones wait meanwhile.
    public var graceMilliseconds = 2_000
    /// A socket that listens already, taken over from the program before this one.
    public var inheritedSocket: Int32?
    /// The same of gRPC.
    public var inheritedGRPCSocket: Int32?

    /// The defaults, without a program before this one.
    public init() {}
}
