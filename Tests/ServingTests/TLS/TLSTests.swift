import Engine
import Foundation
import Serving
import Synchronization
import Tabular
import Testing

@Suite("TLS")
struct TLSTests {
    private static let certificates = Result { try TestCertificates() }

    private static func options(_ files: TLSFiles, _ change: (inout Doors) -> Void = { _ in }) -> ServingOptions {
        var options = ServingOptions()
        options.doors.tls = files
        change(&options.doors)
        return options
    }

    private static func port(_ address: String) -> String { String(address.split(separator: ":").last ?? "") }

    private static func trusting(_ certificates: TestCertificates, _ authority: String = "ca") -> [String] {
        ["--cacert", certificates.path(authority + ".pem")]
    }

    private static func get(_ address: String, _ extra: [String], _ path: String = "/v2/health/ready") throws -> Command.Result {
        try Command.run(
            "/usr/bin/curl",
            ["--silent", "--show-error", "--max-time", "30", "--write-out", " %{http_code}"] + extra + [
                "https://localhost:\(port(address))\(path)"
            ]
        )
    }

    @Test("curl that trusts the authority is answered by TLS 1.2 and 1.3, by name and by address; one that trusts another refuses")
    func trusted() async throws {
        let made = try Self.certificates.get()
        try await withServer(options: Self.options(made.files())) { address in
            for version in [["--tlsv1.2", "--tls-max", "1.2"], ["--tlsv1.3"]] {
                #expect(try Self.get(address, Self.trusting(made) + version).output == "{\"ready\":true} 200")
            }
            let byAddress = try Command.curl("--cacert", made.path("ca.pem"), "https://127.0.0.1:\(Self.port(address))/v2/health/live")
            #expect(byAddress.output == "{\"live\":true} 200")
            let body = try Self.get(address, Self.trusting(made) + ["--data-binary", Body.numbers], "/v2/models/numbers/infer")
            #expect(body.output.contains("\"data\":[2004.0]") && body.output.hasSuffix(" 200"), "\(body)")
            let wrong = try Self.get(address, Self.trusting(made, "other"))
            #expect(wrong.status == 60, "\(wrong)")
            let old = try Self.get(address, Self.trusting(made) + ["--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"])
            #expect(old.status != 0 && !old.output.contains("200"), "\(old)")
        }
    }

    @Test("a body of megabytes and 40 requests on one connection go through, and a body that is too large is refused in words")
    func large() async throws {
        let made = try Self.certificates.get()
        let rows = made.path("rows.json")
        try Body.matrix(rows: 10_000).write(toFile: rows, atomically: true, encoding: .utf8)
        let huge = made.path("huge.json")
        try String(repeating: " ", count: 5 << 20).write(toFile: huge, atomically: true, encoding: .utf8)
        try await withServer(options: Self.options(made.files())) { address in
            let answer = try Self.get(address, Self.trusting(made) + ["--data-binary", "@" + rows], "/v2/models/numbers/infer")
            #expect(answer.output.contains("\"shape\":[10000,1]") && answer.output.hasSuffix(" 200"), "\(answer.status)")
            let refused = try Self.get(address, Self.trusting(made) + ["--data-binary", "@" + huge], "/v2/models/numbers/infer")
            #expect(refused.output.hasSuffix(" 413") && refused.output.contains("at most"), "\(refused)")
            let port = Self.port(address)
            let urls = (0..<40).map { _ in "https://localhost:\(port)/v2/health/live" }
            let many = try Command.run("/usr/bin/curl", ["--silent", "--verbose"] + Self.trusting(made) + urls)
            #expect(many.output == String(repeating: "{\"live\":true}", count: 40))
            #expect(many.errors.components(separatedBy: "SSL connection using").count == 2)
        }
    }

