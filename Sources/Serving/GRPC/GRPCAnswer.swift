import Engine
import Foundation
import InferenceProtocol
import Learning
import SwiftProtobuf
import Tabular

/// An answer to an inference request, taken out of the event loop that made it.
struct GRPCAnswer: Sendable {
    var model: String
    var answer: InferenceAnswer
    var scores: [Double]
    /// The class that each row is called, where that is wanted.
    private(set) var labels: [Data] = []

    init(model: String, answer: InferenceAnswer, scores: [Double]) {
        self.model = model
        self.answer = answer
        self.scores = scores
    }

    /// Names the class that each row is called.
    mutating func name(_ target: Target) {
        labels = scores.withUnsafeBufferPointer { scores in
            guard let first = scores.baseAddress else { return [] }
            return (0..<answer.rows).map { row in
                let place = target.called(first + row * answer.outputs, outputs: answer.outputs, threshold: answer.threshold)
                return Data((target.classes.indices.contains(place) ? target.classes[place] : "").utf8)
            }
        }
    }

    /// As the protocol has it: raw bytes for whoever sent raw bytes, typed contents else.
    ///
    /// Complexity: O(scores).
    var message: Inference_ModelInferResponse {
        var message = Inference_ModelInferResponse()
        message.modelName = model
        message.modelVersion = "\(answer.version)"
        message.id = answer.clientID ?? ""
        message.parameters = parameters
        var output = Inference_ModelInferResponse.InferOutputTensor()
        output.name = InferenceDecoder.outputName
        output.datatype = TensorDatatype.fp64.rawValue
        output.shape = [Int64(answer.rows), Int64(answer.outputs)]
        if answer.isBinary {
            var bytes = Data(capacity: scores.count * MemoryLayout<Double>.size)
            for score in scores { withUnsafeBytes(of: score.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
            message.rawOutputContents = [bytes]
        } else {
            output.contents.fp64Contents = scores
        }
        message.outputs = [output]
        if answer.wantsLabel { addLabels(to: &message) }
        return message
    }

    /// The class that each row is called, as the scores come: raw, each behind its length, or in typed contents.
    private func addLabels(to message: inout Inference_ModelInferResponse) {
        var output = Inference_ModelInferResponse.InferOutputTensor()
        output.name = ModelOutput.label.rawValue
        output.datatype = TensorDatatype.bytes.rawValue
        output.shape = [Int64(answer.rows), 1]
        if answer.isBinary {
            var bytes = Data()
            for label in labels {
                withUnsafeBytes(of: UInt32(truncatingIfNeeded: label.count).littleEndian) { bytes.append(contentsOf: $0) }
                bytes.append(label)
            }
            message.rawOutputContents.append(bytes)
        } else {
            output.contents.bytesContents = labels
        }
        message.outputs.append(output)
    }

    private var parameters: [String: Inference_InferParameter] {
        var texts = ["prediction_id": answer.id.text, "arm": answer.arm.word]
        if let trace = answer.trace { texts["trace_id"] = trace.text }
        if let learnt = answer.learnt { texts["answered_by"] = "v\(answer.version)+\(learnt)" }
        if answer.threshold != DecisionThreshold.standard { texts["threshold"] = "\(answer.threshold)" }
        if let fallback = answer.fallback { texts["fallback"] = "\(fallback)" }
        return texts.mapValues { text in
            var parameter = Inference_InferParameter()
            parameter.stringParam = text
            return parameter
        }
    }
}
