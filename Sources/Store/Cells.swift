import Foundation
import GRDB

// GRDB's own subscripts trap on a value of another type. A store's file is outside bytes, so its cells are read as values that may be wrong.
extension Row {
    func integer(_ column: String) throws(StoreFailure) -> Int64 {
        guard let value = try optionalInteger(column) else { throw Self.unexpected(column, "an integer") }
        return value
    }

    func optionalInteger(_ column: String) throws(StoreFailure) -> Int64? {
        switch try cell(column) {
        case .null: return nil
        case .int64(let value): return value
        default: throw Self.unexpected(column, "an integer")
        }
    }

    /// An integer that must fit a narrower type.
    func narrow<Value: FixedWidthInteger>(_ column: String, _ type: Value.Type = Value.self) throws(StoreFailure) -> Value {
        guard let value = Value(exactly: try integer(column)) else { throw Self.unexpected(column, "a number of \(Value.bitWidth) bits") }
        return value
    }

    func optionalNarrow<Value: FixedWidthInteger>(_ column: String, _ type: Value.Type = Value.self) throws(StoreFailure) -> Value? {
        try optionalInteger(column) == nil ? nil : try narrow(column)
    }

    func flag(_ column: String) throws(StoreFailure) -> Bool { try integer(column) != 0 }

    func real(_ column: String) throws(StoreFailure) -> Double {
        switch try cell(column) {
        case .double(let value): return value
        case .int64(let value): return Double(value)
        default: throw Self.unexpected(column, "a number")
        }
    }

    func text(_ column: String) throws(StoreFailure) -> String {
        guard let value = try optionalText(column) else { throw Self.unexpected(column, "text") }
        return value
    }

    func optionalText(_ column: String) throws(StoreFailure) -> String? {
        switch try cell(column) {
        case .null: return nil
        case .string(let value): return value
        default: throw Self.unexpected(column, "text")
        }
    }

    func bytes(_ column: String) throws(StoreFailure) -> [UInt8] {
        switch try cell(column) {
        case .blob(let data): return [UInt8](data)
        case .string(let text): return [UInt8](text.utf8)
        // SQLite gives a zero-length blob back as one, GRDB as NULL.
        case .null: return []
        default: throw Self.unexpected(column, "bytes")
        }
    }

    /// Text that is stored as bytes, because it may hold U+0000.
    func textBytes(_ column: String) throws(StoreFailure) -> String {
        guard let text = String(validating: try bytes(column), as: UTF8.self) else { throw Self.unexpected(column, "UTF-8") }
        return text
    }

    func text(at index: Int) throws(StoreFailure) -> String {
        let value: DatabaseValue = self[index]
        guard case .string(let text) = value.storage else { throw Self.unexpected("\(index)", "text") }
        return text
    }

    func integer(at index: Int) throws(StoreFailure) -> Int64 {
        let value: DatabaseValue = self[index]
        guard case .int64(let number) = value.storage else { throw Self.unexpected("\(index)", "an integer") }
        return number
    }

    private func cell(_ column: String) throws(StoreFailure) -> DatabaseValue.Storage {
        // A table's columns are what its file says that they are called.
        guard hasColumn(column) else { throw .corrupt("there is no column \(column)") }
        let value: DatabaseValue = self[column]
        return value.storage
    }

    private static func unexpected(_ column: String, _ wanted: String) -> StoreFailure {
        .corrupt("column \(column) does not hold \(wanted)")
    }
}

extension String {
    /// The text with U+FFFD in place of U+0000, at which SQLite would end it.
    var storable: String {
        utf8.contains(0) ? String(map { $0 == "\0" ? "\u{FFFD}" : $0 }) : self
    }

    /// Its bytes, for columns of outside text that must come back exactly.
    var data: Data { Data(utf8) }
}
