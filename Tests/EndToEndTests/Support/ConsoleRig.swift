import Foundation

/// A workspace with one deployment and a candidate, and terminals to look at it.
///
/// Everything goes away at the end.
final class ConsoleRig: @unchecked Sendable {
    // Sendable by hand: a test uses it from one task only.

    /// The directory that holds the workspace, the data and, when another uid needs it, the program.
    let directory: String
    let environment: [String: String]
    private var terminals: [Tmux] = []

    var workspace: String { directory + "/workspace" }
    /// The program that this build has made, beside the tests.
    static let product = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("flyball").path

    private init(directory: String, environment: [String: String]) {
        self.directory = directory
        self.environment = environment
    }

    /// Makes the workspace, runs the body, and removes everything that it has started.
    ///
    /// - Parameters:
    ///   - configuration: lines for `flyball.toml`.
    ///   - isTrained: with `churn` v1 answering and v2 ready to be promoted; else empty.
    static func with(configuration: String = "", isTrained: Bool = true, _ body: (ConsoleRig) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/flyball-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": directory, "LANG": "C.UTF-8", "TMPDIR": directory,
            "FLYBALL_WORKSPACE": directory + "/workspace", "TZ": "UTC",
        ]
        let rig = ConsoleRig(directory: directory, environment: environment)
        do {
            try FileManager.default.createDirectory(atPath: rig.workspace, withIntermediateDirectories: true)
            try ("listen = \"127.0.0.1:0\"\n" + configuration).write(
                toFile: rig.workspace + "/flyball.toml", atomically: true, encoding: .utf8)
            if isTrained { try await rig.train() }
            try await body(rig)
        } catch {
            await rig.end()
            throw error
        }
        await rig.end()
    }

    private func train() async throws {
        var lines = ["age,spend,churned"]
        for row in 0..<400 {
            let age = 18 + row * 37 % 60
            let spend = row * 61 % 100
            lines.append("\(age),\(spend),\(age * 5 + spend * 4 + row * 7 % 50 > 480 ? "yes" : "no")")
        }
        let path = directory + "/churn.csv"
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        let shared = ["--data", path, "--algorithm", "logistic", "--wait"]
        try await done(["deploy", "churn", "--target", "churned", "--positive", "yes"] + shared)
        try await done(["train", "churn", "--set", "l2=1.05"] + shared)
    }

    /// Runs a verb to its end.
    func flyball(_ arguments: [String]) async throws -> ShellResult {
        try await ShellCommand.run(ConsoleRig.product, arguments, environment: environment)
    }

    /// Runs a verb that must succeed; returns its output.
    @discardableResult
    func done(_ arguments: [String]) async throws -> String {
        let result = try await flyball(arguments)
        guard result.status == 0 else { throw Overdue(description: "flyball \(arguments.joined(separator: " ")): \(result.errors)") }
        return result.output
    }

    /// A terminal with a shell.
    func terminal(width: Int = 80, height: Int = 24) async throws -> Tmux {
        let terminal = try await Tmux.start(width: width, height: height, environment: environment)
        terminals.append(terminal)
        return terminal
    }

    /// A terminal with the console open in it, engine and all.
    ///
    /// - Parameter shell: variables that are set for this command only.
    func console(
        width: Int = 80, height: Int = 24, arguments: String = "", shell: [String: String] = [:]
    ) async throws -> Tmux {
        let terminal = try await terminal(width: width, height: height)
        let settings = shell.map { "\($0.key)='\($0.value)' " }.joined()
        try await terminal.enter("\(settings)\(ConsoleRig.product) \(arguments)")
        try await terminal.wait(for: "DEPLOYMENT")
        return terminal
    }

    /// The running engine's process.
    func enginePID() async throws -> pid_t {
        try await eventually("run/engine.json") {
            guard let data = FileManager.default.contents(atPath: self.workspace + "/run/engine.json"),
                let document = try JSONSerialization.jsonObject(with: data) as? [String: Any]
            else { return nil }
            return (document["pid"] as? NSNumber)?.int32Value
        }
    }

    /// What the engine says of itself.
    func status() async throws -> [String: Any] {
        let text = try await done(["status", "--json"])
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// Version and state of the deployment, as `v1 live`.
    func answering() async throws -> String {
        let first = (try await status()["deployments"] as? [[String: Any]])?.first
        return "\(first?["champion"] as? String ?? "–") \(first?["state"] as? String ?? "–")"
    }

    /// Whether a prediction is answered, over HTTP; the status code.
    func infer() async throws -> Int {
        let address = (try await status()["engine"] as? [String: Any])?["http"] as? String ?? ""
        let body =
            #"{"inputs":[{"name":"age","shape":[1],"datatype":"FP64","data":[40]},{"name":"spend","shape":[1],"datatype":"FP64","data":[50]}]}"#
        let result = try await ShellCommand.run(
            "/usr/bin/curl",
            ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-d", body, "http://\(address)/v2/models/churn/infer"], environment: environment
        )
        return Int(result.output) ?? 0
    }

    private func end() async {
        for terminal in terminals { await terminal.end() }
        for pid in ProcessFacts.all(mentioning: directory) { kill(pid, SIGKILL) }
        // The engine's process names its workspace; others may be between two programs.
        try? await Task.sleep(for: .milliseconds(50))
        for pid in ProcessFacts.all(mentioning: directory) { kill(pid, SIGKILL) }
        try? FileManager.default.removeItem(atPath: directory)
    }
}

/// What /proc says.
enum ProcessFacts {
    /// Every process of ours whose command line contains a text.
    static func all(mentioning text: String) -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { pid in
            guard pid != getpid(), let data = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return false }
            return String(decoding: data, as: UTF8.self).contains(text)
        }
    }

    /// The process that has a screen open by this verb.
    static func screen(_ verb: String, _ rig: ConsoleRig) async throws -> pid_t {
        try await eventually("a process of \(verb)") {
            all(mentioning: rig.workspace).first { pid in
                let data = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
                return String(decoding: data, as: UTF8.self).split(separator: "\0").contains(Substring(verb))
            }
        }
    }

    /// Whether it is there and no zombie.
    static func isAlive(_ pid: pid_t) -> Bool { fields(pid).first.map { $0 != "Z" } ?? false }

    /// CPU time used so far, ticks of 10 ms.
    static func ticks(_ pid: pid_t) -> Int {
        let fields = fields(pid)
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return 0 }
        return user + system
    }

    /// The fields of /proc/PID/stat from the state on.
    private static func fields(_ pid: pid_t) -> [Substring] {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return [] }
        let text = String(decoding: data, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ")
    }
}
