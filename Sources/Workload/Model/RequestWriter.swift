import Tabular

/// Writes inference requests of one row: one tensor for each feature, as `{"inputs":[{"name","shape":[1,1],"datatype","data"}]}`.
///
/// Missing values are `null`, categories BYTES, times BYTES in RFC 3339 (INT64 Unix milliseconds where the metadata says INT64).
public struct RequestWriter: Sendable {
    private struct Tensor: Sendable {
        var input: ModelInput
        /// `{"name":"…","shape":[1,1],"datatype":"`.
        var start: [UInt8]
    }

    private let tensors: [Tensor]

    /// For the inputs of a model, in the order in which rows bring their values.
    public init(inputs: [ModelInput]) {
        tensors = inputs.map { input in
            var start = Array("{\"name\":".utf8)
            JSONBytes.append(input.name, to: &start)
            start.append(contentsOf: ",\"shape\":[1,1],\"datatype\":\"".utf8)
            return Tensor(input: input, start: start)
        }
    }

    /// The body of a request for one row; `values` has one entry for each input, and a nil entry leaves the input out.
    ///
    /// A value that does not fit the input's kind is sent as what it is: the server names what is wrong with it.
    public func body(_ values: [InputValue?]) -> [UInt8] {
        precondition(values.count == tensors.count, "one value for each input")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tensors.count * 72 + 16)
        bytes.append(contentsOf: "{\"inputs\":[".utf8)
        var isFirst = true
        for (tensor, value) in zip(tensors, values) {
            guard let value else { continue }
            if !isFirst { bytes.append(0x2C) }
            isFirst = false
            bytes.append(contentsOf: tensor.start)
            let element = Self.element(value, for: tensor.input)
            bytes.append(contentsOf: element.datatype.utf8)
            bytes.append(contentsOf: "\",\"data\":[".utf8)
            if element.isText { JSONBytes.append(element.text, to: &bytes) } else { bytes.append(contentsOf: element.text.utf8) }
            bytes.append(contentsOf: "]}".utf8)
        }
        bytes.append(contentsOf: "]}".utf8)
        return bytes
    }

    private struct Element {
        var datatype: String
        var text: String
        var isText = false
    }

    private static func element(_ value: InputValue, for input: ModelInput) -> Element {
        switch value {
        case .missing: Element(datatype: input.datatype, text: "null")
        case .number(let number): element(number, for: input)
        case .truth(let truth): element(truth ? 1 : 0, for: input)
        case .word(let word): Element(datatype: "BYTES", text: word, isText: true)
        case .time(let milliseconds):
            input.datatype == "INT64"
                ? Element(datatype: "INT64", text: String(milliseconds))
                : Element(datatype: "BYTES", text: TimeText.rfc3339(milliseconds), isText: true)
        }
    }

    private static func element(_ number: Double, for input: ModelInput) -> Element {
        // Above 2⁵³ neighbouring whole numbers are the same double; such a number goes as the real number that it is.
        let whole = abs(number) <= 9_007_199_254_740_992 ? Int64(exactly: number) : nil
        let text = whole.map { String($0) } ?? number.description
        switch input.kind {
        case .boolean where whole == 0 || whole == 1: return Element(datatype: "BOOL", text: whole == 1 ? "true" : "false")
        case .categorical: return Element(datatype: "BYTES", text: text, isText: true)
        case .numeric: return Element(datatype: input.datatype.hasPrefix("FP") ? input.datatype : "FP64", text: text)
        case .integer, .time, .boolean:
            let isFitting = input.kind == .integer && input.datatype.contains("INT")
            return Element(datatype: whole == nil ? "FP64" : isFitting ? input.datatype : "INT64", text: text)
        }
    }
}

/// JSON strings as bytes.
enum JSONBytes {
    private static let hexadecimal = Array("0123456789abcdef".utf8)

    /// Appends a string in quotes, with quotes, backslashes and control characters escaped.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C:
                bytes.append(0x5C)
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(hexadecimal[Int(byte >> 4)])
                bytes.append(hexadecimal[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
    }
}
