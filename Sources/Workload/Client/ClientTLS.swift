import Foundation
import NIOCore
import NIOSSL
import Synchronization

/// How a client speaks TLS: whom it trusts, and what it shows of itself.
public struct ClientTLS: Sendable, Equatable, Hashable {
    /// A file of the authorities that are trusted, PEM; nil: those of the system.
    public var authorities: String?
    /// A file of the one certificate that is trusted, by whatever name the server is called, PEM: where that file is read from where the server does.
    public var pinned: String?
    /// A file of what the client shows, PEM; nil: nothing.
    public var certificate: String?
    /// The file of its private key, PEM.
    public var key: String?

    /// Trusts the system's authorities.
    public init(authorities: String? = nil, pinned: String? = nil, certificate: String? = nil, key: String? = nil) {
        self.authorities = authorities
        self.pinned = pinned
        self.certificate = certificate
        self.key = key
    }

    /// Contexts that were made: one for all connections to a server.
    private static let made = Mutex<[ClientTLS: NIOSSLContext]>([:])

    /// Makes sure that the files can be used.
    public func check() throws(WorkloadFailure) { _ = try context() }

    private func context() throws(WorkloadFailure) -> NIOSSLContext {
        if let known = Self.made.withLock({ $0[self] }) { return known }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        if let authorities {
            configuration.trustRoots = .certificates(try Self.read(authorities) { try NIOSSLCertificate.fromPEMFile($0) })
        }
        if pinned != nil { configuration.certificateVerification = .noHostnameVerification }
        if let certificate, let key {
            configuration.certificateChain = try Self.read(certificate) { try NIOSSLCertificate.fromPEMFile($0) }.map { .certificate($0) }
            configuration.privateKey = .privateKey(try Self.read(key) { try NIOSSLPrivateKey(file: $0, format: .pem) })
        }
        do {
            let context = try NIOSSLContext(configuration: configuration)
            Self.made.withLock { $0[self] = context }
            return context
        } catch {
            throw .badOption(what: "TLS cannot be spoken with these files: \(error)", remedy: "name a certificate and its own key, PEM")
        }
    }

    private static func read<Value>(_ path: String, _ body: (String) throws -> Value) throws(WorkloadFailure) -> Value {
        do { return try body(path) } catch {
            throw .badOption(what: "\(path) is not read as PEM", remedy: "check its name, its content and who may read it")
        }
    }

    /// What stands in front of a connection to that host.
    func handler(host: String) throws -> NIOSSLClientHandler {
        let context = try context()
        guard let pinned else {
            // The library takes names here and compares addresses by the connection's own.
            let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
            return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
        }
        return try NIOSSLClientHandler(context: context, serverHostname: nil) { shown, promise in
            // Read each time: the server may have a new one since.
            let wanted = (try? NIOSSLCertificate.fromPEMFile(pinned))?.first
            promise.succeed(wanted != nil && shown.first == wanted ? .certificateVerified : .failed)
        }
    }
}
