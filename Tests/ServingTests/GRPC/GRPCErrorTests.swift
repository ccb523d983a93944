import Engine
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import InferenceProtocol
import Learning
import Serving
import SwiftProtobuf
import Synchronization
import Tabular
import Testing

/// A case of the list of bad input: what is sent, the code and the words of the answer.
///
/// HTTP's cases stand in HostileHTTPTests and its neighbours.
struct GRPCErrorCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var code: RPCError.Code
    var words: String
    var change: @Sendable (inout Inference_ModelInferRequest) -> Void

    init(_ name: String, _ code: RPCError.Code, _ words: String, _ change: @escaping @Sendable (inout Inference_ModelInferRequest) -> Void)
    {
        testDescription = name
        self.code = code
        self.words = words
        self.change = change
    }

    static let all = [
        Self("unknown model", .notFound, "did you mean numbers?") { $0.modelName = "number" },
        Self("no model", .notFound, "no such model") { $0.modelName = "" },
        Self("a model's name of 10,000 characters", .notFound, "no such model") { $0.modelName = String(repeating: "a", count: 10_000) },
        Self("a model's name that is a path", .notFound, "no such model") { $0.modelName = "../../etc" },
        Self("unknown version", .notFound, "loaded: 1, 2") { $0.modelVersion = "7" },
        Self("a version that is no number", .notFound, "no such version") { $0.modelVersion = "latest" },
        Self("paused", .unavailable, "paused by an operator") { $0.modelName = "resting" },
        Self("without a champion", .unavailable, "no version that can answer") { $0.modelName = "empty" },
        Self("a score that is no number", .internalError, "not a finite number") { $0.modelName = "broken" },
        Self("no inputs", .invalidArgument, "inputs: empty") { $0.inputs = [] },
        Self("a feature that is missing", .invalidArgument, "missing feature c") { $0.inputs.removeLast() },
        Self("a feature sent twice", .invalidArgument, "sent already") { $0.inputs.append($0.inputs[0]) },
        Self("an unknown feature", .invalidArgument, "no such feature") { $0.inputs[0].name = "aa" },
        Self("the target", .invalidArgument, "which is predicted") { $0.inputs[0].name = "y" },
        Self("an excluded column", .invalidArgument, "excluded") { $0.inputs[0].name = "leak" },
        Self("a tensor without a name", .invalidArgument, "name: missing") { $0.inputs[0].name = "" },
        Self("an unknown datatype", .invalidArgument, "is unknown: one of BOOL") { $0.inputs[0].datatype = "FP8" },
        Self("a datatype that does not carry the feature", .invalidArgument, "cannot carry") { $0.inputs[0].datatype = "BYTES" },
        Self("values in another datatype's field", .invalidArgument, "stand in int64_contents") { $0.inputs[1].contents.intContents = [2] },
        Self("values in two fields", .invalidArgument, "nowhere else") { $0.inputs[0].contents.boolContents = [true] },
        Self("FP16 as typed contents", .invalidArgument, "raw_input_contents") { $0.inputs[0].datatype = "FP16" },
        Self("no shape", .invalidArgument, "shape: empty") { $0.inputs[0].shape = [] },
        Self("three dimensions", .invalidArgument, "more than 2 dimensions") { $0.inputs[0].shape = [1, 1, 1] },
        Self("a negative dimension", .invalidArgument, "shape[0]") { $0.inputs[0].shape = [-1] },
        Self("dimensions that overflow", .invalidArgument, "shape[0]") { $0.inputs[0].shape = [Int64.max, Int64.max] },
        Self("no rows", .invalidArgument, "no rows") { $0.inputs[0].shape = [0] },
        Self("too few values", .invalidArgument, "0 values") { $0.inputs[0].contents.fp64Contents = [] },
        Self("too many values", .invalidArgument, "more than the 1 values") { $0.inputs[0].contents.fp64Contents = [1, 2] },
        Self("another number of rows", .invalidArgument, "tensors before it have 1") { $0.inputs[1].shape = [2] },
        Self("too many rows", .resourceExhausted, "a request may have 10000") { $0.inputs[0].shape = [10_001] },
        Self("infinity", .invalidArgument, "data[0]: infinite") { $0.inputs[0].contents.fp64Contents = [.infinity] },
        Self("a whole number that no double holds", .invalidArgument, "2^53") { $0.inputs[1].contents.int64Contents = [(1 << 53) + 1] },
        Self("another output", .invalidArgument, "no such output") { $0.outputs = [.with { $0.name = "prob" }] },
        Self("classification", .invalidArgument, "not taken") { request in
            request.outputs = [
                .with {
                    $0.name = "score"
                    $0.parameters["classification"] = .with { $0.int64Param = 2 }
                }
            ]
        },
        Self("shared memory", .invalidArgument, "shared memory is not taken") {
            $0.inputs[0].parameters["shared_memory_region"] = .with { $0.stringParam = "region" }
        },
        Self("an id of 129 bytes", .invalidArgument, "id: 129 bytes") { $0.id = String(repeating: "i", count: 129) },
        Self("raw contents for some inputs", .invalidArgument, "1 for 3 inputs") { $0.rawInputContents = [Data()] },
        Self("raw contents beside typed ones", .invalidArgument, "send one of them") {
            $0.rawInputContents = [Data(count: 8), Data(), Data()]
        },
        Self("raw contents that are too short", .invalidArgument, "7 bytes of binary data") { request in
            for index in request.inputs.indices { request.inputs[index].clearContents() }
            request.rawInputContents = [Data(count: 7), Data(count: 8), Data(count: 1)]
        },
        Self("a boolean that is neither", .invalidArgument, "0 or 1") { request in
            for index in request.inputs.indices { request.inputs[index].clearContents() }
            request.rawInputContents = [Data(count: 8), Data(count: 8), Data([2])]
        },
        Self("text that is not UTF-8", .invalidArgument, "not UTF-8") {
            $0.modelName = "flights"
            $0.inputs = [.of("carrier", "BYTES", [1]) { $0.bytesContents = [Data([0xFF, 0xFE])] }]
        },
        Self("a text whose length lies", .invalidArgument, "ends within a text") {
            $0.modelName = "flights"
            $0.inputs = [.of("carrier", "BYTES", [1])]
            $0.rawInputContents = [Data([0xFF, 0xFF, 0xFF, 0x7F, 0x41])]
        },
    ]
}

