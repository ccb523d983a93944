import GRDB

extension ControlReader {
    /// The highest number that was ever given under a name; 0 before the first.
    func counter(_ name: String, _ deployment: String) throws -> Int64 {
        try Row.fetchOne(database, sql: "SELECT value FROM counter WHERE name = ? AND deployment = ?", arguments: [name, deployment])?
            .integer("value") ?? 0
    }
}

extension ControlTransaction {
    /// Remembers a number as given.
    func setCounter(_ name: String, _ deployment: String, _ value: Int64) throws {
        try database.execute(
            sql: "INSERT INTO counter VALUES (?, ?, ?) ON CONFLICT (name, deployment) DO UPDATE SET value = excluded.value",
            arguments: [name, deployment, value])
    }
}
