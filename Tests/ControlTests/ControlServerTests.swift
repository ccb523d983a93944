import Control
import Engine
import Foundation
import Store
import Synchronization
import Testing

/// Each test waits for threads and sockets of its own.
@Suite("The workspace's socket", .serialized)
struct ControlServerTests {
    private static let hello = "{\"version\":1,\"isReadOnly\":false}"

    @Test("the owner is welcomed as admin, sees the present, changes something, and reads of it in the journal")
    func round() async throws {
        try await SocketHouse.run { house in
            let client = try ControlClient.connect(workspace: house.directory)
            #expect(client.role == .admin)
            #expect(client.pid == ProcessInfo.processInfo.processIdentifier)
            #expect(await client.engine?.pid == client.pid)
            let receipt = try await client.perform(ActionRequest(.note(deployment: nil, text: "hello from a test"))).get()
            #expect(receipt.journalSequence == 1)
            guard case .journal(let rows) = await client.history(.journal(before: nil, limit: 5, deployment: nil)).content else {
                Issue.record("no journal")
                return
            }
            #expect(rows.map(\.entry.summary) == ["hello from a test"])
            #expect(rows.first?.entry.uid == geteuid())
        }
    }

    @Test("who gives up the right to change is refused every change and may still look")
    func readOnly() async throws {
        try await SocketHouse.run { house in
            let client = try ControlClient.connect(workspace: house.directory, isReadOnly: true)
            #expect(client.role == .viewer)
            #expect(await client.engine != nil)
            let actions: [Action] = [
                .pause(deployment: "a"), .promote(deployment: "a", version: 1), .note(deployment: nil, text: "x"),
                .freeze(deployment: nil, scope: .all), .stop,
            ]
            for action in actions {
                let result = await client.perform(ActionRequest(action))
                #expect(result == .failure(.notAuthorised(verb: action.verb, needs: action.role, has: .viewer)))
            }
        }
    }

    @Test("a client that speaks out of turn is told why and closed; the others do not notice")
    func outOfTurn() async throws {
        try await SocketHouse.run { house in
            let bystander = try ControlClient.connect(workspace: house.directory)
            for frame in [
                Frame(kind: .call, payload: []), Frame(kind: .draw, payload: [1]), Frame(kind: .hello, payload: Array("{}".utf8)),
            ] {
                let raw = try RawSocket(house.directory)
                raw.send(frame.bytes)
                let last = try raw.framesToEnd().last
                #expect(last?.kind == .refusal)
            }
            let raw = try RawSocket(house.directory)
            raw.send(.hello, Self.hello)
            #expect(try raw.nextFrame()?.kind == .welcome)
            raw.send(.call, "{\"id\":1,\"body\":{\"nonsense\":{}}}")
            #expect(try raw.framesToEnd().last?.kind == .refusal)
            #expect(await bystander.engine != nil)
        }
    }

