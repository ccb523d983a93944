/// Where to listen: `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`.
package struct ListenAddress: Sendable, Equatable {
    package let host: String
    package let port: Int
    /// Whether only this machine can reach it; every request asks.
    package let isLoopback: Bool

    /// Reads `host:port`; nil for anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let portText = text[text.index(after: colon)...]
        guard !portText.isEmpty, portText.utf8.count <= 5, portText.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let port = Int(portText),
            port <= 65_535
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) } else if host.contains(":") { return nil }
        guard !host.isEmpty else { return nil }
        self.init(host: host, port: port)
    }

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
        isLoopback = Self.isLoopback(host)
    }

    /// `host:port`, with brackets around an IPv6 address.
    package var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    static func isLoopback(_ host: String) -> Bool { host == "localhost" || host == "::1" || isLoopbackIPv4(host) }

    private static func isLoopbackIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { !$0.isEmpty && $0.utf8.count <= 3 && UInt8($0) != nil }
    }

    /// Whether a request's Host (or Origin) header may name us: loopback names, or the listener's own address, with any port.
    ///
    /// Refusing the rest keeps pages in a browser from reaching a loopback listener through a name of their own.
    package func admits(hostHeader: String) -> Bool {
        let value = hostHeader.lowercased()
        let name: String
        let rest: Substring
        if value.hasPrefix("[") {
            guard let close = value.firstIndex(of: "]") else { return false }
            name = String(value[value.index(after: value.startIndex)..<close])
            rest = value[value.index(after: close)...]
        } else {
            let end = value.firstIndex(of: ":") ?? value.endIndex
            name = String(value[..<end])
            rest = value[end...]
        }
        // `localhost:80@evil.example` names evil.example: what follows the name is a port or nothing.
        guard rest.isEmpty || (rest.first == ":" && rest.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }),
            !name.contains(where: { "@/\\?# ".contains($0) })
        else { return false }
        return Self.isLoopback(name) || name == host.lowercased() || (!isLoopback && !name.isEmpty)
    }
}
