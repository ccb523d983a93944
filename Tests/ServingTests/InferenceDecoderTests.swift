import Engine
import Serving
import Tabular
import Testing

/// Decodes a request against a schema; the rows, row by row, or the failure.
private func decode(
    _ text: String, _ schema: Schema = Fixture.mixed, maximumRows: Int = 100,
    categories: Categories = Categories(["AA", "UA"]), plan: JSONPlan? = nil
) -> Result<(request: DecodedRequest, rows: [[Double]]), InferenceFailure> {
    decode(Array(text.utf8), schema, maximumRows: maximumRows, categories: categories, plan: plan)
}

private func decode(
    _ bytes: [UInt8], _ schema: Schema, maximumRows: Int, categories: Categories, plan: JSONPlan? = nil
) -> Result<(request: DecodedRequest, rows: [[Double]]), InferenceFailure> {
    let route = Fixture.route("flight-delay", schema, categories: categories)
    let buffer = RowBuffer()
    return bytes.withUnsafeBufferPointer { bytes in
        do throws(InferenceFailure) {
            var decoder = InferenceDecoder(
                bytes, plan: plan ?? JSONPlan(schema), lane: LoopState(loop: 0, epoch: 1).lane(of: route), buffer: buffer,
                maximumRows: maximumRows)
            let request = try decoder.decode()
            let rows = (0..<request.rows).map { row in (0..<schema.width).map { buffer.rows[row * schema.width + $0] } }
            return .success((request, rows))
        } catch { return .failure(error) }
    }
}

private func tensor(_ name: String, _ shape: String, _ datatype: String, _ data: String) -> String {
    "{\"name\":\"\(name)\",\"shape\":\(shape),\"datatype\":\"\(datatype)\",\"data\":\(data)}"
}

private func inputs(_ tensors: String...) -> String { "{\"inputs\":[\(tensors.joined(separator: ","))]}" }

private let carrier = tensor("carrier", "[1]", "BYTES", "[\"AA\"]")
private let distance = tensor("distance", "[1]", "INT64", "[1400]")
private let temp = tensor("temp", "[1]", "FP64", "[39.02]")
private let weekend = tensor("weekend", "[1]", "BOOL", "[true]")

/// Equality with NaN equal to NaN.
private func same(_ a: [[Double]], _ b: [[Double]]) -> Bool {
    a.map { $0.map { $0.isNaN ? nil : $0 } } == b.map { $0.map { $0.isNaN ? nil : $0 } }
}

@Suite("inference requests")
struct InferenceDecoderTests {
    @Test("one tensor per feature fills the row, and an optional feature left out is missing")
    func columns() throws {
        let decoded = try decode("{\"id\":\"abc\"," + inputs(carrier, distance, temp, weekend).dropFirst()).get()
        #expect(decoded.request.clientID == "abc")
        #expect(same(decoded.rows, [[0, 1400, 39.02, 1, .nan]]))
    }

    @Test(
        "an output that the model does not have is refused by its name, and the one that it has may be asked for",
        arguments: [
            ("[]", nil), ("[{\"name\":\"score\",\"parameters\":{\"binary_data\":false}}]", nil),
            ("[{\"name\":\"score\"},{\"name\":\"prob\"}]", "outputs[1]: no such output \"prob\": the model's output is \"score\""),
            ("[{}]", "outputs[0]: name: missing: the model's output is \"score\""), ("{}", "JSON: byte "), ("[\"score\"]", "JSON: byte "),
        ] as [(String, String?)])
    func outputs(text: String, problem: String?) {
        let result = decode("{\"outputs\":\(text)," + inputs(carrier, distance, temp, weekend).dropFirst())
        switch result {
        case .success: #expect(problem == nil)
        case .failure(let failure):
            #expect(problem.map { failure.description.hasPrefix($0) } == true, "\(failure)")
            #expect(failure.status == 400)
        }
    }

    @Test("tensors in any order, keys in any order, data first, and further members give the same rows")
    func anyOrder() throws {
        let text = """
            {"outputs":[{"name":"score"}],"parameters":{"a":{"b":[1]}},"inputs":[
             {"data":[[true],[false]],"datatype":"BOOL","shape":[2,1],"name":"weekend","parameters":{"x":1}},
             {"data":["2013-04-01T10:00:00Z","2013-04-01 06:05:00"],"name":"time","shape":[2],"datatype":"BYTES"},
             {"name":"temp","datatype":"FP32","data":[1e1,null],"shape":[2]},
             {"name":"distance","shape":[2,1],"datatype":"FP64","data":[1.5,2]},
             {"name":"carrier","shape":[2],"datatype":"BYTES","data":["","n\\u0065w"]}]}
            """
        let decoded = try decode(text).get()
        // 2013-04-01T10:00:00Z is 1,364,810,400 s after 1970 (date -d); 06:05 in New York is 10:05 UTC on that day.
        #expect(same(decoded.rows, [[.nan, 1.5, 10, 1, 1_364_810_400_000], [2, 2, .nan, 0, 1_364_810_700_000]]))
    }

