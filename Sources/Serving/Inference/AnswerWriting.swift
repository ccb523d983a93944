import Engine
import Learning
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
    /// From which score on its version calls a row positive, of two classes.
    var threshold = DecisionThreshold.standard
    /// Whether the class that each row is called stands beside its scores.
    var wantsLabel = false

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
        writeWithUnsafeMutableBytes(minimumWritableBytes: count * MemoryLayout<Double>.size) { bytes in
            for i in 0..<count {
                bytes.storeBytes(of: scores[i].bitPattern.littleEndian, toByteOffset: i * MemoryLayout<Double>.size, as: UInt64.self)
            }
            return count * MemoryLayout<Double>.size
        }
    }

    /// Writes the body of an answer, but its binary data.
    ///
    /// Complexity: O(scores).
    mutating func writeInference(_ answer: InferenceAnswer, entry: RouteEntry, scores: UnsafePointer<Double>) {
        let start = entry.json.answerStart
        append(atMost: start.count + DecimalText.longest) { cursor in
            cursor.put(start)
            cursor.put(Int(answer.version))
        }
        if let clientID = answer.clientID {
            writeStaticString("\",\"id\":")
            writeJSON(clientID)
            writeStaticString(",\"outputs\":[{\"name\":\"score\",\"datatype\":\"FP64\",\"shape\":[")
        } else {
            writeStaticString("\",\"outputs\":[{\"name\":\"score\",\"datatype\":\"FP64\",\"shape\":[")
        }
        let count = answer.rows * answer.outputs
        append(atMost: 64 + 4 * DecimalText.longest) { cursor in
            cursor.put(answer.rows)
            cursor.put(",")
            cursor.put(answer.outputs)
            if answer.isBinary {
                cursor.put("],\"parameters\":{\"binary_data_size\":")
                cursor.put(count * MemoryLayout<Double>.size)
            } else {
                cursor.put("],\"data\":[")
                if count > 0 { cursor.put(scores[0]) }
            }
        }
        if !answer.isBinary {
            for i in 1..<max(1, count) {
                append(atMost: 1 + DecimalText.longest) { cursor in
                    cursor.put(",")
                    cursor.put(scores[i])
                }
            }
        }
        if answer.wantsLabel {
            writeStaticString(answer.isBinary ? "}}" : "]}")
            writeLabels(of: answer, entry.route.schema.target, scores)
        }
        append(atMost: 360) { $0.putParameters(of: answer) }
    }

    /// Writes the output with the class that each row is called: as text, whatever the scores come as.
    private mutating func writeLabels(of answer: InferenceAnswer, _ target: Target, _ scores: UnsafePointer<Double>) {
        writeString(",{\"name\":\"\(ModelOutput.label.rawValue)\",\"datatype\":\"BYTES\",\"shape\":[\(answer.rows),1],\"data\":[")
        for row in 0..<answer.rows {
            if row > 0 { writeStaticString(",") }
            let place = target.called(scores + row * answer.outputs, outputs: answer.outputs, threshold: answer.threshold)
            writeJSON(target.classes.indices.contains(place) ? target.classes[place] : "")
        }
    }
}

extension ByteCursor {
    /// What stands behind the scores, to the end.
    fileprivate mutating func putParameters(of answer: InferenceAnswer) {
        if answer.isBinary, !answer.wantsLabel {
            put("}}],\"parameters\":{\"prediction_id\":\"")
        } else {
            put("]}],\"parameters\":{\"prediction_id\":\"")
        }
        put(13) { answer.id.write(into: $0) }
        if let trace = answer.trace {
            put("\",\"trace_id\":\"")
            put(TraceID.length) { trace.write(into: $0) }
        }
        if let learnt = answer.learnt {
            put("\",\"answered_by\":\"v")
            put(Int(answer.version))
            put("+")
            put(Int(learnt))
        }
        if answer.threshold != DecisionThreshold.standard {
            put("\",\"threshold\":\"")
            put(answer.threshold)
        }
        switch answer.arm {
        case .champion: put("\",\"arm\":\"champion\"}}")
        case .pinned: put("\",\"arm\":\"pinned\"}}")
        case .canary: put("\",\"arm\":\"canary\"}}")
        case .ab: put("\",\"arm\":\"a/b\"}}")
        // Nobody gets a shadow's scores.
        case .shadow: put("\",\"arm\":\"shadow\"}}")
        case .fallback where answer.version == PausedAnswer.noVersion: put("\",\"arm\":\"fallback\",\"fallback\":\"constant\"}}")
        case .fallback: put("\",\"arm\":\"fallback\",\"fallback\":\"last-known-good\"}}")
        }
    }
}