    @Test(
        "with an authority of clients, those without a certificate and those with another's do not get in; what opens a verb is still the token"
    )
    func mutual() async throws {
        let made = try Self.certificates.get()
        try await withServer(options: Self.options(made.files(clients: "ca"))) { address in
            func shown(_ name: String) -> [String] { ["--cert", made.path(name + ".pem"), "--key", made.path(name + ".key")] }
            #expect(try Self.get(address, Self.trusting(made) + shown("client")).output == "{\"ready\":true} 200")
            for extra in [[], shown("stranger"), shown("old")] {
                let refused = try Self.get(address, Self.trusting(made) + extra)
                #expect(refused.status != 0 && refused.output == " 000", "\(refused)")
            }
            let verb = try Self.get(address, Self.trusting(made) + shown("client") + ["--data", "{}"], "/v1/deployments/numbers/pause")
            #expect(verb.output.hasSuffix(" 401"), "\(verb)")
        }
    }

    @Test("plain HTTP on a listener with TLS, and TLS on a plain one, are told so")
    func mistaken() async throws {
        let made = try Self.certificates.get()
        try await withServer(options: Self.options(made.files())) { address in
            let client = try RawClient(address: address)
            let answer = try client.get("/v2")
            #expect(answer.status == 400 && answer.error == "this listener speaks TLS: write https:// before it")
            #expect(client.isClosed())
            let noise = try RawClient(address: address)
            noise.write([0, 1, 2, 3])
            _ = noise.rest()
            #expect(try Self.get(address, Self.trusting(made)).output.hasSuffix(" 200"))
        }
        try await withServer { address in
            let client = try RawClient(address: address)
            client.write(Self.hello)
            let answer = try client.read()
            #expect(answer.status == 400 && answer.error.contains("plain HTTP") && answer.error.contains("http://"), "\(answer.error)")
            #expect(client.isClosed())
            #expect(try Self.get(address, Self.trusting(made)).status == 35)
        }
    }

