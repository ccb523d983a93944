import Control
import Engine
import Foundation
import Synchronization
import Testing

/// A console whose frames are numbers and whose inputs are kept.
private final class CountingConsole: RemoteConsole {
    struct State {
        var inputs: [[UInt8]] = []
        var next: UInt8 = 0
        var dirty = true
        var ending: String?
        var isClosed = false
        /// Inputs that had come each time that a frame was said to be on the screen.
        var drawn: [Int] = []
    }

    let state = Mutex(State())

    func receive(_ input: [UInt8]) {
        state.withLock { state in
            state.inputs.append(input)
            state.dirty = true
            if input == [0x71] { state.ending = "left" }
        }
    }

    func nextFrame() -> [UInt8]? {
        state.withLock { state in
            guard state.dirty, state.ending == nil else { return nil }
            state.dirty = false
            state.next += 1
            return [state.next]
        }
    }

    func drawn() { state.withLock { $0.drawn.append($0.inputs.count) } }
    var ending: String? { state.withLock { $0.ending } }
    func close() { state.withLock { $0.isClosed = true } }
    func soil() { state.withLock { $0.dirty = true } }
}

/// What the test knows of the consoles that were opened.
private final class OpenedConsoles: Sendable {
    let all = Mutex<[(console: CountingConsole, wake: @Sendable () -> Void, who: Operator)]>([])

    var opener: ConsoleOpener {
        { opening, _, who, wake in
            guard opening == [1, 2, 3] else { return nil }
            let console = CountingConsole()
            self.all.withLock { $0.append((console, wake, who)) }
            return console
        }
    }
}

@Suite("A console over the socket", .serialized)
struct ConsoleStreamTests {
    /// Reads on a thread of its own, as an attached terminal does.
    private static func next(_ stream: ConsoleStream) async -> ConsoleStream.Event? {
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: stream.next()) }.start()
        }
    }

    @Test("frames follow acknowledgements one by one; input arrives in order; the console's end is told")
    func stream() async throws {
        let opened = OpenedConsoles()
        try await SocketHouse.run(opener: opened.opener) { house in
            let stream = try ControlClient.connect(workspace: house.directory).openConsole([1, 2, 3])
            #expect(await Self.next(stream) == .draw([1]))
            let (console, wake, who) = try #require(opened.all.withLock { $0.first })
            #expect(who.uid == geteuid())
            // Nothing is acknowledged yet: whatever changes meanwhile goes into one frame.
            for _ in 0..<5 {
                console.soil()
                wake()
            }
            #expect(stream.send([0x61]))
            #expect(stream.send([0x62]))
            #expect(stream.drawn())
            #expect(await Self.next(stream) == .draw([2]))
            #expect(stream.drawn())
            // The operator's keys before it were typed without having seen the first frame.
            #expect(console.state.withLock { $0.drawn.first } == 2)
            #expect(stream.send([0x71]))
            var last = await Self.next(stream)
            while case .draw = last {
                #expect(stream.drawn())
                last = await Self.next(stream)
            }
            #expect(last == .ended("left"))
            #expect(console.state.withLock { $0.inputs } == [[0x61], [0x62], [0x71]])
        }
        #expect(opened.all.withLock { $0.first?.console.state.withLock { $0.isClosed } } == true)
    }

    @Test("at most one frame is in flight: a terminal that does not draw costs one frame")
    func oneInFlight() async throws {
        let opened = OpenedConsoles()
        try await SocketHouse.run(opener: opened.opener) { house in
            let stream = try ControlClient.connect(workspace: house.directory).openConsole([1, 2, 3])
            #expect(await Self.next(stream) == .draw([1]))
            let (console, wake, _) = try #require(opened.all.withLock { $0.first })
            for _ in 0..<1_000 {
                console.soil()
                wake()
            }
            // An input is handled after the wake-ups: by then a second frame would have been built.
            #expect(stream.send([0x61]))
            while console.state.withLock({ $0.inputs.isEmpty }) { try await Task.sleep(for: .milliseconds(1)) }
            #expect(console.state.withLock { $0.next } == 1)
            stream.close()
        }
    }

    @Test("an opening that cannot be read, and a frame out of turn, end the console")
    func broken() async throws {
        let opened = OpenedConsoles()
        try await SocketHouse.run(opener: opened.opener) { house in
            let unreadable = try ControlClient.connect(workspace: house.directory).openConsole([9])
            guard case .ended(let reason) = await Self.next(unreadable) else {
                Issue.record("it went on")
                return
            }
            #expect(reason.contains("a console opening that cannot be read"))
            let raw = try RawSocket(house.directory)
            raw.send(.hello, "{\"version\":1,\"isReadOnly\":true}")
            raw.send(Frame(kind: .openConsole, payload: [1, 2, 3]).bytes)
            raw.send(.call, "{}")
            #expect(try raw.framesToEnd().last?.kind == .refusal)
            #expect(opened.all.withLock { $0.last?.who.role } == .viewer)
        }
    }
}
