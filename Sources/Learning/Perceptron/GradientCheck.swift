package import Tabular

/// The gradient of a network next to differences of its loss: what tests compare.
package struct GradientCheck {
    private let shape: NetworkShape
    private let head: NetworkHead
    private let rows: NetworkRows

    /// A network of those layers on some rows.
    package init(_ rows: LabelledRows, layers: [Int]) throws(LearningFailure) {
        let layout = BoundLayout(try DesignLayout(rows, hooks: TrainingHooks()), rows.schema, rows.categories)
        shape = NetworkShape(sizes: layers)
        head = NetworkHead(rows.schema.target.task)
        self.rows = try NetworkRows(rows, layout, targets: rows.targets, hooks: TrainingHooks())
    }

    /// For each parameter its slope and a central difference of the summed loss.
    package func compare() -> [(slope: Double, difference: Double)] {
        // Biases are moved from zero: a unit below which all are silent would stand on its kink.
        var parameters = shape.start(seed: 3).map { $0 + 0.05 }
        let pass = BlockPass(shape, rows: rows.count)
        _ = loss(parameters, pass)
        parameters.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { pass.backward(rows: rows.count, parameters: base) }
        }
        let slopes = pass.gradient.array
        let step: Float = 1e-3
        return parameters.indices.map { index in
            let own = parameters[index]
            parameters[index] = own + step
            let above = loss(parameters, pass)
            parameters[index] = own - step
            let below = loss(parameters, pass)
            parameters[index] = own
            return (Double(slopes[index]), (above - below) / Double(2 * step))
        }
    }

    private func loss(_ parameters: [Float], _ pass: BlockPass) -> Double {
        for row in 0..<rows.count { rows.write(row, to: pass.values[0].base + row * shape.inputs) }
        parameters.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { pass.forward(rows: rows.count, parameters: base) }
        }
        return (0..<rows.count).reduce(0) { sum, row in
            sum
                + head.slope(
                    pass.values[shape.layers].base + row * shape.outputs, count: shape.outputs, target: rows.targets[row], scale: 1)
        }
    }
}
