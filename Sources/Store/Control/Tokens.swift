import GRDB

/// A bearer token's row.
public struct TokenRecord: Codable, Sendable, Equatable {
    /// Its name.
    public var name: String
    /// The engine's own JSON: what it allows, and a hash of it.
    public var payload: String

    /// Makes a record.
    public init(name: String, payload: String) {
        self.name = name
        self.payload = payload
    }
}

extension ControlReader {
    /// The tokens, by name.
    public func tokens() throws -> Salvage<TokenRecord> {
        // A store of an earlier format, which is only looked at, has none.
        guard try database.tableExists("token") else { return Salvage() }
        let rows = try Row.fetchAll(database, sql: CheckedTable.token.select(database) + " ORDER BY name")
        return salvage("token", rows, key: { RowKey.name($0, column: "name") }) { row throws(StoreFailure) in
            let record = TokenRecord(name: try row.text("name"), payload: try row.text("payload"))
            try row.checkIntact()
            return record
        }
    }
}

extension ControlTransaction {
    /// Adds or replaces a token.
    public func put(_ record: TokenRecord) throws {
        try checkReplaceable("token", record.name)
        try database.execute(
            sql: "INSERT INTO token (name, payload) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET payload = excluded.payload",
            arguments: [record.name, record.payload])
    }

    /// Deletes a token, also one that cannot be read: whoever had it has it no more.
    public func deleteToken(_ name: String) throws { try database.execute(sql: "DELETE FROM token WHERE name = ?", arguments: [name]) }
}
