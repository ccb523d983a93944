import Tabular

/// How many of the keys of an A/B fell to the challenger: each key counts once, however often it comes.
public struct KeyCounts: Sendable, Equatable {
    /// Keys whose first request the challenger was to answer.
    public var drawn: Int64 = 0
    /// Keys that were counted.
    public var keys: Int64 = 0

    /// Makes zero counts.
    public init() {}

    /// Adds another stretch.
    public mutating func add(_ other: KeyCounts) {
        drawn += other.drawn
        keys += other.keys
    }
}

/// The keys that one event loop has met since the present split began.
///
/// A split of requests says nothing about a split of keys, some of which come a thousand times. Each loop counts an eighth of the keys, another
/// one than its neighbours, so that none is counted on two loops; and only the first 4,096 of them, after which a request costs one comparison.
package struct KeySample {
    /// Keys that a loop remembers.
    package static let most = 4_096

    private var split: Split?
    private var seen: Set<UInt64> = []
    private var counts = KeyCounts()

    /// Makes one that has met no key.
    package init() {}

    /// Takes note of a request's key.
    package mutating func note(_ key: UInt64, of present: Split, isChallengers: Bool, loop: Int) {
        if split != present {
            split = present
            seen = []
            counts = KeyCounts()
        }
        guard seen.count < Self.most else { return }
        // Bits that the split does not draw by.
        guard SplitHash.mix(~key) & 7 == UInt64(loop & 7), seen.insert(key).inserted else { return }
        counts.keys += 1
        if isChallengers { counts.drawn += 1 }
    }

    /// What was counted since this was asked last.
    package mutating func take() -> KeyCounts {
        defer { counts = KeyCounts() }
        return counts
    }
}
