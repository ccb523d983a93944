import Foundation

/// Random numbers that repeat from their seed: xoshiro256**, its state filled by SplitMix64.
///
/// Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021; reference code in the public domain at prng.di.unimi.it.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Equatable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Starts from a seed; any value will do.
    public init(seed: UInt64) {
        var mixer = SplitMix64(state: seed)
        state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
    }

    /// Starts from a seed and a name, so that each user of one seed has a stream of its own.
    public init(seed: UInt64, stream: String) {
        // FNV-1a, 64 bits.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in stream.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        self.init(seed: seed ^ hash)
    }

    /// Goes on from a state, which must not be all zeros.
    package init(state: (UInt64, UInt64, UInt64, UInt64)) { self.state = state }

    /// 64 random bits.
    public mutating func next() -> UInt64 {
        let result = Self.rotated(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotated(state.3, by: 45)
        return result
    }

    /// Whether both will give the same numbers.
    public static func == (a: SeededGenerator, b: SeededGenerator) -> Bool { a.state == b.state }

    private static func rotated(_ value: UInt64, by count: UInt64) -> UInt64 { value << count | value >> (64 - count) }

    // MARK: Distributions

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform between two numbers.
    public mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }

    /// A whole number from a range, each equally likely up to 2⁻⁵³.
    public mutating func whole(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(uniform() * Double(range.upperBound - range.lowerBound + 1))
    }

    /// Normal, by Box and Muller (1958); one of the pair is used, so that each call takes two numbers.
    public mutating func normal(_ mean: Double = 0, _ deviation: Double = 1) -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return mean + deviation * radius * cos(2 * .pi * uniform())
    }

    /// Exponential with that mean.
    public mutating func exponential(mean: Double) -> Double { -mean * log(1 - uniform()) }

    /// True with that probability.
    public mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

    /// True with the probability whose logit is given.
    public mutating func chance(logit: Double) -> Bool { chance(1 / (1 + exp(-logit))) }

    /// An index, weighted; weights are not negative and not all 0.
    public mutating func pick(_ weights: [Double]) -> Int {
        var left = uniform() * weights.reduce(0, +)
        for (index, weight) in weights.enumerated() {
            left -= weight
            if left < 0 { return index }
        }
        return weights.count - 1
    }
}

/// Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
package struct SplitMix64 {
    private var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
