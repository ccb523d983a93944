import ArgumentParser
import Console
import Engine
import Foundation
import Logging

/// The verb `demo`.
struct DemoCommand: AsyncParsableCommand, ScreenCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Show everything on made-up deployments: live traffic, late labels, incidents.",
        discussion: """
            A throwaway workspace, removed at the end. Every few minutes the traffic of one deployment shifts and its policy answers with a \
            whole turn of the loop; an upstream source fails; and somebody trains on a bad file, which the gate refuses. Windows are \
            shortened for it.

            flyball demo                                              (leaving its console ends it)
            flyball demo --headless --seed 7 --speed 2 --listen 127.0.0.1:0
            """)

    @Option(help: ArgumentHelp("Seed of data and traffic.", valueName: "n")) var seed: UInt64 = 1
    @Option(help: ArgumentHelp("How much faster the incidents follow each other, 0.1 to 20.", valueName: "x")) var speed = 1.0
    @Option(help: ArgumentHelp("Where to listen; port 0 takes any free one.", valueName: "host:port")) var listen: String?
    @Flag(help: "Without a screen: serve until interrupted.") var headless = false

    func validate() throws {
        guard speed >= 0.1, speed <= 20 else { throw ValidationError("--speed is 0.1 to 20") }
    }

    func run() async throws {
        guard headless else { return try ConsoleLaunch.demo(arguments) }
        EngineLog.useStandardError(level: .warning)
        Shutdown.outliveTerminal()
        let shutdown = Shutdown(reopensLog: true)
        let demo = try await DemoHouse.start(
            options: DemoHouse.Options(seed: seed, speed: speed, listen: listen), opener: RemoteSession.opener,
            report: { Output.remark($0) })
        shutdown.begin { Task { await demo.house.engine.shutdown() } }
        if let remark = demo.house.remark { Output.remark(remark) }
        try Output.line("listening on \(demo.house.address)")
        try Output.line("workspace \(demo.path)")
        await demo.stopped()
        withExtendedLifetime(shutdown) {}
    }

    /// The same choices for the process that has the screen.
    private var arguments: [String] { ["--seed", "\(seed)", "--speed", "\(speed)"] + (listen.map { ["--listen", $0] } ?? []) }
}
