import GRDB

/// A table each of whose rows says what its values add up to, in the column `row_sum`.
///
/// The sum is made by triggers that stand in the writing connection only, not in the file: whoever edits a row with another program leaves the old
/// sum behind, and the row is known as damaged. A row that does not add up is not made right by a write to one of its other columns; it is
/// when it is replaced whole.
struct CheckedTable: Sendable {
    /// The table's name.
    let name: String
    /// What tells its rows apart.
    let key: [String]
    /// What is summed, in this order.
    let columns: [String]

    /// - Parameters:
    ///   - key: columns of the primary key; none for a table whose rows are told apart by `rowid`.
    ///   - others: the columns beside the key.
    init(_ name: String, key: [String], _ others: [String]) {
        self.name = name
        self.key = key.isEmpty ? ["rowid"] : key
        columns = key + others
    }

    /// What is wrong with a row that does not add up.
    static let mismatch = "its content does not match its checksum"

    // MARK: Writing

    /// Adds the column to a table that lacks it, and fills it: what stands there now is taken for right.
    ///
    /// Complexity: rewrites the table.
    func adopt(_ database: Database) throws {
        try database.execute(sql: "ALTER TABLE \(name) ADD COLUMN \(RowChecksum.name) INTEGER")
        try database.execute(sql: "UPDATE \(name) SET \(RowChecksum.name) = \(sum())")
    }

    /// From now on what this connection writes adds up; nothing is done for a table of an earlier format.
    func maintain(_ database: Database) throws {
        guard try isSummed(database) else { return }
        let place = key.map { "\($0) = NEW.\($0)" }.joined(separator: " AND ")
        try database.execute(
            sql: """
                CREATE TEMP TRIGGER IF NOT EXISTS sum_inserted_\(name) AFTER INSERT ON main.\(name) BEGIN
                    UPDATE \(name) SET \(RowChecksum.name) = \(sum("NEW.")) WHERE \(place);
                END;
                CREATE TEMP TRIGGER IF NOT EXISTS sum_updated_\(name) AFTER UPDATE OF \(columns.joined(separator: ", ")) ON main.\(name)
                WHEN \(sum("OLD.")) IS OLD.\(RowChecksum.name) BEGIN
                    UPDATE \(name) SET \(RowChecksum.name) = \(sum("NEW.")) WHERE \(place);
                END;
                """)
    }

    private func sum(_ prefix: String = "") -> String {
        "\(RowChecksum.name)(\(columns.map { prefix + $0 }.joined(separator: ", ")))"
    }

    // MARK: Reading

    /// A condition of SQL: whether a row adds up.
    ///
    /// Always so in a store of an earlier format, which is only looked at.
    func intact(_ database: Database) throws -> String {
        try isSummed(database) ? "\(sum()) IS \(RowChecksum.name)" : "TRUE"
    }

    /// The beginning of a query for rows that `Row.checkIntact` is asked about.
    ///
    /// - Parameter what: columns; all unless given.
    func select(_ database: Database, _ what: String = "*") throws -> String {
        "SELECT \(what), \(try intact(database)) AS is_intact FROM \(name)"
    }

    func isSummed(_ database: Database) throws -> Bool {
        guard try database.tableExists(name) else { return false }
        return try database.columns(in: name).contains { $0.name == RowChecksum.name }
    }

    /// Whether any row does not add up.
    ///
    /// Complexity: reads the table, up to the first such row.
    func isAnyDamaged(_ database: Database) throws -> Bool {
        try Row.fetchOne(database, sql: "SELECT 1 FROM \(name) WHERE NOT (\(try intact(database))) LIMIT 1") != nil
    }

    /// Rows that do not add up, the first so many.
    ///
    /// Complexity: reads the whole table.
    func damaged(_ database: Database, file: String, limit: Int) throws -> [DamagedRecord] {
        guard try isSummed(database) else { return [] }
        let hasDeployment = columns.contains("deployment")
        let names = key.map { "'\($0) ' || quote(\($0))" }.joined(separator: " || ', ' || ")
        return try Row.fetchAll(
            database,
            sql: "SELECT \(names) AS name\(hasDeployment ? ", deployment" : "") FROM \(name) WHERE NOT (\(try intact(database))) LIMIT ?",
            arguments: [limit]
        ).map { row in
            DamagedRecord(
                file: file, table: name, key: (try? row.text("name")) ?? "(no name)",
                deployment: hasDeployment ? try? row.optionalText("deployment") : nil, reason: Self.mismatch)
        }
    }
}

extension Row {
    /// Throws for a row that does not add up, of a query that `CheckedTable.select` began.
    func checkIntact() throws(StoreFailure) {
        guard try flag("is_intact") else { throw .corrupt(CheckedTable.mismatch) }
    }
}
