package import Tabular

/// The stored form of a block's row ids, beside the block: whether it has a row is told without inflating it.
///
/// Form 1: bases (UInt64) and rows (UInt32), little-endian, each as its difference to the one before, compressed by zlib. Ids of one loop run on,
/// so that a block of four thousand takes some dozen bytes.
package enum IDCodec {
    /// Ids of the largest block that is read.
    private static let limit = (1 << 24) * 12

    package static func encode(_ ids: [RowID]) -> [UInt8] {
        var raw = ByteWriter()
        var base: UInt64 = 0
        for id in ids {
            raw.write(id.base.bits &- base)
            base = id.base.bits
        }
        var row: UInt32 = 0
        for id in ids {
            raw.write(id.row &- row)
            row = id.row
        }
        return ZlibBlock.pack(raw.bytes, form: 1)
    }

    /// So many ids; nil when the bytes are none.
    ///
    /// Never traps, whatever the bytes.
    package static func decode(_ bytes: [UInt8], count: Int) -> [RowID]? {
        guard count >= 0, let (form, raw) = ZlibBlock.unpack(bytes, limit: limit), form == 1, raw.count / 12 == count, raw.count % 12 == 0
        else {
            return nil
        }
        var reader = ByteReader(raw[...])
        guard let bases = reader.words(count, of: UInt64.self), let rows = reader.integers(count, of: UInt32.self) else { return nil }
        var ids: [RowID] = []
        ids.reserveCapacity(count)
        var base: UInt64 = 0
        var row: UInt32 = 0
        for index in 0..<count {
            base &+= bases[index]
            row &+= rows[index]
            ids.append(RowID(base: PredictionID(bits: base), row: row))
        }
        return ids
    }
}
