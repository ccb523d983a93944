import Foundation
import GRDB

/// A second way into a workspace's stores.
enum ControlDatabase {
    /// A connection that waits for its turn: an engine, running or just stopped, may be writing.
    static func open(_ directory: String, _ store: String = "control") throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            database.add(function: DatabaseFunction("row_sum", pure: true) { Int64(sum($0)) })
        }
        return try DatabaseQueue(path: directory + "/store/\(store).db", configuration: configuration)
    }

    /// Makes what stands in some tables add up, as somebody may who edits them on purpose.
    static func makeSound(_ database: Database, _ tables: [String] = ["deployment", "version", "policy", "freeze", "job"]) throws {
        // A version's report came after its row was laid out; the others are summed in the order of their columns.
        for table in tables {
            let columns = try database.columns(in: table).map(\.name).filter { $0 != "row_sum" }
            try database.execute(sql: "UPDATE \(table) SET row_sum = row_sum(\(columns.joined(separator: ", ")))")
        }
    }

    /// CRC-32 (reflected 0xEDB88320) over each value's type, and its bits or its length and bytes: what docs/decisions/checksums.md says.
    private static func sum(_ values: [DatabaseValue]) -> UInt32 {
        var bytes: [UInt8] = []
        func add(_ type: UInt8, _ word: UInt64) {
            bytes.append(type)
            withUnsafeBytes(of: word.littleEndian) { bytes += $0 }
        }
        for value in values {
            switch value.storage {
            case .int64(let number): add(1, UInt64(bitPattern: number))
            case .double(let number): add(2, number.bitPattern)
            case .string(let text):
                add(3, UInt64(text.utf8.count))
                bytes += text.utf8
            case .blob(let data):
                add(4, UInt64(data.count))
                bytes += data
            case .null: bytes.append(5)
            }
        }
        var sum: UInt32 = .max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
