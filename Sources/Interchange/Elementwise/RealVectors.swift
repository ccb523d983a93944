/// Elementwise operations over rows of numbers, eight at a time; each number's result depends on it alone.
enum RealVectors {
    /// Numbers worked on together: what a chain has in hand stays in the nearest cache.
    static let chunk = 256

    @inline(__always)
    private static func load<T: RealNumber>(_ from: UnsafePointer<T>, _ index: Int) -> SIMD8<T> {
        UnsafeRawPointer(from + index).loadUnaligned(as: SIMD8<T>.self)
    }

    /// The last few that do not fill a vector; the others are 1, which no operation finds strange.
    @inline(__always)
    private static func rest<T: RealNumber>(_ from: UnsafePointer<T>, _ index: Int, _ count: Int) -> SIMD8<T> {
        var vector = SIMD8<T>(repeating: 1)
        for lane in 0..<(count - index) { vector[lane] = from[index + lane] }
        return vector
    }

    @inline(__always)
    static func map<T: RealNumber>(
        _ x: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>, _ count: Int, _ body: (SIMD8<T>) -> SIMD8<T>
    ) {
        let whole = count & ~7
        var index = 0
        while index < whole {
            UnsafeMutableRawPointer(to + index).storeBytes(of: body(load(x, index)), as: SIMD8<T>.self)
            index += 8
        }
        guard index < count else { return }
        let last = body(rest(x, index, count))
        for lane in 0..<(count - index) { to[index + lane] = last[lane] }
    }

    @inline(__always)
    static func zip<T: RealNumber>(
        _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>, _ count: Int,
        _ body: (SIMD8<T>, SIMD8<T>) -> SIMD8<T>
    ) {
        let whole = count & ~7
        var index = 0
        while index < whole {
            UnsafeMutableRawPointer(to + index).storeBytes(of: body(load(x, index), load(y, index)), as: SIMD8<T>.self)
            index += 8
        }
        guard index < count else { return }
        let last = body(rest(x, index, count), rest(y, index, count))
        for lane in 0..<(count - index) { to[index + lane] = last[lane] }
    }

    /// One operation of two numbers.
    @inline(__always)
    static func apply<T: RealNumber>(
        _ operation: RealOperation, _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>, _ count: Int
    ) {
        switch operation {
        case .add: zip(x, y, to, count) { $0 + $1 }
        case .subtract: zip(x, y, to, count) { $0 - $1 }
        case .multiply: zip(x, y, to, count) { $0 * $1 }
        case .divide: zip(x, y, to, count) { $0 / $1 }
        // What is no number stays so.
        case .larger: zip(x, y, to, count) { $1.replacing(with: $0, where: ($0 .> $1) .| ($0 .!= $0)) }
        case .smaller: zip(x, y, to, count) { $1.replacing(with: $0, where: ($0 .< $1) .| ($0 .!= $0)) }
        default: for index in 0..<count { to[index] = T.power(x[index], y[index]) }
        }
    }

    /// One operation of one number.
    @inline(__always)
    static func apply<T: RealNumber>(
        _ operation: RealOperation, _ x: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>, _ count: Int, _ a: T, _ b: T
    ) {
        switch operation {
        case .absolute: map(x, to, count) { $0.replacing(with: 0 - $0, where: $0 .< 0) + 0 }
        case .negate: map(x, to, count) { -$0 }
        case .root: map(x, to, count) { $0.squareRoot() }
        case .exponential: map(x, to, count) { T.exponential($0) }
        case .rectify: map(x, to, count) { $0.replacing(with: 0, where: $0 .< 0) }
        case .sigmoid: map(x, to, count) { T.sigmoid($0) }
        case .hyperbolicTangent: map(x, to, count) { T.hyperbolicTangent($0) }
        case .reciprocal: map(x, to, count) { 1 / $0 }
        case .floor: map(x, to, count) { $0.rounded(.down) }
        case .ceiling: map(x, to, count) { $0.rounded(.up) }
        case .round: map(x, to, count) { $0.rounded(.toNearestOrEven) }
        case .softsign: map(x, to, count) { $0 / (1 + $0.replacing(with: 0 - $0, where: $0 .< 0)) }
        case .leaky: map(x, to, count) { $0.replacing(with: $0 * a, where: $0 .< 0) }
        case .clip:
            map(x, to, count) {
                let low = $0.replacing(with: SIMD8(repeating: a), where: $0 .< SIMD8(repeating: a))
                return low.replacing(with: SIMD8(repeating: b), where: low .> SIMD8(repeating: b))
            }
        case .hardSigmoid:
            map(x, to, count) {
                let line = $0 * a + b
                let low = line.replacing(with: 0, where: line .< 0)
                return low.replacing(with: 1, where: low .> 1)
            }
        case .exponentialLinear: map(x, to, count) { $0.replacing(with: (T.exponential($0) - 1) * a, where: $0 .< 0) }
        case .scaledExponentialLinear:
            map(x, to, count) { $0.replacing(with: (T.exponential($0) - 1) * a, where: $0 .< 0) * b }
        case .gaussianApproximate:
            map(x, to, count) { x in
                let inner: SIMD8<T> = (x + x * x * x * 0.044_715) * 0.797_884_560_802_865_4
                return x * 0.5 * (T.hyperbolicTangent(inner) + 1)
            }
        default: applySingly(operation, x, to, count)
        }
    }

    /// Those for which the library's functions are called, one number after the other.
    private static func applySingly<T: RealNumber>(
        _ operation: RealOperation, _ x: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>, _ count: Int
    ) {
        switch operation {
        case .logarithm: for index in 0..<count { to[index] = T.logarithm(x[index]) }
        case .errorFunction: for index in 0..<count { to[index] = T.errorFunction(x[index]) }
        case .softplus: for index in 0..<count { to[index] = T.softplus(x[index]) }
        case .sign: for index in 0..<count { to[index] = x[index] > 0 ? 1 : x[index] < 0 ? -1 : x[index] }
        default:
            for index in 0..<count { to[index] = x[index] * 0.5 * (1 + T.errorFunction(x[index] * 0.707_106_781_186_547_5)) }
        }
    }
}
