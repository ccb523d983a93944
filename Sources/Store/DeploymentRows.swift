import GRDB

extension Database {
    /// Deletes what any table with a column `deployment` holds of a deployment.
    func deleteRows(of deployment: String) throws {
        let tables = try Row.fetchAll(
            self,
            sql: """
                SELECT m.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c
                WHERE m.type = 'table' AND c.name = 'deployment' ORDER BY m.name
                """
        ).map { try $0.text("name") }
        for table in tables { try execute(sql: "DELETE FROM \"\(table)\" WHERE deployment = ?", arguments: [deployment]) }
    }
}

extension TelemetryStore {
    /// Blocks deleted in one transaction: the writer of the traffic log never waits long.
    private static let removedTogether = 64

    /// Deletes a deployment's traffic, categories and series.
    public func removeDeployment(_ name: String) throws(StoreFailure) {
        forget(name)
        var count = 0
        repeat {
            count = try file.write { database in
                let ids = try Row.fetchAll(
                    database, sql: "SELECT id FROM block WHERE deployment = ? LIMIT ?", arguments: [name, Self.removedTogether]
                ).map { try $0.integer("id") }
                for id in ids {
                    try database.execute(sql: "DELETE FROM client WHERE block = ?", arguments: [id])
                    try database.execute(sql: "DELETE FROM block WHERE id = ?", arguments: [id])
                }
                return ids.count
            }
        } while count == Self.removedTogether
        try file.write { try $0.deleteRows(of: name) }
    }
}

extension LabelStore {
    /// Deletes a deployment's labels, corrections and counts.
    public func removeDeployment(_ name: String) throws(StoreFailure) { try file.write { try $0.deleteRows(of: name) } }
}
