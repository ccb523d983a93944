import Foundation
import Tabular

/// What a perceptron has learnt.
struct PerceptronModel: FittedAlgorithm {
    static let name = Perceptron.name
    /// Units of a layer that an artefact may have.
    private static let mostUnits = 65_536

    let layout: DesignLayout
    let shape: NetworkShape
    let parameters: [Float]
    /// Targets count in units of `scale` from `center`; 1 and 0 for classes.
    let center: Double
    let scale: Double
    let remarks: [String]

    var notes: [String] { layout.notes + remarks }

    init(layout: DesignLayout, shape: NetworkShape, parameters: [Float], center: Double, scale: Double, remarks: [String]) {
        self.layout = layout
        self.shape = shape
        self.parameters = parameters
        self.center = center
        self.scale = scale
        self.remarks = remarks
    }

    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        layout = try DesignLayout(from: &reader, width: schema.width)
        let sizes = try reader.integers().map { Int($0) }
        guard (2...8).contains(sizes.count), sizes.allSatisfy({ (1...Self.mostUnits).contains($0) }), sizes[0] == layout.columns,
            sizes[sizes.count - 1] == schema.target.outputs
        else { throw .corruptArtefact("its layers do not fit its columns and target") }
        shape = NetworkShape(sizes: sizes)
        parameters = try reader.floats()
        center = try reader.real()
        scale = try reader.real()
        remarks = []
        guard parameters.count == shape.parameters, parameters.allSatisfy(\.isFinite), center.isFinite, scale.isFinite else {
            throw .corruptArtefact("its weights do not fit its layers")
        }
    }

    func encode(into writer: inout ArtefactWriter) {
        layout.encode(into: &writer)
        writer.integers(shape.sizes.map { Int32($0) })
        writer.floats(parameters)
        writer.real(center)
        writer.real(scale)
    }

    func predictor(schema: Schema, categories: Categories) -> any Predictor {
        PerceptronPredictor(self, BoundLayout(layout, schema, categories), NetworkHead(schema.target.task))
    }

    /// The size of the first layer's weights by feature: a rough measure; permutation and contributions tell more.
    func importance(schema: Schema) -> [Double] {
        var sums = [Double](repeating: 0, count: schema.width)
        let features = layout.featureByColumn
        let units = shape.sizes[1]
        for column in 0..<layout.columns {
            for unit in 0..<units {
                let weight = Double(parameters[shape.weights(0) + column * units + unit])
                sums[features[column]] += weight * weight
            }
        }
        return sums.map { $0.squareRoot() }
    }
}

/// Takes rows through the layers one by one, always in the same order of operations, so that a batch answers as its rows do.
private final class PerceptronPredictor: Predictor {
    let width: Int
    let outputs: Int
    private let layout: BoundLayout
    private let shape: NetworkShape
    private let parameters: [Float]
    private let head: NetworkHead
    private let center: Double
    private let scale: Double
    /// Units of the largest layer.
    private let widest: Int

    init(_ model: PerceptronModel, _ layout: BoundLayout, _ head: NetworkHead) {
        self.layout = layout
        self.head = head
        width = layout.layout.blocks.count
        outputs = model.shape.outputs
        shape = model.shape
        parameters = model.parameters
        center = model.center
        scale = model.scale
        widest = model.shape.sizes.dropFirst().max() ?? 1
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        // On the stack for small layers; larger ones take one allocation, little beside their products.
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * widest) { room in
            parameters.withUnsafeBufferPointer { parameters in
                guard let room = room.baseAddress, let parameters = parameters.baseAddress else { return }
                finish(forward(row, room, parameters), into: result)
            }
        }
    }

    private func forward(
        _ row: UnsafePointer<Double>, _ room: UnsafeMutablePointer<Float>, _ parameters: UnsafePointer<Float>
    ) -> UnsafeMutablePointer<Float> {
        var from = room + widest
        var to = room
        let first = shape.sizes[1]
        to.update(from: parameters + shape.biases(0), count: first)
        layout.forEach(row) { column, value in
            let line = parameters + column * first
            let factor = NetworkRows.bounded(value)
            FloatVectors.add(factor, times: line, to: to, count: first)
        }
        for layer in 1..<shape.layers {
            swap(&from, &to)
            let units = shape.sizes[layer + 1]
            to.update(from: parameters + shape.biases(layer), count: units)
            for input in 0..<shape.sizes[layer] where from[input] > 0 {
                let line = parameters + shape.weights(layer) + input * units
                let factor = from[input]
                FloatVectors.add(factor, times: line, to: to, count: units)
            }
        }
        return to
    }

    private func finish(_ scores: UnsafeMutablePointer<Float>, into result: UnsafeMutablePointer<Double>) {
        for output in 0..<outputs { result[output] = Double(scores[output]) }
        switch head {
        case .logistic: result[0] = Sigmoid.value(result[0])
        case .softmax: Softmax.apply(result, count: outputs)
        case .squared: result[0] = result[0] * scale + center
        }
    }
}
