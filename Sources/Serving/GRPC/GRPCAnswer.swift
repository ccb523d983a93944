import Engine
import Foundation
import InferenceProtocol
import SwiftProtobuf
import Tabular

/// An answer to an inference request, taken out of the event loop that made it.
struct GRPCAnswer: Sendable {
    var model: String
    var answer: InferenceAnswer
    var scores: [Double]

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
        return message
    }

    private var parameters: [String: Inference_InferParameter] {
        var texts = ["prediction_id": answer.id.text, "arm": answer.arm.word]
        if let trace = answer.trace { texts["trace_id"] = trace.text }
        if let learnt = answer.learnt { texts["answered_by"] = "v\(answer.version)+\(learnt)" }
        if let fallback = answer.fallback { texts["fallback"] = "\(fallback)" }
        return texts.mapValues { text in
            var parameter = Inference_InferParameter()
            parameter.stringParam = text
            return parameter
        }
    }
}
