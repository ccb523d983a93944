package import Control

/// A console session as the workspace's socket carries it: input events and frames as bytes.
package final class RemoteSession: RemoteConsole {
    /// What the other side is told when the operator has left; anything else is a reason.
    static let detached = "detached"

    private let model: any ConsoleModel

    package init(_ model: any ConsoleModel) { self.model = model }

    /// Makes the console of an operator who attaches.
    package static let opener: ConsoleOpener = { opening, engine, who, wake in
        guard let opening = ConsoleOpening.decode(opening) else { return nil }
        return RemoteSession(ConsoleSession.open(opening: opening, engine: engine, operator: who, origin: "attached", wake: wake))
    }

    /// Takes an input event; bytes that are none are passed over.
    package func receive(_ input: [UInt8]) {
        guard let event = try? InputEvent.decode(input) else { return }
        model.receive(event)
    }

    /// The next frame, built from the newest state.
    package func nextFrame() -> [UInt8]? { model.nextDelta()?.encode() }

    /// The last frame is on the operator's screen.
    package func drawn() { model.drawn() }

    /// Why the console has ended.
    package var ending: String? {
        switch model.ending {
        case nil: nil
        case .detached, .hangup: RemoteSession.detached
        case .engineStopped: "the engine has stopped"
        }
    }

    /// The connection is gone.
    package func close() { model.close() }
}
