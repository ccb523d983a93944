/// The id of one prediction request: 64 bits, written as 13 Crockford base-32 characters.
///
/// Boot epoch 20 bits (persisted before the engine listens) · event loop 6 · sequence 38: never repeats, orders roughly by time, and names
/// its traffic block. Row *i* of a batch is `base.i`; row 0 is also plain `base`.
public struct PredictionID: Hashable, Sendable, Comparable {
    /// The packed bits.
    public let bits: UInt64

    /// Takes packed bits.
    public init(bits: UInt64) { self.bits = bits }

    /// Packs the three parts; each is masked to its width.
    public init(epoch: UInt32, loop: Int, sequence: UInt64) {
        bits = (UInt64(epoch) & 0xF_FFFF) << 44 | (UInt64(truncatingIfNeeded: loop) & 0x3F) << 38 | (sequence & 0x3F_FFFF_FFFF)
    }

    /// The engine start that gave the id.
    public var epoch: UInt32 { UInt32(truncatingIfNeeded: bits >> 44) }
    /// The event loop that gave the id.
    public var loop: Int { Int(truncatingIfNeeded: (bits >> 38) & 0x3F) }
    /// The number within that loop and epoch.
    public var sequence: UInt64 { bits & 0x3F_FFFF_FFFF }

    /// Orders by epoch, loop, sequence.
    public static func < (a: PredictionID, b: PredictionID) -> Bool { a.bits < b.bits }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The 13 characters.
    public var text: String {
        String(unsafeUninitializedCapacity: 13) { buffer in
            write(into: UnsafeMutableRawBufferPointer(buffer))
            return 13
        }
    }

    /// Writes the 13 characters to the start of `buffer`, which must hold at least 13 bytes.
    public func write(into buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= 13)
        Self.alphabet.withUnsafeBufferPointer { alphabet in
            for i in 0..<13 {
                let shift = UInt64(60 - 5 * i)
                buffer[i] = alphabet[Int(truncatingIfNeeded: (bits >> shift) & 0x1F)]
            }
        }
    }

    /// Reads 13 characters, upper or lower case, with Crockford's readings of I, L and O.
    ///
    /// Nil for anything else.
    public init?(_ text: some StringProtocol) {
        var bits: UInt64 = 0
        var count = 0
        for byte in text.utf8 {
            guard count < 13, let digit = Self.digit(byte) else { return nil }
            if count == 0, digit > 15 { return nil }
            bits = bits << 5 | digit
            count += 1
        }
        guard count == 13 else { return nil }
        self.bits = bits
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        let upper = byte >= 0x61 && byte <= 0x7A ? byte - 0x20 : byte
        switch upper {
        case 0x4F: return 0  // O reads as 0
        case 0x49, 0x4C: return 1  // I and L read as 1
        default: return alphabet.firstIndex(of: upper).map { UInt64($0) }
        }
    }
}

/// One row of a request: the request's id and the row's position in the batch.
public struct RowID: Hashable, Sendable {
    /// The request.
    public var base: PredictionID
    /// The position in the batch, from 0.
    public var row: UInt32

    /// Makes a row id.
    public init(base: PredictionID, row: UInt32) {
        self.base = base
        self.row = row
    }

    /// 64 bits that look random, never 0: what divides rows of traffic into those that are learnt and those that judge.
    public var mixed: UInt64 { max(1, SplitMix64.mixed(base.bits ^ SplitMix64.mixed(UInt64(row)))) }

    /// `base` for row 0, else `base.row`.
    public var text: String { row == 0 ? base.text : "\(base.text).\(row)" }

    /// Reads `base` or `base.row`.
    ///
    /// Nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let base = PredictionID(first) else { return nil }
        guard parts.count == 2 else {
            self.init(base: base, row: 0)
            return
        }
        guard parts[1].utf8.count <= 9, let row = UInt32(parts[1]) else { return nil }
        self.init(base: base, row: row)
    }
}
