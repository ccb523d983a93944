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

    /// Makes a record.
    public init(deployment: String?, scope: String, by: String, since: Int64) {
        self.deployment = deployment
        self.scope = scope
        self.by = by
        self.since = since
    }
}

extension ControlReader {
    /// Alerts that are not resolved, oldest first.
    public func openAlerts() throws -> [AlertRecord] {
        try Row.fetchAll(database, sql: "SELECT * FROM alert WHERE state <> 'resolved' ORDER BY id").map { try AlertRecord($0) }
    }

    /// The latest alerts, newest first.
    public func alerts(limit: Int) throws -> [AlertRecord] {
        try Row.fetchAll(database, sql: "SELECT * FROM alert ORDER BY state = 'resolved', id DESC LIMIT ?", arguments: [limit]).map {
            try AlertRecord($0)
        }
    }

    /// A deployment's alerts of one kind, newest first.
    public func alerts(deployment: String, kind: String, limit: Int) throws -> [AlertRecord] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM alert WHERE deployment = ? AND kind = ? ORDER BY id DESC LIMIT ?",
            arguments: [deployment, kind, limit]
        ).map { try AlertRecord($0) }
    }

    /// Freezes in force.
    public func freezes() throws -> [FreezeRecord] {
        try Row.fetchAll(database, sql: "SELECT * FROM freeze ORDER BY since").map {
            FreezeRecord(
                deployment: try $0.optionalText("deployment"), scope: try $0.text("scope"), by: try $0.text("by"),
                since: try $0.integer("since"))
        }
    }
}

extension ControlTransaction {
    /// The number of the next alert.
    public func nextAlertNumber() throws -> Int64 {
        (try Row.fetchOne(database, sql: "SELECT COALESCE(MAX(id), 0) FROM alert")?.integer(at: 0) ?? 0) + 1
    }

    /// Adds or replaces an alert.
    public func put(_ record: AlertRecord) throws {
        try database.execute(
            sql:
                "INSERT INTO alert VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state, payload = excluded.payload",
            arguments: [record.id, record.deployment, record.kind, record.state, record.payload])
    }

    /// Adds a freeze.
    public func setFreeze(_ record: FreezeRecord) throws {
        try database.execute(
            sql: "INSERT INTO freeze VALUES (?, ?, ?, ?)", arguments: [record.deployment, record.scope, record.by, record.since])
    }

    /// Lifts a freeze.
    public func clearFreeze(deployment: String?, scope: String) throws {
        try database.execute(sql: "DELETE FROM freeze WHERE deployment IS ? AND scope = ?", arguments: [deployment, scope])
    }

    /// Replaces all freezes.
    public func replaceFreezes(_ records: [FreezeRecord]) throws {
        try database.execute(sql: "DELETE FROM freeze")
        for record in records { try setFreeze(record) }
    }
}