    /// The beginning of a client's hello: a record of 512 bytes of which 11 come.
    private static let hello: [UInt8] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]

    @Test(
        "half a handshake is closed at its deadline; more of them than may be give way, the oldest first; whoever speaks TLS gets in meanwhile"
    )
    func half() async throws {
        let made = try Self.certificates.get()
        let quick = Self.options(made.files()) { $0.handshakeSeconds = 0.2 }
        try await withServer(options: quick) { address in
            let silent = try RawClient(address: address)
            let halfway = try RawClient(address: address)
            halfway.write(Self.hello)
            _ = halfway.rest()
            _ = silent.rest()
            #expect(halfway.isClosed() && silent.isClosed())
            #expect(try Self.get(address, Self.trusting(made)).output.hasSuffix(" 200"))
        }
        let few = Self.options(made.files()) {
            $0.handshakeSeconds = 600
            $0.maximumHandshakes = 4
        }
        try await withServer(options: few) { address in
            let clients = try (0..<12).map { _ in
                let client = try RawClient(address: address)
                client.write(Self.hello)
                return client
            }
            for client in clients[..<8] {
                _ = client.rest()
                #expect(client.isClosed())
            }
            #expect(try Self.get(address, Self.trusting(made)).output.hasSuffix(" 200"))
        }
    }

    @Test("garbage in a handshake and in a record of one that is done closes that connection, and no other")
    func garbage() async throws {
        let made = try Self.certificates.get()
        try await withServer(options: Self.options(made.files())) { address in
            for bytes in [
                Self.hello + [UInt8](repeating: 0xFF, count: 600), [0x16, 0x03, 0x01, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 70_000),
            ] {
                let client = try RawClient(address: address)
                client.write(bytes)
                _ = client.rest()
                #expect(client.isClosed())
            }
            #expect(try Self.get(address, Self.trusting(made)).output.hasSuffix(" 200"))
        }
    }

    @Test("a shutdown ends idle connections with TLS as it does plain ones, and half a handshake with them")
    func shutdown() async throws {
        let made = try Self.certificates.get()
        var options = Self.options(made.files())
        options.shutdownMilliseconds = 3_000
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: options)
        await server.install(Fixture.table(Fixture.usual))
        let halfway = try RawClient(address: server.address)
        halfway.write(Self.hello)
        let port = Self.port(server.address ?? "")
        let talk = Process()
        talk.executableURL = URL(filePath: "/usr/bin/openssl")
        talk.arguments = ["s_client", "-connect", "127.0.0.1:\(port)", "-quiet", "-CAfile", made.path("ca.pem")]
        let (input, output) = (Pipe(), Pipe())
        talk.standardInput = input
        talk.standardOutput = output
        talk.standardError = FileHandle.nullDevice
        try talk.run()
        try input.fileHandleForWriting.write(contentsOf: Data("GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
        let first = try await onThread { output.fileHandleForReading.availableData }
        #expect(String(decoding: first, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
        await server.shutdown()
        #expect(try await onThread { halfway.rest() }.isEmpty)
        try await onThread { talk.waitUntilExit() }
        withExtendedLifetime(input) {}
    }

    @Test(
        "a listener does not start with files that cannot be used, and says which and why",
        arguments: [
            ("absent", "server", "no such file"), ("server", "absent", "no such file"), ("server", "next", "not this certificate's"),
            ("server", "ca.pem", "no private key"), ("names", "server", "no certificate"),
        ])
    func refused(_ certificate: String, _ key: String, _ words: String) async throws {
        let made = try Self.certificates.get()
        let files = TLSFiles(
            certificate: made.path(certificate == "names" ? "names" : certificate + ".pem"),
            key: made.path(key.hasSuffix(".pem") ? key : key + ".key"))
        if key == "ca.pem" { try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: made.path(key)) }
        await #expect {
            _ = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: Self.options(files))
        } throws: {
            "\($0)".contains(words) && "\($0)".hasPrefix("TLS: ")
        }
    }

    @Test("a key that every account can read is refused; a directory and a pipe are no files")
    func exposed() async throws {
        let made = try Self.certificates.get()
        let files = TLSFiles(certificate: made.path("server.pem"), key: made.path("open.key"))
        try Data(contentsOf: URL(filePath: made.path("server.key"))).write(to: URL(filePath: files.key))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: files.key)
        mkfifo(made.path("pipe"), 0o600)
        for (files, words) in [
            (files, "chmod 600"), (TLSFiles(certificate: made.directory, key: files.key), "no file"),
            (TLSFiles(certificate: made.path("pipe"), key: files.key), "no file"),
        ] {
            await #expect {
                _ = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: Self.options(files))
            } throws: {
                "\($0)".contains(words)
            }
        }
    }

    @Test("a certificate whose time is over is shown all the same, said to be over, and refused by curl")
    func expired() async throws {
        let made = try Self.certificates.get()
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: Self.options(made.files("old")))
        let address = server.address ?? ""
        let answer = try await onThread { try Self.get(address, Self.trusting(made)) }
        #expect(answer.status == 60 && answer.errors.contains("expired"), "\(answer)")
        let status = try #require(server.certificate)
        #expect(status.expiresAt == 1_609_459_200_000 && status.isOver(at: 1_700_000_000_000) && status.name == "localhost")
        await server.shutdown()
    }

    @Test("with a certificate an address that other machines reach is listened on, and asks for tokens; without one it is refused")
    func elsewhere() async throws {
        let made = try Self.certificates.get()
        let server = try await HTTPServer.start(host: TestHost(), listen: "0.0.0.0:0", options: Self.options(made.files()))
        await server.install(Fixture.table(Fixture.usual))
        let address = server.address ?? ""
        try await onThread {
            let health = try Self.get(address, Self.trusting(made))
            let rest = try Self.get(address, Self.trusting(made), "/v2")
            #expect(health.output.hasSuffix(" 200") && rest.output.hasSuffix(" 401"), "\(health) \(rest)")
        }
        await server.shutdown()
        await #expect {
            _ = try await HTTPServer.start(host: TestHost(), listen: "0.0.0.0:0")
        } throws: {
            "\($0)".contains("tls_certificate") && "\($0)".contains("--insecure")
        }
    }
}
