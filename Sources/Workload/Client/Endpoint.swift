/// The address of a server, and what to show it as credentials.
public struct Endpoint: Sendable, Equatable, CustomStringConvertible {
    /// A host name or an address, without brackets.
    public var host: String
    /// The TCP port.
    public var port: Int
    /// Sent as `Authorization: Bearer …` where there is one.
    public var token: String?
    /// How TLS is spoken; nil: it is not.
    public var tls: ClientTLS?

    /// Makes an endpoint.
    public init(host: String, port: Int, token: String? = nil, tls: ClientTLS? = nil) {
        self.host = host
        self.port = port
        self.token = token
        self.tls = tls
    }

    /// Reads `host:port`, `http://host:port` or `https://host:port`; nil for anything else.
    public init?(_ text: String) {
        var rest = Substring(text)
        let isSecure = rest.hasPrefix("https://")
        if isSecure { rest = rest.dropFirst(8) } else if rest.hasPrefix("http://") { rest = rest.dropFirst(7) }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard let colon = rest.lastIndex(of: ":") else { return nil }
        let digits = rest[rest.index(after: colon)...]
        guard digits.utf8.count <= 5, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let port = Int(digits), port > 0, port <= 65_535
        else { return nil }
        var host = rest[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() } else if host.contains(":") { return nil }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x40 }) else { return nil }
        self.init(host: String(host), port: port, tls: isSecure ? ClientTLS() : nil)
    }

    /// `host:port`, with brackets around an IPv6 address.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
