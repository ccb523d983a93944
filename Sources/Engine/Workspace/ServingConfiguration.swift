/// What `[serving]` in `flyball.toml` says.
public struct ServingConfiguration: Sendable, Equatable {
    /// Whether requests need a token on loopback too, for all but health.
    public var requiresTokens = false
    /// What TLS is spoken with; nil: none is.
    public var tls: TLSFiles?
    /// `host:port` of the gRPC listener; nil: there is none.
    public var grpc: String?

    /// The defaults.
    public init() {}

    /// Reads the section.
    static func parse(_ reader: inout TOMLReader) throws(WorkspaceFailure) -> ServingConfiguration {
        var result = ServingConfiguration()
        if let requires = try reader.boolean("require_tokens") { result.requiresTokens = requires }
        result.grpc = try reader.string("grpc")
        result.tls = try files(&reader)
        try reader.finish()
        return result
    }

    /// Half of what TLS needs is nothing: whoever wrote it believes in a listener that does not exist.
    private static func files(_ reader: inout TOMLReader) throws(WorkspaceFailure) -> TLSFiles? {
        let certificate = try path(&reader, "tls_certificate")
        let key = try path(&reader, "tls_key")
        let authorities = try path(&reader, "tls_client_ca")
        switch (certificate, key) {
        case (let certificate?, let key?): return TLSFiles(certificate: certificate, key: key, clientAuthorities: authorities)
        case (_?, nil):
            throw .configuration(key: "serving.tls_key", reason: "missing beside tls_certificate: name the file of its private key, PEM")
        case (nil, _?):
            throw .configuration(
                key: "serving.tls_certificate",
                reason: "missing beside tls_key: name the file of the certificate with those between it and its authority, PEM")
        case (nil, nil):
            guard authorities == nil else {
                throw .configuration(
                    key: "serving.tls_certificate",
                    reason: "missing beside tls_client_ca, and tls_key with it: clients show theirs over TLS only")
            }
            return nil
        }
    }

    private static func path(_ reader: inout TOMLReader, _ key: String) throws(WorkspaceFailure) -> String? {
        guard let path = try reader.string(key) else { return nil }
        guard !path.isEmpty, path.utf8.count < 4_000, !path.utf8.contains(0) else {
            throw .configuration(key: "serving." + key, reason: "name a file, from the workspace's directory or by its absolute path")
        }
        return path
    }
}

/// The files that a listener's TLS is made of, PEM each.
public struct TLSFiles: Sendable, Equatable {
    /// The certificate, and behind it those between it and its authority.
    public var certificate: String
    /// Its private key.
    public var key: String
    /// The authorities whose clients are let in; nil: clients need no certificate.
    public var clientAuthorities: String?

    /// Names files.
    public init(certificate: String, key: String, clientAuthorities: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
    }

    /// The same, where paths begin in a directory.
    public func inside(_ directory: String) -> TLSFiles {
        func whole(_ path: String) -> String { path.hasPrefix("/") ? path : directory + "/" + path }
        return TLSFiles(certificate: whole(certificate), key: whole(key), clientAuthorities: clientAuthorities.map(whole))
    }

    /// All of them.
    public var paths: [String] { [certificate, key] + (clientAuthorities.map { [$0] } ?? []) }
}
