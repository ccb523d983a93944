import Tabular
import Testing
import Workload

@Suite("Request writer") struct RequestWriterTests {
    static func tensor(_ kind: FeatureKind, _ datatype: String, _ value: InputValue) -> String {
        let writer = RequestWriter(inputs: [ModelInput(name: "x", datatype: datatype, kind: kind)])
        return String(decoding: writer.body([value]), as: UTF8.self)
    }

    @Test(
        "each value is written in the form that the server reads for its kind",
        arguments: [
            (FeatureKind.numeric, "FP64", InputValue.number(1.5), "FP64", "1.5"), (.numeric, "FP64", .number(3), "FP64", "3"),
            (.numeric, "FP32", .number(1e-7), "FP32", "1e-07"), (.numeric, "FP64", .missing, "FP64", "null"),
            (.numeric, "FP64", .number(1e300), "FP64", "1e+300"), (.integer, "INT64", .number(-4), "INT64", "-4"),
            (.integer, "INT64", .number(2.5), "FP64", "2.5"), (.integer, "INT32", .number(7), "INT32", "7"),
            (.integer, "INT64", .number(1e18), "FP64", "1e+18"), (.boolean, "BOOL", .truth(true), "BOOL", "true"),
            (.boolean, "BOOL", .number(0), "BOOL", "false"), (.integer, "INT64", .truth(true), "INT64", "1"),
            (.categorical, "BYTES", .word("a\"b\\\n"), "BYTES", #""a\"b\\\u000a""#), (.categorical, "BYTES", .word("é"), "BYTES", #""é""#),
            (.categorical, "BYTES", .number(12), "BYTES", #""12""#), (.categorical, "BYTES", .missing, "BYTES", "null"),
            (.time, "BYTES", .time(1_364_774_400_000), "BYTES", #""2013-04-01T00:00:00Z""#),
            (.time, "INT64", .time(1_364_774_400_000), "INT64", "1364774400000"),
        ])
    func forms(_ kind: FeatureKind, _ metadata: String, _ value: InputValue, _ datatype: String, _ data: String) {
        #expect(
            Self.tensor(kind, metadata, value) == #"{"inputs":[{"name":"x","shape":[1,1],"datatype":"\#(datatype)","data":[\#(data)]}]}"#)
    }

    @Test("an input that is left out leaves no trace") func leftOut() {
        let writer = RequestWriter(inputs: [
            ModelInput(name: "t", datatype: "BYTES", kind: .time, optional: true),
            ModelInput(name: "a\"", datatype: "FP64", kind: .numeric),
        ])
        #expect(
            String(decoding: writer.body([nil, .number(1)]), as: UTF8.self)
                == #"{"inputs":[{"name":"a\"","shape":[1,1],"datatype":"FP64","data":[1]}]}"#)
    }
}

@Suite("Model metadata") struct ModelMetadataTests {
    static let flights = #"""
        {"name":"flight-delay","versions":["1","2"],"platform":"flyball","inputs":[
        {"name":"carrier","datatype":"BYTES","shape":[-1,1],"parameters":{"kind":"categorical","optional":false}},
        {"name":"distance","datatype":"INT64","shape":[-1,1],"parameters":{"kind":"integer","optional":false}},
        {"name":"temp","datatype":"FP64","shape":[-1,1],"parameters":{"kind":"numeric","optional":false}},
        {"name":"holiday","datatype":"BOOL","shape":[-1,1],"parameters":{"kind":"boolean","optional":false}},
        {"name":"time","datatype":"BYTES","shape":[-1,1],"parameters":{"kind":"time","optional":true}}],
        "outputs":[{"name":"score","datatype":"FP64","shape":[-1,1]}],
        "parameters":{"task":"binary","target":"late","classes":"[\"no\",\"yes\"]","class_0":"no","class_1":"yes","time_column":"time",
        "zone":"America/New_York","champion":"2","state":"live"}}
        """#

    @Test("inputs, target, classes, time column and zone are read") func reads() throws {
        let model = try ModelMetadata.read(Array(Self.flights.utf8))
        #expect(model.inputs.map(\.name) == ["carrier", "distance", "temp", "holiday", "time"])
        #expect(model.inputs.map(\.kind) == [.categorical, .integer, .numeric, .boolean, .time])
        #expect(model.inputs.map(\.optional) == [false, false, false, false, true])
        #expect(model.task == .binary && model.target == "late" && model.classes == ["no", "yes"])
        #expect(model.timeColumn == "time" && model.zone == "America/New_York")
    }

    @Test("a server that names no kinds is understood by datatype") func otherServers() throws {
        let model = try ModelMetadata.read(
            Array(
                #"{"name":"m","inputs":[{"name":"a","datatype":"FP32"},{"name":"b","datatype":"BYTES"},{"name":"c","datatype":"INT8","parameters":{"kind":3}}]}"#
                    .utf8))
        #expect(model.inputs.map(\.kind) == [.numeric, .categorical, .integer])
        #expect(model.zone == "UTC" && model.target == nil)
    }

    @Test(
        "what is no metadata is a typed error",
        arguments: ["", "[]", "{}", #"{"name":"m","inputs":[]}"#, #"{"name":1,"inputs":[]}"#, "<html>"])
    func garbage(_ text: String) {
        #expect(throws: WorkloadFailure.self) { try ModelMetadata.read(Array(text.utf8)) }
    }

    @Test(
        "endpoints are read from the text in which engines publish them",
        arguments: [("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:9", "::1", 9), ("http://localhost:65535/", "localhost", 65_535)])
    func endpoints(_ text: String, _ host: String, _ port: Int) {
        #expect(Endpoint(text) == Endpoint(host: host, port: port))
    }

    @Test("an address that begins with https:// is spoken to over TLS, with the system's authorities unless somebody says otherwise")
    func secure() {
        #expect(Endpoint("https://models.example:8443/") == Endpoint(host: "models.example", port: 8_443, tls: ClientTLS()))
        #expect(throws: WorkloadFailure.self) { try ClientTLS(authorities: "/nowhere/ca.pem").check() }
        #expect(throws: WorkloadFailure.self) { try ClientTLS(certificate: "/nowhere/a.pem", key: "/nowhere/a.key").check() }
    }

    @Test("other text is no endpoint", arguments: ["", "x", ":80", "a:", "a:0", "a:70000", "a:-1", "::1:80", "a b:80", "u@h:80", "h/p:80"])
    func noEndpoints(_ text: String) { #expect(Endpoint(text) == nil) }
}
