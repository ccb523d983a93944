import Foundation
import Learning
import Tabular

/// Asks a model from elsewhere about raw rows, some hundred at a time.
///
/// What the model cannot answer (a shape that only shows then) is answered with what is no number.
final class OnnxPredictor: Predictor {
    /// Rows that are asked together: their values stay in the nearer caches.
    private static let blockRows = 256

    let width: Int
    let outputs: Int
    private let plan: Plan
    private let pool: FramePool
    private let inputs: [BoundInput]
    private let answer: BoundAnswer
    /// Rows that the model takes at once.
    private let most: Int

    init(_ plan: Plan, _ binding: OnnxBinding, _ schema: Schema, _ categories: Categories, texts: [String: [String]]) {
        self.plan = plan
        width = schema.width
        outputs = schema.target.task == .multiclass ? schema.target.classes.count : 1
        pool = FramePool(plan)
        inputs = plan.inputs.map { input in
            BoundInput(
                input, binding.inputs.first { $0.name == input.name }?.features ?? [], schema, categories, plan.texts,
                texts[input.name] ?? [])
        }
        answer = BoundAnswer(binding, plan, schema.target)
        most = plan.inputs.contains { $0.shape?.first.flatMap { $0 } == 1 } ? 1 : Self.blockRows
    }

    /// Refuses inputs that columns of the schema cannot fill.
    static func check(_ plan: Plan, _ binding: OnnxBinding, _ schema: Schema) throws(OnnxFailure) {
        for input in plan.inputs {
            let name = SafeText.escape(input.name)
            let features = binding.inputs.first { $0.name == input.name }?.features ?? []
            if let shape = input.shape {
                guard (1...2).contains(shape.count) else {
                    throw .unfit("the model's input \(name) has \(shape.count) dimensions: rows have two")
                }
                if let rows = shape[0], rows != 1 { throw .unfit("the model's input \(name) takes \(rows) rows, no more and no less") }
                let columns = shape.count == 1 ? 1 : shape[1] ?? features.count
                guard columns == features.count else {
                    throw .unfit(
                        "the model's input \(name) has \(columns) columns: \(features.count) are bound to it: say which with --map")
                }
            }
            for feature in features {
                guard let index = schema.index(of: feature) else { continue }
                let isText = schema.features[index].kind == .categorical
                if input.type == .string, !isText {
                    throw .unfit("the model's input \(name) reads texts: column \(SafeText.escape(feature)) holds numbers")
                }
            }
        }
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) { predict(rows: row, count: 1, into: result) }

    func predict(rows: UnsafePointer<Double>, count: Int, into results: UnsafeMutablePointer<Double>) {
        pool.with { frame in
            for start in stride(from: 0, to: count, by: most) {
                let length = min(most, count - start)
                let target = results + start * outputs
                do {
                    for input in inputs { try input.fill(frame, rows + start * width, count: length, width: width) }
                    for step in plan.steps { try step.kernel.run(frame) }
                    try answer.read(frame, count: length, into: target)
                } catch {
                    for index in 0..<(length * outputs) { target[index] = .nan }
                }
            }
        }
    }
}

/// An input with where its values come from.
private struct BoundInput: Sendable {
    private let slot: Int
    private let type: ElementType
    private let isFlat: Bool
    private let columns: [Column]

    private struct Column: Sendable {
        var feature: Int
        /// Of a category: what the model reads for each code; nil for a number.
        var byCode: [Double]?
        /// For texts that the model does not tell apart from others.
        var other: Double
        /// For no value.
        var missing: Double
    }

    init(_ input: PlanInput, _ features: [String], _ schema: Schema, _ categories: Categories, _ table: TextTable, _ known: [String]) {
        slot = input.slot
        type = input.type
        isFlat = input.shape?.count == 1
        columns = features.map { name in
            let index = schema.index(of: name) ?? 0
            guard schema.features[index].kind == .categorical else {
                return Column(feature: index, byCode: nil, other: .nan, missing: .nan)
            }
            let dictionary = categories[name]
            if input.type == .string {
                let byCode = dictionary.binding(known.map { Double(table.number(of: $0) ?? TextTable.unknown) }, of: known)
                return Column(
                    feature: index, byCode: byCode.map { $0 ?? Double(TextTable.unknown) }, other: Double(TextTable.unknown),
                    missing: Double(table.number(of: "") ?? TextTable.unknown))
            }
            // Categories that are numbers, such as codes: the number.
            let names = dictionary.table.names
            return Column(feature: index, byCode: names.map { $0.flatMap { Double($0) } ?? .nan }, other: .nan, missing: .nan)
        }
    }

