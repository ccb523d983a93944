import Foundation
import Testing

/// TLS and gRPC of the real program.
@Suite("Listeners with TLS", .serialized)
struct CLITLSTests {
    /// A certificate for this machine's own address, that signs itself.
    private static func certify(_ rig: CLIRig, _ name: String, days: Int = 30) async throws {
        let directory = rig.workspace + "/tls"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let made = try await rig.call(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "\(days)", "-subj",
                "/CN=\(name)",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", directory + "/new.key", "-out", directory + "/new.pem",
            ])
        guard made.status == 0 else { throw CLIUnexpected(made.errors) }
        for ending in ["key", "pem"] {
            try? FileManager.default.removeItem(atPath: directory + "/server." + ending)
            try FileManager.default.moveItem(atPath: directory + "/new." + ending, toPath: directory + "/server." + ending)
        }
    }

    private static func configure(_ rig: CLIRig, _ text: String) throws {
        try text.write(toFile: rig.workspace + "/flyball.toml", atomically: true, encoding: .utf8)
    }

    private static func curl(_ rig: CLIRig, _ address: String, _ path: String) async throws -> CLIResult {
        let port = address.split(separator: ":").last ?? ""
        return try await rig.call(
            "/usr/bin/curl",
            [
                "--silent", "--show-error", "--max-time", "30", "--cacert", rig.workspace + "/tls/server.pem",
                "https://localhost:\(port)\(path)",
            ])
    }

    @Test(
        "half a configuration does not start; a whole one serves https, replays, shows its certificate, takes a new one, and outlives an upgrade"
    )
    func life() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            try Self.configure(rig, "[serving]\ntls_certificate = \"tls/server.pem\"\n")
            let half = try await rig.call("serve", "--listen", "127.0.0.1:0")
            #expect(half.status == 1 && half.errors.contains("serving.tls_key: missing beside tls_certificate"), "\(half)")
            let whole = "[serving]\ntls_certificate = \"tls/server.pem\"\ntls_key = \"tls/server.key\"\ngrpc = \"127.0.0.1:0\"\n"
            try Self.configure(rig, whole)
            let absent = try await rig.call("serve", "--listen", "127.0.0.1:0")
            #expect(absent.status == 1 && absent.errors.contains("tls/server.pem"), "\(absent)")
            try await Self.certify(rig, "first", days: 5)
            let server = try await rig.serve()
            #expect(try await Self.curl(rig, server.address, "/v2/health/ready").output == "{\"ready\":true}")
            let plain = try await rig.call("/usr/bin/curl", ["--silent", "http://\(server.address)/v2"])
            #expect(plain.output.contains("write https://"))
            let replay = ["replay", "flight-delay", "--data", CLIRig.flights, "--limit", "50"]
            let sent = try await rig.call(CLIRig.program, replay)
            #expect(sent.status == 0 && sent.output.contains("statuses  200 50"), "\(sent)")
            let elsewhere = try await rig.call(
                CLIRig.program, replay + ["--to", "https://\(server.address)", "--ca", rig.workspace + "/tls/server.pem"])
            #expect(elsewhere.status == 0 && elsewhere.output.contains("statuses  200 50"), "\(elsewhere)")
            let untrusted = try await rig.call(CLIRig.program, replay + ["--to", "https://\(server.address)"])
            #expect(untrusted.status == 1 && untrusted.errors.contains("is not trusted here"), "\(untrusted)")
            let status = try await rig.done("status")
            #expect(
                status.contains("https://\(server.address)") && status.contains("gRPC on 127.0.0.1:")
                    && status.contains("certificate until"))
            // Five days are fewer than fourteen.
            _ = try await cliEventually("the alert of a certificate that ends") {
                try await rig.done("alerts").contains("the certificate ends on") ? true : nil
            }
            try await Self.certify(rig, "second", days: 60)
            _ = try await cliEventually("the new certificate, and the end of the alert") { () -> Bool? in
                let alerts = try await rig.list("alerts")
                let isOpen = alerts.contains { $0["kind"] as? String == "certificate" && $0["state"] as? String == "firing" }
                return isOpen ? nil : true
            }
            #expect(try await Self.curl(rig, server.address, "/v2/health/ready").output == "{\"ready\":true}")
            let before = try #require(try await rig.object("status")["engine"] as? [String: Any])
            try await rig.done("upgrade", "--exec", CLIRig.program, "--reason", "a test")
            let after = try #require(try await rig.object("status")["engine"] as? [String: Any])
            #expect(after["pid"] as? Int == before["pid"] as? Int && after["grpc"] as? String == before["grpc"] as? String)
            #expect(after["certificateUntil"] as? String == before["certificateUntil"] as? String)
            #expect(try await Self.curl(rig, server.address, "/v2/health/ready").output == "{\"ready\":true}")
            #expect(try await rig.done("doctor").contains("https://\(server.address)"))
        }
    }
}
