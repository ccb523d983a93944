import Foundation
import GRDB
public import Tabular

/// A deployment's row.
public struct DeploymentRecord: Codable, Sendable, Equatable {
    /// Its name.
    public var name: String
    /// UTC milliseconds.
    public var createdAt: Int64
    /// The frozen schema; nil before the first import.
    public var schema: Schema?
    /// The engine's word for its state.
    public var state: String
    /// The version that answers.
    public var champion: UInt32?
    /// What a roll back returns to.
    public var lastKnownGood: UInt32?
    /// Content hash of its import.
    public var dataHash: String?
    /// The engine's own JSON.
    public var payload: String

    /// Makes a record.
    public init(
        name: String, createdAt: Int64, schema: Schema?, state: String, champion: UInt32?, lastKnownGood: UInt32?, dataHash: String?,
        payload: String
    ) {
        self.name = name
        self.createdAt = createdAt
        self.schema = schema
        self.state = state
        self.champion = champion
        self.lastKnownGood = lastKnownGood
        self.dataHash = dataHash
        self.payload = payload
    }

    init(_ row: Row) throws(StoreFailure) {
        let name = try row.text("name")
        var schema: Schema?
        if let text = try row.optionalText("schema") {
            do { schema = try JSONDecoder().decode(Schema.self, from: Data(text.utf8)) } catch {
                throw .corrupt("column schema does not hold a schema")
            }
        }
        self.init(
            name: name, createdAt: try row.integer("created_at"), schema: schema, state: try row.text("state"),
            champion: try row.optionalNarrow("champion"), lastKnownGood: try row.optionalNarrow("last_known_good"),
            dataHash: try row.optionalText("data_hash"), payload: try row.text("payload"))
        try row.checkIntact()
    }

    func schemaText() throws -> String? { try schema.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) } }
}

extension ControlReader {
    /// All deployments by name.
    public func deployments() throws -> Salvage<DeploymentRecord> {
        let rows = try Row.fetchAll(database, sql: CheckedTable.deployment.select(database) + " ORDER BY name")
        return salvage("deployment", rows, key: { RowKey.deployment($0, column: "name") }) { row throws(StoreFailure) in
            try DeploymentRecord(row)
        }
    }

    /// One deployment.
    public func deployment(_ name: String) throws -> DeploymentRecord? {
        try Row.fetchOne(database, sql: CheckedTable.deployment.select(database) + " WHERE name = ?", arguments: [name]).map {
            try DeploymentRecord($0)
        }
    }

    /// The key under which engine starts are counted.
    package static let bootEpochKey = "boot_epoch"

    /// A counter or flag.
    public func integer(_ key: String) throws -> Int64? {
        let sql = try CheckedTable.meta.select(database, "value") + " WHERE key = ?"
        guard let row = try Row.fetchOne(database, sql: sql, arguments: [key]) else {
            // The damaged one may be this: a row whose key is another one is not found.
            guard try !CheckedTable.meta.isAnyDamaged(database) else {
                throw StoreFailure.corrupt("control.db, meta \(key): it is missing, and a row of the table is damaged")
            }
            return nil
        }
        do throws(StoreFailure) { try row.checkIntact() } catch { throw StoreFailure.corrupt("control.db, meta \(key): \(error.bare)") }
        return try row.integer("value")
    }
}

extension ControlTransaction {
    /// Adds a deployment.
    public func insert(_ record: DeploymentRecord) throws {
        try database.execute(
            sql: """
                INSERT INTO deployment (name, created_at, schema, state, champion, last_known_good, data_hash, payload)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                record.name, record.createdAt, try record.schemaText(), record.state, record.champion, record.lastKnownGood,
                record.dataHash,
                record.payload,
            ])
    }

    /// Replaces a deployment's row.
    public func update(_ record: DeploymentRecord) throws {
        try checkReplaceable("deployment", record.name)
        try database.execute(
            sql: """
                UPDATE deployment SET schema = ?, state = ?, champion = ?, last_known_good = ?, data_hash = ?, payload = ? WHERE name = ?
                """,
            arguments: [
                try record.schemaText(), record.state, record.champion, record.lastKnownGood, record.dataHash, record.payload, record.name,
            ])
        guard database.changesCount == 1 else { throw StoreFailure.notFound(record.name) }
    }

    /// Sets a counter or flag.
    public func set(_ key: String, _ value: Int64) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", arguments: [key, value])
    }
}
