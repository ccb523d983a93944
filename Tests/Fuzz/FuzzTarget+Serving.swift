import Engine
import Foundation
import InferenceProtocol
import NIOCore
import Serving
import SwiftProtobuf
import Tabular

extension FuzzTarget {
    /// What clients send over HTTP.
    static let serving = [json, tensors, messages, labels, head, requests]

    private static let row = "{\"name\":\"x0\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[1.5e1]}"

    /// A request in JSON alone.
    private static let json = FuzzTarget(name: "json") {
        [
            BenchModel.body, "{\"id\":\"a\",\"inputs\":[\(row)],\"outputs\":[{\"name\":\"score\",\"parameters\":{\"binary_data\":true}}]}",
            "{\"inputs\":[{\"data\":[\"\\u00e9\\ud83d\\ude00\",null],\"name\":\"carrier\",\"shape\":[2,1],\"datatype\":\"BYTES\"}]}",
        ].map(bytes)
    } prepare: {
        let decode = Decoding()
        return { decode.run($0, jsonLength: nil) }
    }

    /// A request with binary tensors: two bytes with the length of the JSON, then the body.
    private static let tensors = FuzzTarget(name: "tensors") {
        let head = bytes(
            "{\"inputs\":[{\"name\":\"x0\",\"shape\":[1],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":4}},"
                + "{\"name\":\"carrier\",\"shape\":[1],\"datatype\":\"BYTES\",\"parameters\":{\"binary_data_size\":6}}]}")
        return [[UInt8(head.count & 255), UInt8(head.count >> 8)] + head + [0, 0, 128, 63, 2, 0, 0, 0, 0x55, 0x41]]
    } prepare: {
        let decode = Decoding()
        return { input in
            guard input.count >= 2 else { return }
            decode.run(UnsafeBufferPointer(rebasing: input[2...]), jsonLength: Int(input[0]) | Int(input[1]) << 8)
        }
    }

    /// A message of gRPC: an inference request, in typed contents and raw ones.
    private static let messages = FuzzTarget(name: "messages") {
        var typed = Inference_ModelInferRequest()
        typed.modelName = BenchModel.name
        typed.id = "a"
        typed.parameters["priority"] = .with { $0.int64Param = 1 }
        typed.outputs = [.with { $0.name = "score" }]
        var raw = typed
        for (name, type, bytes) in [("x0", "FP32", [0, 0, 128, 63]), ("carrier", "BYTES", [2, 0, 0, 0, 0x55, 0x41])]
            as [(String, String, [UInt8])]
        {
            var input = Inference_ModelInferRequest.InferInputTensor()
            input.name = name
            input.datatype = type
            input.shape = [1, 1]
            raw.inputs.append(input)
            raw.rawInputContents.append(Data(bytes))
            if type == "FP32" { input.contents.fp32Contents = [1] } else { input.contents.bytesContents = [Data("UA".utf8)] }
            typed.inputs.append(input)
        }
        return [typed, raw].map { (try? $0.serializedBytes()) ?? [] }
    } prepare: {
        let decode = Decoding()
        return { decode.run(message: $0) }
    }

    private static let labels = FuzzTarget(name: "labels") {
        [
            "{\"labels\":[{\"id\":\"0000000100000000000000000001\",\"value\":true}]}",
            "[{\"id\":\"x\",\"value\":\"yes\"},{\"id\":\"y\",\"value\":-1.5e300}]",
        ].map(bytes)
    } prepare: {
        { input in
            var decoder = LabelDecoder(input)
            _ = try? decoder.decode()
        }
    }

    /// A piece's length in a byte, then bytes: they are the same requests at once and in pieces of that length.
    private static let requests = FuzzTarget(name: "requests") {
        [
            "\u{1}POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET http://a/b HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
            "\u{7}POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: x, close\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: x\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        ].map(bytes)
    } prepare: {
        { input in
            guard let piece = input.first else { return }
            let bytes = UnsafeBufferPointer(rebasing: input[1...])
            let whole = ReadRequests(bytes, piece: .max)
            let parts = ReadRequests(bytes, piece: Int(piece) + 1)
            precondition(whole == parts, "read otherwise in pieces")
        }
    }

    /// Bytes on a connection of a real server, ended by closing the sending half: it answers or closes, and serves the next one.
    private static let head = FuzzTarget(name: "head") {
        let host = "Host: localhost\r\n"
        return [
            "GET /v2 HTTP/1.1\r\n\(host)\r\n",
            "POST /v2/models/bench/infer HTTP/1.1\r\n\(host)Content-Length: \(BenchModel.body.utf8.count)\r\n\r\n\(BenchModel.body)",
            "POST /v2/models/bench/infer HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nGET /metrics HTTP/1.0\r\n\r\n",
            "GET http://localhost/v2/models/bench/config HTTP/1.1\r\n\(host)Accept-Encoding: gzip;q=0.5\r\nExpect: 100-continue\r\n\r\n",
            "POST /v2/models/bench/infer HTTP/1.1\r\n\(host)Inference-Header-Content-Length: 5\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n123456789",
        ].map(bytes)
    } prepare: {
        let server = FuzzServer()
        return { server.send($0) }
    }
}

