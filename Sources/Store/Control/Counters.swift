import GRDB

extension ControlReader {
    /// The highest number that was ever given under a name; 0 before the first.
    func counter(_ name: String, _ deployment: String) throws -> Int64 {
        let sql = try CheckedTable.counter.select(database, "value") + " WHERE name = ? AND deployment = ?"
        guard let row = try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [name, deployment]) else { return 0 }
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