    @Test(
        "one tensor for all numeric features fills the rows in the schema's order, flat or nested",
        arguments: ["[1,2,0,3.5,null,1]", "[[1,2,0],[3.5,null,1]]"])
    func matrix(data: String) throws {
        let decoded = try decode(inputs(tensor("input-0", "[2,3]", "FP64", data)), Fixture.numbers).get()
        #expect(same(decoded.rows, [[1, 2, 0], [3.5, .nan, 1]]))
    }

    @Test(
        "instants are read to the millisecond",
        arguments: [
            ("\"1970-01-01T00:00:00Z\"", 0), ("\"2000-02-29T23:59:59.999Z\"", 951_868_799_999), ("\"1969-12-31T23:59:59Z\"", -1_000),
            ("\"2013-04-01T10:00:00.5Z\"", 1_364_810_400_500), ("\"2013-04-01T10:00:00.123456789Z\"", 1_364_810_400_123),
            ("\"2013-04-01T12:00:00+02:00\"", 1_364_810_400_000),
        ] as [(String, Double)])
    func times(text: String, milliseconds: Double) throws {
        let decoded = try decode(inputs(carrier, distance, temp, weekend, tensor("time", "[1]", "BYTES", "[\(text)]"))).get()
        #expect(decoded.rows[0][4] == milliseconds)
    }

    @Test("a time is taken as Unix milliseconds too, and a boolean as 0 and 1")
    func otherDatatypes() throws {
        let decoded = try decode(
            inputs(carrier, distance, temp, tensor("weekend", "[1]", "INT8", "[1]"), tensor("time", "[1]", "INT64", "[1364810400000]"))
        ).get()
        #expect(same(decoded.rows, [[0, 1400, 39.02, 1, 1_364_810_400_000]]))
    }

