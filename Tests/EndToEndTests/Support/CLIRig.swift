import Dispatch
import Foundation
import Synchronization

/// The real program in a workspace of its own; everything that it has started goes away at the end.
final class CLIRig: Sendable {
    /// The program that this build has made, beside the tests.
    static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("flyball").path
    /// The committed flights sample.
    static let flights = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/flights-sample.csv").path

    let directory: String
    private let children = Mutex<[CLIChild]>([])

    var workspace: String { directory + "/w" }

    private init(directory: String) { self.directory = directory }

    /// Runs a body with a fresh directory.
    static func run(_ body: (CLIRig) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "flyball-cli-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let rig = CLIRig(directory: directory)
        defer {
            for child in rig.children.withLock({ $0 }) { child.kill() }
            try? FileManager.default.removeItem(atPath: directory)
        }
        try await body(rig)
    }

    private var environment: [String: String] {
        [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": directory, "TMPDIR": directory,
            "LANG": "C.UTF-8", "TZ": "UTC",
            "FLYBALL_WORKSPACE": workspace,
        ]
    }

    // MARK: Commands

    /// Runs a command to its end.
    func call(_ arguments: String..., input: String? = nil) async throws -> CLIResult {
        try await call(Self.program, arguments, input: input)
    }

    /// Runs any program to its end; `flyball`'s environment goes with it.
    func call(_ program: String, _ arguments: [String], input: String? = nil) async throws -> CLIResult {
        let child = try CLIChild(program, arguments, environment: environment, input: input)
        return await child.end()
    }

    /// Runs a command that must succeed; returns its standard output.
    @discardableResult
    func done(_ arguments: String...) async throws -> String {
        let result = try await call(Self.program, arguments)
        guard result.status == 0 else {
            throw CLIUnexpected("flyball \(arguments.joined(separator: " ")): \(result.status): \(result.errors)")
        }
        return result.output
    }

    /// A command's `--json` result as an object.
    func object(_ arguments: String...) async throws -> [String: Any] {
        let result = try await call(Self.program, arguments + ["--json"])
        guard let object = try? JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any] else {
            throw CLIUnexpected("no object: \(arguments): \(result.status): \(result.output)\(result.errors)")
        }
        return object
    }

    /// A command's `--json` result as an array of objects.
    func list(_ arguments: String...) async throws -> [[String: Any]] {
        let result = try await call(Self.program, arguments + ["--json"])
        guard let list = try? JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]] else {
            throw CLIUnexpected("no list: \(arguments): \(result.status): \(result.output)\(result.errors)")
        }
        return list
    }

    // MARK: Engines

    /// Starts `serve` on a free port and waits until it listens.
    func serve(_ more: [String: String] = [:]) async throws -> CLIServer {
        let child = try CLIChild(
            Self.program, ["serve", "--listen", "127.0.0.1:0"], environment: environment.merging(more) { $1 })
        children.withLock { $0.append(child) }
        let line = try await child.line { $0.hasPrefix("listening on ") }
        return CLIServer(child: child, address: String(line.dropFirst("listening on ".count)))
    }

    /// Starts any command and leaves it running.
    func start(_ arguments: String...) throws -> CLIChild {
        let child = try CLIChild(Self.program, arguments, environment: environment)
        children.withLock { $0.append(child) }
        return child
    }

    /// Starts any program with its arguments and leaves it running.
    func start(_ program: String, _ arguments: [String]) throws -> CLIChild {
        let child = try CLIChild(program, arguments, environment: environment)
        children.withLock { $0.append(child) }
        return child
    }

    /// Deploys the flights sample up to April.
    @discardableResult
    func deploy(_ name: String = "flight-delay", algorithm: String = "logistic", until: String = "2013-04-01") async throws -> String {
        try await done(
            "deploy", name, "--data", Self.flights, "--target", "late", "--positive", "yes", "--time", "time", "--zone", "America/New_York",
            "--exclude",
            "dep_delay", "--until", until, "--algorithm", algorithm, "--wait")
    }
}

/// A running engine.
struct CLIServer: Sendable {
    let child: CLIChild
    /// `host:port`.
    let address: String
}

/// What a finished command said.
struct CLIResult: Sendable {
    var status: Int32
    var output: String
    var errors: String
}

/// Something that a test did not expect and cannot go on with.
struct CLIUnexpected: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// Asks again and again until the answer is there; the patience only bounds a failing test.
func cliEventually<Answer>(_ what: String, _ body: () async throws -> Answer?) async throws -> Answer {
    let deadline = ContinuousClock.now + .seconds(180)
    while ContinuousClock.now < deadline {
        if let answer = try await body() { return answer }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw CLIUnexpected("it did not come: \(what)")
}
