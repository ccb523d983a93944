import NIOCore
import Tabular

/// The parts of an answer to an inference request.
struct InferenceAnswer {
    var id: PredictionID
    var version: UInt32
    var arm: Arm
    var rows: Int
    var outputs: Int
    var clientID: String?
}

extension ByteBuffer {
    /// Writes the body of an answer.
    ///
    /// Complexity: O(scores).
    mutating func writeInference(_ answer: InferenceAnswer, entry: RouteEntry, scores: UnsafePointer<Double>) {
        writeBytes(entry.json.answerStart)
        writeDecimal(UInt64(answer.version))
        if let clientID = answer.clientID {
            writeStaticString("\",\"id\":")
            writeJSON(clientID)
            writeStaticString(",\"outputs\":[{\"name\":\"score\",\"datatype\":\"FP64\",\"shape\":[")
        } else {
            writeStaticString("\",\"outputs\":[{\"name\":\"score\",\"datatype\":\"FP64\",\"shape\":[")
        }
        writeDecimal(UInt64(answer.rows))
        writeStaticString(",")
        writeDecimal(UInt64(answer.outputs))
        writeStaticString("],\"data\":[")
        for i in 0..<answer.rows * answer.outputs {
            if i > 0 { writeStaticString(",") }
            writeJSON(scores[i])
        }
        writeStaticString("]}],\"parameters\":{\"prediction_id\":\"")
        withUnsafeTemporaryAllocation(byteCount: 13, alignment: 1) { text in
            answer.id.write(into: text)
            writeBytes(UnsafeRawBufferPointer(text))
        }
        switch answer.arm {
        case .champion: writeStaticString("\",\"arm\":\"champion\"}}")
        case .pinned: writeStaticString("\",\"arm\":\"pinned\"}}")
        }
    }
}
