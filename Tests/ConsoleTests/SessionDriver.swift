import Console
import Engine
import Foundation
import Synchronization
import Testing

/// An engine that a test scripts: it answers questions about the past from the sample, and records what it is asked to do.
final class ScriptedLink: EngineLink {
    private struct State {
        var requests: [ActionRequest] = []
        var answer: @Sendable (ActionRequest) -> Result<Receipt, ActionFailure> = { request in
            .success(
                Receipt(
                    journalSequence: 1, summary: "\(request.action.summary): done", at: SampleSnapshot.now,
                    inverse: ScriptedLink.inverse(request.action)))
        }
        var queries: [HistoryQuery] = []
        var versions: [String: [VersionSummary]] = [:]
    }

    private let state = Mutex(State())

    /// What was asked to be done, in order.
    var requests: [ActionRequest] { state.withLock { $0.requests } }
    /// What was asked about the past, in order.
    var queries: [HistoryQuery] { state.withLock { $0.queries } }

    /// Answers actions from now on like this.
    func answer(_ body: @escaping @Sendable (ActionRequest) -> Result<Receipt, ActionFailure>) { state.withLock { $0.answer = body } }

    /// A deployment has these versions, newest first.
    func know(_ versions: [VersionSummary], of name: String) { state.withLock { $0.versions[name] = versions } }

    func perform(_ request: ActionRequest) async -> Result<Receipt, ActionFailure> {
        state.withLock { state in
            state.requests.append(request)
            return state.answer(request)
        }
    }

    func history(_ query: HistoryQuery) async -> HistoryPage {
        let known = state.withLock { state in
            state.queries.append(query)
            return state.versions
        }
        if case .versions(let name, let before, let limit) = query, let all = known[name] {
            return HistoryPage(
                asOf: SampleSnapshot.now, content: .versions(Array(all.filter { $0.number < before ?? .max }.prefix(limit))))
        }
        return HistoryPage(asOf: SampleSnapshot.now, content: SamplePages.content(query))
    }

    private static func inverse(_ action: Action) -> Action? {
        switch action {
        case .pause(let name, _): .resume(deployment: name)
        case .resume(let name): .pause(deployment: name)
        case .promote(let name, _): .rollback(deployment: name, to: nil)
        case .freeze(let name, let scope): .unfreeze(deployment: name, scope: scope)
        case .unfreeze(let name, let scope): .freeze(deployment: name, scope: scope)
        default: nil
        }
    }
}

/// A console as an operator uses it: press keys, read the screen.
///
/// ```
/// console.press("p").expectDialog("Promote v13").confirm().expectToast("done")
/// ```
final class SessionDriver {
    let session: ConsoleSession
    let link = ScriptedLink()
    let clock = ManualClock(SampleSnapshot.now)
    private(set) var surface = Surface(size: Size(width: 0, height: 0))
    /// The bytes of each frame so far.
    private(set) var frames: [Int] = []
    private(set) var effects: [TerminalEffect] = []

    init(
        _ snapshot: Snapshot = SessionDriver.calm, size: Size = Size(width: 120, height: 40), role: OperatorRole = .operator,
        glyphs: GlyphLevel = .braille
    ) {
        var terminal = TerminalFacts()
        terminal.name = "xterm-256color"
        terminal.depth = .indexed256
        terminal.glyphs = glyphs
        terminal.isUTF8 = true
        session = ConsoleSession(
            opening: ConsoleOpening(width: size.width, height: size.height, timeZone: "UTC", terminal: terminal), link: link,
            snapshot: snapshot,
            operatorName: "oncall", role: role, clock: clock.clock, wake: {})
        settle()
    }

    /// The sample in a workspace whose name asks for no extra care.
    static let calm: Snapshot = {
        var snapshot = SampleSnapshot.standard
        snapshot.engine.workspace = "bench"
        return snapshot
    }()

    deinit { session.close() }

    // MARK: The operator's side

    /// Presses keys by their names, one after the other.
    @discardableResult
    func press(_ names: String..., location: SourceLocation = #_sourceLocation) -> SessionDriver {
        for name in names {
            guard let key = Key(name: name) else {
                Issue.record("no such key: \(name)", sourceLocation: location)
                continue
            }
            session.receive(.key(key))
        }
        settle()
        return self
    }

