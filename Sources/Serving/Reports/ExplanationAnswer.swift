import Learning
import NIOCore

/// Why rows got their scores, as JSON: for each row and output the base, the raw score, the probability that is answered (after the
/// version's calibration), and what each column adds.
struct ExplanationAnswer {
    /// Rows of one request: each takes up to milliseconds.
    static let mostRows = 64

    let deployment: String
    let version: UInt32
    let explanations: [Explanation]

    var body: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeStaticString("{\"model_name\":")
        buffer.writeJSON(deployment)
        buffer.writeString(",\"model_version\":\"\(version)\",\"method\":")
        buffer.writeJSON(explanations.first?.method ?? "")
        buffer.writeStaticString(",\"unit\":")
        buffer.writeJSON(explanations.first?.unit ?? "")
        buffer.writeStaticString(",\"calibration\":")
        buffer.writeJSON(explanations.first?.calibration ?? "none")
        buffer.writeStaticString(",\"explanations\":[")
        for (index, explanation) in explanations.enumerated() {
            buffer.writeStaticString(index == 0 ? "{\"outputs\":[" : ",{\"outputs\":[")
            for (index, output) in explanation.outputs.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                write(output, explanation.features, into: &buffer)
            }
            buffer.writeStaticString("]}")
        }
        buffer.writeStaticString("]}")
        return buffer
    }

    private func write(_ output: Explanation.Output, _ features: [String], into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"name\":")
        buffer.writeJSON(output.name)
        buffer.writeString(",\"base\":\(Self.number(output.base)),\"score\":\(Self.number(output.score))")
        if let probability = output.probability { buffer.writeString(",\"probability\":\(Self.number(probability))") }
        buffer.writeStaticString(",\"contributions\":{")
        for (index, (feature, value)) in zip(features, output.contributions).enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            buffer.writeJSON(feature)
            buffer.writeString(":\(Self.number(value))")
        }
        buffer.writeStaticString("}}")
    }

    /// JSON has no infinity.
    private static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
}
