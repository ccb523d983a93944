import Control
import Engine
import Foundation
import Logging
import Serving
import Tabular

/// An engine with its two doors: HTTP for predictions and the workspace's socket for operators.
///
/// Console, `serve` and `demo` all live in one of these.
final class EngineHouse: Sendable {
    /// How a house is opened.
    struct Options: Sendable {
        /// `host:port` given by hand; nil: as `flyball.toml` says, else 127.0.0.1:8080 or the next free port.
        var listen: String?
        /// Whether an address that other machines can reach may be listened on without TLS.
        var allowsInsecure = false
        /// Whether this is the demo.
        var isDemo = false
        /// Whether another program can take this one's place, and this one has perhaps taken another's.
        var isReplaceable = false
    }

    /// The engine.
    let engine: Engine
    /// Where HTTP listens, `host:port`.
    let address: String
    /// Whether requests need a token: where other machines can ask, or the workspace says so.
    var needsTokens: Bool {
        engine.snapshot.system.access.requiresTokens || !(ListenAddress(address)?.isLoopback ?? false)
    }
    /// Set when the usual port was busy and another was taken.
    let remark: String?
    /// What clients see of TLS; nil where none is spoken.
    var certificateRemark: String? {
        guard let certificate = http.certificate else { return nil }
        let isOver = certificate.isOver(at: Int64(Date().timeIntervalSince1970 * 1_000))
        return
            "https: the certificate of \(certificate.name), \(isOver ? "which EXPIRED on" : "until") \(TimeText.rfc3339(certificate.expiresAt))"
    }
    private let http: HTTPServer
    private let control: ControlServer

    private init(engine: Engine, http: HTTPServer, address: String, remark: String?, control: ControlServer) {
        self.engine = engine
        self.http = http
        self.address = address
        self.remark = remark
        self.control = control
    }

    /// Starts engine, HTTP and socket, in that order; when one of them cannot start, what has started is stopped again.
    ///
    /// - Parameter opener: makes the console of an operator who attaches.
    /// - Throws: `WorkspaceFailure`, `StoreFailure`, `ServingFailure`, `ControlFailure`: each says what to do.
    static func start(workspace: Workspace, options: Options = Options(), opener: @escaping ConsoleOpener) async throws -> EngineHouse {
        EngineLog.bound(workspace.configuration.limits[.log])
        var configuration = EngineConfiguration(workspace: workspace)
        configuration.productVersion = Product.version
        configuration.isDemo = options.isDemo
        configuration.drill = DrillProcess.run
        configuration.backtraces = Backtraces.prepare()
        if options.isReplaceable { configuration.successor = Succession.inspection(workspace: workspace.directory) }
        let engine = try await Engine.start(configuration)
        do {
            let wanted = options.listen ?? workspace.configuration.listen
            var serving = ServingOptions()
            serving.loops = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
            serving.searchesFreePort = wanted == nil
            serving.allowsInsecure = options.allowsInsecure
            serving.doors.tls = workspace.configuration.serving.tls?.inside(workspace.directory)
            serving.doors.grpc = workspace.configuration.serving.grpc
            if options.isReplaceable {
                let inherited = Succession.inheritedSockets()
                serving.handOver.inheritedSocket = inherited.http
                serving.handOver.inheritedGRPCSocket = inherited.grpc
            }
            let http = try await HTTPServer.start(
                host: engine, listen: wanted ?? Self.usualAddress, options: serving, logger: engine.logger)
            try await engine.attach(http)
            let address = http.address ?? Self.usualAddress
            let control = try ControlServer.start(engine: engine, opener: opener)
            let remark = wanted == nil && address != Self.usualAddress ? "\(Self.usualAddress) is in use: took the next free port" : nil
            return EngineHouse(engine: engine, http: http, address: address, remark: remark, control: control)
        } catch {
            await engine.shutdown()
            throw error
        }
    }

    /// Where HTTP listens when nobody says otherwise.
    static let usualAddress = "127.0.0.1:8080"

    /// Returns when the engine has stopped, by `stop()` or by an operator's order; the socket is closed then.
    func stopped() async {
        await engine.stopped()
        control.stop()
    }

    /// The program that is to take this one's place once it has stopped, and the sockets in which connections wait for it.
    func successor() async -> (program: String, sockets: Succession.Sockets)? {
        await engine.successor().map { ($0, Succession.Sockets(http: http.inheritance, grpc: http.grpcInheritance)) }
    }

    /// Stops in order: open requests get their answer, running jobs go back into the queue, everything held is written.
    func stop() async {
        await engine.shutdown()
        control.stop()
    }
}
