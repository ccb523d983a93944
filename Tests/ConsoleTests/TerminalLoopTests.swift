import Console
import Synchronization
import Testing

@Suite("A console on a terminal") struct TerminalLoopTests {
    /// A terminal that plays a script: each wait is answered by the next step, after the last one it is gone.
    private final class ScriptedTerminal: Terminal {
        enum Step {
            case input([InputEvent])
            case woken
        }

        var size = Size(width: 80, height: 24)
        var picture: ScreenImage?
        var steps: [Step]
        var waits: [Int?] = []
        var drawn: [FrameDelta] = []
        var log: [String] = []
        /// What a look without waiting finds.
        var early: [InputEvent] = []
        let clock: TestClock

        init(_ steps: [Step], clock: TestClock = TestClock()) {
            self.steps = steps
            self.clock = clock
        }

        func wait(milliseconds: Int?) -> TerminalInput {
            waits.append(milliseconds)
            // Whatever comes, comes later: a wait with a limit ends with nothing.
            if let milliseconds {
                if milliseconds == 0, !early.isEmpty {
                    defer { early = [] }
                    return TerminalInput(events: early)
                }
                clock.advance(Int64(milliseconds))
                return TerminalInput()
            }
            guard !steps.isEmpty else { return TerminalInput(events: [.hangup]) }
            switch steps.removeFirst() {
            case .input(let events): return TerminalInput(events: events)
            case .woken: return TerminalInput(isWoken: true)
            }
        }

        func draw(_ delta: FrameDelta) throws(FrameFailure) {
            drawn.append(delta)
            log.append("draw")
        }
        func redraw() { log.append("redraw") }
        func suspend() { log.append("suspend") }
        func resume() { log.append("resume") }
        func restore() { log.append("restore") }
    }

    private final class TestClock: Sendable {
        private let time = Mutex<Int64>(0)
        func now() -> Int64 { time.withLock { $0 } }
        func advance(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
    }

    /// A model with a frame for each event.
    private final class CountingModel: ConsoleModel {
        struct State {
            var events: [InputEvent] = []
            var frames = 0
            var drawn = 0
            var left = 0
            var ending: ConsoleEnding?
            var isClosed = false
            /// Events that had come each time that a frame was said to be on the screen.
            var heardBefore: [Int] = []
        }
        let state = Mutex(State())
        let last = Key.character("q")

        /// - Parameter framesByItself: frames that follow the first one without any event.
        init(framesByItself: Int = 0) { state.withLock { $0.left = framesByItself } }

        func receive(_ event: InputEvent) {
            state.withLock { state in
                state.events.append(event)
                state.frames += 1
                if event == .key(last) { state.ending = .detached }
            }
        }
        func nextDelta() -> FrameDelta? {
            state.withLock { state in
                guard state.frames > 0 || state.left > 0 else { return nil }
                if state.frames == 0 { state.left -= 1 }
                state.frames = 0
                return Surface(size: Size(width: 80, height: 24)).delta(from: nil)
            }
        }
        func drawn() {
            state.withLock { state in
                state.drawn += 1
                state.heardBefore.append(state.events.count)
            }
        }
        var ending: ConsoleEnding? { state.withLock { $0.ending } }
        func close() { state.withLock { $0.isClosed = true } }
    }

