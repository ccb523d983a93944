import Foundation
import Learning
import Tabular

/// The columns of coded rows inside a graph: what the core of a model reads.
struct PreparedColumns {
    /// A column of numbers in double precision, NaN where missing, with whether it is there.
    struct Number {
        var value: String
        var isPresent: String
    }

    /// A column of the coded rows.
    enum Column {
        case number(Number)
        /// Texts.
        case category(String)
        /// Hour, weekday and month.
        case time([Number])
    }

    private let form: ModelForm
    private let inputs: ExportInputs
    /// One a feature of the inner schema.
    private(set) var columns: [Column] = []
    private var missingNumber = ""
    private var largest = ""

    /// Adds what prepares the columns to a graph.
    init(_ form: ModelForm, _ inputs: ExportInputs, _ graph: inout GraphWriter) {
        self.form = form
        self.inputs = inputs
        missingNumber = graph.number(.nan)
        largest = graph.number(.greatestFiniteMagnitude)
        let matrix = inputs.isMatrix ? wide(ExportInputs.matrix, &graph) : ""
        for (index, feature) in form.schema.features.enumerated() {
            let raw: Column
            switch feature.kind {
            case .categorical: raw = .category(feature.name)
            case .time: raw = .time(ExportInputs.parts.map { number(wide("\(feature.name) \($0)", &graph), &graph) })
            default: raw = .number(number(inputs.isMatrix ? graph.columns(matrix, [index]) : wide(feature.name, &graph), &graph))
            }
            columns += coded(raw, form.coding[index], &graph)
        }
    }

    private func wide(_ name: String, _ graph: inout GraphWriter) -> String {
        inputs.type == .double ? name : graph.cast(name, to: .double)
    }

    /// Infinities count as missing, as they do here.
    private func number(_ value: String, _ graph: inout GraphWriter) -> Number {
        let isPresent = graph.add("LessOrEqual", [graph.add("Abs", [value]), largest])
        return Number(value: graph.add("Where", [isPresent, value, missingNumber]), isPresent: isPresent)
    }

    private func coded(_ raw: Column, _ coding: ModelForm.Coding, _ graph: inout GraphWriter) -> [Column] {
        switch (coding, raw) {
        case (.texts(let codes), .category(let input)):
            let shares = Self.shares(of: input, texts: codes.texts, &graph)
            let values = codes.values + codes.missing + codes.unseen
            let product = graph.add("MatMul", [shares, graph.matrix(codes.texts.count + 2, values)])
            return (0..<codes.width).map { place in
                .number(number(codes.width == 1 ? product : graph.columns(product, [place]), &graph))
            }
        case (.cycles, .time(let parts)):
            return zip(parts, [24, 7, 12]).enumerated().flatMap { index, part -> [Column] in
                let first = index == 0 ? 0 : 1
                let slots = Self.slots(of: part.0, first..<(first + part.1), &graph)
                return [sin, cos].map { circle in
                    let values = (0..<part.1).map { circle(2 * Double.pi * Double($0) / Double(part.1)) }
                    let value = graph.add("MatMul", [slots, graph.matrix(part.1, values)])
                    let known = graph.add("Where", [part.0.isPresent, value, missingNumber])
                    return .number(Number(value: known, isPresent: part.0.isPresent))
                }
            }
        case (.withheld, _): return []
        default: return [raw]
        }
    }

    /// For a column of texts what it is, as columns of 0 and 1: each of some texts, missing, any other; `[rows, texts + 2]`.
    static func shares(of input: String, texts: [String], _ graph: inout GraphWriter) -> String {
        let known = graph.add(
            "OneHotEncoder", [input], ["cats_strings": OnnxAttribute(texts + [""]), "zeros": OnnxAttribute(1)], domain: "ai.onnx.ml")
        let flat = graph.add("Flatten", [known])
        let wide = graph.cast(flat, to: .double)
        let axes = graph.constant("axes", [1], .integers([1]))
        let sum = graph.add("ReduceSum", [wide, axes])
        return graph.beside([wide, graph.add("Sub", [graph.number(1), sum])])
    }

    /// For a column of whole numbers which of some it is, as columns of 0 and 1, all 0 where it is missing.
    static func slots(of column: Number, _ values: Range<Int>, _ graph: inout GraphWriter) -> String {
        let known = graph.add("Where", [column.isPresent, column.value, graph.number(-1)])
        let whole = graph.cast(known, to: .int64)
        let slots = graph.add(
            "OneHotEncoder", [whole], ["cats_int64s": OnnxAttribute(Array(values)), "zeros": OnnxAttribute(1)], domain: "ai.onnx.ml")
        return graph.cast(graph.add("Flatten", [slots]), to: .double)
    }

    /// Where a value is missing, as a column of 0 and 1.
    static func absence(of column: Number, _ graph: inout GraphWriter) -> String {
        graph.cast(graph.add("Not", [column.isPresent]), to: .double)
    }
}