/// A decoder's own place to write rows.
private final class Decoding {
    private let lane: Lane
    private let plan: JSONPlan
    private let buffer = RowBuffer()

    init() {
        guard let model = try? BenchModel(), let route = model.table.routes[BenchModel.name] else { fatalError("the model does not train") }
        lane = LoopState(loop: 0, epoch: 1).lane(of: route)
        plan = JSONPlan(route.schema)
    }

    func run(message input: UnsafeBufferPointer<UInt8>) {
        guard let message = try? Inference_ModelInferRequest(serializedBytes: Array(input)) else { return }
        var decoder = MessageDecoder(plan: plan.rows, lane: lane, buffer: buffer, maximumRows: 1_000)
        guard let request = try? decoder.decode(message) else { return }
        precondition(request.rows >= 1 && request.rows <= 1_000, "rows within the limit")
    }

    func run(_ input: UnsafeBufferPointer<UInt8>, jsonLength: Int?) {
        var decoder = InferenceDecoder(input, jsonLength: jsonLength, plan: plan, lane: lane, buffer: buffer, maximumRows: 1_000)
        guard let request = try? decoder.decode() else { return }
        precondition(request.rows >= 1 && request.rows <= 1_000, "rows within the limit")
    }
}

/// A server on a port of the loopback interface, and one connection an input.
private final class FuzzServer {
    private let port: UInt16

    init() {
        let started = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var port: UInt16 = 0
        Task {
            var options = ServingOptions()
            options.loops = 1
            options.headerSeconds = 1
            options.bodySeconds = 1
            options.idleSeconds = 1
            if let model = try? BenchModel(), let server = try? await HTTPServer.start(host: model, listen: "127.0.0.1:0", options: options)
            {
                port = UInt16(server.address?.split(separator: ":").last ?? "") ?? 0
            }
            started.signal()
        }
        started.wait()
        guard port > 0 else { fatalError("the server does not start") }
        self.port = port
    }

    func send(_ input: UnsafeBufferPointer<UInt8>) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 8, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
        precondition(isConnected, "the server takes no connection any more")
        _ = Glibc.send(descriptor, input.baseAddress, input.count, Int32(MSG_NOSIGNAL))
        shutdown(descriptor, Int32(SHUT_WR))
        var answer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &answer, answer.count, 0)
            precondition(count >= 0 || errno == ECONNRESET, "an answer or an end within eight seconds")
            if count <= 0 { return }
        }
    }
}

/// What a reader makes of bytes that come in pieces.
private struct ReadRequests: Equatable {
    private var heads: [HeadFacts] = []
    private var body: [UInt8] = []
    private var requests = 0
    private var isRefused = false

    init(_ bytes: UnsafeBufferPointer<UInt8>, piece: Int) {
        var reader = RequestReader(maximumHeadBytes: 2_000)
        var input = ByteBuffer()
        var taken = 0
        while !isRefused {
            switch reader.next(&input) {
            case .head: heads.append(reader.facts)
            case .body(let piece): body += piece.readableBytesView
            case .end: requests += 1
            case .failed: isRefused = true
            case .more:
                guard taken < bytes.count else { return }
                let count = min(piece, bytes.count - taken)
                input.discardReadBytes()
                input.writeBytes(bytes[taken..<taken + count])
                taken += count
            }
        }
    }
}
