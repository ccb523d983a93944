import CLinux
public import Engine
import Foundation
import Logging
import Synchronization
import Tabular

/// The workspace's socket: commands and consoles of every operator whom the kernel attests and the configuration knows.
///
/// Each connection has a thread of its own, outside the cooperative pool; none of them can hold up serving or another operator.
public final class ControlServer: Sendable {
    /// Connections of one uid at a time.
    package static let connectionsPerUID = ConnectionSlots.limitPerUID
    /// Refused clients at a time that are told why; more are just closed.
    static let refusalLimit = 16
    /// Longest frame that a client may send, bytes.
    static let requestLimit = 1 << 20
    /// Longest frame that the engine sends, bytes.
    static let replyLimit = 64 << 20

    private let engine: Engine
    private let listener: SocketHandle
    private let book: RoleBook
    private let opener: ConsoleOpener
    private let connections = Mutex(Connections())
    private let isStopped = Atomic(false)
    /// Refusals that are being delivered.
    private let refusals = Atomic(0)

    /// Time between two looks whether somebody's role is another one.
    private static let rolesInterval: UInt32 = 500_000

    private struct Connections {
        var slots = ConnectionSlots()
        /// Who they are, with the role that they came in with.
        var people: [Int32: Operator] = [:]
        /// Those whose threads have not ended yet.
        var handles: [Int32: SocketHandle] = [:]
    }

    private init(engine: Engine, listener: SocketHandle, book: RoleBook, opener: @escaping ConsoleOpener) {
        self.engine = engine
        self.listener = listener
        self.book = book
        self.opener = opener
    }

    /// Binds `run/s` and begins to listen.
    ///
    /// The caller holds the workspace's lock through its engine.
    public static func start(engine: Engine, opener: @escaping ConsoleOpener) throws(ControlFailure) -> ControlServer {
        let configuration = engine.workspace.configuration
        let address = try SocketAddress(runDirectory: engine.workspace.runDirectory)
        defer { address.close() }
        address.removeStale()
        let listener = try SocketAddress.makeSocket()
        guard address.withAddress({ bind(listener.descriptor, $0, $1) }) == 0 else { throw SocketHandle.lastError("bind") }
        guard address.setMode(configuration.operators.isEmpty ? 0o600 : 0o666) else { throw SocketHandle.lastError("chmod") }
        guard listen(listener.descriptor, 32) == 0 else { throw SocketHandle.lastError("listen") }
        let server = ControlServer(
            engine: engine, listener: listener, book: RoleBook(workspace: engine.workspace, owner: geteuid(), logger: engine.logger),
            opener: opener)
        server.thread("flyball.control") { $0.acceptLoop() }
        server.thread("flyball.roles") { $0.watchRoles() }
        return server
    }

    /// Closes the socket and every connection.
    public func stop() {
        isStopped.store(true, ordering: .releasing)
        listener.hangUp()
        connections.withLock { for handle in $0.handles.values { handle.hangUp() } }
        if let address = try? SocketAddress(runDirectory: engine.workspace.runDirectory) {
            address.removeStale()
            address.close()
        }
    }

    private func thread(_ name: String, _ body: @escaping @Sendable (ControlServer) -> Void) {
        let thread = Thread { [self] in body(self) }
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
    }

    private func acceptLoop() {
        while !isStopped.load(ordering: .acquiring) {
            let descriptor = flyball_accept(listener.descriptor)
            guard descriptor >= 0 else {
                // Out of descriptors, or an aborted connection: wait a moment rather than spin.
                if errno == EINVAL || errno == EBADF { return }
                usleep(50_000)
                continue
            }
            admit(SocketHandle(descriptor))
        }
    }

    /// Whoever is connected and has another role by now, or none, is disconnected: a console shows what its operator may do.
    private func watchRoles() {
        while !isStopped.load(ordering: .acquiring) {
            usleep(Self.rolesInterval)
            let roles = book.roles
            connections.withLock { connections in
                for (id, who) in connections.people where who.uid.map({ roles.operator(uid: $0)?.role != who.role }) ?? false {
                    engine.logger.notice("control: the role of \(who.name) is another one: disconnected")
                    connections.handles[id]?.hangUp()
                    connections.people[id] = nil
                }
            }
        }
    }

    private func admit(_ handle: SocketHandle) {
        handle.setTimeout(SO_SNDTIMEO, seconds: 30)
        let roles = book.roles
        guard let uid = handle.peerUID, let who = roles.operator(uid: uid) else {
            let name = handle.peerUID.map { PeerRoles.login($0) } ?? "unknown"
            engine.logger.warning("control: \(name) has no entry in [operators]: refused")
            engine.noteRefused(.role)
            refuse(handle, "not allowed: \(name) has no entry in [operators] of flyball.toml: ask the workspace's owner for one")
            return
        }
        let id = handle.descriptor
        let verdict = connections.withLock { connections in
            let verdict = connections.slots.admit(id, uid: uid, role: who.role, isOwner: roles.isOwner(uid), now: .now)
            if verdict != .refused {
                connections.handles[id] = handle
                connections.people[id] = who
            }
            if case .insteadOf(let other) = verdict { connections.handles[other]?.hangUp() }
            return verdict
        }
        if case .insteadOf = verdict {
            engine.logger.notice(
                "control: \(who.name) has \(Self.connectionsPerUID) connections: closed the one that was silent the longest")
        }
        if verdict == .refused {
            refuse(handle, "too many connections to the engine: close a console and try again")
            return
        }
        thread("flyball.operator") { server in
            let connection = ControlConnection(
                handle: handle, who: who, engine: server.engine, opener: server.opener, role: { server.book.roles.operator(uid: uid)?.role }
            ) { event in
                server.connections.withLock { connections in
                    switch event {
                    case .heard: connections.slots.hear(id, at: .now)
                    case .consoleOpened: connections.slots.openConsole(id)
                    }
                }
            }
            connection.run()
            // The client hears of the end now, whoever still holds the connection's console.
            handle.hangUp()
            server.connections.withLock { connections in
                connections.slots.leave(id)
                connections.handles[id] = nil
                connections.people[id] = nil
            }
        }
    }

    private func refuse(_ handle: SocketHandle, _ reason: String) {
        guard refusals.add(1, ordering: .relaxed).newValue <= Self.refusalLimit else {
            refusals.subtract(1, ordering: .relaxed)
            return
        }
        _ = handle.sendSome(Frame(kind: .refusal, payload: Array(reason.utf8)).bytes[...])
        // The client's hello may be under way: reading it first keeps the kernel from resetting the connection before our reason is read.
        handle.setTimeout(SO_RCVTIMEO, seconds: 1)
        Foundation.shutdown(handle.descriptor, Int32(SHUT_WR))
        thread("flyball.refusal") { server in
            _ = handle.receive()
            server.refusals.subtract(1, ordering: .relaxed)
        }
    }
}
