import Engine
import Foundation
import Serving
import Tabular
import Testing

/// A request of the binary-tensor extension: JSON, and the data of its tensors behind it.
private struct BinaryBody {
    var json: String
    var data: [UInt8] = []

    var bytes: [UInt8] { Array(json.utf8) + data }
    var headers: String { "Inference-Header-Content-Length: \(json.utf8.count)\r\nContent-Type: application/octet-stream\r\n" }

    static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func texts(_ texts: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for text in texts { bytes += little(UInt32(text.utf8.count)) + Array(text.utf8) }
        return bytes
    }

    static func reals(_ values: [Double]) -> [UInt8] {
        var bytes: [UInt8] = []
        for value in values { bytes += little(value.bitPattern) }
        return bytes
    }

    /// An input of `rows` rows whose data is binary.
    static func input(_ name: String, _ datatype: String, rows: Int, bytes: Int) -> String {
        #"{"name":"\#(name)","shape":[\#(rows),1],"datatype":"\#(datatype)","parameters":{"binary_data_size":\#(bytes)}}"#
    }

    /// Two rows for `Fixture.numbers`: (1.5, 2, true) and (missing, 3, false).
    static func numbers(outputs: String = "") -> BinaryBody {
        let data = reals([1.5, .nan]) + little(Int32(2)) + little(Int32(3)) + [1, 0]
        let inputs = [
            input("a", "FP64", rows: 2, bytes: 16), input("b", "INT32", rows: 2, bytes: 8), input("c", "BOOL", rows: 2, bytes: 2),
        ]
        return BinaryBody(json: "{\"inputs\":[\(inputs.joined(separator: ","))]\(outputs)}", data: data)
    }
}

@Suite("Binary tensors")
struct BinaryTensorTests {
    private static let path = "/v2/models/numbers/infer"

