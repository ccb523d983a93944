import Engine
import NIOCore
import Tabular

/// The parts of an answer to an inference request.
struct InferenceAnswer {
    var id: PredictionID
    var version: UInt32
    /// Labels learnt since the version, where a live learner answers.
    var learnt: UInt32?
    var arm: Arm
    var rows: Int
    var outputs: Int
    var clientID: String?
    /// Whether the scores follow the JSON as binary data.
    var isBinary = false
    /// The trace that it belongs to.
    var trace: TraceID?

    /// What the header `Flyball-Fallback` says of an answer that the deployment's versions have no part in; nil for all others.
    var fallback: StaticString? {
        guard arm == .fallback else { return nil }
        return version == PausedAnswer.noVersion ? "constant" : "last-known-good"
    }
}

extension ByteBuffer {
    /// Writes scores as the binary-tensor extension has them: doubles, little-endian.
    ///
    /// Complexity: O(scores).
    mutating func writeBinary(scores: UnsafePointer<Double>, count: Int) {
        reserveCapacity(minimumWritableBytes: count * MemoryLayout<Double>.size)
        for i in 0..<count { writeInteger(scores[i].bitPattern, endianness: .little) }
    }

    /// Writes the body of an answer, but its binary data.
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
        if answer.isBinary {
            writeStaticString("],\"parameters\":{\"binary_data_size\":")
            writeDecimal(UInt64(answer.rows * answer.outputs * MemoryLayout<Double>.size))
            writeStaticString("}}],\"parameters\":{\"prediction_id\":\"")
        } else {
            writeStaticString("],\"data\":[")
            for i in 0..<answer.rows * answer.outputs {
                if i > 0 { writeStaticString(",") }
                writeJSON(scores[i])
            }
            writeStaticString("]}],\"parameters\":{\"prediction_id\":\"")
        }
        withUnsafeTemporaryAllocation(byteCount: 13, alignment: 1) { text in
            answer.id.write(into: text)
            writeBytes(UnsafeRawBufferPointer(text))
        }
        if let trace = answer.trace {
            writeStaticString("\",\"trace_id\":\"")
            withUnsafeTemporaryAllocation(byteCount: TraceID.length, alignment: 1) { text in
                trace.write(into: text)
                writeBytes(UnsafeRawBufferPointer(text))
            }
        }
        if let learnt = answer.learnt {
            writeStaticString("\",\"answered_by\":\"v")
            writeDecimal(UInt64(answer.version))
            writeStaticString("+")
            writeDecimal(UInt64(learnt))
        }
        switch answer.arm {
        case .champion: writeStaticString("\",\"arm\":\"champion\"}}")
        case .pinned: writeStaticString("\",\"arm\":\"pinned\"}}")
        case .canary: writeStaticString("\",\"arm\":\"canary\"}}")
        case .ab: writeStaticString("\",\"arm\":\"a/b\"}}")
        // Nobody gets a shadow's scores.
        case .shadow: writeStaticString("\",\"arm\":\"shadow\"}}")
        case .fallback where answer.version == PausedAnswer.noVersion:
            writeStaticString("\",\"arm\":\"fallback\",\"fallback\":\"constant\"}}")
        case .fallback: writeStaticString("\",\"arm\":\"fallback\",\"fallback\":\"last-known-good\"}}")
        }
    }
}
