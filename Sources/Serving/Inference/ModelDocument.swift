package import Engine
import Foundation
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
    /// From which score on the version that is asked about calls a row positive, where somebody chose; nil: from one half on.
    package var threshold: Double?
    /// Rows that one request may have.
    package var maximumRows: Int

    /// - Parameter version: the one that is asked about; nil: the champion.
    package init(_ route: Route, version: UInt32? = nil, maximumRows: Int) {
        name = route.deployment
        schema = route.schema
        state = route.state
        versions = route.resident.map(\.number).sorted()
        champion = route.champion?.number
        threshold = (version ?? route.champion?.number).flatMap { route.thresholds[$0] }
        self.maximumRows = maximumRows
    }

    /// Writes the metadata of the Open Inference Protocol; what it has no place for stands in `parameters`, as strings.
    package func write(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"name\":")
        buffer.writeJSON(name)
        buffer.writeStaticString(",\"versions\":[")
        for (i, version) in versions.enumerated() { buffer.writeString((i == 0 ? "\"" : ",\"") + "\(version)\"") }
        buffer.writeStaticString("],\"platform\":\"flyball\",\"inputs\":[")
        for (i, feature) in schema.features.enumerated() {
            if i > 0 { buffer.writeStaticString(",") }
            write(feature, into: &buffer)
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

    /// One input: its usual datatype, and in `parameters` all that it may be sent as and how to say that its value is missing.
    private func write(_ feature: Feature, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"name\":")
        buffer.writeJSON(feature.name)
        buffer.writeString(",\"datatype\":\"\(TensorDatatype(feature.kind).rawValue)\",\"shape\":[-1,1],\"parameters\":{\"kind\":")
        buffer.writeJSON(feature.kind.rawValue)
        buffer.writeString(",\"optional\":\(feature.optional),\"datatypes\":")
        buffer.writeJSON(TensorDatatype.allCases.filter { $0.carries(feature.kind) }.map(\.rawValue).joined(separator: ","))
        buffer.writeStaticString(",\"missing\":")
        buffer.writeJSON(TensorDatatype(feature.kind) == .bytes ? "null or an empty string" : "null")
        if let format = feature.format {
            buffer.writeStaticString(",\"number_format\":")
            buffer.writeJSON(Self.json(format))
        }
        if feature.keepsWords == true { buffer.writeStaticString(",\"keeps_words\":\"true\"") }
        if feature.kind == .time {
            buffer.writeStaticString(",\"format\":")
            buffer.writeJSON(
                "BYTES: 2013-04-01T10:00:00Z, or without an offset in \(schema.zone); INT64: Unix seconds, milliseconds, microseconds or nanoseconds, told by their size"
            )
        }
        buffer.writeStaticString("}}")
    }

    /// How one tensor may carry all features, or why none can.
    private var matrix: String {
        let numbers = schema.features.filter { TensorDatatype.fp64.carries($0.kind) }
        let others = schema.features.filter { !TensorDatatype.fp64.carries($0.kind) && !$0.optional }
        guard others.isEmpty else { return "not taken: \(others.map(\.name).joined(separator: ", ")) are no numbers" }
        return "one tensor [n,\(numbers.count)] of \(numbers.map(\.name).joined(separator: ", ")) in this order"
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// What the protocol has no place for.
    var parameters: [(name: String, value: String)] {
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
        if let threshold { result.append(("threshold", "\(threshold)")) }
        if !schema.target.classes.isEmpty { result.append(("outputs_on_request", ModelOutput.label.rawValue)) }
        result.append(("missing_words", Self.json(schema.missingWords.words)))
        if let format = schema.target.format { result.append(("target_format", Self.json(format))) }
        if schema.target.keepsWords == true { result.append(("target_keeps_words", "true")) }
        if let column = schema.timeColumn { result.append(("time_column", column)) }
        result.append(("zone", schema.zone))
        result.append(("matrix", matrix))
        result.append(("maximum_rows", "\(maximumRows)"))
        if let champion { result.append(("champion", "\(champion)")) }
        result.append(("state", state.rawValue))
        return result.map { (name: $0.0, value: $0.1) }
    }
}
