import CZlib
import GRDB
import GRDBSQLite

/// What the values of a stored row add up to, as a function of SQL: `row_sum(a, b, …)`.
///
/// CRC-32 over each value in its turn: its SQLite type as a byte; then an integer's or a real's eight bytes, little-endian; or the length of a
/// text or blob as eight bytes, little-endian, and its bytes. Any burst of up to 32 changed bits shows, other damage but for one in four billion.
/// It is no signature: whoever edits rows on purpose can make it fit, and the journal is there to tell.
enum RowChecksum {
    /// The function's name, and that of the column that holds its result.
    static let name = "row_sum"

    /// Makes the function known to a connection.
    static func register(_ database: Database) throws {
        let code = sqlite3_create_function_v2(
            database.sqliteConnection, name, -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nil,
            { context, count, values in
                var sum = crc32(0, nil, 0)
                if let values { for index in 0..<Int(count) { RowChecksum.add(values[index], to: &sum) } }
                sqlite3_result_int64(context, Int64(sum))
            }, nil, nil, nil)
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    /// Complexity: O(bytes of the value); nothing is copied.
    private static func add(_ value: OpaquePointer?, to sum: inout UInt) {
        let type = sqlite3_value_type(value)
        var head: (UInt8, UInt64) = (UInt8(truncatingIfNeeded: type), 0)
        var bytes: UnsafeRawPointer?
        switch type {
        case SQLITE_INTEGER: head.1 = UInt64(bitPattern: sqlite3_value_int64(value))
        case SQLITE_FLOAT: head.1 = sqlite3_value_double(value).bitPattern
        case SQLITE_NULL: break
        default:
            // A text's bytes are those of its UTF-8 only after it was asked for as text, and its length only after that.
            bytes = type == SQLITE_TEXT ? UnsafeRawPointer(sqlite3_value_text(value)) : sqlite3_value_blob(value)
            head.1 = UInt64(sqlite3_value_bytes(value))
        }
        sum = crc32(sum, &head.0, 1)
        if type == SQLITE_NULL { return }
        withUnsafeBytes(of: head.1.littleEndian) { sum = crc32(sum, $0.bindMemory(to: UInt8.self).baseAddress, UInt32($0.count)) }
        guard let bytes else { return }
        sum = crc32(sum, bytes.assumingMemoryBound(to: UInt8.self), UInt32(head.1))
    }
}
