import Engine
import Foundation
import Logging

/// One client's connection, on a thread of its own.
final class ControlConnection {
    private let handle: SocketHandle
    private var who: Operator
    private let engine: Engine
    private let opener: ConsoleOpener
    private let tell: (Event) -> Void
    /// The role that the peer has now; nil: none any more.
    private let role: () -> Role?
    /// Whether the client asked to look only.
    private var isReadOnly = false
    private var parser = FrameParser(limit: ControlServer.requestLimit)

    /// What the server wants to know of a connection.
    enum Event {
        /// The client has asked for something.
        case heard
        /// It shows a console from now on.
        case consoleOpened
    }

    init(
        handle: SocketHandle, who: Operator, engine: Engine, opener: @escaping ConsoleOpener, role: @escaping () -> Role?,
        tell: @escaping (Event) -> Void
    ) {
        self.role = role
        self.tell = tell
        self.handle = handle
        self.who = who
        self.engine = engine
        self.opener = opener
    }

    /// Serves the client until it goes or breaks the protocol.
    func run() {
        do throws(ControlFailure) {
            // Nobody may hold a thread without saying hello; a client that waits between two commands may.
            handle.setTimeout(SO_RCVTIMEO, seconds: 10)
            try greet()
            handle.setTimeout(SO_RCVTIMEO, seconds: 0)
            while let frame = try nextFrame() {
                tell(.heard)
                try checkRole()
                switch frame.kind {
                case .call: try answer(frame.payload)
                case .openConsole:
                    try runConsole(frame.payload)
                    return
                default: throw .badFrame("\(frame.kind) out of turn")
                }
            }
        } catch {
            if case .badFrame = error {
                engine.logger.warning("control: \(who.journalName): \(error)")
                _ = handle.sendSome(Frame(kind: .refusal, payload: Array("\(error)".utf8)).bytes[...])
            }
        }
    }

    private func greet() throws(ControlFailure) {
        guard let frame = try nextFrame() else { throw .closed }
        guard frame.kind == .hello, let hello = try? decodeJSON(Hello.self, String(decoding: frame.payload, as: UTF8.self)),
            hello.version == Hello.current
        else { throw .badFrame("no hello of protocol \(Hello.current)") }
        isReadOnly = hello.isReadOnly
        if isReadOnly { who.role = .viewer }
        try send(.welcome, Welcome(operatorName: who.name, role: who.role, pid: ProcessInfo.processInfo.processIdentifier))
    }

    /// What the peer may do is looked up anew for each call: a role may have been taken away since it connected.
    private func checkRole() throws(ControlFailure) {
        guard let role = role() else {
            let reason = "not allowed: \(who.name) has no entry in [operators] of flyball.toml any more"
            engine.logger.warning("control: \(reason)")
            engine.noteRefused(.role)
            try handle.send(Frame(kind: .refusal, payload: Array(reason.utf8)).bytes)
            throw .closed
        }
        who.role = isReadOnly ? .viewer : role
    }

    private func nextFrame() throws(ControlFailure) -> Frame? {
        while true {
            if let frame = try parser.next() { return frame }
            guard let bytes = handle.receive(), !bytes.isEmpty else { return nil }
            parser.append(bytes)
        }
    }

    private func send(_ kind: FrameKind, _ value: some Encodable) throws(ControlFailure) {
        try handle.send(Frame(kind: kind, payload: try messageBytes(value)).bytes)
    }

    private func answer(_ payload: [UInt8]) throws(ControlFailure) {
        let call: Call
        do throws(RecordFailure) { call = try decodeJSON(Call.self, String(decoding: payload, as: UTF8.self)) } catch {
            throw .badFrame("a call that cannot be read: \(error)")
        }
        let engine = engine
        let who = who
        let body: Reply.Body = waitFor {
            switch call.body {
            case .history(let query): .page(await engine.history(query))
            case .perform(let request):
                switch await engine.perform(request, by: who) {
                case .success(let receipt): .receipt(receipt)
                case .failure(let failure): .failure(failure)
                }
            }
        }
        var frame = Frame(kind: .reply, payload: try messageBytes(Reply(id: call.id, body: body)))
        if frame.payload.count >= ControlServer.replyLimit {
            let failure = ActionFailure.unavailable("control socket: the answer is too large to send: ask for less at a time")
            frame.payload = try messageBytes(Reply(id: call.id, body: .failure(failure)))
        }
        try handle.send(frame.bytes)
    }

    private func runConsole(_ opening: [UInt8]) throws(ControlFailure) {
        guard let pump = ConsolePump(handle: handle, parser: parser) else { throw SocketHandle.lastError("eventfd") }
        guard let console = opener(opening, engine, who, { pump.wake() }) else { throw .badFrame("a console opening that cannot be read") }
        defer { console.close() }
        tell(.consoleOpened)
        try pump.run(console)
    }
}
