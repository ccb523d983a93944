import Testing
import Workload

@Suite("Answer reader") struct AnswerReaderTests {
    private static let whole =
        #"{"model_name":"m","model_version":"12","id":"a\"b","outputs":[{"name":"score","datatype":"FP64","shape":[2,1],"data":[0.25,1e-3]}],"parameters":{"prediction_id":"0ABCDEFGHJKMN","arm":"champion","x":[1,{"y":null}]}}"#

    private static func read(_ text: String) -> AnswerReader? { read(Array(text.utf8)) }
    private static func read(_ bytes: [UInt8]) -> AnswerReader? { bytes.withUnsafeBufferPointer { AnswerReader($0) } }

    @Test("version, id and scores are read, the rest is skipped") func reads() throws {
        let answer = try #require(Self.read(Self.whole))
        #expect(answer.version == "v12")
        #expect(answer.predictionID == "0ABCDEFGHJKMN")
        #expect(answer.scores == [0.25, 0.001])
    }

    @Test("a version that is no number is kept as it is") func otherVersions() {
        #expect(Self.read(#"{"model_version":"blue"}"#)?.version == "blue")
        #expect(Self.read(#" { "model_version" : "v3" } "#)?.version == "v3")
        #expect(Self.read("{}").map { $0.version == nil } == true)
    }

    @Test(
        "garbage is nil",
        arguments: [
            "", " ", "null", "[]", "{", "}", "{]", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1}x"#, #"{"model_version":7}"#, #"{"a":"\"#,
            #"{"a":"#,
            #"{"outputs":[{"data":["x"]}]}"#, #"{"outputs":{}}"#, #"{"a":tru}"#, #"{"a":--}"#, "{\"a\":\"\u{1}\"}", "\u{0}\u{0}\u{0}",
        ]) func garbage(_ text: String)
    { #expect(Self.read(text) == nil) }

    @Test("nesting beyond the limit is nil and no crash") func deepNesting() {
        let text = #"{"a":"# + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000) + "}"
        #expect(Self.read(text) == nil)
    }

    @Test("every prefix is nil, and no mutation traps") func mutations() {
        let bytes = Array(Self.whole.utf8)
        for length in 0..<bytes.count { #expect(Self.read(Array(bytes.prefix(length))) == nil) }
        var random = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            var changed = bytes
            for _ in 0..<random.whole(1...4) { changed[random.whole(0...(changed.count - 1))] = UInt8(random.whole(0...255)) }
            _ = Self.read(changed)
        }
    }
}
