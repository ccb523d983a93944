package import Learning
package import Tabular

/// What an exported model reads: one matrix where all columns are numbers, else an input a column.
///
/// A time goes in as its hour, weekday (1 is Monday) and month in the schema's zone, which ONNX cannot find by itself. Missing is NaN, and
/// the empty text.
package struct ExportInputs: Sendable {
    /// The name of the matrix.
    package static let matrix = "X"
    /// The parts of a time, in their order.
    package static let parts = ["hour", "weekday", "month"]

    private let form: ModelForm
    /// Single or double precision.
    package let type: ElementType
    /// Whether one matrix goes in.
    package let isMatrix: Bool

    /// The inputs of a model, in one precision.
    package init(_ form: ModelForm, type: ElementType) {
        self.form = form
        self.type = type
        isMatrix = form.schema.features.allSatisfy { $0.kind != .categorical && $0.kind != .time }
    }

    /// The model's inputs.
    package var ports: [OnnxPort] {
        if isMatrix { return [OnnxPort(name: Self.matrix, kind: .tensor(type), shape: [nil, form.schema.width])] }
        return form.schema.features.flatMap { feature -> [OnnxPort] in
            switch feature.kind {
            case .categorical: [OnnxPort(name: feature.name, kind: .tensor(.string), shape: [nil, 1])]
            case .time: Self.parts.map { OnnxPort(name: "\(feature.name) \($0)", kind: .tensor(type), shape: [nil, 1]) }
            default: [OnnxPort(name: feature.name, kind: .tensor(type), shape: [nil, 1])]
            }
        }
    }

    /// Raw rows as the model reads them.
    ///
    /// Complexity: O(values).
    package func tensors(_ rows: [Double], _ categories: Categories) -> [String: OnnxTensor] {
        let width = form.schema.width
        let count = rows.count / max(1, width)
        if isMatrix { return [Self.matrix: OnnxTensor(shape: [count, width], elements: elements(rows.map { $0.isFinite ? $0 : .nan }))] }
        var result: [String: OnnxTensor] = [:]
        for (index, feature) in form.schema.features.enumerated() {
            let values = (0..<count).map { rows[$0 * width + index] }
            switch feature.kind {
            case .categorical:
                let table = categories[feature.name].table
                let texts = values.map { value in Int32(exactly: value).flatMap { table.name(of: $0) } ?? (value.isFinite ? "\u{1}" : "") }
                result[feature.name] = OnnxTensor(shape: [count, 1], elements: .texts(texts))
            case .time:
                let parts = values.map { form.parts($0) }
                let numbers = [parts.map { $0?.hour }, parts.map { $0?.weekday }, parts.map { $0?.month }]
                for (name, own) in zip(Self.parts, numbers) {
                    result["\(feature.name) \(name)"] = OnnxTensor(
                        shape: [count, 1], elements: elements(own.map { $0.map { Double($0) } ?? .nan }))
                }
            default: result[feature.name] = OnnxTensor(shape: [count, 1], elements: elements(values.map { $0.isFinite ? $0 : .nan }))
            }
        }
        return result
    }

    private func elements(_ values: [Double]) -> OnnxElements { type == .float ? .floats(values.map { Float($0) }) : .doubles(values) }
}