    private static func scores(_ answer: RawAnswer) throws -> [Double] {
        let length = try #require(Int(answer.headers["inference-header-content-length"] ?? ""))
        let json = try #require(JSONSerialization.jsonObject(with: Data(answer.bytes[..<length])) as? [String: Any])
        let output = try #require((json["outputs"] as? [[String: Any]])?.first)
        let size = try #require((output["parameters"] as? [String: Any])?["binary_data_size"] as? Int)
        #expect(size == answer.bytes.count - length && output["data"] == nil)
        #expect((json["parameters"] as? [String: Any])?["prediction_id"] is String)
        return stride(from: length, to: answer.bytes.count, by: 8).map { place in
            Double(bitPattern: answer.bytes[place..<place + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
    }

    @Test("Binary inputs are the rows that JSON would have brought, and the scores come as JSON unless they are asked for as binary data")
    func inputs() async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let plain = BinaryBody.numbers()
            let answer = try client.post(Self.path, plain.bytes, headers: plain.headers)
            #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
            let output = try #require((answer.json["outputs"] as? [[String: Any]])?.first)
            #expect(output["data"] as? [Double] == [2_004.5, 2_003] && output["shape"] as? [Int] == [2, 1])
        }
    }

    @Test("A tensor of all features in doubles is the rows as JSON would have brought them: NaN is missing, an infinite one is named")
    func matrix() async throws {
        let schema = Schema(
            features: ["p", "q", "r"].map { Feature(name: $0, kind: .numeric) }, target: Target(name: "y", task: .regression, classes: []))
        try await withServer([Fixture.route("numbers", schema)]) { address in
            let client = try RawClient(address: address)
            func ask(_ values: [Double]) throws -> RawAnswer {
                let body = BinaryBody(
                    json: #"{"inputs":[{"name":"x","shape":[\#(values.count / 3),3],"datatype":"FP64","parameters":"#
                        + #"{"binary_data_size":\#(values.count * 8)}}]}"#,
                    data: BinaryBody.reals(values))
                return try client.post(Self.path, body.bytes, headers: body.headers)
            }
            for values in [[1.5, -0.0, 3], [1.5, 2, 3, .nan, 5, -1e300], [.nan, .nan, .nan], [.leastNonzeroMagnitude, 0, 0.1]] {
                let text = values.map { $0.isNaN ? "null" : "\($0)" }.joined(separator: ",")
                let json = #"{"inputs":[{"name":"x","shape":[\#(values.count / 3),3],"datatype":"FP64","data":[\#(text)]}]}"#
                let (binary, plain) = (try ask(values), try client.post(Self.path, json))
                #expect(binary.status == 200 && plain.status == 200)
                let scores = [binary, plain].map { ($0.json["outputs"] as? [[String: Any]])?.first?["data"] as? [Double] }
                #expect(scores[0] != nil && scores[0] == scores[1], "\(values)")
            }
            let refused = try ask([1, 2, 3, 4, -.infinity, 6])
            #expect(refused.status == 400 && refused.error.contains("data[4]: infinite"), "\(refused.error)")
        }
    }

    @Test(
        "The scores come as binary data where the request, or its output, says so; the output's word counts",
        arguments: [
            (#","parameters":{"binary_data_output":true}"#, true), (#","parameters":{"binary_data_output":false,"priority":3}"#, false),
            (#","outputs":[{"name":"score","parameters":{"binary_data":true}}]"#, true),
            (#","outputs":[{"name":"score","parameters":{"binary_data":false}}],"parameters":{"binary_data_output":true}"#, false),
        ])
    func outputs(_ wanted: String, isBinary: Bool) async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let body = BinaryBody.numbers(outputs: wanted)
            let answer = try client.post(Self.path, body.bytes, headers: body.headers)
            #expect(answer.status == 200)
            if isBinary {
                #expect(answer.headers["content-type"] == "application/octet-stream")
                #expect(try Self.scores(answer) == [2_004.5, 2_003])
            } else {
                #expect(answer.headers["inference-header-content-length"] == nil)
            }
            // The same scores for a request in JSON that asks for binary data.
            let json = Body.numbers.dropLast() + wanted + "}"
            let second = try client.post(Self.path, String(json))
            #expect(second.status == 200)
            if isBinary { #expect(try Self.scores(second) == [2_004]) }
        }
    }

    @Test("Texts, instants and names in digits mean what they mean in JSON, empty texts are missing, JSON and binary tensors mix")
    func mixed() async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            var data = BinaryBody.texts(["UA", ""]) + BinaryBody.little(Int64(1_400)) + BinaryBody.little(Int64(7))
            for value in [Float(39.5), .nan] { data += BinaryBody.little(value.bitPattern) }
            for time in [Int64(1_364_781_000), 1_364_781_000_000] { data += BinaryBody.little(time) }
            let inputs = [
                BinaryBody.input("carrier", "BYTES", rows: 2, bytes: 10), BinaryBody.input("distance", "INT64", rows: 2, bytes: 16),
                #"{"name":"weekend","shape":[2],"datatype":"BOOL","data":[true,null]}"#,
                BinaryBody.input("temp", "FP32", rows: 2, bytes: 8), BinaryBody.input("time", "INT64", rows: 2, bytes: 16),
            ]
            let body = BinaryBody(json: "{\"inputs\":[\(inputs.joined(separator: ","))]}", data: data)
            let binary = try client.post("/v2/models/flights/infer", body.bytes, headers: body.headers)
            let text = """
                {"inputs":[{"name":"carrier","shape":[2],"datatype":"BYTES","data":["UA",null]},\
                {"name":"distance","shape":[2],"datatype":"INT64","data":[1400,7]},\
                {"name":"weekend","shape":[2],"datatype":"BOOL","data":[true,null]},\
                {"name":"temp","shape":[2],"datatype":"FP32","data":[39.5,null]},\
                {"name":"time","shape":[2],"datatype":"INT64","data":[1364781000,1364781000000]}]}
                """
            let json = try client.post("/v2/models/flights/infer", text)
            #expect(binary.status == 200 && json.status == 200, "\(binary.error)")
            func scores(_ answer: RawAnswer) -> [Double]? { (answer.json["outputs"] as? [[String: Any]])?.first?["data"] as? [Double] }
            #expect(scores(binary) != nil && scores(binary) == scores(json))
        }
    }

    @Test(
        "What is wrong with binary data is said with its tensor and element, and the connection serves on",
        arguments: [
            (
                BinaryBody.input("a", "FP64", rows: 1, bytes: 7), [UInt8](repeating: 0, count: 7),
                "7 bytes of binary data, but 1 values of FP64 are 8"
            ),
            (
                BinaryBody.input("a", "FP64", rows: 1, bytes: 9), [UInt8](repeating: 0, count: 8),
                "binary_data_size: 9 bytes, but 8 are left"
            ),
            (BinaryBody.input("a", "FP64", rows: 1, bytes: 8), BinaryBody.little(Double.infinity.bitPattern), "data[0]: infinite"),
            (BinaryBody.input("a", "BOOL", rows: 1, bytes: 1), [1], "datatype BOOL cannot carry a numeric feature"),
            (BinaryBody.input("c", "BOOL", rows: 1, bytes: 1), [2], "data[0]: a boolean is one byte, 0 or 1"),
            (BinaryBody.input("b", "INT64", rows: 1, bytes: 8), BinaryBody.little(Int64(1) << 53 + 1), "beyond 2^53"),
            (BinaryBody.input("b", "UINT64", rows: 1, bytes: 8), BinaryBody.little(UInt64.max), "beyond 2^53"),
            (BinaryBody.input("a", "FP64", rows: 1, bytes: 8), [UInt8](repeating: 0, count: 9), "1 bytes stand behind the binary data"),
            (BinaryBody.input("a", "FP64", rows: 1, bytes: -1), [], "binary_data_size: a whole number of bytes"),
            (
                #"{"name":"a","shape":[1],"datatype":"FP64","data":[1],"parameters":{"binary_data_size":8}}"#,
                [UInt8](repeating: 0, count: 8), "it has data and a binary_data_size"
            ),
            (
                #"{"name":"a","shape":[1],"datatype":"FP64","parameters":{"shared_memory_region":"r"}}"#, [],
                "shared memory is not taken"
            ),
        ])
    func refused(_ input: String, _ data: [UInt8], problem: String) async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let rest = #"{"name":"b","shape":[1],"datatype":"INT64","data":[2]},{"name":"c","shape":[1],"datatype":"BOOL","data":[true]}"#
            // The tensor stands alone where one of the others has its name.
            let json = input.contains("\"a\"") ? "{\"inputs\":[\(input),\(rest)]}" : "{\"inputs\":[\(input)]}"
            let body = BinaryBody(json: json, data: data)
            let answer = try client.post(Self.path, body.bytes, headers: body.headers)
            #expect(answer.status == 400 && answer.error.contains(problem), "\(answer.error)")
            #expect(try client.post(Self.path, Body.numbers).status == 200)
        }
    }

    @Test("Texts that end too early, or are none, are refused; every cut of a sound request is answered")
    func texts() async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            for (data, problem) in [
                ([5, 0, 0, 0, 0x61] as [UInt8], "ends within a text of 5 bytes"), ([1, 0, 0], "ends within the length of a text"),
                ([2, 0, 0, 0, 0xC3, 0x28], "not UTF-8"), ([255, 255, 255, 255], "ends within a text of 4294967295 bytes"),
                (BinaryBody.texts(["a", "b"]), "more than the 1 values"), ([], "0 values, but the shape says 1"),
            ] {
                let body = BinaryBody(
                    json: "{\"inputs\":[\(BinaryBody.input("carrier", "BYTES", rows: 1, bytes: data.count))]}", data: data)
                let answer = try client.post("/v2/models/flights/infer", body.bytes, headers: body.headers)
                #expect(answer.status == 400 && answer.error.contains(problem), "\(answer.error)")
            }
            let sound = BinaryBody.numbers()
            for count in 0..<sound.bytes.count {
                #expect(try client.post(Self.path, Array(sound.bytes.prefix(count)), headers: sound.headers).status == 400)
            }
            #expect(try client.post(Self.path, sound.bytes, headers: sound.headers).status == 200)
        }
    }
}
