/// The rates that the default online learner tries side by side, and how much each one counts.
///
/// Bayes weights: each rate's weight is its prior times e to the power of minus its losses, so that the mixture loses at most about the
/// logarithm of the number of rates more than the best of them (Cesa-Bianchi and Lugosi, "Prediction, learning, and games", 2006, 3.3).
/// Losses fade over `memory` labels, so that a rate that was best in another season does not hold the others up for as long as that season was.
struct RateWeights: Sendable, Equatable {
    /// Rates side by side: as many as two registers of AVX-512 hold.
    static let count = 8
    /// From 0.01, which averages over months, to 20, which follows the last few labels; evenly spread by their logarithms.
    static let rates = SIMD8<Double>(
        0.01, 0.029_619_362_959_451_733, 0.087_730_666_212_373_94, 0.259_852_644_521_881_84, 0.769_666_979_406_700_6,
        2.279_704_562_095_193_7, 6.752_339_686_501_549, 20)
    /// Labels over which a loss fades to 1/e of itself.
    static let memory = 20_000.0
    /// Before anything is known a rate counts by e^(−½ |ln (rate / 0.1)|): the further from what suits most tables, the less.
    static let prior = SIMD8<Double>(-1.151_3, -0.608_4, -0.065_4, -0.477_5, -1.020_4, -1.563_3, -2.106_2, -2.649_2)
    /// No single label counts for more than this against a rate.
    private static let mostLoss = 50.0
    /// Beyond this distance a rate adds nothing to the mixture.
    private static let negligible = -40.0

    /// The logarithms of the weights, the greatest 0.
    private(set) var logs: SIMD8<Double>
    /// The weights; their sum is 1.
    private(set) var shares: SIMD8<Double>

    init() { self.init(logs: Self.prior - Self.prior.max()) }

    /// Of logarithms that are at most 0.
    init(logs: SIMD8<Double>) {
        self.logs = logs
        shares = Self.shares(logs)
    }

    private static func shares(_ logs: SIMD8<Double>) -> SIMD8<Double> {
        let powers = RateMath.exp(logs).replacing(with: 0, where: logs .< negligible)
        return powers / powers.sum()
    }

    /// A label's losses, one a rate.
    @inline(__always)
    mutating func judge(_ losses: SIMD8<Double>) {
        // NaN is the worst of all losses.
        let losses = SIMD8(repeating: Self.mostLoss).replacing(with: losses, where: losses .< Self.mostLoss)
        logs = logs * (1 - 1 / Self.memory) - losses
        logs -= logs.max()
        shares = Self.shares(logs)
    }

    /// The same order of the rates with no rate further behind than `most`: what was seen elsewhere is a hint.
    func softened(most: Double) -> RateWeights { RateWeights(logs: logs.replacing(with: -most, where: logs .< -most)) }

    /// The rate that counts most.
    var leading: Double {
        var best = 0
        for index in 1..<Self.count where shares[index] > shares[best] { best = index }
        return Self.rates[best]
    }

    // MARK: Bytes

    init(from reader: inout ArtefactReader) throws(LearningFailure) {
        let values = try reader.reals()
        guard values.count == Self.count, values.allSatisfy({ $0.isFinite && $0 <= 0 }), values.contains(0) else {
            throw .corruptArtefact("the weights of its rates are out of range")
        }
        self.init(logs: SIMD8(values))
    }

    func encode(into writer: inout ArtefactWriter) { writer.reals(logs.indices.map { logs[$0] }) }
}

/// What all rates need at once, without a call for each.
enum RateMath {
    private static let log2 = 1.442_695_040_888_963_4
    private static let ln2High = 0.693_147_180_369_123_8
    private static let ln2Low = 1.908_214_929_270_588e-10

    @inline(__always)
    private static func line(_ x: SIMD8<Double>, _ slope: Double, _ constant: Double) -> SIMD8<Double> { x * slope + constant }

    @inline(__always)
    private static func inverse(_ number: Double) -> Double { 1 / number }

    /// e to the power of each, with a relative error below 1e-11; taken within ±700, NaN as −700.
    ///
    /// As `FastExponential`, eight at a time.
    @inline(__always)
    static func exp(_ x: SIMD8<Double>) -> SIMD8<Double> {
        let floored = SIMD8(repeating: -700).replacing(with: x, where: x .> -700)
        let limited = SIMD8(repeating: 700).replacing(with: floored, where: floored .< 700)
        let shifted = limited * log2 + FastExponential.rounding
        let whole = shifted - FastExponential.rounding
        let r = (limited - whole * ln2High) - whole * ln2Low
        let square = r * r
        // Pairs first, so that the processor need not wait for one term after the other.
        let low = line(r, 1, 1) + square * line(r, 1 / 6, 0.5)
        let middle = line(r, 1 / 120, 1 / 24) + square * line(r, 1 / 5_040, 1 / 720)
        let high = line(r, 1 / 362_880, 1 / 40_320)
        let fourth = square * square
        let series = low + fourth * (middle + fourth * high)
        let power = (unsafeBitCast(shifted, to: SIMD8<UInt64>.self) &<< 52) &+ 0x3FF0_0000_0000_0000
        return series * unsafeBitCast(power, to: SIMD8<Double>.self)
    }