    /// Writes the values of some rows as the model reads them.
    @inline(__always)
    func fill(_ frame: Frame, _ rows: UnsafePointer<Double>, count: Int, width: Int) throws(OnnxFault) {
        let shape = isFlat ? Shape(count) : Shape(rows: count, columns: columns.count)
        let memory = try frame.make(slot, type, shape)
        if type == .float, columns.allSatisfy({ $0.byCode == nil }) {
            let target = memory.assumingMemoryBound(to: Float.self)
            for (place, column) in columns.enumerated() {
                for row in 0..<count { target[row * columns.count + place] = Float(rows[row * width + column.feature]) }
            }
            return
        }
        let writer = NumberWriter(frame, slot)
        for (place, column) in columns.enumerated() {
            for row in 0..<count {
                let value = Self.value(rows[row * width + column.feature], column)
                let index = row * columns.count + place
                if type == .string {
                    memory.storeBytes(of: Int32(value), toByteOffset: index * 4, as: Int32.self)
                } else {
                    writer.write(index, value)
                }
            }
        }
    }

    @inline(__always)
    private static func value(_ raw: Double, _ column: Column) -> Double {
        guard let byCode = column.byCode else { return raw }
        guard raw.isFinite else { return column.missing }
        guard let code = Int(exactly: raw), code >= 0, code < byCode.count else { return column.other }
        return byCode[code]
    }
}

/// Where the answer stands in what a model makes.
private struct BoundAnswer: Sendable {
    private let slot: Int
    private let type: ElementType
    private let reading: OnnxBinding.Reading
    private let columns: [Int]
    /// The model's labels by class, as numbers, or as texts' numbers.
    private let labels: [Double]
    private let task: PredictionTask

    init(_ binding: OnnxBinding, _ plan: Plan, _ target: Target) {
        slot = plan.outputs.first?.slot ?? 0
        type = plan.outputs.first?.type ?? .float
        reading = binding.reading
        columns = binding.columns
        task = target.task
        let isText = type == .string
        labels = binding.labels.map { isText ? plan.texts.number(of: $0).map(Double.init) ?? .nan : Double($0) ?? .nan }
    }

    /// Reads the answers to some rows.
    func read(_ frame: Frame, count: Int, into results: UnsafeMutablePointer<Double>) throws(OnnxFault) {
        let shape = frame.shape(slot)
        let width = shape.count / max(1, count)
        guard shape.count == width * count, width > 0, shape.rank > 0, shape[0] == count else {
            throw .shape("answers of \(shape.text) to \(count) rows")
        }
        let numbers = NumberReader(frame, slot)
        let texts = frame.read(slot, as: Int32.self)
        for row in 0..<count {
            let first = row * width
            switch task {
            case .regression: results[row] = numbers[first + min(columns[0], width - 1)]
            case _ where reading == .label:
                writeLabel(type == .string ? Double(texts[first]) : numbers[first], row, results)
            case .binary: results[row] = binary(numbers, first, width)
            case .multiclass: several(numbers, first, width, results + row * columns.count)
            }
        }
    }

    private func writeLabel(_ label: Double, _ row: Int, _ results: UnsafeMutablePointer<Double>) {
        guard task == .multiclass else {
            results[row] = labels.firstIndex(of: label).map { Double($0) } ?? .nan
            return
        }
        for (index, own) in labels.enumerated() { results[row * labels.count + index] = own == label ? 1 : 0 }
    }

    private func binary(_ numbers: NumberReader, _ first: Int, _ width: Int) -> Double {
        let column = columns[0]
        guard column < width else { return .nan }
        let own = numbers[first + column]
        switch reading {
        case .plain, .label: return own
        case .logistic: return 1 / (1 + exp(-own))
        // Of two scores.
        case .softmax: return width < 2 ? .nan : 1 / (1 + exp(numbers[first + 1 - min(1, column)] - own))
        }
    }

    private func several(_ numbers: NumberReader, _ first: Int, _ width: Int, _ target: UnsafeMutablePointer<Double>) {
        var largest = -Double.infinity
        for (index, column) in columns.enumerated() {
            let value = column < width ? numbers[first + column] : .nan
            target[index] = reading == .logistic ? 1 / (1 + exp(-value)) : value
            largest = max(largest, target[index])
        }
        guard reading != .plain else { return }
        var sum = 0.0
        for index in columns.indices {
            if reading == .softmax { target[index] = exp(target[index] - largest) }
            sum += target[index]
        }
        for index in columns.indices { target[index] /= sum }
    }
}
