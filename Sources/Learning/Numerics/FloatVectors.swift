/// Loops over single-precision numbers, eight at a time.
///
/// Written out, because the compiler leaves loops with `max` and conditions over pointers one by one. Each number's result depends on it
/// alone, so the last few that do not fill a vector are done by themselves.
enum FloatVectors {
    private typealias Vector = SIMD8<Float>
    private static let lanes = Vector.scalarCount

    @inline(__always)
    private static func load(_ pointer: UnsafePointer<Float>, _ index: Int) -> Vector {
        UnsafeRawPointer(pointer + index).loadUnaligned(as: Vector.self)
    }

    @inline(__always)
    private static func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>, _ index: Int) {
        UnsafeMutableRawPointer(pointer + index).storeBytes(of: vector, as: Vector.self)
    }

    /// Sets what is below zero to zero.
    static func rectify(_ values: UnsafeMutablePointer<Float>, count: Int) {
        let whole = count - count % lanes
        for index in stride(from: 0, to: whole, by: lanes) {
            store(load(values, index).replacing(with: 0, where: load(values, index) .< 0), values, index)
        }
        for index in whole..<count { values[index] = max(values[index], 0) }
    }

    /// Sets `values` to zero where `gate` is not above zero.
    static func pass(_ values: UnsafeMutablePointer<Float>, where gate: UnsafePointer<Float>, count: Int) {
        let whole = count - count % lanes
        for index in stride(from: 0, to: whole, by: lanes) {
            store(load(values, index).replacing(with: 0, where: load(gate, index) .<= 0), values, index)
        }
        for index in whole..<count where !(gate[index] > 0) { values[index] = 0 }
    }

    /// Adds `other` to `values`.
    static func add(_ other: UnsafePointer<Float>, to values: UnsafeMutablePointer<Float>, count: Int) {
        let whole = count - count % lanes
        for index in stride(from: 0, to: whole, by: lanes) { store(load(values, index) + load(other, index), values, index) }
        for index in whole..<count { values[index] += other[index] }
    }

    /// Adds `factor` times `other` to `values`.
    @inline(__always)
    static func add(_ factor: Float, times other: UnsafePointer<Float>, to values: UnsafeMutablePointer<Float>, count: Int) {
        let whole = count - count % lanes
        for index in stride(from: 0, to: whole, by: lanes) { store(load(values, index) + factor * load(other, index), values, index) }
        for index in whole..<count { values[index] += factor * other[index] }
    }

    /// What a step of Adam multiplies with.
    struct AdamFactors {
        var first, second, scale, unbias, keep, least: Float
    }

    /// One step of Adam: means and squares move towards the gradient, parameters against the mean over the root of the square.
    static func adam(
        _ parameters: UnsafeMutablePointer<Float>, _ means: UnsafeMutablePointer<Float>, _ squares: UnsafeMutablePointer<Float>,
        gradient: UnsafePointer<Float>, count: Int, _ by: AdamFactors
    ) {
        let whole = count - count % lanes
        for index in stride(from: 0, to: whole, by: lanes) {
            let slope = load(gradient, index)
            let mean = by.first * load(means, index) + (1 - by.first) * slope
            let square = by.second * load(squares, index) + (1 - by.second) * slope * slope
            store(mean, means, index)
            store(square, squares, index)
            let root = (square * by.unbias).squareRoot() + by.least
            store(by.keep * load(parameters, index) - by.scale * mean / root, parameters, index)
        }
        for index in whole..<count {
            let slope = gradient[index]
            means[index] = by.first * means[index] + (1 - by.first) * slope
            squares[index] = by.second * squares[index] + (1 - by.second) * slope * slope
            let root = (squares[index] * by.unbias).squareRoot() + by.least
            parameters[index] = by.keep * parameters[index] - by.scale * means[index] / root
        }
    }
}
