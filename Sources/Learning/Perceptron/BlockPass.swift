import COpenBLAS

/// One block of rows on its way through a network and back: single precision, every product through `sgemm`.
///
/// Owned by one thread at a time.
final class BlockPass: Sendable {
    private let shape: NetworkShape
    /// What each layer takes in, `[rows, size]`; the last one holds the outputs.
    let values: [Buffer<Float>]
    /// The loss's slopes by what each hidden layer gives, `[rows, size]`.
    private let slopes: [Buffer<Float>]
    /// The sum of the rows' gradients, in the order of the parameters.
    let gradient: Buffer<Float>
    /// The sum of the rows' losses.
    let loss = Buffer<Double>(repeating: 0, count: 1)

    init(_ shape: NetworkShape, rows: Int) {
        self.shape = shape
        values = shape.sizes.map { Buffer(repeating: 0, count: rows * $0) }
        slopes = shape.sizes.dropLast().map { Buffer(repeating: 0, count: rows * $0) }
        gradient = Buffer(repeating: 0, count: shape.parameters)
    }

    /// From `values[0]` to the outputs in the last of `values`.
    ///
    /// Complexity: 2 · rows · weights operations.
    func forward(rows: Int, parameters: UnsafePointer<Float>) {
        for layer in 0..<shape.layers {
            let width = shape.sizes[layer + 1]
            let out = values[layer + 1].base
            let biases = parameters + shape.biases(layer)
            for row in 0..<rows { (out + row * width).update(from: biases, count: width) }
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(width), Int32(shape.sizes[layer]), 1, values[layer].base,
                Int32(shape.sizes[layer]), parameters + shape.weights(layer), Int32(width), 1, out, Int32(width))
            if layer + 1 < shape.layers { FloatVectors.rectify(out, count: rows * width) }
        }
    }

    /// From the loss's slopes, which have replaced the outputs, to the gradient.
    ///
    /// Complexity: 4 · rows · weights operations.
    func backward(rows: Int, parameters: UnsafePointer<Float>) {
        for layer in stride(from: shape.layers - 1, through: 0, by: -1) {
            let inputs = shape.sizes[layer]
            let width = shape.sizes[layer + 1]
            let slope = layer + 1 == shape.layers ? values[layer + 1].base : slopes[layer + 1].base
            cblas_sgemm(
                CblasRowMajor, CblasTrans, CblasNoTrans, Int32(inputs), Int32(width), Int32(rows), 1, values[layer].base, Int32(inputs),
                slope, Int32(width), 0, gradient.base + shape.weights(layer), Int32(width))
            let biases = gradient.base + shape.biases(layer)
            biases.update(repeating: 0, count: width)
            for row in 0..<rows { FloatVectors.add(slope + row * width, to: biases, count: width) }
            guard layer > 0 else { return }
            let below = slopes[layer].base
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(inputs), Int32(width), 1, slope, Int32(width),
                parameters + shape.weights(layer), Int32(width), 0, below, Int32(inputs))
            // A rectified unit that gave nothing passes nothing on.
            FloatVectors.pass(below, where: values[layer].base, count: rows * inputs)
        }
    }
}
