import Engine
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import InferenceProtocol
import Serving
import SwiftProtobuf
import Tabular
import Testing

typealias InferenceClient = Inference_GRPCInferenceService.Client<HTTP2ClientTransport.Posix>
typealias LabelClient = Flyball_V1_LabelService.Client<HTTP2ClientTransport.Posix>

/// Starts an endpoint with gRPC beside HTTP, runs `body` with a client, and shuts down.
func withGRPC<Value: Sendable>(
    _ table: RoutingTable = Fixture.table(Fixture.usual), options: ServingOptions = ServingOptions(), host: TestHost = TestHost(),
    _ body: (GRPCClient<HTTP2ClientTransport.Posix>, HTTPServer) async throws -> Value
) async throws -> Value {
    var options = options
    options.doors.grpc = options.doors.grpc ?? "127.0.0.1:0"
    let server = try await HTTPServer.start(host: host, listen: "127.0.0.1:0", options: options)
    await server.install(table)
    do {
        let value = try await withClient(of: server.grpcAddress) { try await body($0, server) }
        await server.shutdown()
        return value
    } catch {
        await server.shutdown()
        throw error
    }
}

/// Connects a client without TLS.
func withClient<Value: Sendable>(
    of address: String?, authority: String? = nil, _ body: (GRPCClient<HTTP2ClientTransport.Posix>) async throws -> Value
) async throws -> Value {
    let port = try #require(address.flatMap { Int($0.split(separator: ":").last ?? "") })
    let transport = try HTTP2ClientTransport.Posix(
        target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext,
        config: .defaults { $0.http2.authority = authority })
    return try await withGRPCClient(transport: transport) { try await body($0) }
}

/// The error of a call; a test fails where there is none.
func failure(_ body: () async throws -> Void) async -> RPCError? {
    do {
        try await body()
        return nil
    } catch { return error as? RPCError }
}

extension Inference_ModelInferRequest {
    /// One row for `Fixture.numbers` as typed contents; the score of version v is 1000·v + 4.
    static let numbers = Self.with {
        $0.modelName = "numbers"
        $0.inputs = [
            .of("a", "FP64", [1]) { $0.fp64Contents = [1] }, .of("b", "INT64", [1]) { $0.int64Contents = [2] },
            .of("c", "BOOL", [1]) { $0.boolContents = [true] },
        ]
    }

    /// Rows for `Fixture.numbers` in one raw tensor: row i is (i, 0, 0).
    static func matrix(rows: Int) -> Self {
        .with {
            $0.modelName = "numbers"
            $0.inputs = [.of("x", "FP64", [Int64(rows), 3])]
            var bytes = Data()
            for row in 0..<rows {
                for value in [Double(row), 0, 0] { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
            }
            $0.rawInputContents = [bytes]
        }
    }
}

extension Inference_ModelInferRequest.InferInputTensor {
    static func of(
        _ name: String, _ datatype: String, _ shape: [Int64], _ contents: ((inout Inference_InferTensorContents) -> Void)? = nil
    ) -> Self {
        .with { tensor in
            tensor.name = name
            tensor.datatype = datatype
            tensor.shape = shape
            if let contents { contents(&tensor.contents) }
        }
    }
}

extension Data {
    /// Values as raw contents have them.
    static func raw<Element: FixedWidthInteger>(_ values: [Element]) -> Data {
        values.reduce(into: Data()) { data, value in Swift.withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
    }

    /// Texts as raw contents have them, each behind its length.
    static func raw(texts: [String]) -> Data {
        texts.reduce(into: Data()) { data, text in
            data.append(raw([UInt32(text.utf8.count)]))
            data.append(contentsOf: text.utf8)
        }
    }

    /// The doubles of raw contents.
    var doubles: [Double] {
        stride(from: 0, to: count - 7, by: 8).map { start in
            self[startIndex + start..<startIndex + start + 8].withUnsafeBytes {
                Double(bitPattern: UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)))
            }
        }
    }
}