    @Test("random frames on many connections do not disturb another operator")
    func randomFrames() async throws {
        try await SocketHouse.run { house in
            let bystander = try ControlClient.connect(workspace: house.directory)
            var random = SplitMix(state: 7)
            for round in 0..<200 {
                // The limit of one uid may be reached for a moment: then the socket is closed with a reason, which is an answer too.
                let raw = try RawSocket(house.directory)
                if round % 2 == 0 { raw.send(.hello, Self.hello) }
                let bytes = (0..<Int.random(in: 1...400, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                let kind = FrameKind(rawValue: UInt8.random(in: 1...10, using: &random)) ?? .call
                raw.send(round % 3 == 0 ? bytes : Frame(kind: kind, payload: bytes).bytes)
                if round % 10 == 0 {
                    let result = await bystander.perform(ActionRequest(.note(deployment: nil, text: "round \(round)")))
                    #expect((try? result.get()) != nil)
                }
            }
            guard case .journal(let rows) = await bystander.history(.journal(before: nil, limit: 50, deployment: nil)).content else {
                Issue.record("no journal")
                return
            }
            #expect(rows.count == 20)
        }
    }

    @Test("a client that never reads its answers does not hold up another")
    func stopsReading() async throws {
        try await SocketHouse.run { house in
            let raw = try RawSocket(house.directory)
            raw.send(.hello, Self.hello)
            let call = Frame(kind: .call, payload: Array("{\"id\":1,\"body\":{\"history\":{\"_0\":{\"status\":{}}}}}".utf8)).bytes
            // Until neither side takes more: the engine's thread for this client waits in send.
            var idle = 0
            for _ in 0..<100_000 where idle < 20 {
                if raw.send(call) == call.count {
                    idle = 0
                } else {
                    idle += 1
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            let other = try ControlClient.connect(workspace: house.directory)
            for _ in 0..<50 { #expect(await other.engine != nil) }
        }
    }

    @Test("an engine that takes the connection and says nothing is not said to have closed it")
    func silent() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "fb-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: directory + "/run", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let listener = try SilentListener(directory)
        withExtendedLifetime(listener) {
            let failure = #expect(throws: ControlFailure.self) { _ = try ControlClient.connect(workspace: directory, patience: 1) }
            #expect(failure == .silent(seconds: 1))
        }
    }

    @Test("the owner gets in whatever is open: its own connection that was silent the longest makes way")
    func ownerGetsIn() async throws {
        try await SocketHouse.run { house in
            var clients: [ControlClient] = []
            for _ in 0..<ControlServer.connectionsPerUID { clients.append(try ControlClient.connect(workspace: house.directory)) }
            for client in clients where client !== clients[3] { #expect(await client.engine != nil) }
            let further = try ControlClient.connect(workspace: house.directory)
            #expect(await further.engine != nil)
            #expect(await clients[3].engine == nil)
            for client in clients where client !== clients[3] { #expect(await client.engine != nil) }
        }
    }

    @Test("a workspace whose path is longer than a socket address works")
    func longPath() async throws {
        try await SocketHouse.run(depth: 8) { house in
            #expect(house.directory.utf8.count > 108)
            let client = try ControlClient.connect(workspace: house.directory)
            #expect(await client.engine != nil)
        }
    }

    @Test("a socket that a killed engine left behind is no obstacle")
    func stale() async throws {
        try await SocketHouse.run(prepare: { try "left behind".write(toFile: $0 + "/run/s", atomically: false, encoding: .utf8) }) {
            house in
            let client = try ControlClient.connect(workspace: house.directory)
            #expect(await client.engine != nil)
        }
    }

    @Test("without an engine the answer says how to start one")
    func noEngine() async throws {
        var directory = ""
        try await SocketHouse.run { directory = $0.directory }
        #expect(throws: ControlFailure.self) { try ControlClient.connect(workspace: directory) }
        #expect(ControlFailure.noEngine(path: "w").description == "no engine runs: w: start one with `flyball` or `flyball serve`")
    }

    @Test("a second engine in one workspace is told whose it is")
    func second() async throws {
        try await SocketHouse.run { house in
            let workspace = try Workspace.open(path: house.directory)
            let failure = await #expect(throws: WorkspaceFailure.self) {
                _ = try await Engine.start(EngineConfiguration(workspace: workspace), logger: SocketHouse.quiet)
            }
            #expect(failure == .busy(path: workspace.directory, pid: ProcessInfo.processInfo.processIdentifier))
        }
    }

    @Test("the end of the server ends its connections and takes the socket away")
    func stop() async throws {
        try await SocketHouse.run { house in
            let client = try ControlClient.connect(workspace: house.directory)
            house.server.stop()
            #expect(await client.engine == nil)
            // The answer that did not come is a failure with its reason, never an empty page.
            let queries: [HistoryQuery] = [
                .status, .overview, .verifyJournal(checkpoint: nil), .journal(before: nil, limit: 5, deployment: nil),
                .jobs(before: nil, limit: 5), .alerts(limit: 5), .job(1),
            ]
            for query in queries {
                guard case .failed(let reason) = await client.history(query).content else {
                    Issue.record("\(query) was answered by nobody")
                    continue
                }
                #expect(reason.contains("the engine closed the connection"))
            }
            #expect(!FileManager.default.fileExists(atPath: house.directory + "/run/s"))
        }
    }
}

extension ControlClient {
    /// What the engine says of its process; nil without an answer.
    fileprivate var engine: EngineStatus? {
        get async {
            guard case .engine(let status) = await history(.engine).content else { return nil }
            return status
        }
    }
}
