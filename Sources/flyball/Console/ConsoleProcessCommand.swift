import ArgumentParser
import Engine
import Foundation

/// The process behind `flyball`: engine and screen together.
///
/// Started by the launcher only.
struct ConsoleProcessCommand: AsyncParsableCommand, ScreenCommand {
    static let name = "console-process"
    static let configuration = CommandConfiguration(commandName: name, abstract: "Engine and screen in one process.", shouldDisplay: false)

    @OptionGroup var place: WorkspaceOption
    @OptionGroup var launcher: ChannelOption

    func run() async throws {
        let path = place.path
        await ConsoleProcess(channel: launcher.channel, isKept: true, log: path + "/log/engine.log").run { opener, _ in
            try await EngineHouse.start(workspace: Workspace.open(path: path), opener: opener)
        }
    }
}

/// The process behind `flyball demo`: the demo and its screen.
///
/// Started by the launcher only.
struct DemoProcessCommand: AsyncParsableCommand, ScreenCommand {
    static let name = "demo-process"
    static let configuration = CommandConfiguration(commandName: name, abstract: "The demo and its screen.", shouldDisplay: false)

    @OptionGroup var launcher: ChannelOption
    @Option var directory: String
    @Option var seed: UInt64
    @Option var speed: Double
    @Option var listen: String?

    func run() async throws {
        let options = DemoHouse.Options(seed: seed, speed: speed, listen: listen, directory: directory)
        await ConsoleProcess(channel: launcher.channel, isKept: false, farewell: "the demo has ended, and its workspace is removed").run {
            opener, report in
            try await DemoHouse.start(options: options, opener: opener, report: report)
        }
    }
}
