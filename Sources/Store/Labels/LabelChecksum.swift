import CZlib
import GRDB
import Tabular

/// What a label's row must add up to.
///
/// CRC-32 of the deployment's name, the prediction, the value's bits and the time, in this order, integers little-endian. Whether it is pending
/// changes, and is not among them.
enum LabelChecksum {
    static func of(_ deployment: String, _ id: RowID, _ value: Double, _ received: Int64) -> Int64 {
        var bytes = Array(deployment.utf8)
        func add(_ word: UInt64) { withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) } }
        add(id.base.bits)
        add(UInt64(id.row))
        add(value.bitPattern)
        add(UInt64(bitPattern: received))
        return Int64(crc32(0, bytes, UInt32(bytes.count)))
    }

    /// Throws for a row that does not add up; rows from before there were checksums have none.
    static func check(_ row: Row, of deployment: String) throws(StoreFailure) {
        guard let stored = try row.optionalInteger("checksum") else { return }
        guard stored == of(deployment, try RowID(row), try row.real("value"), try row.integer("received")) else {
            throw .corrupt("labels.db, label \(try row.integer("sequence")): \(mismatch)")
        }
    }

    static let mismatch = "its content does not match its checksum"
}
