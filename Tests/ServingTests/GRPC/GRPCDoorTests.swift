import Engine
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import InferenceProtocol
import Serving
import SwiftProtobuf
import Synchronization
import Tabular
import Testing

@Suite("gRPC, tokens, labels, listeners")
struct GRPCDoorTests {
    private static let secret = TokenSecret.make()
    private static let teacher = TokenSecret.make()

    /// A table with one token that may ask for `numbers`, and one that may send its labels.
    private static func table() -> RoutingTable {
        var table = Fixture.table(Fixture.usual)
        table.access = AccessTable(
            [
                AccessToken(name: "scorer", hash: TokenSecret.hash(secret), scopes: [.infer], deployments: ["numbers"]),
                AccessToken(name: "teacher", hash: TokenSecret.hash(teacher), scopes: [.labels]),
            ], requiresTokens: true)
        return table
    }

    private static func bearing(_ token: String) -> Metadata { ["authorization": .string("Bearer \(token)")] }

    @Test("tokens come by metadata and mean what they mean over HTTP; health is open")
    func tokens() async throws {
        try await withGRPC(Self.table()) { client, server async throws in
            let service = InferenceClient(wrapping: client)
            #expect(try await service.serverLive(.init()).live)
            #expect(try await service.serverReady(.init()).ready)
            let cases: [(Metadata, RPCError.Code?)] = [
                ([:], .unauthenticated), (Self.bearing("flyball_nobody"), .unauthenticated),
                (Self.bearing(Self.teacher), .permissionDenied),
                (Self.bearing(Self.secret), nil),
            ]
            for (metadata, code) in cases {
                let error = await failure { _ = try await service.modelInfer(.numbers, metadata: metadata) }
                #expect(error?.code == code, "\(String(describing: error))")
            }
            var other = Inference_ModelInferRequest.numbers
            other.modelName = "kinds"
            let request = other
            let error = await failure { _ = try await service.modelInfer(request, metadata: Self.bearing(Self.secret)) }
            #expect(error?.code == .permissionDenied && error?.message.contains("for numbers, not for kinds") == true)
            let refused = await server.harvest(flushing: true).reduce(0) { $0 + $1.refusals.values.reduce(0, +) }
            #expect(refused == 4)
            let stream = await failure {
                try await service.modelStreamInfer(metadata: Self.bearing(Self.teacher)) { writer in
                    try await writer.write(.numbers)
                } onResponse: { response in
                    for try await _ in response.messages {}
                }
            }
            #expect(stream?.code == .permissionDenied)
        }
    }

