/// Why the HTTP endpoint does not start.
public enum ServingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Not `host:port`.
    case invalidAddress(String)
    /// Reachable from other machines, without TLS and without saying so.
    case notLoopback(String)
    /// TLS is wanted, and cannot be spoken.
    case tls(TLSFailure)
    /// Nothing can be bound there.
    case cannotListen(address: String, reason: String)

    /// What, where, what to do.
    public var description: String {
        switch self {
        case .invalidAddress(let text): "listen: \(text): write HOST:PORT, for example 127.0.0.1:8080"
        case .notLoopback(let address):
            "listen: \(address) is reachable from other machines and there is no certificate: name tls_certificate and tls_key in [serving] of "
                + "flyball.toml, use 127.0.0.1, or say --insecure"
        case .tls(let failure): failure.description
        case .cannotListen(let address, let reason): "listen: \(address): \(reason): choose another port"
        }
    }
}
