import GRDB

extension ControlReader {
    /// Removed deployments whose traffic and labels are not deleted yet.
    ///
    /// A row that does not add up may name another one than was removed, and is passed over; `doctor` tells of it.
    public func removals() throws -> [String] {
        try Row.fetchAll(database, sql: "SELECT deployment FROM removal WHERE \(CheckedTable.removal.intact(database)) ORDER BY at").map {
            try $0.text("deployment")
        }
    }
}

extension ControlTransaction {
    /// Ends every open job of a deployment; whoever works on one finds its fence changed.
    ///
    /// Returns their numbers.
    public func cancelJobs(of deployment: String, because reason: String, now: Int64) throws -> [Int64] {
        let ids = try Row.fetchAll(
            database, sql: "SELECT id FROM job WHERE deployment = ? AND state IN ('queued', 'running') ORDER BY id", arguments: [deployment]
        ).map { try $0.integer("id") }
        for id in ids {
            try database.execute(
                sql: """
                    UPDATE job SET state = 'cancelled', cancel_requested = 1, fence = fence + 1, finished_at = ?, error = ?, worker = NULL,
                        lease_until = NULL WHERE id = ?
                    """, arguments: [now, reason.storable, id])
        }
        return ids
    }

    /// Ends every open job that was ordered after a time; how many.
    package func cancelJobs(createdAfter time: Int64, because reason: String, now: Int64) throws -> Int {
        try database.execute(
            sql: """
                UPDATE job SET state = 'cancelled', cancel_requested = 1, fence = fence + 1, finished_at = ?, error = ?, worker = NULL,
                    lease_until = NULL WHERE state IN ('queued', 'running') AND created_at > ?
                """, arguments: [now, reason.storable, time])
        return database.changesCount
    }

    /// Deletes a deployment with its versions, their models, its policy and its freezes, and notes that its traffic and labels are to follow.
    ///
    /// The journal, its jobs and the highest number that a version of it had stay.
    public func removeDeployment(_ name: String, now: Int64) throws {
        // By column: what of a version cannot be read goes with it.
        let hashes = try Row.fetchAll(
            database, sql: "SELECT artefact_hash, profile_hash, report_hash FROM version WHERE deployment = ?", arguments: [name]
        ).flatMap { row in try ["artefact_hash", "profile_hash", "report_hash"].map { try row.optionalText($0) } }
        for table in ["version", "policy", "freeze", "turn"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE deployment = ?", arguments: [name])
        }
        try deleteUnheld(hashes)
        try database.execute(sql: "DELETE FROM deployment WHERE name = ?", arguments: [name])
        guard database.changesCount == 1 else { throw StoreFailure.notFound(name) }
        try database.execute(sql: "INSERT OR REPLACE INTO removal (deployment, at) VALUES (?, ?)", arguments: [name, now])
    }

    /// Its traffic and labels are deleted.
    public func forgetRemoval(_ name: String) throws {
        try database.execute(sql: "DELETE FROM removal WHERE deployment = ?", arguments: [name])
    }
}
