import GRDB

extension ControlReader {
    /// The highest number that was ever given under a name; 0 before the first.
    ///
    /// - Parameter table: where what was numbered stands: there must be nothing while there is no counter, or a number would be given twice.
    func counter(_ name: String, _ deployment: String, of table: String) throws -> Int64 {
        let sql = try CheckedTable.counter.select(database, "value") + " WHERE name = ? AND deployment = ?"
        guard let row = try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [name, deployment]) else {
            let first =
                deployment.isEmpty
                ? try Row.fetchOne(database, sql: "SELECT 1 FROM \(table) LIMIT 1")
                : try Row.fetchOne(database, sql: "SELECT 1 FROM \(table) WHERE deployment = ? LIMIT 1", arguments: [deployment])
            guard first == nil else { throw StoreFailure.corrupt("control.db, counter \(name) \(deployment): it is missing") }
            return 0
        }
        do throws(StoreFailure) { try row.checkIntact() } catch {
            throw StoreFailure.corrupt("control.db, counter \(name) \(deployment): \(error.bare)")
        }
        return try row.integer("value")
    }
}

extension ControlTransaction {
    /// Remembers a number as given.
    func setCounter(_ name: String, _ deployment: String, _ value: Int64) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO counter (name, deployment, value) VALUES (?, ?, ?)",
            arguments: [name, deployment, value])
    }
}
