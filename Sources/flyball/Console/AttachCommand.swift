import ArgumentParser
import Console
import Control
import Foundation

/// `flyball attach`: a screen on an engine in another process.
struct AttachCommand: AsyncParsableCommand, ScreenCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach", abstract: "Open a screen on the running engine.",
        discussion: """
            Any number of operators may look at the same engine, each with a console of their own. Leaving one, or losing it, changes nothing for \
            the engine or the others. If the engine does not answer any more, ctrl-\\ leaves.

            flyball attach
            flyball attach --read-only
            """)

    @OptionGroup var place: WorkspaceOption
    @Flag(help: "Look only: every key that changes something is disabled.") var readOnly = false

    func run() async throws { try ConsoleLaunch.attach(workspace: place.path, isReadOnly: readOnly) }
}

/// The process behind `flyball attach`: a screen on an engine in another process.
///
/// Started by the launcher only.
struct AttachProcessCommand: AsyncParsableCommand, ScreenCommand {
    static let name = "attach-process"
    static let configuration = CommandConfiguration(commandName: name, abstract: "A screen on an engine elsewhere.", shouldDisplay: false)

    @OptionGroup var place: WorkspaceOption
    @OptionGroup var launcher: ChannelOption
    @Flag var readOnly = false

    func run() async throws {
        let screen: ScreenProcess
        do {
            screen = try ScreenProcess(channel: launcher.channel)
        } catch {
            Channel(launcher.channel).send(ScreenReport.failed("\(error)"))
            return
        }
        do {
            screen.report(try await attach(screen))
        } catch {
            screen.report(.failed("\(error)"))
        }
    }

    private func attach(_ screen: ScreenProcess) async throws -> ScreenReport {
        let path = place.path
        let client = try ControlClient.connect(workspace: path, isReadOnly: readOnly)
        let shutdown = Shutdown { Task { await screen.end(.detached) } }
        defer { withExtendedLifetime(shutdown) {} }
        let console = AttachedConsole(try client.openConsole(screen.opening.encode()), wake: { screen.wake.call() })
        let ending = await screen.show(
            console, themes: ConsoleLaunch.themes(workspace: path), theme: ConsoleLaunch.theme(screen.kind.facts.depth))
        switch ending {
        case .console(.engineStopped): return .failed(console.words ?? "the engine has stopped")
        case .console: return .ended("")
        case .failed(let words): return .failed(words)
        }
    }
}
