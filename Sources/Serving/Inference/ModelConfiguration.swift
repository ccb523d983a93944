package import NIOCore
import Tabular

extension ModelDocument {
    /// Writes what `GET /v2/models/{m}/config` says: the shape that Triton's clients know.
    ///
    /// Tensors are those of the metadata, without the dimension of the batch, which every model here takes.
    package func writeConfiguration(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"name\":")
        buffer.writeJSON(name)
        buffer.writeString(
            ",\"platform\":\"flyball\",\"backend\":\"flyball\",\"version_policy\":{\"specific\":{\"versions\":[\(list(versions))]}},"
                + "\"max_batch_size\":\(maximumRows),\"input\":[")
        for (i, feature) in schema.features.enumerated() {
            buffer.writeStaticString(i == 0 ? "{\"name\":" : ",{\"name\":")
            buffer.writeJSON(feature.name)
            buffer.writeString(
                ",\"data_type\":\"\(Self.type(TensorDatatype(feature.kind)))\",\"format\":\"FORMAT_NONE\",\"dims\":[1],"
                    + "\"optional\":\(feature.optional)}")
        }
        let outputs = schema.target.task == .multiclass ? schema.target.classes.count : 1
        buffer.writeString(
            "],\"output\":[{\"name\":\"\(InferenceDecoder.outputName)\",\"data_type\":\"TYPE_FP64\",\"dims\":[\(outputs)]}],"
                + "\"batch_input\":[],\"batch_output\":[],\"instance_group\":[],\"default_model_filename\":\"\",\"parameters\":{}}")
    }

    private func list(_ numbers: [UInt32]) -> String { numbers.map(String.init).joined(separator: ",") }

    /// Triton's name of a datatype in configurations: texts are strings there.
    private static func type(_ datatype: TensorDatatype) -> String {
        datatype == .bytes ? "TYPE_STRING" : "TYPE_\(datatype.rawValue)"
    }
}
