import ArgumentParser
import Console
import Control
import Dispatch
import Engine
import Tabular

/// The verb `serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the engine without a screen.",
        discussion: """
            Prints `listening on HOST:PORT` when it is ready, logs to standard error, and stops in order on SIGTERM or SIGINT. It outlives \
            the terminal that it was started in. SIGUSR1 opens log/engine.log anew where that is its standard error.

            flyball serve
            flyball --workspace /var/lib/flyball serve --listen 127.0.0.1:9000
            flyball serve --listen 127.0.0.1:0        (any free port)
            flyball serve --listen 0.0.0.0:8443       (with tls_certificate and tls_key in [serving] of flyball.toml)
            """)

    @OptionGroup var place: WorkspaceOption
    @Option(help: ArgumentHelp("Where to listen; port 0 takes any free one.", valueName: "host:port")) var listen: String?
    @Flag(help: "Allow an address that other machines can reach, without TLS.") var insecure = false

    func run() async throws {
        EngineLog.useStandardError(file: place.path + "/log/engine.log")
        Shutdown.outliveTerminal()
        // Before anything is said: who reads that it listens may ask it to stop at once.
        let shutdown = Shutdown(reopensLog: true)
        let workspace = try Workspace.open(path: place.path)
        let house = try await EngineHouse.start(
            workspace: workspace, options: EngineHouse.Options(listen: listen, allowsInsecure: insecure, isReplaceable: true),
            opener: RemoteSession.opener)
        let manager = ServiceManager()
        shutdown.begin {
            manager.stopping()
            Task { await house.engine.shutdown() }
        }
        if let remark = house.remark { Output.remark(remark) }
        if house.needsTokens, house.engine.snapshot.system.access.tokens.isEmpty {
            Output.remark("nobody can ask yet, health apart: there is no token: `flyball token create` makes one")
        }
        if let remark = house.certificateRemark { Output.remark(remark) }
        try Output.line("listening on \(house.address)")
        manager.ready { house.engine.snapshot.engine.standstills?.isEmpty != false }
        await house.stopped()
        if let (program, sockets) = await house.successor() {
            manager.reloading()
            let reason = Succession.replace(with: program, sockets: sockets)
            throw CommandFailure("\(SafeText.escape(program)): \(reason): start the engine again by hand")
        }
        withExtendedLifetime(shutdown) {}
    }
}

/// The verb `stop`.
struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop the running engine in order.",
        discussion: """
            Open requests get their answer, running jobs go back into the queue, everything held is written.

            flyball stop --reason "moving to the new machine"
            """)

    @OptionGroup var place: WorkspaceOption
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        let client = try await Session.running(place)
        try await Session(link: client, isRunning: true).order(.stop, reason: why.reason, json: json)
        let path = place.path
        // The lock is the engine's until its last byte is written.
        for _ in 0..<(Shutdown.patienceSeconds * 20) where EngineInfo.isHeld(runDirectory: path + "/run") {
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

/// The verb `status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what the running engine does.",
        discussion: """
            flyball status
            flyball status --json | jq '.deployments[] | {name, champion, health: .health.overall}'
            """)

    @OptionGroup var place: WorkspaceOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        let engine = try await Session.running(place)
        if json.isJSON { return try Output.line(try await engine.ask(.status, \.asText)) }
        try Output.lines(StatusText(try await engine.ask(.overview, \.asOverview)).lines)
    }
}

/// The words that go into the journal with a change.
struct ReasonOption: ParsableArguments {
    @Option(help: ArgumentHelp("Why: goes into the journal.", valueName: "text")) var reason: String?
}

/// What a verb about one deployment takes: which one, why, and how to answer.
struct DeploymentOrder: ParsableArguments {
    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    /// Orders an action about the deployment and prints its receipt.
    func perform(_ action: (_ deployment: String) -> Action) async throws {
        try await Session.with(place, .changing) { try await $0.order(action(name), reason: why.reason, json: json) }
    }
}

/// What a verb about one version takes: which one, why, and how to answer.
struct VersionOrder: ParsableArguments {
    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The version, such as v2.") var version: VersionArgument
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    /// Orders an action about the version and prints its receipt.
    func perform(_ action: (_ deployment: String, _ version: UInt32) -> Action) async throws {
        try await Session.with(place, .changing) { try await $0.order(action(name, version.number), reason: why.reason, json: json) }
    }
}
