import Foundation
import Tabular

/// Walks flat trees over raw rows.
final class TreePredictor: Predictor {
    let width: Int
    let outputs: Int
    private let inputs: TreeInputs
    private let base: [Double]
    private let isBinary: Bool
    private let isSoftmax: Bool
    private let isLogarithmic: Bool
    /// Where a row's exposure stands, which an answer is multiplied with.
    private let exposure: Int?
    private let forest: FlatForest
    private let categories: [Category]
    /// The bins of all categorical inputs' codes, one input after the other.
    private let bins: [UInt8]

    /// Where a categorical input's bins by code lie.
    private struct Category {
        var input: Int
        var first: Int
        var count: Int
        var rare: Int
        var missing: Int
    }

    /// `isRaw` leaves out the logistic or softmax function.
    init(ensemble: TreeEnsemble, inputs: TreeInputs, codes: [[UInt8]], isRaw: Bool = false) {
        width = inputs.width
        self.inputs = inputs
        base = ensemble.base
        isBinary = ensemble.task == .binary && !isRaw
        isSoftmax = ensemble.task == .multiclass && !isRaw
        isLogarithmic = ensemble.isLogarithmic && !isRaw
        exposure = isLogarithmic ? inputs.exposure : nil
        outputs = base.count
        forest = Self.forest(ensemble)
        var bins: [UInt8] = []
        var categories: [Category] = []
        for (input, (feature, own)) in zip(ensemble.binning.features, codes).enumerated() {
            guard let feature, feature.isCategorical else { continue }
            categories.append(
                Category(input: input, first: bins.count, count: own.count, rare: feature.texts.count, missing: feature.missing))
            bins += own
        }
        self.bins = bins
        self.categories = categories
    }

    private static func forest(_ ensemble: TreeEnsemble) -> FlatForest {
        let inner = ensemble.features.count
        // An ensemble counts its leaves from -1 downwards.
        func place(_ child: Int32) -> Int32 { child < 0 ? Int32(inner) + ~child : child }
        let nodes = ensemble.features.indices.map { node in
            let flags = ensemble.flags[node]
            return FlatForest.Node(
                threshold: ensemble.thresholds[node], input: ensemble.features[node], left: place(ensemble.left[node]),
                right: place(ensemble.right[node]), set: flags & 2 != 0 ? ensemble.setIndex[node] : flags & 1 != 0 ? -1 : -2)
        }
        let leaves = ensemble.leaves.indices.map { FlatForest.Node(leaf: ensemble.leaves[$0], at: inner + $0) }
        return FlatForest(
            roots: ensemble.roots.map(place), nodes: nodes + leaves, firstLeaf: inner, sets: ensemble.sets, outputs: ensemble.base.count,
            infinityIsMissing: true)
    }

    /// Adds the trees in the order in which they were grown: the very sums that the trainer made.
    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) { predict(rows: row, count: 1, into: result) }

    /// Tree by tree over blocks of rows, so that a tree's nodes stay in the nearest cache; the sums of a row are those of a row alone.
    func predict(rows: UnsafePointer<Double>, count: Int, into results: UnsafeMutablePointer<Double>) {
        let most = min(count, FlatForest.blockRows)
        if categories.isEmpty, inputs.parts == 0 {
            for start in stride(from: 0, to: count, by: FlatForest.blockRows) {
                let block = FlatForest.Block(inputs: rows + start * width, stride: width, count: min(most, count - start))
                answer(block, results + start * outputs)
            }
            return
        }
        // One row of up to 128 inputs lies on the stack; what is larger is allocated once a call.
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, most * inputs.count)) { room in
            guard let room = room.baseAddress else { return }
            for start in stride(from: 0, to: count, by: FlatForest.blockRows) {
                let block = FlatForest.Block(inputs: room, stride: inputs.count, count: min(most, count - start))
                for row in 0..<block.count { writeInputs(rows + (start + row) * width, to: room + row * block.stride) }
                answer(block, results + start * outputs)
            }
        }
    }

    /// Once a row, since a row meets hundreds of nodes.
    private func writeInputs(_ row: UnsafePointer<Double>, to target: UnsafeMutablePointer<Double>) {
        target.update(from: row, count: width)
        if inputs.parts > 0 { inputs.writeParts(row, into: target + width) }
        for category in categories { target[category.input] = Double(bitPattern: bin(row[category.input], category)) }
    }

    private func bin(_ value: Double, _ category: Category) -> UInt64 {
        guard value.isFinite else { return UInt64(category.missing) }
        guard let code = Int(exactly: value), code >= 0, code < category.count else { return UInt64(category.rare) }
        return UInt64(bins[category.first + code])
    }

    private func answer(_ block: FlatForest.Block, _ results: UnsafeMutablePointer<Double>) {
        for row in 0..<block.count { for output in 0..<outputs { results[row * outputs + output] = base[output] } }
        forest.add(block, to: results)
        for row in 0..<block.count {
            let result = results + row * outputs
            if isBinary { result.pointee = Sigmoid.value(result.pointee) }
            if isSoftmax { Softmax.apply(result, count: outputs) }
            if isLogarithmic { result.pointee = exp(result.pointee) * exposure(of: block, row) }
        }
    }

    /// 1 where the row has none.
    private func exposure(of block: FlatForest.Block, _ row: Int) -> Double {
        guard let exposure else { return 1 }
        let value = block.inputs[row * block.stride + exposure]
        return value >= 0 && value < .infinity ? value : 1
    }

    /// Calls `body` with the side that a row takes at each node.
    func withDecisions(of row: UnsafePointer<Double>, _ body: ((_ node: Int) -> Bool) -> Void) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, inputs.count)) { room in
            guard let room = room.baseAddress else { return }
            writeInputs(row, to: room)
            let block = FlatForest.Block(inputs: room, stride: inputs.count, count: 1)
            body { node in forest.goesLeft(node, block) }
        }
    }
}