    /// log (1 + e) of each e from 0 to 1, with a relative error below 1e-13: 2 (t + t³/3 + t⁵/5 + …), where t = e / (2 + e) ≤ 1/3.
    @inline(__always)
    static func log1p(_ e: SIMD8<Double>) -> SIMD8<Double> {
        let t = e / (e + 2)
        let u = t * t
        var sum = line(u, 1 / 27, 1 / 25)
        sum = sum * u + inverse(23)
        sum = sum * u + inverse(21)
        sum = sum * u + inverse(19)
        sum = sum * u + inverse(17)
        sum = sum * u + inverse(15)
        sum = sum * u + inverse(13)
        sum = sum * u + inverse(11)
        sum = sum * u + inverse(9)
        sum = sum * u + inverse(7)
        sum = sum * u + inverse(5)
        sum = sum * u + inverse(3)
        sum = sum * u + inverse(1)
        return t * sum * 2
    }

    /// What scores give for a target of 0 or 1: the errors, which are the gradients, and the log losses.
    @inline(__always)
    static func logistic(_ scores: SIMD8<Double>, _ target: Double) -> (errors: SIMD8<Double>, losses: SIMD8<Double>) {
        let isPositive = scores .>= 0
        let distances = scores.replacing(with: -scores, where: isPositive .^ SIMDMask(repeating: true))
        let e = exp(-distances)
        let small = e / (e + 1)
        let probabilities = small.replacing(with: 1 - small, where: isPositive)
        let positive = SIMD8(repeating: 0).replacing(with: scores, where: isPositive)
        return (probabilities - target, positive - scores * target + log1p(e))
    }

    /// The same for numbers: errors and half their squares.
    @inline(__always)
    static func linear(_ scores: SIMD8<Double>, _ target: Double) -> (errors: SIMD8<Double>, losses: SIMD8<Double>) {
        let errors = scores - target
        return (errors, errors * errors * 0.5)
    }
}

/// One column's memory, of all rates.
struct RateCoordinate: BitwiseCopyable, Sendable {
    /// As of `OnlineCoordinate`, one a rate.
    var z = SIMD8<Double>()
    var squares = SIMD8<Double>()
    var root = SIMD8<Double>()
    var weight = SIMD8<Double>()

    init() {}

    init(z: SIMD8<Double>, squares: SIMD8<Double>, rates: OnlineRates, isPenalised: Bool) {
        self.z = z
        self.squares = squares
        root = squares.squareRoot()
        settle(rates.hold, 1 / RateWeights.rates, isPenalised ? rates.l1 : 0, isPenalised ? rates.l2 : 0)
    }

    @inline(__always)
    mutating func settle(_ hold: Double, _ inverseRates: SIMD8<Double>, _ l1: Double, _ l2: Double) {
        let width = (root + hold) * inverseRates + l2
        guard l1 > 0 else {
            weight = -z / width
            return
        }
        let sign = SIMD8(repeating: l1).replacing(with: -l1, where: z .< 0)
        let isSmall = (z .<= l1) .& (z .>= -l1)
        weight = ((sign - z) / width).replacing(with: 0, where: isSmall)
    }

    /// Takes one gradient a rate.
    @inline(__always)
    mutating func step(_ gradient: SIMD8<Double>, _ hold: Double, _ inverseRates: SIMD8<Double>, _ l1: Double, _ l2: Double) {
        squares += gradient * gradient
        let next = squares.squareRoot()
        z += gradient - (next - root) * inverseRates * weight
        root = next
        settle(hold, inverseRates, l1, l2)
    }

    /// Counts the column in units that are `factor` times as large: the same scores of the same rows, and steps of the new size.
    mutating func rescale(by factor: Double, rates: OnlineRates) {
        let wanted = weight * factor
        squares /= factor * factor
        root = squares.squareRoot()
        let width = (root + rates.hold) * (1 / RateWeights.rates) + rates.l2
        let sign = SIMD8(repeating: rates.l1).replacing(with: -rates.l1, where: wanted .> 0)
        z = (sign - wanted * width).replacing(with: z, where: wanted .== 0)
        settle(rates.hold, 1 / RateWeights.rates, rates.l1, rates.l2)
    }
}
