package import Control
import Dispatch
import Foundation
import Synchronization

/// A console that another process runs, as this process's terminal sees it: frames come over the socket and are answered when they are drawn.
package final class AttachedConsole: ConsoleModel {
    private struct State {
        /// At most one frame is under way; it waits here until the terminal has time.
        var frame: FrameDelta?
        var ending: ConsoleEnding?
        var words: String?
        var isClosed = false
    }

    private let stream: ConsoleStream
    private let state = Mutex(State())
    private let wake: @Sendable () -> Void
    /// Sending may wait for an engine that is stopped, and the terminal's thread may not.
    private let sending = DispatchQueue(label: "flyball.attached-input")

    /// Takes over a stream; `wake` is called from another thread when there is something to look at.
    package init(_ stream: ConsoleStream, wake: @escaping @Sendable () -> Void) {
        self.stream = stream
        self.wake = wake
        let thread = Thread { [weak self] in
            while let event = stream.next() {
                guard self?.take(event) == true else { return }
            }
            self?.end("the connection to the engine is lost: it may have stopped: see log/engine.log in the workspace")
        }
        thread.name = "flyball.frames"
        thread.start()
    }

    /// Why it ended, when there is more to say than that the operator left.
    package var words: String? { state.withLock { $0.words } }

    /// Whether to go on reading.
    private func take(_ event: ConsoleStream.Event) -> Bool {
        switch event {
        case .ended(RemoteSession.detached):
            state.withLock { $0.ending = .detached }
            wake()
            return false
        case .ended(let reason):
            end(reason)
            return false
        case .draw(let bytes):
            do throws(FrameFailure) {
                let frame = try FrameDelta.decode(bytes)
                state.withLock { $0.frame = frame }
                wake()
                return true
            } catch {
                end(error.description)
                return false
            }
        }
    }

    private func end(_ words: String) {
        state.withLock { state in
            guard state.ending == nil, !state.isClosed else { return }
            state.ending = .engineStopped
            state.words = words
        }
        wake()
    }

    package func receive(_ event: InputEvent) {
        sending.async { [stream] in _ = stream.send(event.encode()) }
    }

    package func nextDelta() -> FrameDelta? {
        state.withLock { state in
            defer { state.frame = nil }
            return state.frame
        }
    }

    /// The last frame is on the screen: the next one may come.
    package func drawn() {
        sending.async { [stream] in _ = stream.drawn() }
    }

    package var ending: ConsoleEnding? { state.withLock { $0.ending } }

    package func close() {
        state.withLock { $0.isClosed = true }
        stream.close()
    }
}