@Suite("gRPC, errors")
struct GRPCErrorTests {
    @Test("every bad request has the code and the words of its kind, and the next one on the connection is answered")
    func table() async throws {
        try await withGRPC { client, _ async throws in
            let service = InferenceClient(wrapping: client)
            for one in GRPCErrorCase.all {
                var request = Inference_ModelInferRequest.numbers
                one.change(&request)
                let wrong = request
                let error = await failure { _ = try await service.modelInfer(wrong) }
                #expect(error?.code == one.code && error?.message.contains(one.words) == true, "\(one): \(String(describing: error))")
                if one.code == .unavailable { #expect(error?.metadata[stringValues: "retry-after"].first { _ in true } != nil, "\(one)") }
            }
            #expect(try await service.modelInfer(.numbers).outputs[0].contents.fp64Contents == [2_004])
        }
    }

    @Test("metadata, configuration and statistics of nobody are not found")
    func nobody() async throws {
        try await withGRPC { client, _ async throws in
            let service = InferenceClient(wrapping: client)
            for error in [
                await failure { _ = try await service.modelMetadata(.with { $0.name = "nobody" }) },
                await failure { _ = try await service.modelConfig(.with { $0.name = "nobody" }) },
                await failure { _ = try await service.modelStatistics(.with { $0.name = "nobody" }) },
                await failure {
                    _ = try await service.modelMetadata(
                        .with {
                            $0.name = "numbers"
                            $0.version = "9"
                        })
                },
            ] { #expect(error?.code == .notFound, "\(String(describing: error))") }
        }
    }

    @Test("a message larger than the limit is refused with its size, plain and packed, and costs no other call its answer")
    func large() async throws {
        var options = ServingOptions()
        options.maximumBodyBytes = 100_000
        try await withGRPC(options: options) { client, _ async throws in
            let service = InferenceClient(wrapping: client)
            let error = await failure { _ = try await service.modelInfer(.matrix(rows: 9_999)) }
            #expect(error?.code == .resourceExhausted && error?.message.contains("at most 100000") == true, "\(String(describing: error))")
            var packed = CallOptions.defaults
            packed.compression = .gzip
            let bomb = await failure { _ = try await service.modelInfer(.matrix(rows: 9_999), options: packed) }
            #expect(bomb != nil)
            #expect(try await service.modelInfer(.matrix(rows: 1_000), options: packed).rawOutputContents[0].doubles.count == 1_000)
            #expect(try await service.modelInfer(.numbers).outputs[0].contents.fp64Contents == [2_004])
        }
    }

    @Test("a deadline of a millisecond ends a call, logged or not, and a later one is answered")
    func deadline() async throws {
        try await withGRPC(Fixture.table([Fixture.route("numbers", Fixture.numbers, predictor: SlowPredictor())])) {
            client, _ async throws in
            let service = InferenceClient(wrapping: client)
            var options = CallOptions.defaults
            options.timeout = .milliseconds(1)
            let error = await failure { _ = try await service.modelInfer(.matrix(rows: 300), options: options) }
            #expect(error?.code == .deadlineExceeded, "\(String(describing: error))")
            options.timeout = .seconds(60)
            #expect(try await service.modelInfer(.numbers, options: options).outputs[0].contents.fp64Contents.count == 1)
        }
    }

    @Test("a request's own timeout ends it, and what is no time is refused")
    func timeout() async throws {
        try await withGRPC(Fixture.table([Fixture.route("numbers", Fixture.numbers, predictor: SlowPredictor())])) {
            client, server async throws in
            let service = InferenceClient(wrapping: client)
            for (parameter, code) in [
                (Inference_InferParameter.with { $0.int64Param = 1_000 }, RPCError.Code.deadlineExceeded),
                (.with { $0.uint64Param = 60_000_000 }, nil), (.with { $0.int64Param = 0 }, nil),
                (.with { $0.int64Param = -1 }, .invalidArgument), (.with { $0.stringParam = "soon" }, .invalidArgument),
            ] {
                var request = Inference_ModelInferRequest.matrix(rows: 300)
                request.parameters["timeout"] = parameter
                let asked = request
                let error = await failure { _ = try await service.modelInfer(asked) }
                #expect(error?.code == code, "\(parameter): \(String(describing: error))")
            }
            let rows = await server.harvest(flushing: true).flatMap(\.lanes).reduce(0) { $0 + $1.totals.rows }
            #expect(rows == 600)
        }
    }

    @Test("who calls the listener by a name that is not its own is refused, and counted")
    func authority() async throws {
        try await withGRPC { _, server async throws in
            for (name, isTaken) in [
                ("localhost:8081", true), ("127.0.0.1", true), ("[::1]:80", true), ("evil.example", false),
                ("localhost:80@evil.example", false),
                ("127.0.0.1.evil.example:8081", false),
            ] {
                try await withClient(of: server.grpcAddress, authority: name) { client async throws in
                    let error = await failure { _ = try await InferenceClient(wrapping: client).modelInfer(.numbers) }
                    #expect(error?.code == (isTaken ? nil : .permissionDenied), "\(name): \(String(describing: error))")
                    if !isTaken { #expect(error?.message.contains("is not this listener") == true) }
                }
            }
            let harvests = await server.harvest(flushing: true)
            #expect(harvests.reduce(0) { $0 + ($1.refusals[.origin] ?? 0) } == 3)
        }
    }

    @Test("an unknown method is unimplemented, an unknown path too, and HTTP/1.1 on the port is closed")
    func unknown() async throws {
        try await withGRPC { client, server async throws in
            let method = MethodDescriptor(fullyQualifiedService: "inference.GRPCInferenceService", method: "RepositoryModelLoad")
            let error = await failure {
                _ = try await client.unary(
                    request: ClientRequest(message: Inference_ServerLiveRequest()), descriptor: method,
                    serializer: TestSerializer<Inference_ServerLiveRequest>(),
                    deserializer: TestDeserializer<Inference_ServerLiveResponse>(),
                    options: .defaults
                ) { try $0.message }
            }
            #expect(error?.code == .unimplemented, "\(String(describing: error))")
            let address = server.grpcAddress
            try await onThread {
                for bytes in [
                    "GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n",  // Headers of no stream, before any settings.
                    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u{0}\u{0}\u{0}\u{1}\u{4}\u{0}\u{0}\u{0}\u{0}",
                ] {
                    let raw = try RawClient(address: address)
                    raw.write(bytes)
                    _ = raw.rest()
                    #expect(raw.isClosed())
                }
            }
            #expect(try await InferenceClient(wrapping: client).serverLive(.init()).live)
        }
    }

    @Test("a message that is no protobuf is refused, and the connection goes on")
    func rubbish() async throws {
        try await withGRPC { client, _ async throws in
            let method = Inference_GRPCInferenceService.Method.ModelInfer.descriptor
            for bytes: [UInt8] in [
                [0xFF], [0x2A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x0A, 0x02, 0xC3, 0x28], [UInt8](repeating: 0x2A, count: 999),
            ] {
                let error = await failure {
                    _ = try await client.unary(
                        request: ClientRequest(message: bytes), descriptor: method, serializer: RawSerializer(),
                        deserializer: TestDeserializer<Inference_ModelInferResponse>(), options: .defaults
                    ) { try $0.message }
                }
                #expect(error?.code == .invalidArgument, "\(String(describing: error))")
            }
            #expect(try await InferenceClient(wrapping: client).modelInfer(.numbers).modelVersion == "2")
        }
    }
}

struct TestSerializer<Value: SwiftProtobuf.Message>: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: Value) throws -> Bytes { Bytes(Array(try message.serializedData())) }
}

struct TestDeserializer<Value: SwiftProtobuf.Message>: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> Value {
        try bytes.withUnsafeBytes { try Value(serializedBytes: Array($0)) }
    }
}

struct RawSerializer: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
}
