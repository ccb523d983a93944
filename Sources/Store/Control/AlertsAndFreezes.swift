import GRDB

/// An alert's row.
public struct AlertRecord: Codable, Sendable, Equatable, Identifiable {
    /// Number.
    public var id: Int64
    /// The deployment.
    public var deployment: String
    /// What it is about.
    public var kind: String
    /// `firing acknowledged resolved`.
    public var state: String
    /// The engine's own JSON: the alert.
    public var payload: String

    /// Makes a record.
    public init(id: Int64, deployment: String, kind: String, state: String, payload: String) {
        self.id = id
        self.deployment = deployment
        self.kind = kind
        self.state = state
        self.payload = payload
    }

    init(_ row: Row) throws(StoreFailure) {
        self.init(
            id: try row.integer("id"), deployment: try row.text("deployment"), kind: try row.text("kind"), state: try row.text("state"),
            payload: try row.text("payload"))
        try row.checkIntact()
    }
}

/// A freeze's row.
public struct FreezeRecord: Codable, Sendable, Equatable {
    /// The deployment; nil: all.
    public var deployment: String?
    /// What it stops.
    public var scope: String
    /// Who set it.
    public var by: String
    /// UTC milliseconds.
    public var since: Int64
    /// The row that holds it; nil before it is stored.
    public var row: Int64?

    /// Makes a record.
    public init(deployment: String?, scope: String, by: String, since: Int64, row: Int64? = nil) {
        self.row = row
        self.deployment = deployment
        self.scope = scope
        self.by = by
        self.since = since
    }
}

extension ControlReader {
    /// Alerts that are not resolved, oldest first.
    public func openAlerts() throws -> Salvage<AlertRecord> {
        salvage(try Row.fetchAll(database, sql: CheckedTable.alert.select(database) + " WHERE state <> 'resolved' ORDER BY id"))
    }

    /// The latest alerts, newest first.
    public func alerts(limit: Int) throws -> Salvage<AlertRecord> {
        let sql = try CheckedTable.alert.select(database) + " ORDER BY state = 'resolved', id DESC LIMIT ?"
        return salvage(try Row.fetchAll(database, sql: sql, arguments: [limit]))
    }

    /// A deployment's alerts of one kind, newest first.
    public func alerts(deployment: String, kind: String, limit: Int) throws -> Salvage<AlertRecord> {
        salvage(
            try Row.fetchAll(
                database, sql: CheckedTable.alert.select(database) + " WHERE deployment = ? AND kind = ? ORDER BY id DESC LIMIT ?",
                arguments: [deployment, kind, limit]))
    }

    private func salvage(_ rows: [Row]) -> Salvage<AlertRecord> {
        salvage("alert", rows, key: { RowKey.number($0, column: "id") }) { row throws(StoreFailure) in try AlertRecord(row) }
    }

    /// Freezes in force.
    public func freezes() throws -> Salvage<FreezeRecord> {
        let rows = try Row.fetchAll(database, sql: CheckedTable.freeze.select(database, "rowid AS position, *") + " ORDER BY since")
        return salvage("freeze", rows, key: { RowKey.number($0, column: "position") }) { row throws(StoreFailure) in
            let record = FreezeRecord(
                deployment: try row.optionalText("deployment"), scope: try row.text("scope"), by: try row.text("by"),
                since: try row.integer("since"), row: try row.integer("position"))
            try row.checkIntact()
            return record
        }
    }
}

extension ControlTransaction {
    /// A number for an alert that no alert had before.
    public func nextAlertNumber() throws -> Int64 {
        let next = try counter("alert", "") + 1
        try setCounter("alert", "", next)
        return next
    }

    /// Adds or replaces an alert.
    public func put(_ record: AlertRecord) throws {
        try checkReplaceable("alert", "\(record.id)")
        try database.execute(
            sql:
                """
                INSERT INTO alert (id, deployment, kind, state, payload) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET state = excluded.state, payload = excluded.payload
                """,
            arguments: [record.id, record.deployment, record.kind, record.state, record.payload])
    }

    /// Adds a freeze.
    public func setFreeze(_ record: FreezeRecord) throws {
        try database.execute(
            sql: "INSERT INTO freeze (deployment, scope, by, since) VALUES (?, ?, ?, ?)",
            arguments: [record.deployment, record.scope, record.by, record.since])
    }

    /// Lifts a freeze.
    public func clearFreeze(deployment: String?, scope: String) throws {
        try database.execute(sql: "DELETE FROM freeze WHERE deployment IS ? AND scope = ?", arguments: [deployment, scope])
    }

    /// Lifts the freeze of one row: one that cannot be read has no other name.
    public func clearFreeze(row: Int64) throws { try database.execute(sql: "DELETE FROM freeze WHERE rowid = ?", arguments: [row]) }

    /// Replaces all freezes but those that cannot be read.
    public func replaceFreezes(_ records: [FreezeRecord]) throws {
        let rows = try Row.fetchAll(database, sql: "SELECT rowid FROM freeze").map { try $0.integer(at: 0) }
        for row in rows where isReplaceable("freeze", "\(row)") { try clearFreeze(row: row) }
        for record in records { try setFreeze(record) }
    }
}
