/// A stored row that cannot be read: where it is, and why.
///
/// It is shown and left as it is; what it belongs to fails closed.
public struct DamagedRecord: Error, Codable, Sendable, Hashable {
    /// The file, such as `control.db`.
    public var file: String
    /// The table.
    public var table: String
    /// The row within it: `churn`, `churn v3`, `12`.
    public var key: String
    /// The deployment that it belongs to; nil when that cannot be told, or it belongs to none.
    public var deployment: String?
    /// The version's number, if it is a version.
    public var version: UInt32?
    /// What is wrong with it.
    public var reason: String

    /// Makes a record.
    public init(file: String, table: String, key: String, deployment: String? = nil, version: UInt32? = nil, reason: String) {
        self.file = file
        self.table = table
        self.key = key
        self.deployment = deployment
        self.version = version
        self.reason = reason
    }

    /// File, row and reason in one line.
    public var text: String { "\(file), \(table) \(key): \(reason)" }
}

/// Rows of a table, and those of them that cannot be read.
public struct Salvage<Record: Sendable>: Sendable {
    /// What can be read, in order.
    public var records: [Record]
    /// What cannot.
    public var damaged: [DamagedRecord]

    /// Makes one of both.
    public init(records: [Record] = [], damaged: [DamagedRecord] = []) {
        self.records = records
        self.damaged = damaged
    }

    /// Both together.
    public static func + (a: Salvage, b: Salvage) -> Salvage {
        Salvage(records: a.records + b.records, damaged: a.damaged + b.damaged)
    }
}
