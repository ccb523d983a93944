import Foundation
import Testing

/// Triton's public client against the real program; it is installed for the occasion.
@Suite("Triton's client", .enabled(if: ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1"))
struct TritonClientTests {
    private static let packages = ["tritonclient[http,grpc]==2.73.0", "numpy==2.4.6"]
    private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Oracles").path

    @Test(
        "Sessions over HTTP (binary and JSON tensors, packed and plain) and gRPC (every datatype, a stream), waited for and asynchronous, work unchanged"
    )
    func session() async throws {
        try await CLIRig.run { rig in
            let home = NSTemporaryDirectory() + "flyball-triton-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: home) }
            let environment = ProcessInfo.processInfo.environment
            try await Self.run("/usr/bin/env", ["python3", "-m", "venv", home], environment)
            try await Self.run(home + "/bin/pip", ["install", "--quiet", "--disable-pip-version-check"] + Self.packages, environment)
            try await rig.deploy(algorithm: "boosted-trees")
            try "[serving]\ngrpc = \"127.0.0.1:0\"\n".write(toFile: rig.workspace + "/flyball.toml", atomically: true, encoding: .utf8)
            let server = try await rig.serve()
            let rows = home + "/rows.csv"
            let text = try String(contentsOfFile: CLIRig.flights, encoding: .utf8).split(separator: "\n").prefix(301)
            try text.joined(separator: "\n").write(toFile: rows, atomically: true, encoding: .utf8)
            let said = try await Self.run(
                home + "/bin/python", [Self.scripts + "/triton_client.py", server.address, "flight-delay", rows], environment)
            #expect(said == "39 requests of 300 rows, all as the first\n")
            let engine = try #require(try await rig.object("status")["engine"] as? [String: Any])
            let grpc = try #require(engine["grpc"] as? String)
            let more = try await Self.run(
                home + "/bin/python", [Self.scripts + "/triton_client_grpc.py", grpc, server.address, "flight-delay", rows], environment)
            #expect(more.hasSuffix("all as the first\n"), "\(more)")
        }
    }

    @discardableResult
    fileprivate static func run(_ path: String, _ arguments: [String], _ environment: [String: String]) async throws -> String {
        let result = try await ShellCommand.run(path, arguments, environment: environment)
        try #require(result.status == 0, "\(path) \(arguments.joined(separator: " ")): \(result.errors.suffix(2_000))")
        return result.output
    }
}

/// The package in clients/python, built as a wheel and installed for the occasion, against the real program.
@Suite("Python's client", .enabled(if: ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1"))
struct PythonClientTests {
    private static let check = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "clients/python/check.sh").path

    @Test("The wheel is built, and its tests and the example of docs/python.md pass on real engines, without pandas and with it")
    func wheel() async throws {
        try await TritonClientTests.run("/bin/bash", [Self.check, CLIRig.program], ProcessInfo.processInfo.environment)
    }
}
