package import Engine
package import Tabular

/// A decoded request: its rows stand in the `RowBuffer`.
package struct DecodedRequest: Sendable {
    /// Rows, at least 1.
    package var rows: Int
    /// The request's own id, if it sent one.
    package var clientID: String?
    /// Whether the scores are wanted as binary data.
    package var wantsBinary = false
    /// Whether the class that each row is called is wanted beside its scores.
    package var wantsLabel = false
    /// The trace that it belongs to, by its header.
    package var trace: TraceID?
    /// Microseconds after its turn came in which the answer is of use; nil: whenever it comes.
    package var timeout: Int64?

    static let timeoutProblem = "parameters: timeout: a whole number of microseconds is wanted, 0 for none"

    /// Whether the answer comes too late; both times in nanoseconds of one clock.
    func isLate(started: UInt64, now: UInt64) -> Bool { timeout.map { (now &- started) / 1_000 >= UInt64($0) } ?? false }

    /// Throws where the answer comes too late.
    func check(started: UInt64, now: @autoclosure () -> UInt64) throws(InferenceFailure) {
        if let timeout, isLate(started: started, now: now()) { throw .late(microseconds: timeout) }
    }
}

/// Reads an inference request (Open Inference Protocol V2: JSON, with the binary data of tensors behind it where the client says so) straight into raw rows.
///
/// One pass for the usual order of keys (`data` last); a tensor whose `data` comes first is checked, remembered and read at its end.
/// Complexity: O(bytes). Nothing is allocated unless a text is longer than 15 bytes, a feature comes out of order, or the request fails.
package struct InferenceDecoder {
    /// Bytes of a request's own id.
    static let maximumIDBytes = 128

    var scanner: JSONScanner
    var rows: TensorRows
    let templates: TensorTemplates
    /// Tensors read: the place of the one being read.
    var tensors = 0
    /// What stands behind the JSON, tensor by tensor, and where the next one begins.
    let binary: UnsafeRawBufferPointer
    var binaryOffset = 0
    private var wantsBinaryOutputs = false
    private var wantsBinaryScore: Bool?
    private var wantsLabel = false
    private var timeout: Int64?

    /// - Parameter jsonLength: bytes of the JSON at the body's beginning, at most all; nil for all.
    package init(
        _ bytes: UnsafeBufferPointer<UInt8>, jsonLength: Int? = nil, plan: JSONPlan, lane: Lane, buffer: RowBuffer, maximumRows: Int
    ) {
        let length = min(max(0, jsonLength ?? bytes.count), bytes.count)
        scanner = JSONScanner(UnsafeBufferPointer(rebasing: bytes[..<length]))
        binary = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[length...])
        rows = TensorRows(plan: plan.rows, lane: lane, buffer: buffer, maximumRows: maximumRows)
        templates = plan.templates
    }

    /// Reads the whole request.
    package mutating func decode() throws(InferenceFailure) -> DecodedRequest {
        var clientID: String?
        var hasInputs = false
        var hasID = false
        var hasOutputs = false
        var hasParameters = false
        do throws(JSONFailure) { try scanner.openObject() } catch { throw .json(error) }
        var first = true
        var others = OtherKeys()
        while let key = try nextKey(&first) {
            if scanner.equals(key, "inputs") {
                guard !hasInputs else { throw duplicate(key) }
                hasInputs = true
                try inputs()
            } else if scanner.equals(key, "outputs") {
                guard !hasOutputs else { throw duplicate(key) }
                hasOutputs = true
                try outputs()
            } else if scanner.equals(key, "id") {
                guard !hasID else { throw duplicate(key) }
                hasID = true
                clientID = try identifier()
            } else if scanner.equals(key, "parameters") {
                guard !hasParameters else { throw duplicate(key) }
                hasParameters = true
                try parameters { decoder, key throws(InferenceFailure) in
                    if decoder.scanner.equals(key, "binary_data_output") {
                        decoder.wantsBinaryOutputs = try decoder.truth(of: "parameters: binary_data_output")
                        return true
                    }
                    guard decoder.scanner.equals(key, "timeout") else { return false }
                    decoder.timeout = try decoder.microseconds()
                    return true
                }
            } else {
                try others.note(key, in: scanner)
                try skip()
            }
        }
        do throws(JSONFailure) { try scanner.end() } catch { throw .json(error) }
        guard hasInputs else { throw .request("inputs: missing: send {\"inputs\":[{\"name\",\"shape\",\"datatype\",\"data\"}]}") }
        guard tensors > 0 else { throw .request("inputs: empty: send one tensor for each feature") }
        guard binaryOffset == binary.count else {
            throw .request(
                "\(binary.count - binaryOffset) bytes stand behind the binary data of the tensors: give each its binary_data_size, or leave them out"
            )
        }
        do throws(TensorFailure) {
            return DecodedRequest(
                rows: try rows.finish(), clientID: clientID, wantsBinary: wantsBinaryScore ?? wantsBinaryOutputs, wantsLabel: wantsLabel,
                timeout: timeout)
        } catch { throw located(error, nil) }
    }

    // MARK: Parts

    private mutating func identifier() throws(InferenceFailure) -> String? {
        let text: JSONText
        do throws(JSONFailure) {
            if scanner.peek() == 0x6E {
                try scanner.null()
                return nil
            }
            text = try scanner.string()
        } catch { throw .json(error) }
        guard text.length <= Self.maximumIDBytes else { throw .request("id: \(text.length) bytes: at most \(Self.maximumIDBytes)") }
        return text.length == 0 ? nil : scanner.text(text)
    }

    /// The outputs that the client asks for; a request for another would not get what it waits for.
    private mutating func outputs() throws(InferenceFailure) {
        do throws(JSONFailure) { try scanner.openArray() } catch { throw .json(error) }
        var first = true
        var index = 0
        while try nextElement(&first) {
            do throws(JSONFailure) { try scanner.openObject() } catch { throw .json(error) }
            var isFirst = true
            var name: JSONText?
            var hasParameters = false
            var others = OtherKeys()
            while let key = try nextKey(&isFirst) {
                if scanner.equals(key, "name") {
                    guard name == nil else { throw duplicate(key) }
                    do throws(JSONFailure) { name = try scanner.string() } catch { throw .json(error) }
                } else if scanner.equals(key, "parameters") {
                    guard !hasParameters else { throw duplicate(key) }
                    hasParameters = true
                    try outputParameters(index)
                } else {
                    try others.note(key, in: scanner)
                    try skip()
                }
            }
            guard let name else { throw .request("outputs[\(index)]: name: missing: the model's output is \"\(Self.outputName)\"") }
            if try ModelOutput(scanner.text(name), index, rows.plan.schema.target) == .label { wantsLabel = true }
            index += 1
        }
    }

    private mutating func outputParameters(_ index: Int) throws(InferenceFailure) {
        try parameters { decoder, key throws(InferenceFailure) in
            if decoder.scanner.equals(key, "binary_data") {
                decoder.wantsBinaryScore = try decoder.truth(of: "outputs[\(index)]: parameters: binary_data")
                return true
            }
            for refused in ["classification", "shared_memory_region"] where decoder.scanner.text(key) == refused {
                throw .request("outputs[\(index)]: parameters: \(refused): not taken: leave it out, the scores come in the answer")
            }
            return false
        }
    }

    /// The name of the output that every model has.
    static let outputName = ModelOutput.score.rawValue

    private mutating func inputs() throws(InferenceFailure) {
        do throws(JSONFailure) { try scanner.openArray() } catch { throw .json(error) }
        var first = true
        while try nextElement(&first) {
            try tensor()
            tensors += 1
        }
    }

    // MARK: Scanner calls with this decoder's failure

    mutating func nextKey(_ first: inout Bool) throws(InferenceFailure) -> JSONText? {
        do throws(JSONFailure) { return try scanner.nextKey(first: &first) } catch { throw .json(error) }
    }

    mutating func nextElement(_ first: inout Bool) throws(InferenceFailure) -> Bool {
        do throws(JSONFailure) { return try scanner.nextElement(first: &first) } catch { throw .json(error) }
    }

    /// Walks over an object of parameters; `take` reads the value of those that it knows and says so, the others are passed over.
    mutating func parameters(
        _ take: (inout InferenceDecoder, JSONText) throws(InferenceFailure) -> Bool
    ) throws(InferenceFailure) {
        do throws(JSONFailure) { try scanner.openObject() } catch { throw .json(error) }
        var first = true
        var others = OtherKeys()
        while let key = try nextKey(&first) {
            try others.note(key, in: scanner)
            guard try !take(&self, key) else { continue }
            try skip()
        }
    }

    private mutating func truth(of place: String) throws(InferenceFailure) -> Bool {
        guard [0x74, 0x66].contains(scanner.peek()) else { throw .request("\(place): true or false is wanted") }
        do throws(JSONFailure) { return try scanner.boolean() } catch { throw .json(error) }
    }

    /// The request's `timeout`; 0 is none, as for Triton.
    private mutating func microseconds() throws(InferenceFailure) -> Int64? {
        let number: JSONNumber
        do throws(JSONFailure) { number = try scanner.number() } catch { throw .json(error) }
        guard let time = number.integer, time >= 0 else { throw .request(DecodedRequest.timeoutProblem) }
        return time == 0 ? nil : time
    }

    mutating func skip() throws(InferenceFailure) {
        do throws(JSONFailure) { try scanner.skip() } catch { throw .json(error) }
    }

    func duplicate(_ key: JSONText) -> InferenceFailure { .json(JSONFailure(offset: key.start, reason: .duplicateKey)) }
}

/// Keys beside those that an object's reader knows, kept to refuse repeated ones.
struct OtherKeys {
    private var keys: [String] = []

    /// Whether there was none.
    var isEmpty: Bool { keys.isEmpty }

    /// Notes a key; throws when it was there before or there are too many.
    mutating func note(_ key: JSONText, in scanner: JSONScanner) throws(InferenceFailure) {
        let text = scanner.text(key)
        guard keys.count < 64 else { throw .json(JSONFailure(offset: key.start, reason: .tooManyMembers)) }
        guard !keys.contains(text) else { throw .json(JSONFailure(offset: key.start, reason: .duplicateKey)) }
        keys.append(text)
    }
}