    @Test("labels are taken with the outcomes and reasons of HTTP, by text, number, truth and whole number")
    func labels() async throws {
        let host = TestHost()
        try await withGRPC(host: host) { client, _ async throws in
            let service = LabelClient(wrapping: client)
            func label(_ id: String, correct: Bool = false, _ set: (inout Flyball_V1_Label) -> Void) -> Flyball_V1_Label {
                .with {
                    $0.id = id
                    $0.correct = correct
                    set(&$0)
                }
            }
            let answer = try await service.put(
                .with {
                    $0.deployment = "flights"
                    $0.labels = [
                        label("a") { $0.text = "yes" }, label("a") { $0.text = "yes" }, label("a") { $0.text = "no" },
                        label("a", correct: true) { $0.truth = false }, label("b") { $0.number = 1 }, label("c") { $0.integer = 0 },
                        label("d") { $0.number = 1.5 }, label("e") { $0.text = "maybe" },
                    ]
                })
            #expect(
                answer.results.map(\.outcome) == [
                    "accepted", "duplicate", "conflict", "corrected", "accepted", "accepted", "accepted", "invalid",
                ])
            #expect(answer.results[2].reason.contains("another value stands") && answer.results[7].reason.contains("classes"))
            #expect(answer.counts == ["accepted": 4, "duplicate": 1, "conflict": 1, "corrected": 1, "invalid": 1])
            #expect(host.received.map(\.value) == ["yes", "1", "0", "1.5"])
            for (request, code, words) in [
                (Flyball_V1_PutLabelsRequest.with { $0.deployment = "nobody" }, RPCError.Code.notFound, "no such model"),
                (.with { $0.deployment = "flights" }, .invalidArgument, "no labels"),
                (
                    .with {
                        $0.deployment = "flights"
                        $0.labels = [label("") { $0.text = "yes" }]
                    }, .invalidArgument, "labels[0]: id"
                ),
                (
                    .with {
                        $0.deployment = "flights"
                        $0.labels = [label("a") { _ in }]
                    }, .invalidArgument, "labels[0]: value: missing"
                ),
                (
                    .with {
                        $0.deployment = "flights"
                        $0.labels = [label("a") { $0.number = .nan }]
                    }, .invalidArgument, "finite"
                ),
                (
                    .with {
                        $0.deployment = "flights"
                        $0.labels = (0...1_000).map { n in label("\(n)") { $0.truth = true } }
                    }, .resourceExhausted, "more than 1000"
                ),
            ] {
                let error = await failure { _ = try await service.put(request) }
                #expect(error?.code == code && error?.message.contains(words) == true, "\(String(describing: error))")
            }
        }
        try await withGRPC(Self.table(), host: host) { client, _ async throws in
            let request = Flyball_V1_PutLabelsRequest.with {
                $0.deployment = "flights"
                $0.labels = [label("z")]
            }
            let service = LabelClient(wrapping: client)
            let without = await failure { _ = try await service.put(request) }
            let wrong = await failure { _ = try await service.put(request, metadata: Self.bearing(Self.secret)) }
            #expect(without?.code == .unauthenticated && wrong?.code == .permissionDenied)
            #expect(try await service.put(request, metadata: Self.bearing(Self.teacher)).counts == ["accepted": 1])
        }
        func label(_ id: String) -> Flyball_V1_Label {
            .with {
                $0.id = id
                $0.text = "yes"
            }
        }
    }

    @Test("metrics count gRPC by code")
    func metrics() async throws {
        try await withGRPC { client, server async throws in
            let service = InferenceClient(wrapping: client)
            for _ in 0..<3 { _ = try await service.modelInfer(.numbers) }
            var wrong = Inference_ModelInferRequest.numbers
            wrong.modelName = "nobody"
            let request = wrong
            _ = await failure { _ = try await service.modelInfer(request) }
            _ = await server.harvest(flushing: true)
            let address = server.address
            let text = try await onThread { try RawClient(address: address).get("/metrics").body }
            #expect(
                text.contains("flyball_grpc_answers_total{code=\"ok\"} 3") || text.contains("flyball_grpc_answers{code=\"ok\"} 3"),
                "\(text)")
            #expect(text.contains("{code=\"notFound\"} 1") && text.contains("flyball_grpc_connections 1"))
        }
    }

    @Test("a shutdown answers what is under way, tells a stream to go, and refuses who comes later", .timeLimit(.minutes(1)))
    func shutdown() async throws {
        var options = ServingOptions()
        options.doors.grpc = "127.0.0.1:0"
        options.drainMilliseconds = 50
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: options)
        await server.install(Fixture.table(Fixture.usual))
        let answered = Shared(0)
        let ends = Shared<[RPCError.Code?]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            let address = server.grpcAddress
            for _ in 0..<4 {
                group.addTask {
                    try await withClient(of: address) { client async throws in
                        let error = await failure {
                            try await InferenceClient(wrapping: client).modelStreamInfer { writer in
                                for _ in 0..<100_000 { try await writer.write(.matrix(rows: 300)) }
                            } onResponse: { response in
                                for try await message in response.messages {
                                    #expect(message.inferResponse.rawOutputContents.first?.doubles.count == 300)
                                    answered.withLock { $0 += 1 }
                                }
                            }
                        }
                        ends.withLock { $0.append(error?.code) }
                    }
                }
            }
            while answered.withLock({ $0 }) < 40 { try await Task.sleep(for: .milliseconds(5)) }
            await server.shutdown()
            try await group.waitForAll()
        }
        #expect(ends.withLock { $0 } == [.unavailable, .unavailable, .unavailable, .unavailable])
        let logged = await server.harvest(flushing: true).flatMap(\.lanes).reduce(0) {
            $0 + $1.totals.arms.values.reduce(0) { $0 + $1.answered }
        }
        // Whatever was scored and logged has reached its client.
        #expect(Int(logged) == answered.withLock { $0 })
        try await withClient(of: server.grpcAddress) { client async throws in
            var options = CallOptions.defaults
            options.waitForReady = false
            options.timeout = .seconds(5)
            let error = await failure { _ = try await InferenceClient(wrapping: client).serverLive(.init(), options: options) }
            #expect(error != nil)
        }
    }

    @Test("another program goes on with the port: who connects meanwhile waits for it, and is answered", .timeLimit(.minutes(1)))
    func handOver() async throws {
        var options = ServingOptions()
        options.doors.grpc = "127.0.0.1:0"
        options.handOver.recycleMilliseconds = 50
        let first = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: options)
        await first.install(Fixture.table(Fixture.usual))
        let address = try #require(first.grpcAddress)
        try await withClient(of: address) { client async throws in
            #expect(try await InferenceClient(wrapping: client).modelInfer(.numbers).modelVersion == "2")
        }
        await first.handOver()
        let (http, grpc) = (try #require(first.inheritance), try #require(first.grpcInheritance))
        // It comes before the next program is there: the connection's beginning, and settings that leave everything as it is.
        let early = try RawClient(address: address)
        early.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u{0}\u{0}\u{0}\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}")
        options.handOver.inheritedSocket = dup(http)
        options.handOver.inheritedGRPCSocket = dup(grpc)
        options.doors.grpc = address
        let second = try await HTTPServer.start(host: TestHost(), listen: first.address ?? "", options: options)
        #expect(second.grpcAddress == address)
        await second.install(Fixture.table(Fixture.usual))
        try await withClient(of: address) { client async throws in
            #expect(try await InferenceClient(wrapping: client).modelInfer(.numbers).modelVersion == "2")
        }
        await second.shutdown()
        // The server's own settings have come, and then its farewell.
        #expect(early.rest().utf8.count >= 9)
    }

    @Test(
        "TLS is spoken by the same files: a client that trusts the authority is answered, one that does not is not; clients can be asked for theirs"
    )
    func tls() async throws {
        let made = try TestCertificates()
        for asks in [false, true] {
            var options = ServingOptions()
            options.doors.tls = made.files(clients: asks ? "ca" : nil)
            options.doors.grpc = "127.0.0.1:0"
            let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: options)
            await server.install(Fixture.table(Fixture.usual))
            let port = try #require(server.grpcAddress.flatMap { Int($0.split(separator: ":").last ?? "") })
            for (authority, client, isAnswered) in [
                ("ca", nil, !asks), ("other", nil, false), ("ca", "client", true), ("ca", "stranger", !asks),
            ] as [(String, String?, Bool)] {
                let transport = try HTTP2ClientTransport.Posix(
                    target: .ipv4(address: "127.0.0.1", port: port),
                    transportSecurity: .tls {
                        $0.trustRoots = .certificates([.file(path: made.path(authority + ".pem"), format: .pem)])
                        if let client {
                            $0.certificateChain = [.file(path: made.path(client + ".pem"), format: .pem)]
                            $0.privateKey = .file(path: made.path(client + ".key"), format: .pem)
                        }
                    }, config: .defaults { $0.http2.authority = "localhost" })
                let error = await failure {
                    try await withGRPCClient(transport: transport) { client async throws in
                        var options = CallOptions.defaults
                        options.timeout = .seconds(isAnswered ? 60 : 2)
                        options.waitForReady = isAnswered
                        _ = try await InferenceClient(wrapping: client).modelInfer(.numbers, options: options)
                    }
                }
                #expect((error == nil) == isAnswered, "\(authority) \(client ?? "-") \(asks): \(String(describing: error))")
            }
            await server.shutdown()
        }
    }

    @Test("an address that other machines reach needs TLS for gRPC too; a busy port and a bad address say so")
    func refused() async throws {
        for (address, words) in [("0.0.0.0:0", "tls_certificate"), ("nonsense", "HOST:PORT")] {
            var options = ServingOptions()
            options.doors.grpc = address
            await #expect {
                _ = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: options)
            } throws: {
                "\($0)".contains(words)
            }
        }
        try await withGRPC { _, server async throws in
            var options = ServingOptions()
            options.doors.grpc = server.grpcAddress
            await #expect {
                _ = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0", options: options)
            } throws: {
                "\($0)".contains("in use")
            }
        }
    }
}
