package import Engine
import Foundation
import Synchronization

/// One operator's console: input in, frames out, whichever process the terminal is in.
///
/// All state is one value behind one mutex that is held for moments only: drawing, actions and questions about the past run outside of it.
/// Frames are pulled: `wake` says that there may be one, `nextDelta()` builds it from the newest state.
package final class ConsoleSession: ConsoleModel {
    private let state: Mutex<SessionState>
    private let link: any EngineLink
    private let clock: EngineClock
    private let wake: @Sendable () -> Void
    private let tasks = Mutex(SessionTasks())

    /// A session on a link; `wake` is called, from any thread, whenever a frame may be due.
    package init(
        opening: ConsoleOpening, link: any EngineLink, snapshot: Snapshot, operatorName: String, role: OperatorRole,
        clock: EngineClock = .system,
        wake: @escaping @Sendable () -> Void
    ) {
        self.link = link
        self.clock = clock
        self.wake = wake
        state = Mutex(
            SessionState(
                opening: opening, snapshot: snapshot, operatorName: operatorName, role: role, wallClock: clock.milliseconds(),
                now: Int64(clamping: clock.nanoseconds() / 1_000_000)))
    }

    /// Takes what the engine published.
    ///
    /// Called on the engine's queue: returns at once.
    package func publish(_ snapshot: Snapshot) {
        change { $0.take(snapshot) }
        wake()
    }

    package func receive(_ event: InputEvent) {
        let work = change { $0.take(event) }
        start(work)
        wake()
    }

    package var ending: ConsoleEnding? { state.withLock { $0.ending } }

    /// The engine has stopped.
    package func engineStopped() {
        change { $0.ending = $0.ending ?? .engineStopped }
        wake()
    }

    /// What is shown, for tests and for `:copy`.
    package var surface: Surface? { state.withLock { $0.frame.shown } }

    /// Where the operator is.
    package var place: Place { state.withLock { $0.navigation.place } }

    /// What its screens look at now, for tests.
    package var context: ScreenContext { state.withLock { $0.context() } }

    /// What its keys are about now, for tests.
    package var subject: Subject { state.withLock { $0.call().subject } }

    package func nextDelta() -> FrameDelta? {
        let (frame, work) = change { $0.beginFrame() }
        start(work)
        switch frame {
        case .nothing: return nil
        case .wait(let milliseconds):
            wakeLater(milliseconds)
            return nil
        case .draw(let picture):
            let surface = picture.draw()
            let (delta, again) = change { $0.endFrame(surface) }
            if let again { wakeLater(again) }
            return delta
        }
    }

    package func drawn() { change { $0.attention.frameDrawn() } }

    package func close() {
        change { $0.ending = $0.ending ?? .hangup }
        for end in tasks.withLock({ $0.close() }) { end() }
        wake()
    }

    /// Something to do when the session closes; at once if it has.
    func onClose(_ body: @escaping @Sendable () -> Void) {
        if tasks.withLock({ $0.add(body) }) == false { body() }
    }

    @discardableResult
    private func change<T: Sendable>(_ body: (inout SessionState) -> sending T) -> T {
        let wall = clock.milliseconds()
        let now = Int64(clamping: clock.nanoseconds() / 1_000_000)
        return state.withLock { state in
            state.wallClock = wall
            state.now = now
            return body(&state)
        }
    }

    private func start(_ work: [SessionWork]) {
        // One after the other, in the order shown: several marked deployments are acted on from the top down.
        let requests = work.compactMap { if case .perform(let request) = $0 { request } else { nil } }
        if !requests.isEmpty {
            Task { [weak self, link] in
                for request in requests {
                    let result = await link.perform(request)
                    self?.change { $0.take(result, of: request) }
                    self?.wake()
                }
            }
        }
        for piece in work {
            switch piece {
            case .perform: break
            case .report(let order):
                Task { [weak self, link] in
                    let page = await order.page(link)
                    guard let self else { return }
                    change { $0.take(page, of: order) }
                    wake()
                }
            case .fetch(let queries):
                for query in queries {
                    Task { [weak self, link] in
                        let page = await link.history(query)
                        guard let self else { return }
                        start(change { $0.take(page, for: query) })
                        wake()
                    }
                }
            }
        }
    }

    /// Wakes once more after a while, for a frame that is not due yet or a toast that goes away.
    private func wakeLater(_ milliseconds: Int64) {
        guard tasks.withLock({ $0.sleep(milliseconds, now: Int64(clamping: clock.nanoseconds() / 1_000_000)) }) else { return }
        Task { [weak self] in
            try? await Task.sleep(for: .milliseconds(max(1, milliseconds)))
            self?.tasks.withLock { $0.awake() }
            self?.wake()
        }
    }
}

/// What a session has under way beside its state.
private struct SessionTasks: Sendable {
    private var closing: [@Sendable () -> Void] = []
    private var isClosed = false
    /// When the next wake-up is due; there may be later ones, which then do no harm.
    private var wakesAt: Int64?

    mutating func add(_ body: @escaping @Sendable () -> Void) -> Bool {
        guard !isClosed else { return false }
        closing.append(body)
        return true
    }

    mutating func close() -> [@Sendable () -> Void] {
        isClosed = true
        defer { closing = [] }
        return closing
    }

    /// Whether a wake-up so far from now is needed beside the one that is under way.
    mutating func sleep(_ milliseconds: Int64, now: Int64) -> Bool {
        guard !isClosed else { return false }
        let due = now + milliseconds
        if let wakesAt, wakesAt <= due, wakesAt > now { return false }
        wakesAt = due
        return true
    }

    mutating func awake() { wakesAt = nil }
}

extension ConsoleSession {
    /// A console on an engine in this process: hears of each snapshot, is listed among the operators on watch, and leaves both when it closes.
    ///
    /// - Parameters:
    ///   - origin: `terminal` for the engine's own screen, `attached` over the socket.
    package static func open(
        opening: ConsoleOpening, engine: Engine, operator who: Operator, origin: String = "terminal", wake: @escaping @Sendable () -> Void
    ) -> ConsoleSession {
        let session = ConsoleSession(
            opening: opening, link: LocalLink(engine: engine, operator: who), snapshot: engine.snapshot, operatorName: who.name,
            role: who.role,
            clock: engine.clock, wake: wake)
        let observer = engine.onPublish { [weak session] in session?.publish($0) }
        session.onClose { engine.removeObserver(observer) }
        let attached = AttachedOperator(
            name: who.name, uid: who.uid ?? 0, role: who.role, origin: origin, since: engine.clock.milliseconds())
        Task { [weak session] in
            let token = await engine.operatorAttached(attached)
            let leave: @Sendable () -> Void = { Task { await engine.operatorDetached(token) } }
            if let session { session.onClose(leave) } else { leave() }
        }
        let end = engine.onStop { [weak session] in session?.engineStopped() }
        session.onClose { engine.removeObserver(end) }
        return session
    }
}
