import Tabular

/// What a request is known again by.
public enum SplitKey: Sendable, Equatable {
    /// Nothing: each is drawn by itself.
    case request
    /// Its own id.
    case id
    /// Its header `Flyball-Key`.
    case header
    /// A column of its first row, by position.
    case column(Int)

    /// What an operator calls it; a column of that name comes first.
    ///
    /// Nil for a name that is none.
    public init?(_ name: String, columns: [String]) {
        if let position = columns.firstIndex(of: name) {
            self = .column(position)
        } else if name == "id" {
            self = .id
        } else if name == "header" {
            self = .header
        } else {
            return nil
        }
    }
}

/// Which requests a challenger gets: those whose hash lies below a bound.
///
/// The hash of a key does not depend on the share, so that a growing share only ever moves keys from the champion to the challenger, and a
/// shrinking one moves the same keys back. It depends on deployment and version, so that two experiments do not share their halves.
public struct Split: Sendable, Equatable {
    /// Below it lies the challenger's part, of 2^53.
    let bound: UInt64
    let salt: UInt64
    /// What is hashed.
    public let key: SplitKey

    /// Makes a split.
    public init(deployment: String, version: UInt32, share: Double, key: SplitKey) {
        bound = UInt64((min(1, max(0, share.isFinite ? share : 0)) * 0x1p53).rounded())
        salt = SplitHash.mix(SplitHash.bytes(deployment.utf8) ^ UInt64(version))
        self.key = key
    }

    /// Whether that key, or that draw, is the challenger's.
    ///
    /// A share of 0 takes none, a share of 1 all.
    @inline(__always)
    public func takes(_ key: UInt64) -> Bool { SplitHash.mix(key ^ salt) >> 11 < bound }
}

/// Hashes for drawing lots: not secret, evenly spread, the same on every machine and in every release.
public enum SplitHash {
    /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): each bit of the input changes each of the output with probability 1/2.
    @inline(__always)
    public static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// FNV-1a of 64 bits.
    @inline(__always)
    public static func bytes(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}

/// The version that answers a part of the requests, as a route has it.
public struct RoutedChallenger: Sendable {
    /// The version.
    public var choice: ArmChoice
    /// Its part.
    public var split: Split

    /// Makes one.
    public init(choice: ArmChoice, split: Split) {
        self.choice = choice
        self.split = split
    }
}
