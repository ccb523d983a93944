package import Engine
package import InferenceProtocol
import Tabular

/// Reads an inference request of gRPC into raw rows: tensors in typed contents, or all of them as raw bytes.
///
/// What a tensor may be called, carry and mean is decided in `TensorRows`, as for every protocol.
package struct MessageDecoder {
    private var rows: TensorRows
    private var tensors = 0
    private var wantsLabel = false

    package init(plan: RowPlan, lane: Lane, buffer: RowBuffer, maximumRows: Int) {
        rows = TensorRows(plan: plan, lane: lane, buffer: buffer, maximumRows: maximumRows)
    }

    /// Reads the whole request.
    ///
    /// Complexity: O(bytes).
    package mutating func decode(_ request: Inference_ModelInferRequest) throws(InferenceFailure) -> DecodedRequest {
        guard request.id.utf8.count <= InferenceDecoder.maximumIDBytes else {
            throw .request("id: \(request.id.utf8.count) bytes: at most \(InferenceDecoder.maximumIDBytes)")
        }
        guard !request.inputs.isEmpty else { throw .request("inputs: empty: send one tensor for each feature") }
        try outputs(request.outputs)
        let raw = request.rawInputContents
        guard raw.isEmpty || raw.count == request.inputs.count else {
            throw .request(
                "raw_input_contents: \(raw.count) for \(request.inputs.count) inputs: send one for each input, in order, or none at all")
        }
        for (index, input) in request.inputs.enumerated() {
            tensors = index
            do throws(TensorFailure) {
                if raw.isEmpty {
                    try typed(input)
                } else {
                    try begin(input)
                    guard !input.hasContents else { throw .tensor("contents beside raw_input_contents: send one of them") }
                    let bytes = raw[index]
                    try bytes.withUnsafeBytesTyped { bytes throws(TensorFailure) in try rows.append(binary: bytes) }
                }
                try rows.end()
            } catch { throw located(error, input.name) }
        }
        let timeout = try Self.timeout(request.parameters["timeout"])
        do throws(TensorFailure) {
            return DecodedRequest(
                rows: try rows.finish(), clientID: request.id.isEmpty ? nil : request.id, wantsBinary: !raw.isEmpty,
                wantsLabel: wantsLabel, timeout: timeout)
        } catch { throw located(error, "") }
    }

    /// The microseconds in which an answer is of use; 0 is none, as for Triton.
    private static func timeout(_ parameter: Inference_InferParameter?) throws(InferenceFailure) -> Int64? {
        switch parameter?.parameterChoice {
        case nil: return nil
        case .int64Param(let time) where time >= 0: return time == 0 ? nil : time
        case .uint64Param(let time) where time <= UInt64(Int64.max): return time == 0 ? nil : Int64(time)
        default: throw .request(DecodedRequest.timeoutProblem)
        }
    }

    /// The outputs that the client asks for; a request for another would not get what it waits for.
    private mutating func outputs(_ wanted: [Inference_ModelInferRequest.InferRequestedOutputTensor]) throws(InferenceFailure) {
        for (index, output) in wanted.enumerated() {
            if try ModelOutput(output.name, index, rows.plan.schema.target) == .label { wantsLabel = true }
            for refused in ["classification", "shared_memory_region"] where output.parameters[refused] != nil {
                throw .request("outputs[\(index)]: parameters: \(refused): not taken: leave it out, the scores come in the answer")
            }
        }
    }

    private mutating func begin(_ input: Inference_ModelInferRequest.InferInputTensor) throws(TensorFailure) {
        guard !input.name.isEmpty else { throw .tensor("name: missing: give the feature's name") }
        guard input.parameters["shared_memory_region"] == nil else {
            throw .tensor("shared memory is not taken: send the data in the request")
        }
        guard let datatype = TensorDatatype(rawValue: input.datatype) else {
            throw .tensor(
                "datatype \"\(TensorFailure.short(input.datatype))\" is unknown: one of "
                    + TensorDatatype.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let shape = try TensorShape(input.shape, datatype: datatype)
        var name = input.name
        try name.withBytes { bytes throws(TensorFailure) in try rows.begin(bytes, shape) }
    }

    /// A tensor whose elements stand one by one in the field of its datatype.
    private mutating func typed(_ input: Inference_ModelInferRequest.InferInputTensor) throws(TensorFailure) {
        try begin(input)
        let contents = input.contents
        switch input.datatype {
        case "BOOL":
            try only(contents, "bool_contents", contents.boolContents.count)
            for value in contents.boolContents {
                try room()
                try rows.truth(value)
            }
        case "INT8", "INT16", "INT32":
            try only(contents, "int_contents", contents.intContents.count)
            for value in contents.intContents { try whole(Int64(value)) }
        case "INT64":
            try only(contents, "int64_contents", contents.int64Contents.count)
            for value in contents.int64Contents { try whole(value) }
        case "UINT8", "UINT16", "UINT32":
            try only(contents, "uint_contents", contents.uintContents.count)
            for value in contents.uintContents { try whole(Int64(value)) }
        case "UINT64":
            try only(contents, "uint64_contents", contents.uint64Contents.count)
            for value in contents.uint64Contents {
                try room()
                try rows.whole(value)
            }
        case "FP32":
            try only(contents, "fp32_contents", contents.fp32Contents.count)
            for value in contents.fp32Contents { try real(Double(value)) }
        case "FP64":
            try only(contents, "fp64_contents", contents.fp64Contents.count)
            for value in contents.fp64Contents { try real(value) }
        case "BYTES":
            try only(contents, "bytes_contents", contents.bytesContents.count)
            for text in contents.bytesContents {
                try room()
                try text.withUnsafeBytesTyped { bytes throws(TensorFailure) in
                    try rows.outsideText(bytes.assumingMemoryBound(to: UInt8.self))
                }
            }
        default: throw .tensor("datatype \(input.datatype) has no typed contents: send raw_input_contents")
        }
    }

    private mutating func room() throws(TensorFailure) {
        if rows.isFull { throw rows.overfull }
    }

    private mutating func whole(_ value: Int64) throws(TensorFailure) {
        try room()
        try rows.whole(value)
    }

    private mutating func real(_ value: Double) throws(TensorFailure) {
        try room()
        try rows.real(value)
    }

    /// Whether the elements stand in that field and in no other.
    private func only(_ contents: Inference_InferTensorContents, _ field: String, _ count: Int) throws(TensorFailure) {
        let all =
            contents.boolContents.count + contents.intContents.count + contents.int64Contents.count + contents.uintContents.count
            + contents.uint64Contents.count + contents.fp32Contents.count + contents.fp64Contents.count + contents.bytesContents.count
        guard all == count else { throw .tensor("contents: values of this datatype stand in \(field), and nowhere else") }
    }

    private func located(_ failure: TensorFailure, _ name: String) -> InferenceFailure {
        switch failure {
        case .request(let text): .request(text)
        case .tensor(let problem): .tensor(index: tensors, name: name, problem: problem)
        case .element(let problem): .value(index: tensors, name: name, element: rows.index, problem: problem, offset: nil)
        case .tooManyRows(let rows, let limit): .tooManyRows(rows, limit: limit)
        }
    }
}
