import Engine
import Monitoring
import Testing

@Suite("Listeners, configured")
struct ServingConfigurationTests {
    @Test("certificate, key, authority of clients and the address of gRPC are read; paths begin in the workspace")
    func whole() throws {
        let found = try WorkspaceConfiguration.parse(
            """
            [serving]
            require_tokens = true
            tls_certificate = "tls/server.pem"
            tls_key = "/etc/keys/server.key"
            tls_client_ca = "clients.pem"
            grpc = "127.0.0.1:8081"
            """
        ).serving
        #expect(found.requiresTokens && found.grpc == "127.0.0.1:8081")
        #expect(
            found.tls?.inside("/w")
                == TLSFiles(certificate: "/w/tls/server.pem", key: "/etc/keys/server.key", clientAuthorities: "/w/clients.pem"))
        #expect(try WorkspaceConfiguration.parse("").serving == ServingConfiguration())
    }

    @Test(
        "half of what TLS needs is refused, and the other half named",
        arguments: [
            ("tls_certificate = \"a\"", "serving.tls_key"), ("tls_key = \"a\"", "serving.tls_certificate"),
            ("tls_client_ca = \"a\"", "serving.tls_certificate"), ("tls_certificate = \"a\"\ntls_client_ca = \"b\"", "serving.tls_key"),
            ("tls_certificate = \"\"\ntls_key = \"b\"", "serving.tls_certificate"),
            ("tls_certificate = 1\ntls_key = \"b\"", "serving.tls_certificate"),
            ("tls_cert = \"a\"", "serving.tls_cert"), ("grpc = 8081", "serving.grpc"),
        ])
    func half(_ text: String, _ key: String) {
        #expect {
            _ = try WorkspaceConfiguration.parse("[serving]\n" + text)
        } throws: {
            guard case .configuration(let found, _)? = $0 as? WorkspaceFailure else { return false }
            return found == key
        }
    }

    private static let now: Int64 = 1_700_000_000_000
    private static let day: Int64 = 86_400_000

    private static func status(_ days: Double, problem: String? = nil) -> CertificateStatus {
        CertificateStatus(
            name: "models.example", expiresAt: now + Int64(days * Double(day)), since: now, asksClients: false, problem: problem)
    }

    @Test(
        "a certificate is an alert from 14 days before its end on, and when a newer one cannot be used",
        arguments: [
            (14, nil, .warning, "the certificate ends on 2023-11-28T22:13:20Z"),
            (0.01, nil, .warning, "the certificate ends on 2023-11-14T22:27:44Z"),
            (0, nil, .critical, "clients refuse the certificate: it has expired, 2023-11-14T22:13:20Z"),
            (
                90, "TLS: no certificate", .warning,
                "a new certificate is not used, the one before it is, until 2024-02-12T22:13:20Z: TLS: no certificate"
            ),
            (
                3, "TLS: no certificate", .warning,
                "the certificate ends on 2023-11-17T22:13:20Z: the files that are there now are not used: TLS: no certificate"
            ),
        ] as [(Double, String?, Severity, String)])
    func alert(_ days: Double, _ problem: String?, _ severity: Severity, _ title: String) {
        let wanted = Finding(kind: .certificate, severity: severity, title: title, onset: Self.now)
        #expect(CertificateStatus.events(Self.status(days, problem: problem), at: Self.now) == [.found(wanted)])
    }

    @Test("a certificate that is good for longer than 14 days is none, and ends one", arguments: [14.01, 15, 400])
    func good(_ days: Double) {
        let events = CertificateStatus.events(Self.status(days), at: Self.now)
        guard case .over(.certificate, _)? = events.first else {
            Issue.record("\(events)")
            return
        }
    }

    @Test("without TLS there is nothing to say but that an earlier alert is over")
    func none() {
        #expect(CertificateStatus.events(nil, at: Self.now) == [.over(.certificate, because: "no TLS is spoken any more")])
    }
}
