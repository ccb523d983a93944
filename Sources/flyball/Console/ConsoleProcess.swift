import Console
import Control
import Engine
import Foundation
import Logging

/// An engine that a console can be shown of, with everything around it.
protocol ConsoleHouse: Sendable {
    var engine: Engine { get }
    /// The workspace's directory.
    var path: String { get }
    /// Returns when it has stopped.
    func stopped() async
    /// Stops it in order.
    func stop() async
}

extension EngineHouse: ConsoleHouse {
    /// The workspace's directory.
    var path: String { engine.workspace.directory }
}

extension DemoHouse: ConsoleHouse {}

/// An engine and a screen in this process.
///
/// The engine outlives the screen, unless it is only there to be looked at.
struct ConsoleProcess {
    /// Opens a house: with what makes consoles for operators who attach, and what is told of each step.
    typealias Start = (_ opener: @escaping ConsoleOpener, _ report: @escaping @Sendable (String) -> Void) async throws -> any ConsoleHouse

    /// The launcher's socket.
    let channel: Int32
    /// Whether the engine goes on when the operator leaves or the terminal goes away; a demo does not.
    let isKept: Bool
    /// The file that its standard error goes to, if that is one of ours.
    var log: String?
    /// What to say at the end.
    var farewell = "the engine has stopped"

    /// Starts the engine, shows its console, and goes on without a screen when that is left.
    func run(_ start: Start) async {
        EngineLog.useStandardError(file: log)
        let shutdown = Shutdown(reopensLog: true)
        let screen: ScreenProcess
        do { screen = try ScreenProcess(channel: channel) } catch {
            Channel(channel).send(ScreenReport.failed("\(error)"))
            return
        }
        do {
            let house = try await start(RemoteSession.opener) { screen.report(.progress($0)) }
            let engine = house.engine
            shutdown.begin { Task { await engine.shutdown() } }
            screen.report(await show(house, on: screen))
            withExtendedLifetime(shutdown) {}
        } catch {
            screen.report(.failed("\(error)"))
        }
    }

    /// Returns when the engine has stopped.
    private func show(_ house: any ConsoleHouse, on screen: ScreenProcess) async -> ScreenReport {
        let stopping = Task {
            await house.stopped()
            await screen.end(.engineStopped)
        }
        let session = ConsoleSession.open(
            opening: screen.opening, engine: house.engine, operator: .current(), origin: "terminal", wake: { screen.wake.call() })
        let ending = await screen.show(
            session, themes: ConsoleLaunch.themes(workspace: house.path), theme: ConsoleLaunch.theme(screen.kind.facts.depth))
        switch ending {
        case .console(.engineStopped): break
        case .console(let reason) where isKept:
            screen.leaveTerminal()
            screen.report(.detached(pid: getpid()))
            let what = reason == .hangup ? "the terminal is gone" : "the operator has left"
            house.engine.logger.info("console: \(what): the engine goes on without a screen")
        case .console: await house.stop()
        case .failed(let words):
            // Without a screen nobody sees the engine; what it has begun is safe in its stores.
            await house.stop()
            return .failed(words)
        }
        await stopping.value
        return .ended(farewell)
    }
}
