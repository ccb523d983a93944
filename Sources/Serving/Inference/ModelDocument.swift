package import Engine
package import NIOCore
package import Tabular

/// What `GET /v2/models/{m}` says of a model.
package struct ModelDocument {
    package var name: String
    package var schema: Schema
    package var state: DeploymentState
    /// Loaded versions.
    package var versions: [UInt32]
    package var champion: UInt32?

    package init(_ route: Route) {
        name = route.deployment
        schema = route.schema
        state = route.state
        versions = route.resident.map(\.number).sorted()
        champion = route.champion?.number
    }

    /// Writes the metadata of the Open Inference Protocol; what it has no place for stands in `parameters`, as strings.
    package func write(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"name\":")
        buffer.writeJSON(name)
        buffer.writeStaticString(",\"versions\":[")
        for (i, version) in versions.enumerated() { buffer.writeString((i == 0 ? "\"" : ",\"") + "\(version)\"") }
        buffer.writeStaticString("],\"platform\":\"flyball\",\"inputs\":[")
        for (i, feature) in schema.features.enumerated() {
            buffer.writeString((i == 0 ? "" : ",") + "{\"name\":")
            buffer.writeJSON(feature.name)
            buffer.writeString(
                ",\"datatype\":\"\(TensorDatatype(feature.kind).rawValue)\",\"shape\":[-1,1],\"parameters\":"
                    + "{\"kind\":\"\(feature.kind.rawValue)\",\"optional\":\(feature.optional)}}")
        }
        let outputs = schema.target.task == .multiclass ? schema.target.classes.count : 1
        buffer.writeString("],\"outputs\":[{\"name\":\"score\",\"datatype\":\"FP64\",\"shape\":[-1,\(outputs)]}],\"parameters\":{")
        for (i, parameter) in parameters.enumerated() {
            if i > 0 { buffer.writeStaticString(",") }
            buffer.writeJSON(parameter.name)
            buffer.writeStaticString(":")
            buffer.writeJSON(parameter.value)
        }
        buffer.writeStaticString("}}")
    }

    private var parameters: [(name: String, value: String)] {
        var result = [("task", schema.target.task.rawValue), ("target", schema.target.name)]
        if !schema.target.classes.isEmpty {
            var list = ByteBuffer()
            for (i, name) in schema.target.classes.enumerated() {
                list.writeStaticString(i == 0 ? "[" : ",")
                list.writeJSON(name)
            }
            list.writeStaticString("]")
            result.append(("classes", String(buffer: list)))
            for (i, name) in schema.target.classes.enumerated() { result.append(("class_\(i)", name)) }
        }
        if let column = schema.timeColumn { result.append(("time_column", column)) }
        result.append(("zone", schema.zone))
        if let champion { result.append(("champion", "\(champion)")) }
        result.append(("state", state.rawValue))
        return result.map { (name: $0.0, value: $0.1) }
    }
}