    /// Types text, character by character.
    @discardableResult
    func type(_ text: String) -> SessionDriver {
        for scalar in text.unicodeScalars { session.receive(.key(.character(scalar))) }
        settle()
        return self
    }

    @discardableResult
    func paste(_ text: String) -> SessionDriver {
        session.receive(.paste(text))
        settle()
        return self
    }

    @discardableResult
    func resize(_ width: Int, _ height: Int) -> SessionDriver {
        session.receive(.resize(Size(width: width, height: height)))
        settle()
        return self
    }

    /// Types a command line and enters it.
    @discardableResult
    func command(_ line: String) -> SessionDriver { press(":").type(line).press("enter") }

    @discardableResult
    func publish(_ snapshot: Snapshot) -> SessionDriver {
        var next = snapshot
        next.generation = 1 << 40
        session.publish(next)
        settle()
        return self
    }

    /// Says yes to the dialog.
    @discardableResult
    func confirm() -> SessionDriver { press("ctrl-s") }

    // MARK: What the screen says

    var text: String { surface.text }

    /// The text without the blanks at the ends of its lines: a long message does not reach the log whole.
    private var trimmed: String {
        text.split(separator: "\n").map { $0.replacing(/\s+$/, with: "") }.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    func line(containing words: String) -> String? { text.split(separator: "\n").first { $0.contains(words) }.map(String.init) }

    @discardableResult
    func expect(_ words: String, location: SourceLocation = #_sourceLocation) -> SessionDriver {
        if !text.contains(words) { Issue.record("the screen lacks «\(words)»:\n\(trimmed)", sourceLocation: location) }
        return self
    }

    @discardableResult
    func expectNot(_ words: String, location: SourceLocation = #_sourceLocation) -> SessionDriver {
        if text.contains(words) { Issue.record("the screen has «\(words)»:\n\(trimmed)", sourceLocation: location) }
        return self
    }

    @discardableResult
    func expectDialog(_ title: String, location: SourceLocation = #_sourceLocation) -> SessionDriver {
        expect(title, location: location).expect("esc cancel", location: location)
    }

    @discardableResult
    func expectNoDialog(location: SourceLocation = #_sourceLocation) -> SessionDriver { expectNot("esc cancel", location: location) }

    /// Waits until the line at the bottom says something; actions answer from another thread.
    @discardableResult
    func expectToast(_ words: String, location: SourceLocation = #_sourceLocation) async -> SessionDriver {
        await wait { text.contains(words) }
        return expect(words, location: location)
    }

    /// Waits until what the screen wants to know of the past has come.
    @discardableResult
    func load() async -> SessionDriver {
        await wait { !text.contains("loading") }
        return self
    }

    /// Draws until the screen says what is waited for, or for half a minute: answers come from threads that other tests use too.
    private func wait(until isThere: () -> Bool) async {
        let started = ContinuousClock.now
        while !isThere() && ContinuousClock.now - started < .seconds(30) {
            try? await Task.sleep(for: .milliseconds(5))
            settle()
        }
    }

    /// Takes what there is to draw, as a terminal would.
    func settle() {
        for _ in 0..<8 {
            clock.advance(250)
            take()
        }
    }

    /// Takes one frame, if there is one; the time stands still.
    @discardableResult
    func take() -> FrameDelta? {
        guard let delta = session.nextDelta() else { return nil }
        session.drawn()
        let bytes = delta.encode()
        frames.append(bytes.count)
        effects += delta.effects
        do {
            // As over the socket: what was decoded is what is shown.
            surface = try Surface.applying(try FrameDelta.decode(bytes), to: delta.isWhole ? nil : surface)
        } catch { Issue.record("a frame cannot be read: \(error)") }
        #expect(surface.checkInvariants())
        return delta
    }

    /// Takes frames until there is none, while toasts pass but the clock on the screen is set back to where it was.
    func rest() {
        clock.advance(15_000)
        take()
        clock.advance(-(clock.clock.milliseconds() - SampleSnapshot.now))
        session.receive(.key(Key(.character("l"), .control)))
        take()
    }

    func forgetFrames() { frames = [] }
}
