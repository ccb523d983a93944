import Foundation
import Synchronization
import Testing

@Suite("Upgrades under traffic", .serialized)
struct CLIUpgradeTests {
    private static let clients = 4

    @Test("an engine that becomes another program under 400 requests a second refuses and fails none, and stays the same process")
    func twice() async throws { try await Self.upgrades(2, rate: 400) }

    @Test("twenty times under 2,000 requests a second", .enabled(if: ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1"))
    func twenty() async throws { try await Self.upgrades(20, rate: 2_000) }

    private static func upgrades(_ count: Int, rate: Int) async throws {
        try await CLIRig.run { rig in
            try await rig.deploy(algorithm: "logistic")
            let server = try await rig.serve()
            let flights = try CLIFlights(rows: 0..<100)
            let program = try successor(in: rig, name: "next", version: "9.9.9")
            let before = try await engine(rig)
            let isOver = Mutex(false)
            let failures = Mutex<[String]>([])
            let answers = Mutex(0)
            let address = server.address
            async let traffic: Void = cliThreads(clients) { client in
                drive(client, flights, address: address, rate: rate, failures: failures, answers: answers) { isOver.withLock { $0 } }
            }
            do {
                try await upgrade(rig, to: program, times: count, before)
            } catch {
                // Whatever went wrong: the clients end first.
                isOver.withLock { $0 = true }
                await traffic
                throw error
            }
            isOver.withLock { $0 = true }
            await traffic
            let failed = failures.withLock { $0 }
            #expect(failed.isEmpty, "\(failed.count) of \(answers.withLock { $0 }) and more, such as \(failed.prefix(3))")
            #expect(answers.withLock { $0 } > count * rate / 2)
            #expect(try await rig.object("journal", "verify")["intact"] as? Bool == true)
            let rows = try await rig.done("journal", "--limit", "200")
            #expect(rows.components(separatedBy: "handed over from flyball").count == count + 1)
        }
    }

    private static func upgrade(_ rig: CLIRig, to program: String, times count: Int, _ before: Engine) async throws {
        var started = before.startedAt
        for _ in 0..<count {
            let document = try await rig.object("upgrade", "--exec", program, "--reason", "a test")
            #expect(document["pid"] as? Int == before.pid)
            let now = try await engine(rig)
            #expect(now.pid == before.pid && now.startedAt > started)
            started = now.startedAt
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    @Test("a program that is none, is not to be trusted or does not know the stores takes nobody's place")
    func refused() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy(algorithm: "logistic")
            let server = try await rig.serve()
            let before = try await engine(rig)
            let shared = try successor(in: rig, name: "shared", version: "9.9.9")
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: shared)
            let mute = try successor(in: rig, name: "mute", version: "hello, world")
            let older = try successor(in: rig, name: "older", version: "0.0.1", check: "exit 1")
            for (program, words) in [
                ("/nowhere/flyball", "is no file"), (shared, "can be written by others"), (mute, "does not say its version"),
                (older, "cannot work with these stores"),
            ] {
                let result = try await rig.call(CLIRig.program, ["upgrade", "--exec", program])
                #expect(result.status == 1 && result.errors.contains(words), "\(result)")
            }
            let after = try await engine(rig)
            #expect(after == before)
            let connection = try #require(CLIHTTP(server.address))
            let flights = try CLIFlights(rows: 0..<1)
            #expect(connection.post("/v2/models/flight-delay/infer", flights.bodies[0])?.status == 200)
        }
    }

    private struct Engine: Equatable {
        var pid: Int
        var startedAt: String
    }

    private static func engine(_ rig: CLIRig) async throws -> Engine {
        let engine = try #require(try await rig.object("status")["engine"] as? [String: Any])
        return Engine(pid: try #require(engine["pid"] as? Int), startedAt: "\(engine["startedAt"] ?? "")")
    }

    private func engine(_ rig: CLIRig) async throws -> Engine { try await Self.engine(rig) }

    private func successor(in rig: CLIRig, name: String, version: String, check: String? = nil) throws -> String {
        try Self.successor(in: rig, name: name, version: version, check: check)
    }

    /// This same program under another name and version.
    private static func successor(in rig: CLIRig, name: String, version: String, check: String? = nil) throws -> String {
        let directory = rig.directory + "/" + name
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        let path = directory + "/flyball"
        let script = """
            #!/bin/sh
            case "$*" in
            --version) echo '\(version)'; exit 0;;
            *migrate*) \(check ?? ":");;
            esac
            exec '\(CLIRig.program)' "$@"
            """
        // Closed in every process that another test starts meanwhile: one that kept it open for writing would keep it from being run.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o755)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(script.utf8)
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        try #require(fchmod(descriptor, 0o755) == 0)
        return path
    }

    /// Asks at an even pace, on a new connection where the last answer said that it is the connection's last.
    private static func drive(
        _ client: Int, _ flights: CLIFlights, address: String, rate: Int, failures: borrowing Mutex<[String]>,
        answers: borrowing Mutex<Int>,
        isOver: () -> Bool
    ) {
        var connection: CLIHTTP?
        let pause = Duration.seconds(1) * clients / rate
        var due = ContinuousClock.now
        var row = client
        while !isOver() {
            if connection == nil {
                connection = CLIHTTP(address)
                if connection == nil { failures.withLock { $0.append("refused: \(String(cString: strerror(errno)))") } }
            }
            let answer = connection?.post("/v2/models/flight-delay/infer", flights.bodies[row % 100])
            if answer?.status == 200 {
                answers.withLock { $0 += 1 }
            } else {
                failures.withLock { $0.append("status \(answer?.status ?? 0)") }
            }
            if answer == nil || connection?.isClosing == true { connection = nil }
            row += clients
            due += pause
            let early = due - ContinuousClock.now
            if early > .zero { usleep(UInt32(early / .microseconds(1))) }
        }
    }
}
