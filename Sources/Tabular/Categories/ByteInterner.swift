/// Numbers the distinct texts of one column, as bytes: open addressing over one arena, no allocation for a text that is known.
///
/// The hash is seeded per process, so that no file can be made to collide; codes follow first appearance and do not depend on it.
struct ByteInterner {
    /// The outcome of a look-up.
    enum Answer {
        case known(Int32)
        case new(Int32)
        case full
    }

    /// Bytes of text that one column may keep.
    private static let arenaLimit = 64 << 20
    private static let seed = UInt64.random(in: 0...UInt64.max)

    private let limit: Int
    private var arena: [UInt8] = []
    private var ends: [Int] = []
    /// What tells the texts apart: a short one's bytes themselves, a longer one's hash.
    private var identities: [UInt64] = []
    private var slots = [Int32](repeating: -1, count: 64)

    /// Makes an empty interner of at most `limit` texts.
    init(limit: Int) { self.limit = limit }

    /// Number of distinct texts.
    var count: Int { ends.count }

    /// The texts by code; bytes that are not UTF-8 are repaired.
    var texts: [String] {
        (0..<count).map { code in String(decoding: arena[(code == 0 ? 0 : ends[code - 1])..<ends[code]], as: UTF8.self) }
    }

    /// The code of some bytes, new when there is room.
    ///
    /// Complexity: O(bytes).
    mutating func code(of bytes: UnsafeBufferPointer<UInt8>) -> Answer {
        let identity = Self.identity(bytes)
        let mask = slots.count - 1
        var slot = Self.slot(identity, mask)
        while slots[slot] >= 0 {
            let code = Int(slots[slot])
            if identities[code] == identity, bytes.count <= Self.mostPacked || matches(code, bytes) { return .known(slots[slot]) }
            slot = (slot + 1) & mask
        }
        guard count < limit, arena.count + bytes.count <= Self.arenaLimit else { return .full }
        let code = Int32(count)
        arena.append(contentsOf: bytes)
        ends.append(arena.count)
        identities.append(identity)
        slots[slot] = code
        if count * 2 > slots.count { grow() }
        return .new(code)
    }

    private func matches(_ code: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = code == 0 ? 0 : ends[code - 1]
        guard ends[code] - start == bytes.count else { return false }
        return arena.withUnsafeBufferPointer { arena in
            for index in 0..<bytes.count where arena[start + index] != bytes[index] { return false }
            return true
        }
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        let mask = slots.count - 1
        for (code, identity) in identities.enumerated() {
            var slot = Self.slot(identity, mask)
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(code)
        }
    }

    private static let mostPacked = 7

    /// Up to seven bytes and how many there are; of more bytes a hash, marked as one.
    @inline(__always)
    private static func identity(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard bytes.count <= mostPacked else { return hash(bytes) | 0xFF << 56 }
        var packed = UInt64(bytes.count) << 56
        for index in 0..<bytes.count { packed |= UInt64(bytes[index]) << UInt64(index * 8) }
        return packed
    }

    /// Where a text is looked for first.
    @inline(__always)
    private static func slot(_ identity: UInt64, _ mask: Int) -> Int { Int(truncatingIfNeeded: fold(seed ^ identity)) & mask }

    @inline(__always)
    private static func fold(_ word: UInt64) -> UInt64 {
        let product = word.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }

    /// Multiply-and-fold over eight bytes at a time.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var state = seed ^ UInt64(truncatingIfNeeded: bytes.count)
        var index = 0
        while index < bytes.count {
            var word: UInt64 = 0
            let end = min(index + 8, bytes.count)
            while index < end {
                word = word << 8 | UInt64(bytes[index])
                index += 1
            }
            state = fold(state ^ word)
        }
        return state ^ (state >> 29)
    }
}
