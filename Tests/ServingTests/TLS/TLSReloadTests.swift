import Engine
import Foundation
import Serving
import Synchronization
import Testing

@Suite("TLS, new certificates")
struct TLSReloadTests {
    private static func serial(_ address: String) throws -> String {
        try Command.run(
            "/bin/bash",
            ["-c", "openssl s_client -connect \(address) -servername localhost </dev/null 2>/dev/null | openssl x509 -noout -serial"]
        ).output
    }

    private static func serial(of path: String) throws -> String {
        try Command.run("/usr/bin/openssl", ["x509", "-in", path, "-noout", "-serial"]).output
    }

    /// Waits for what will come; the test's own limit ends it otherwise.
    private static func until(_ isSo: @escaping @Sendable () -> Bool) async throws {
        while !isSo() { try await Task.sleep(for: .milliseconds(20)) }
    }

    @Test("a new pair is taken while requests come, none of which fails", .timeLimit(.minutes(2)))
    func underTraffic() async throws {
        let made = try TestCertificates()
        let files = try made.copied()
        var options = ServingOptions()
        options.doors.tls = files
        options.doors.filesSeconds = 0.05
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: options)
        await server.install(Fixture.table(Fixture.usual))
        let address = server.address ?? ""
        let port = String(address.split(separator: ":").last ?? "")
        let isOver = Shared(false)
        let failures = Shared<[String]>([])
        let answered = Shared(0)
        async let traffic: Void = withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    try await onThread {
                        while !isOver.withLock({ $0 }) {
                            let answer = try Command.curl("--cacert", made.path("ca.pem"), "https://localhost:\(port)/v2/health/ready")
                            if answer.output != "{\"ready\":true} 200" { failures.withLock { $0.append("\(answer)") } }
                            answered.withLock { $0 += 1 }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        for round in 0..<6 {
            let name = round.isMultiple(of: 2) ? "next" : "server"
            let before = server.certificate?.since ?? 0
            try made.put(name, over: files)
            try await Self.until { (server.certificate?.since ?? 0) > before }
            let wanted = try Self.serial(of: made.path(name + ".pem"))
            #expect(try await onThread { try Self.serial(address) } == wanted)
        }
        isOver.withLock { $0 = true }
        try await traffic
        #expect(failures.withLock { $0 } == [] && answered.withLock { $0 } > 6)
        await server.shutdown()
    }

    @Test("a bad pair changes nothing but what is said of it, and a good one after it is taken", .timeLimit(.minutes(2)))
    func bad() async throws {
        let made = try TestCertificates()
        let files = try made.copied()
        var options = ServingOptions()
        options.doors.tls = files
        options.doors.filesSeconds = 0.02
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: options)
        await server.install(Fixture.table(Fixture.usual))
        let address = server.address ?? ""
        let first = try Self.serial(of: made.path("server.pem"))
        let steps: [(String, @Sendable () throws -> Void)] = [
            ("not this certificate's", { try made.put("next", key: "server", over: files) }),
            ("renew it", { try made.put("old", over: files) }),
            ("no certificate", { try "nonsense".write(toFile: files.certificate, atomically: true, encoding: .utf8) }),
            ("no such file", { try FileManager.default.removeItem(atPath: files.certificate) }),
        ]
        for (words, step) in steps {
            try step()
            try await Self.until { server.certificate?.problem?.contains(words) == true }
            #expect(try await onThread { try Self.serial(address) } == first)
        }
        try made.put("next", over: files)
        try await Self.until { server.certificate?.problem == nil }
        let second = try Self.serial(of: made.path("next.pem"))
        #expect(try await onThread { try Self.serial(address) } == second)
        await server.shutdown()
    }
}
