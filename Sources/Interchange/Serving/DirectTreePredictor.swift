import Learning
import Tabular

/// Asks a model that is nothing but trees over columns of numbers, without the values of an evaluation between: the walk is all there is.
///
/// Its answers are those of an evaluation, bit for bit.
final class DirectTreePredictor: Predictor {
    /// What becomes of the trees' sums.
    private enum Ending {
        case numbers(TreeRegressorKernel)
        case classes(TreeClassifierKernel)

        var core: TreeCore {
            switch self {
            case .numbers(let kernel): kernel.core
            case .classes(let kernel): kernel.core
            }
        }

        /// Numbers of a row.
        var width: Int {
            switch self {
            case .numbers(let kernel): kernel.core.outputs
            case .classes(let kernel): kernel.width
            }
        }
    }

    let width: Int
    let outputs: Int
    private let ending: Ending
    /// The feature of each column of the model's input.
    private let features: [Int]
    /// The column of each of our outputs.
    private let columns: [Int]
    private let isSingle: Bool

    /// Nil for a model that does more, or that reads or is read otherwise.
    init?(_ plan: Plan, _ binding: OnnxBinding, _ schema: Schema) {
        let steps = plan.steps.filter { !($0.kernel is AliasKernel) }
        guard steps.count == 1, plan.inputs.count == 1, binding.reading == .plain, binding.fills == nil, let input = plan.inputs.first,
            input.type == .float || input.type == .double, input.shape?.count != 1
        else { return nil }
        let (end, made): (Ending, Int?)
        switch steps[0].kernel {
        case let kernel as TreeRegressorKernel: (end, made) = (.numbers(kernel), kernel.output)
        case let kernel as TreeClassifierKernel: (end, made) = (.classes(kernel), kernel.scores)
        default: return nil
        }
        // What is read must be the scores, under whatever other names.
        var place = plan.outputs.first?.slot
        for case let alias as AliasKernel in plan.steps.reversed().map(\.kernel) where alias.output == place { place = alias.input }
        let names = binding.inputs.first { $0.name == input.name }?.features ?? []
        let features = names.compactMap { schema.index(of: $0) }
        guard place == made, made != nil, end.core.input == input.slot, features.count == names.count,
            features.allSatisfy({ schema.features[$0].kind != .categorical }), end.core.reads(features.count),
            binding.columns.allSatisfy({ $0 < end.width })
        else { return nil }
        ending = end
        self.features = features
        columns = binding.columns
        width = schema.width
        outputs = columns.count
        isSingle = input.type == .float
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) { predict(rows: row, count: 1, into: result) }

    func predict(rows: UnsafePointer<Double>, count: Int, into results: UnsafeMutablePointer<Double>) {
        let core = ending.core
        let (most, inner) = (min(count, FlatForest.blockRows), core.outputs)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: most * (features.count + inner) + 1) { room in
            guard let values = room.baseAddress else { return }
            let sums = values + most * features.count
            for start in stride(from: 0, to: count, by: most) {
                let length = min(most, count - start)
                gather(rows + start * width, length, to: values)
                sums.update(repeating: 0, count: length * inner)
                core.add(FlatForest.Block(inputs: values, stride: features.count, count: length), length, to: sums)
                for row in 0..<length { finish(sums + row * inner, into: results + (start + row) * outputs) }
            }
        }
    }

    @inline(__always)
    private func gather(_ rows: UnsafePointer<Double>, _ count: Int, to values: UnsafeMutablePointer<Double>) {
        features.withUnsafeBufferPointer { features in
            for row in 0..<count {
                let (from, to) = (rows + row * width, values + row * features.count)
                for column in 0..<features.count {
                    let value = from[features[column]]
                    to[column] = isSingle ? Double(Float(value)) : value
                }
            }
        }
    }

    @inline(__always)
    private func finish(_ sums: UnsafeMutablePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        switch ending {
        case .numbers(let kernel):
            kernel.finish(sums)
            for (index, column) in columns.enumerated() {
                result[index] = kernel.type == .float ? Double(Float(sums[column])) : sums[column]
            }
        case .classes(let kernel):
            withUnsafeTemporaryAllocation(of: Float.self, capacity: kernel.width) { room in
                guard let scores = room.baseAddress else { return }
                _ = kernel.finish(sums, scores)
                for (index, column) in columns.enumerated() { result[index] = Double(scores[column]) }
            }
        }
    }
}
