import ArgumentParser
import Console
import Control
import Engine
import Foundation
import Logging

/// The process behind `flyball`: engine and screen together. Started by the launcher only.
struct ConsoleProcessCommand: AsyncParsableCommand {
    static let name = "console-process"
    static let configuration = CommandConfiguration(commandName: name, abstract: "Engine and screen in one process.", shouldDisplay: false)

    @OptionGroup var place: WorkspaceOption
    @OptionGroup var launcher: ChannelOption

    func run() async throws {
        let path = place.path
        await ConsoleProcess.run(channel: launcher.channel, workspace: path, stays: true) { opener in
            try await EngineHouse.start(workspace: Workspace.open(path: path), opener: opener)
        }
    }
}

/// An engine and a screen in this process. The engine outlives the screen, unless it is only there to be looked at.
enum ConsoleProcess {
    /// Starts the engine, shows its console, and goes on without a screen when that is left.
    ///
    /// - Parameters:
    ///   - channel: the launcher's socket.
    ///   - stays: whether the engine goes on when the operator leaves or the terminal goes away; a demo does not.
    ///   - farewell: what to say at the end of one that does not stay.
    ///   - start: opens the house.
    static func run(
        channel: Int32, workspace path: String, stays: Bool, farewell: String = "",
        start: @escaping (@escaping ConsoleOpener) async throws -> EngineHouse
    ) async {
        EngineLog.useStandardError()
        let screen: ScreenProcess
        let house: EngineHouse
        do {
            screen = try ScreenProcess(channel: channel)
        } catch {
            Channel(channel).send(ScreenReport.failed("\(error)"))
            return
        }
        do {
            house = try await start(RemoteSession.opener)
        } catch {
            screen.report(.failed("\(error)"))
            return
        }
        let engine = house.engine
        let shutdown = Shutdown { Task { await engine.shutdown() } }
        defer { withExtendedLifetime(shutdown) {} }
        let stopping = Task {
            await house.stopped()
            await screen.end(.engineStopped)
        }
        let session = ConsoleSession.open(
            opening: screen.opening, engine: engine, operator: .current(), origin: "terminal", wake: { screen.wake.call() })
        let ending = await screen.show(
            session, themes: ConsoleLaunch.themes(workspace: path), theme: ConsoleLaunch.theme(screen.kind.facts.depth))
        switch ending {
        case .console(.engineStopped): break
        case .console(let reason) where stays:
            screen.leaveTerminal()
            screen.report(.detached(pid: getpid()))
            engine.logger.info("console: \(reason == .hangup ? "the terminal is gone" : "detached"): the engine goes on without a screen")
        case .console: await house.stop()
        case .failed(let words):
            // Without a screen there is nobody to see the engine: what it has begun is safe in its stores.
            await house.stop()
            screen.report(.failed(words))
            return
        }
        await stopping.value
        screen.report(.ended(stays ? "the engine has stopped" : farewell))
    }
}