    /// The loop must share the terminal's clock: its pace is kept by waits that move it.
    private func loop(_ clock: TestClock) throws -> TerminalLoop {
        TerminalLoop(wake: try #require(TerminalWake()), clock: { clock.now() })
    }

    @Test("The size comes first, then keys in order, and leaving restores the terminal and closes the model")
    func keys() throws {
        let terminal = ScriptedTerminal([.input([.key(.character("a")), .paste("text")]), .input([.key(.character("q"))])])
        let model = CountingModel()
        #expect(try loop(terminal.clock).run(model, on: terminal) == .console(.detached))
        let events = model.state.withLock { $0.events }
        #expect(events == [.resize(Size(width: 80, height: 24)), .key(.character("a")), .paste("text"), .key(.character("q"))])
        #expect(terminal.log.last == "restore")
        #expect(model.state.withLock { $0.isClosed })
    }

    @Test("A terminal that goes away ends the console, and nothing follows")
    func hangup() throws {
        let terminal = ScriptedTerminal([.input([.key(.character("a")), .hangup, .key(.character("b"))])])
        let model = CountingModel()
        #expect(try loop(terminal.clock).run(model, on: terminal) == .console(.hangup))
        #expect(model.state.withLock { $0.events.last } == .hangup)
        #expect(terminal.log.last == "restore")
    }

    @Test("With nothing to draw it waits without a limit")
    func idle() throws {
        let clock = TestClock()
        let terminal = ScriptedTerminal([.woken, .woken], clock: clock)
        _ = try loop(clock).run(CountingModel(), on: terminal)
        // One frame for the first size and none for wake-ups that brought nothing.
        #expect(terminal.drawn.count == 1)
        // What waits after the frame, one wait that only keeps the pace, and three for something to happen (two wake-ups, the end).
        #expect(terminal.waits == [0, 50, nil, nil, nil])
    }

    @Test("What comes by itself is drawn at most twenty times a second, a key at once")
    func pace() throws {
        let clock = TestClock()
        let terminal = ScriptedTerminal([.input([.key(.character("a"))]), .input([.key(.character("q"))])], clock: clock)
        let chatty = CountingModel(framesByItself: 40)
        _ = try loop(clock).run(chatty, on: terminal)
        // The first frame at once, then one each 50 ms, until the model has no more to say.
        #expect(terminal.drawn.count >= 41)
        #expect(clock.now() >= 40 * 50)
    }

    @Test("ctrl-z gives the terminal back, and taking it again draws it anew; without a launcher it is a key")
    func suspension() throws {
        let terminal = ScriptedTerminal([.input([.key(Key(.character("z"), .control))]), .woken, .input([.key(.character("q"))])])
        let loop = try loop(terminal.clock)
        let model = CountingModel()
        var suspensions = 0
        let ending = loop.run(
            model, on: terminal,
            onSuspend: {
                suspensions += 1
                loop.suspend(false)
            })
        #expect(ending == .console(.detached))
        #expect(suspensions == 1)
        #expect(terminal.log.filter { $0 != "draw" } == ["suspend", "resume", "restore"])
        let alone = ScriptedTerminal([.input([.key(Key(.character("z"), .control))])])
        let other = CountingModel()
        _ = try self.loop(alone.clock).run(other, on: alone)
        #expect(other.state.withLock { $0.events.contains(.key(Key(.character("z"), .control))) })
        #expect(!alone.log.contains("suspend"))
    }

    @Test("ctrl-l draws everything again, ctrl-\\ leaves whatever the model does")
    func ownKeys() throws {
        let terminal = ScriptedTerminal([.input([.key(Key(.character("l"), .control))]), .input([.key(Key(.character("\\"), .control))])])
        let model = CountingModel()
        #expect(try loop(terminal.clock).run(model, on: terminal) == .console(.detached))
        #expect(terminal.log.contains("redraw"))
        #expect(model.state.withLock { $0.events.count } == 1)
    }

    @Test("An end from another thread ends it")
    func endFromElsewhere() throws {
        let loop = try loop(TestClock())
        loop.end(.engineStopped)
        #expect(loop.run(CountingModel(), on: ScriptedTerminal([])) == .console(.engineStopped))
    }

    @Test("Each drawn frame is answered once")
    func answers() throws {
        let terminal = ScriptedTerminal([.input([.key(.character("a"))]), .input([.key(.character("b"))])])
        let model = CountingModel()
        _ = try loop(terminal.clock).run(model, on: terminal)
        let answers = model.state.withLock { $0.drawn }
        #expect(answers == terminal.drawn.count)
        #expect(answers >= 2)
    }

    @Test("What was typed while a frame was drawn reaches the model before it hears that the frame is there")
    func typedAhead() throws {
        let terminal = ScriptedTerminal([])
        terminal.early = [.key(.character("a")), .key(.character("b"))]
        let model = CountingModel()
        _ = try loop(terminal.clock).run(model, on: terminal)
        // The size, then both keys, and only then the answer to the first frame.
        #expect(model.state.withLock { $0.heardBefore } == [3, 3])
    }
}
