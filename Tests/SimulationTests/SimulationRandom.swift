import Foundation

/// Numbers that follow from a seed (SplitMix64).
struct SimulationRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Whether something of that probability happens.
    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    /// A number of the standard normal distribution.
    mutating func normal() -> Double {
        (-2 * log(1 - Double.random(in: 0..<1, using: &self))).squareRoot() * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }

    /// One of several; nil of none.
    mutating func pick<Elements: RandomAccessCollection>(_ elements: Elements) -> Elements.Element? { elements.randomElement(using: &self) }
}
