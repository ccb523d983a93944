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

    /// Gives a checksum to rows from before there were any; one that holds values of another type gets none.
    ///
    /// Complexity: O(rows without one).
    static func adopt(_ database: Database) throws {
        let rows = try Row.fetchCursor(
            database, sql: "SELECT sequence, deployment, base, row, value, received FROM label WHERE checksum IS NULL")
        let set = try database.makeStatement(sql: "UPDATE label SET checksum = ? WHERE sequence = ?")
        while let row = try rows.next() {
            guard let deployment = try? row.text("deployment"), let id = try? RowID(row), let value = try? row.real("value"),
                let received = try? row.integer("received")
            else { continue }
            try set.execute(arguments: [of(deployment, id, value, received), try row.integer("sequence")])
        }
    }

    /// Whether every row has a checksum: in a store of an earlier format, which is only looked at, old ones have none.
    static func isComplete(_ database: Database) throws -> Bool { try CheckedTable.tally.isSummed(database) }

    /// Throws for a row that does not add up.
    static func check(_ row: Row, of deployment: String, isComplete: Bool) throws(StoreFailure) {
        let stored = try row.optionalInteger("checksum")
        if stored == nil, !isComplete { return }
        guard stored == of(deployment, try RowID(row), try row.real("value"), try row.integer("received")) else {
            throw .corrupt("labels.db, label \(try row.integer("sequence")): \(mismatch)")
        }
    }

    static let mismatch = CheckedTable.mismatch
}
