import Engine
import Foundation
import InferenceProtocol
import Serving
import Tabular
import Testing

/// The class that a row is called, in answers.
@Suite("Labels in answers") struct LabelOutputTests {
    /// The score of version 1 is 1,000 and the sum of the row: no probability, and as good to divide.
    private static func flights(from threshold: Double?) -> Route {
        var route = Fixture.route("flights", Fixture.mixed)
        route.thresholds = threshold.map { [1: $0] } ?? [:]
        return route
    }

    private static func body(_ outputs: String, distances: [Int] = [100, 900]) -> String {
        func tensor(_ name: String, _ datatype: String, _ value: String) -> String {
            let data = Array(repeating: value, count: distances.count).joined(separator: ",")
            return #"{"name":"\#(name)","shape":[\#(distances.count)],"datatype":"\#(datatype)","data":[\#(data)]}"#
        }
        let distance =
            #"{"name":"distance","shape":[\#(distances.count)],"datatype":"INT64","data":[\#(distances.map(String.init).joined(separator: ","))]}"#
        let inputs = [tensor("carrier", "BYTES", "\"UA\""), distance, tensor("temp", "FP64", "1"), tensor("weekend", "BOOL", "true")]
        return "{\"outputs\":\(outputs),\"inputs\":[\(inputs.joined(separator: ","))]}"
    }

    private static func labels(_ answer: RawAnswer) -> [String]? {
        (answer.json["outputs"] as? [[String: Any]])?.first { $0["name"] as? String == "label" }?["data"] as? [String]
    }

    @Test("whoever asks for the output label gets each row's class beside its score; it follows the version's threshold")
    func labels() async throws {
        for (threshold, wanted) in [(nil, ["yes", "yes"]), (1_500, ["no", "yes"]), (9_000, ["no", "no"])] as [(Double?, [String])] {
            try await withServer([Self.flights(from: threshold)]) { address in
                let client = try RawClient(address: address)
                for path in ["/v2/models/flights/infer", "/v2/models/flights/versions/1/infer"] {
                    let answer = try client.post(path, Self.body(#"[{"name":"score"},{"name":"label"}]"#))
                    #expect(answer.status == 200 && Self.labels(answer) == wanted, "\(answer.body)")
                    let parameters = answer.json["parameters"] as? [String: Any]
                    #expect((parameters?["threshold"] as? String).flatMap { Double($0) } == threshold)
                    #expect(parameters?["arm"] != nil && parameters?["prediction_id"] != nil)
                }
                // By the pool.
                let many = try client.post(
                    "/v2/models/flights/infer", Self.body(#"[{"name":"label"}]"#, distances: Array(repeating: 900, count: 600)))
                #expect(Self.labels(many) == Array(repeating: wanted[1], count: 600))
                let plain = try client.post("/v2/models/flights/infer", Self.body("[]"))
                #expect(Self.labels(plain) == nil && (plain.json["outputs"] as? [Any])?.count == 1)
            }
        }
    }

    @Test("labels are text beside binary scores, of several classes the likeliest one's; a number has none")
    func forms() async throws {
        try await withServer([Self.flights(from: 1_500)] + Fixture.usual.filter { $0.deployment != "flights" }) { address in
            let client = try RawClient(address: address)
            let binary = try client.post(
                "/v2/models/flights/infer", Self.body(#"[{"name":"score","parameters":{"binary_data":true}},{"name":"label"}]"#))
            #expect(binary.status == 200 && binary.headers["inference-header-content-length"] != nil)
            #expect(binary.body.contains(#"{"name":"label","datatype":"BYTES","shape":[2,1],"data":["no","yes"]}],"parameters""#))
            let kinds = #"{"outputs":[{"name":"label"}],"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[1]}]}"#
            let several = try client.post("/v2/models/kinds/infer", kinds)
            let scores = (several.json["outputs"] as? [[String: Any]])?.first?["data"] as? [Double] ?? []
            let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
            #expect(Self.labels(several) == [["r", "g", "b"][best]])
            let number = try client.post(
                "/v2/models/numbers/infer", "{\"outputs\":[{\"name\":\"label\"}]," + Body.numbers.dropFirst())
            #expect(number.status == 400 && number.error.contains("outputs[0]: no such output \"label\""))
        }
    }

    @Test("the metadata of a model, and of a version, says from where on it calls, where somebody chose")
    func metadata() async throws {
        try await withServer([Self.flights(from: 0.25), Fixture.route("other", Fixture.mixed)]) { address in
            let client = try RawClient(address: address)
            func parameter(_ path: String) throws -> String? {
                (try client.get(path).json["parameters"] as? [String: Any])?["threshold"] as? String
            }
            #expect(try parameter("/v2/models/flights") == "0.25" && parameter("/v2/models/flights/versions/1") == "0.25")
            #expect(try parameter("/v2/models/other") == nil)
        }
    }
}
