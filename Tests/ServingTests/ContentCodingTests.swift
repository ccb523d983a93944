import Foundation
import NIOCore
import Serving
import Testing

@Suite("Packed bodies")
struct ContentCodingTests {
    private static let path = "/v2/models/numbers/infer"

    /// `Body.matrix(rows: 1)`, packed by Python 3.11's gzip.compress and zlib.compress.
    private static let packed = [
        "gzip": "H4sIAAAAAAACA6tWyswrKC0pVrKKrlbKS8xNVbJSqlDSUSrOSCwAsqMNdYxjdZRSEksSSypBAkpuAWYmShARoLSBDhDG1sbWAgCguaqbSAAAAA==",
        "deflate": "eNqrVsrMKygtKVayiq5WykvMTVWyUqpQ0lEqzkgsALKjDXWMY3WUUhJLEksqQQJKbgFmJkoQEaC0gQ4QxtbG1gIAO3UV1g==",
    ]

    @Test(
        "A request packed by gzip or deflate is answered as the plain one; what is cut, longer or of another coding is refused",
        arguments: ["gzip", "deflate"])
    func requests(coding: String) async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let body = try Array(#require(Data(base64Encoded: Self.packed[coding] ?? "")))
            let headers = "Content-Encoding: \(coding)\r\n"
            func outputs(_ answer: RawAnswer) -> [Double]? { (answer.json["outputs"] as? [[String: Any]])?.first?["data"] as? [Double] }
            let plain = try client.post(Self.path, Body.matrix(rows: 1))
            let answer = try client.post(Self.path, body, headers: headers)
            #expect(answer.status == 200 && outputs(answer) != nil && outputs(answer) == outputs(plain), "\(answer.error)")
            for count in 0..<body.count {
                #expect(try client.post(Self.path, Array(body.prefix(count)), headers: headers).status == 400)
            }
            #expect(try client.post(Self.path, body + [0], headers: headers).status == 400)
            let other = coding == "gzip" ? "deflate" : "gzip"
            let wrong = try client.post(Self.path, body, headers: "Content-Encoding: \(other)\r\n")
            #expect(wrong.status == 400 && wrong.error == "body: not \(other) data, as Content-Encoding says")
            #expect(try client.post(Self.path, Body.numbers).status == 200)
        }
    }

    @Test("A body that swells beyond the limit is refused, however small it comes")
    func bomb() async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let bomb = try #require(ContentCoding.gzip.packed(ByteBuffer(repeating: 0x20, count: 64 << 20)))
            #expect(bomb.readableBytes < 1 << 20)
            let answer = try client.post(Self.path, Array(bomb.readableBytesView), headers: "Content-Encoding: gzip\r\n")
            #expect(answer.status == 413 && answer.error.contains("when unpacked"))
        }
    }

    @Test(
        "A long answer is packed as the client takes it, a short one never",
        arguments: [
            ("gzip, deflate", "gzip"), ("deflate", "deflate"), ("br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip"), ("gzip;q=0, deflate", "deflate"),
            ("identity", nil), ("gzip;q=0", nil), ("br", nil), ("", nil),
        ] as [(String, String?)])
    func answers(accepted: String, coding: String?) async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let headers = accepted.isEmpty ? "" : "Accept-Encoding: \(accepted)\r\n"
            let body = Body.matrix(rows: 4_000)
            let plain = try client.post(Self.path, body)
            let answer = try client.post(Self.path, body, headers: headers)
            #expect(answer.status == 200 && answer.headers["content-encoding"] == coding)
            let unpacked = try coding.flatMap { ContentCoding(rawValue: $0) }.map {
                try String(buffer: $0.unpacked(ByteBuffer(bytes: answer.bytes), limit: 1 << 20))
            }
            // All but the prediction's own id is the same.
            func scores(_ text: String) -> Substring { text.prefix { $0 != "}" } }
            #expect(scores(unpacked ?? answer.body) == scores(plain.body))
            let short = try client.post(Self.path, Body.numbers, headers: headers)
            #expect(short.status == 200 && short.headers["content-encoding"] == nil)
        }
    }
}
