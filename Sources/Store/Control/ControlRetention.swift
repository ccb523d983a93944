import GRDB

/// What the registry keeps of what is over.
extension ControlStore {
    /// Rows deleted in one run.
    private static let most: Int64 = 1_000

    /// Deletes the oldest resolved alerts and the oldest ended jobs with their logs, but for so many of each; a bounded number in one run.
    ///
    /// The journal keeps what became of them. Rows that cannot be read stay.
    ///
    /// - Returns: how many went.
    public func retire(alerts: Int64, jobs: Int64) throws(StoreFailure) -> (alerts: Int, jobs: Int) {
        let sizes = try read { reader in
            func number(_ sql: String) throws -> Int64 { try Row.fetchOne(reader.database, sql: sql)?.integer(at: 0) ?? 0 }
            return (
                alerts: try number("SELECT COUNT(*) FROM alert WHERE state = 'resolved'"),
                jobs: try number("SELECT COUNT(*) FROM job WHERE state NOT IN ('queued', 'running')")
            )
        }
        let (oldAlerts, oldJobs) = (min(Self.most, sizes.alerts - alerts), min(Self.most, sizes.jobs - jobs))
        guard oldAlerts > 0 || oldJobs > 0 else { return (0, 0) }
        return try write { transaction in
            var gone = (alerts: 0, jobs: 0)
            for id in try transaction.oldest("alert", "state = 'resolved'", oldAlerts) where transaction.isReplaceable("alert", "\(id)") {
                try transaction.database.execute(sql: "DELETE FROM alert WHERE id = ?", arguments: [id])
                gone.alerts += 1
            }
            let ended = "state IN ('done', 'failed', 'cancelled')"
            for id in try transaction.oldest("job", ended, oldJobs) where transaction.isReplaceable("job", "\(id)") {
                try transaction.database.execute(sql: "DELETE FROM job_log WHERE job = ?", arguments: [id])
                try transaction.database.execute(sql: "DELETE FROM job WHERE id = ?", arguments: [id])
                gone.jobs += 1
            }
            return gone
        }
    }
}

extension ControlTransaction {
    fileprivate func oldest(_ table: String, _ condition: String, _ count: Int64) throws -> [Int64] {
        guard count > 0 else { return [] }
        return try Row.fetchAll(
            database, sql: "SELECT id FROM \(table) WHERE \(condition) ORDER BY id LIMIT ?", arguments: [count]
        ).map { try $0.integer("id") }
    }
}
