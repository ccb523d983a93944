import Dispatch
public import Engine
import Foundation
import Synchronization

/// The engine of a workspace, over its socket.
public final class ControlClient: EngineLink {
    private let handle: SocketHandle
    private let queue = DispatchQueue(label: "flyball.client")
    private let state: Mutex<State>

    private struct State {
        var parser = FrameParser(limit: ControlServer.replyLimit)
        var next: UInt64 = 1
    }

    /// Who the engine says we are.
    public let name: String
    /// What we may do.
    public let role: Role
    /// The engine's process.
    public let pid: Int32

    private init(handle: SocketHandle, parser: FrameParser, welcome: Welcome) {
        self.handle = handle
        state = Mutex(State(parser: parser))
        name = welcome.operatorName
        role = welcome.role
        pid = welcome.pid
    }

    /// Connects to the engine of a workspace directory and says hello.
    ///
    /// - Parameters:
    ///   - isReadOnly: gives up every right but looking.
    ///   - patience: seconds after which an engine that says nothing is taken for one that stands still.
    /// - Throws: `.noEngine` when none listens, `.refused` with the engine's words when it does not want us, `.silent` when
    ///   it says nothing.
    public static func connect(
        workspace directory: String, isReadOnly: Bool = false, patience: Int = 15
    ) throws(ControlFailure) -> ControlClient {
        let address = try SocketAddress(runDirectory: directory + "/run")
        defer { address.close() }
        let handle = try SocketAddress.makeSocket()
        guard address.withAddress({ Foundation.connect(handle.descriptor, $0, $1) }) == 0 else {
            switch errno {
            case ENOENT, ECONNREFUSED: throw .noEngine(path: directory)
            case EACCES, EPERM: throw .refused("not allowed: the socket of \(directory): ask its owner for an entry in [operators]")
            default: throw SocketHandle.lastError("connect")
            }
        }
        handle.setTimeout(SO_RCVTIMEO, seconds: patience)
        let hello = Frame(kind: .hello, payload: try messageBytes(Hello(isReadOnly: isReadOnly)))
        try? handle.send(hello.bytes)
        var parser = FrameParser(limit: ControlServer.replyLimit)
        guard let frame = try next(&parser, handle, patience: patience) else { throw .closed }
        guard frame.kind == .welcome, let welcome = try? decodeJSON(Welcome.self, String(decoding: frame.payload, as: UTF8.self)) else {
            throw .badFrame("no welcome")
        }
        handle.setTimeout(SO_RCVTIMEO, seconds: 0)
        return ControlClient(handle: handle, parser: parser, welcome: welcome)
    }

    /// The one door.
    public func perform(_ request: ActionRequest) async -> Result<Receipt, ActionFailure> {
        switch await call(.perform(request)) {
        case .success(.receipt(let receipt)): .success(receipt)
        case .success(.failure(let failure)): .failure(failure)
        case .success: .failure(.unavailable("control socket: an answer to another question"))
        case .failure(let failure): .failure(.unavailable("\(failure)"))
        }
    }

    /// A page of the past.
    public func history(_ query: HistoryQuery) async -> HistoryPage {
        switch await call(.history(query)) {
        case .success(.page(let page)): page
        case .success(.failure(let failure)): HistoryPage(asOf: 0, content: .failed("\(failure)"))
        case .success: HistoryPage(asOf: 0, content: .failed("control socket: an answer to another question"))
        case .failure(let failure): HistoryPage(asOf: 0, content: .failed("\(failure)"))
        }
    }

    /// Turns the connection into a console: from now on it carries input and frames only.
    public func openConsole(_ opening: [UInt8]) throws(ControlFailure) -> ConsoleStream {
        try handle.send(Frame(kind: .openConsole, payload: opening).bytes)
        return ConsoleStream(handle: handle, parser: state.withLock { $0.parser })
    }

    private func call(_ body: Call.Body) async -> Result<Reply.Body, ControlFailure> {
        await onQueue(queue) { [self] in
            Result { () throws(ControlFailure) in
                let id = state.withLock { state in
                    defer { state.next += 1 }
                    return state.next
                }
                try handle.send(Frame(kind: .call, payload: try messageBytes(Call(id: id, body: body))).bytes)
                while true {
                    // Only this queue reads, so the parser can be taken out while the socket is waited for.
                    var parser = state.withLock { $0.parser }
                    let frame = try Self.next(&parser, handle)
                    state.withLock { $0.parser = parser }
                    guard let frame else { throw .closed }
                    guard frame.kind == .reply else { throw .badFrame("no answer") }
                    let reply: Reply
                    do throws(RecordFailure) { reply = try decodeJSON(Reply.self, String(decoding: frame.payload, as: UTF8.self)) } catch {
                        throw .badFrame("an answer that cannot be read: \(error)")
                    }
                    if reply.id == id { return reply.body }
                }
            }
        }
    }

    static func next(_ parser: inout FrameParser, _ handle: SocketHandle, patience: Int = 0) throws(ControlFailure) -> Frame? {
        while true {
            if let frame = try parser.next() {
                if frame.kind == .refusal { throw .refused(String(decoding: frame.payload, as: UTF8.self)) }
                return frame
            }
            guard let bytes = handle.receive() else { throw .silent(seconds: patience) }
            if bytes.isEmpty { return nil }
            parser.append(bytes)
        }
    }
}

/// The client's end of a console: sends input, receives frames.
public final class ConsoleStream: Sendable {
    private let handle: SocketHandle
    private let parser: Mutex<FrameParser>

    init(handle: SocketHandle, parser: FrameParser) {
        self.handle = handle
        self.parser = Mutex(parser)
    }

    /// What the engine sends.
    public enum Event: Sendable, Equatable {
        /// A frame to draw; answer with `drawn`.
        case draw([UInt8])
        /// The console has ended: why.
        case ended(String)
    }

    /// Waits for the next event; nil when the connection is gone.
    ///
    /// To be called from one thread of the caller's own.
    public func next() -> Event? {
        var local = parser.withLock { $0 }
        defer { parser.withLock { $0 = local } }
        do throws(ControlFailure) {
            guard let frame = try ControlClient.next(&local, handle) else { return nil }
            switch frame.kind {
            case .draw: return .draw(frame.payload)
            case .ended: return .ended(String(decoding: frame.payload, as: UTF8.self))
            default: return nil
            }
        } catch { return .ended("\(error)") }
    }

    /// Sends an input event; false when the connection is gone.
    public func send(_ input: [UInt8]) -> Bool { (try? handle.send(Frame(kind: .input, payload: input).bytes)) != nil }

    /// Says that the last frame is on the screen.
    public func drawn() -> Bool { (try? handle.send(Frame(kind: .drawn, payload: []).bytes)) != nil }

    /// Ends the connection.
    public func close() { handle.hangUp() }
}
