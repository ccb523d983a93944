import GRDB

// The tables of the three stores whose rows are summed. Not among them: artefacts and the journal, which have hashes of their own; labels and
// blocks of traffic, which have checksums of their own; whose turn it is, which matters to nobody's figures; the ids of clients, of which each request
// may bring one.
extension CheckedTable {
    static let meta = CheckedTable("meta", key: ["key"], ["value"])
    static let deployment = CheckedTable(
        "deployment", key: ["name"], ["created_at", "schema", "state", "champion", "last_known_good", "data_hash", "payload"])
    static let version = CheckedTable(
        "version", key: ["deployment", "number"],
        [
            "created_at", "algorithm", "state", "artefact_hash", "profile_hash", "data_hash", "blessed", "payload", "report_hash",
        ])
    static let policy = CheckedTable("policy", key: ["deployment"], ["text"])
    static let freeze = CheckedTable("freeze", key: [], ["deployment", "scope", "by", "since"])
    static let job = CheckedTable(
        "job", key: ["id"],
        [
            "kind", "deployment", "payload", "priority", "state", "attempts", "fence", "worker", "lease_until", "created_at", "started_at",
            "finished_at", "progress", "progress_text", "result", "error", "created_by", "cancel_requested",
        ])
    static let jobLog = CheckedTable("job_log", key: ["job", "number"], ["time", "text"])
    static let alert = CheckedTable("alert", key: ["id"], ["deployment", "kind", "state", "payload"])
    static let counter = CheckedTable("counter", key: ["name", "deployment"], ["value"])
    static let removal = CheckedTable("removal", key: ["deployment"], ["at"])
    static let token = CheckedTable("token", key: ["name"], ["payload"])

    static let tally = CheckedTable("tally", key: ["deployment", "outcome"], ["count"])

    static let category = CheckedTable("category", key: ["deployment", "code"], ["text", "seen"])
    static let columnCategory = CheckedTable("column_category", key: ["deployment", "feature", "code"], ["text", "pinned", "seen"])
    static let series = CheckedTable("series", key: ["deployment", "metric", "resolution", "time"], ["mean", "low", "high", "n"])
    static let earlyRow = CheckedTable("early_row", key: ["deployment", "base", "row"], ["time", "bytes"])

    /// Those of a store.
    static func all(of store: String) -> [CheckedTable] {
        switch store {
        case "control": [meta, deployment, version, policy, freeze, job, jobLog, alert, counter, removal, token]
        case "labels": [tally]
        case "telemetry": [category, columnCategory, series, earlyRow]
        default: []
        }
    }

    /// Those of a store whose rows nobody reads one by one to see whether they can be.
    static func walkedBySum(of store: String) -> [CheckedTable] {
        store == "control" ? [meta, jobLog, counter, removal] : all(of: store)
    }

    /// Adds sums to every table of a store.
    static func adopt(_ store: String, _ database: Database) throws {
        for table in all(of: store) { try table.adopt(database) }
    }

    /// From now on what this connection writes into a store adds up.
    static func maintain(_ store: String, _ database: Database) throws {
        for table in all(of: store) { try table.maintain(database) }
    }
}