    @Test(
        "a malformed request is refused with its place and its reason",
        arguments: [
            ("", "JSON: byte 0: the text ends too early"), ("[]", "JSON: byte 0: '{' expected"), ("{}", "inputs: missing"),
            ("{\"inputs\":[]}", "inputs: empty"),
            ("{\"inputs\":{}}", "JSON: byte 10: '[' expected"), ("{\"inputs\":[1]}", "JSON: byte 11: '{' expected"),
            ("{\"inputs\":[],\"inputs\":[]}", "twice"), ("{\"x\":1,\"x\":2,\"inputs\":[]}", "twice"), ("{\"id\":1}", "a string expected"),
            (inputs(carrier) + "x", "bytes after the end"),
            (inputs("{\"shape\":[1],\"datatype\":\"FP64\",\"data\":[1]}"), "inputs[0]: name: missing"),
            (inputs("{\"name\":\"temp\",\"datatype\":\"FP64\",\"data\":[1]}"), "inputs[0] \"temp\": shape: missing"),
            (inputs("{\"name\":\"temp\",\"shape\":[1],\"data\":[1]}"), "inputs[0] \"temp\": datatype: missing"),
            (inputs("{\"name\":\"temp\",\"shape\":[1],\"datatype\":\"FP64\"}"), "inputs[0] \"temp\": data: missing"),
            (inputs("{\"name\":\"temp\",\"name\":\"temp\"}"), "twice"),
            (inputs(carrier, distance, temp), "missing feature weekend"), (inputs(carrier), "missing features distance, temp, weekend"),
            (inputs(tensor("tmp", "[1]", "FP64", "[1]")), "inputs[0] \"tmp\": no such feature: did you mean temp?"),
            (inputs(carrier, tensor("late", "[1]", "FP64", "[1]")), "inputs[1] \"late\": this is the target"),
            (inputs(carrier, carrier), "inputs[1] \"carrier\": this feature was sent already"),
            (inputs(tensor("temp", "[1]", "FP65", "[1]")), "inputs[0] \"temp\": datatype \"FP65\" is unknown"),
            (inputs(tensor("temp", "[1]", "BYTES", "[\"1\"]")), "datatype BYTES cannot carry a numeric feature: send FP64"),
            (inputs(tensor("carrier", "[1]", "FP64", "[1]")), "datatype FP64 cannot carry a categorical feature: send BYTES"),
            (inputs(tensor("distance", "[1]", "INT64", "[9007199254740993]")), "beyond 2^53"),
            (inputs(tensor("distance", "[1]", "UINT64", "[18446744073709551615]")), "beyond 2^53"),
            (inputs(tensor("weekend", "[1]", "BYTES", "[\"1\"]")), "datatype BYTES cannot carry a boolean feature"),
            (inputs(tensor("time", "[1]", "FP64", "[1]")), "datatype FP64 cannot carry a time feature"),
            (inputs(tensor("temp", "[2]", "FP64", "[1]")), "data: 1 values, but the shape says 2 values"),
            (inputs(tensor("temp", "[1]", "FP64", "[1,2]")), "data: more than the 1 values"),
            (inputs(tensor("temp", "[1,1]", "FP64", "[[1,2]]")), "data[0]: more than 1 values"),
            (inputs(tensor("temp", "[1,1]", "FP64", "[[]]")), "data[0]: 0 values, but the shape says 1"),
            (inputs(tensor("temp", "[1]", "FP64", "[[1]]")), "data[0] at byte 64: an array, but FP64 wants a number or null"),
            (inputs(tensor("temp", "[0]", "FP64", "[]")), "no rows"), (inputs(tensor("temp", "[]", "FP64", "[]")), "shape: empty"),
            (inputs(tensor("temp", "[-1]", "FP64", "[1]")), "shape[0]: a whole number"),
            (inputs(tensor("temp", "[1.5]", "FP64", "[1]")), "shape[0]: a whole number"),
            (inputs(tensor("temp", "[99999999999999999999]", "FP64", "[1]")), "shape[0]: a whole number"),
            (inputs(tensor("temp", "[1,1,1]", "FP64", "[1]")), "more than 2 dimensions"),
            (inputs(tensor("temp", "[1,2]", "FP64", "[1,2]")), "one feature has the shape [n] or [n,1]"),
            (inputs(carrier, tensor("temp", "[2]", "FP64", "[1,2]")), "2 rows, but the tensors before it have 1"),
            (inputs(tensor("all", "[1,4]", "FP64", "[1,2,3,4]")), "needs numbers only, but carrier are not"),
            (
                inputs(tensor("temp", "[2]", "FP64", "[1,\"x\"]")),
                "inputs[0] \"temp\": data[1] at byte 66: a string, but FP64 wants a number or null"
            ),
            (inputs(tensor("temp", "[1]", "FP64", "[true]")), "a boolean, but FP64 wants a number"),
            (inputs(tensor("temp", "[1]", "FP64", "[NaN]")), "NaN and Infinity are not JSON"),
            (inputs(tensor("temp", "[1]", "FP64", "[1e400]")), "does not fit a double"),
            (inputs(tensor("temp", "[1]", "FP32", "[1e300]")), "out of the range of FP32"),
            (inputs(tensor("distance", "[1]", "INT64", "[1.5]")), "INT64 holds whole numbers only"),
            (inputs(tensor("distance", "[1]", "INT64", "[99999999999999999999]")), "out of the range of INT64"),
            (inputs(tensor("distance", "[1]", "UINT8", "[256]")), "out of the range of UINT8"),
            (inputs(tensor("distance", "[1]", "UINT8", "[-1]")), "out of the range of UINT8"),
            (inputs(tensor("weekend", "[1]", "BOOL", "[2]")), "Bool"),
            (inputs(tensor("weekend", "[1]", "FP64", "[0.5]")), "a boolean is 0 or 1"),
            (inputs(tensor("weekend", "[1]", "BOOL", "[\"true\"]")), "a string, but BOOL wants true or false"),
            (inputs(tensor("carrier", "[1]", "BYTES", "[7]")), "a number, but BYTES wants a string"),
            (inputs(tensor("time", "[1]", "BYTES", "[\"yesterday\"]")), "not a time"),
            (inputs(tensor("time", "[1]", "BYTES", "[\"2013-02-30T00:00:00Z\"]")), "not a time"),
            (inputs(tensor("time", "[1]", "INT64", "[9000000000000000000]")), "no time"),
        ] as [(String, String)])
    func refuses(text: String, message: String) {
        guard case .failure(let failure) = decode(text) else {
            Issue.record("taken: \(text)")
            return
        }
        #expect(failure.status == 400)
        #expect(failure.description.lowercased().contains(message.lowercased()), "\(failure.description)")
    }

    @Test("too many rows are a 413 that says how many are taken")
    func rowLimit() {
        let failure = InferenceFailure.tooManyRows(101, limit: 100)
        guard case .failure(failure) = decode(inputs(tensor("temp", "[101]", "FP64", "[]"))) else {
            Issue.record("taken")
            return
        }
        #expect(failure.status == 413)
    }

    @Test("a matrix needs the right number of columns and stands alone")
    func matrixShape() {
        for (text, message) in [
            (inputs(tensor("m", "[1,2]", "FP64", "[1,2]")), "3 columns are wanted"),
            (inputs(tensor("m", "[1,3]", "FP64", "[1,2,1]"), tensor("a", "[1]", "FP64", "[1]")), "holds all features already"),
            (inputs(tensor("m", "[3]", "FP64", "[1,2,1]")), "no such feature"),
            (inputs(tensor("m", "[1,3]", "FP64", "[1,2,3]")), "data[2]"),
            (inputs(tensor("leak", "[1]", "FP64", "[1]")), "excluded"),
        ] {
            guard case .failure(let failure) = decode(text, Fixture.numbers) else {
                Issue.record("taken: \(text)")
                continue
            }
            #expect(failure.description.contains(message), "\(failure.description)")
        }
    }

    @Test("outside text in a message cannot carry control characters and stays short")
    func safeMessages() {
        let name = "\\u001b[2J\\u202e" + String(repeating: "x", count: 10_000)
        guard case .failure(let failure) = decode(inputs(tensor(name, "[1]", "FP64", "[1]"))) else {
            Issue.record("taken")
            return
        }
        #expect(failure.description.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E })
        #expect(failure.description.count < 300)
    }

    @Test("mutated requests never trap")
    func fuzz() {
        var generator = SplitMix(state: 3)
        let seed = Array(inputs(carrier, distance, temp, weekend, tensor("time", "[1,1]", "BYTES", "[[\"2013-04-01T10:00:00.25Z\"]]")).utf8)
        let categories = Categories(["AA", "UA"])
        var taken = 0
        for _ in 0..<8_000 {
            var bytes = seed
            for _ in 0...Int(generator.next() % 3) { generator.mutate(&bytes) }
            if case .success = decode(bytes, Fixture.mixed, maximumRows: 100, categories: categories) { taken += 1 }
        }
        #expect(taken > 0 && taken < 8_000)
    }

    @Test("what was learnt from one request changes nothing in what the next one means")
    func templates() throws {
        let plan = JSONPlan(Fixture.mixed)
        let time = tensor("time", "[1]", "BYTES", "[\"2013-04-01T10:00:00Z\"]")
        let usual = inputs(carrier, distance, temp, weekend, time)
        let later = [
            usual, usual, inputs(weekend, temp, distance, carrier), usual,
            usual.replacing("[39.02]", with: " [ 1 ] , \"parameters\":{\"a\":1} "),
            usual.replacing("[39.02]", with: "[39.02],\"name\":\"temp\""),
            usual.replacing("[39.02]", with: "[39.02],\"data\":[1]"), usual.replacing("[39.02]", with: "[1,2]"),
            usual.replacing("[39.02]", with: "39"),
            usual.replacing("\"shape\":[1],\"datatype\":\"FP64\"", with: "\"datatype\":\"FP64\",\"shape\":[1]"),
            usual.replacing("[1],", with: "[2],"), inputs(carrier, carrier, temp, weekend), inputs(distance, temp, weekend),
            usual.replacing("\"temp\"", with: "\"tmp\""),
            usual.replacing("FP64", with: "FP32"), String(usual.prefix(120)), usual,
        ]
        for text in later {
            let categories = Categories(["AA", "UA"])
            expectSame(decode(text, plan: plan), decode(Array(text.utf8), Fixture.mixed, maximumRows: 100, categories: categories), text)
        }
    }

    @Test("mutated requests mean the same to a plan that has seen others and to a fresh one")
    func templatesUnderMutation() {
        let plan = JSONPlan(Fixture.mixed)
        var generator = SplitMix(state: 21)
        let seeds = [
            inputs(carrier, distance, temp, weekend), inputs(weekend, carrier, temp, distance),
            inputs(tensor("temp", "[2,1]", "FP32", "[[1],[2]]"), tensor("distance", "[2]", "INT64", "[1,2]")),
        ].map { Array($0.utf8) }
        for round in 0..<6_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int(generator.next() % 3) { generator.mutate(&bytes) }
            let seen = decode(bytes, Fixture.mixed, maximumRows: 100, categories: Categories(["AA", "UA"]), plan: plan)
            let fresh = decode(bytes, Fixture.mixed, maximumRows: 100, categories: Categories(["AA", "UA"]))
            expectSame(seen, fresh, String(decoding: bytes, as: UTF8.self))
        }
    }
}

private func expectSame(
    _ a: Result<(request: DecodedRequest, rows: [[Double]]), InferenceFailure>,
    _ b: Result<(request: DecodedRequest, rows: [[Double]]), InferenceFailure>, _ text: String
) {
    switch (a, b) {
    case (.success(let a), .success(let b)): #expect(same(a.rows, b.rows), "\(text)")
    case (.failure(let a), .failure(let b)): #expect(a == b, "\(text)")
    default: Issue.record("\(a) \(b): \(text)")
    }
}
