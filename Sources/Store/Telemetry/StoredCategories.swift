import GRDB
public import Tabular

/// Category texts by column and code: stored no later than the first row that has them, kept at least as long as the last.
extension TelemetryStore {
    /// The texts of a deployment with their codes, those of single columns first, then those that every column has.
    public func categories(deployment: String) throws(StoreFailure) -> [CategoryEntry] {
        try file.read { database in
            let ownOnes = try database.cachedStatement(
                sql: CheckedTable.columnCategory.select(database, "feature, code, text, pinned, seen")
                    + " WHERE deployment = ? ORDER BY feature, code")
            let own = try Row.fetchAll(ownOnes, arguments: [deployment]).map { row in
                try row.checkIntact()
                return CategoryEntry(
                    feature: try row.textBytes("feature"), code: try row.narrow("code"), text: try row.textBytes("text"),
                    isPinned: try row.flag("pinned"), seen: try row.integer("seen"))
            }
            let sharedOnes = try database.cachedStatement(
                sql: CheckedTable.category.select(database, "code, text, seen") + " WHERE deployment = ? ORDER BY code")
            let shared = try Row.fetchAll(sharedOnes, arguments: [deployment]).map { row in
                try row.checkIntact()
                return CategoryEntry(
                    feature: nil, code: try row.narrow("code"), text: try row.textBytes("text"), isPinned: false,
                    seen: try row.integer("seen"))
            }
            return own + shared
        }
    }

    /// The time of the oldest stored row of each deployment that has one.
    ///
    /// Complexity: O(blocks) index entries.
    public func oldestTimes() throws(StoreFailure) -> [String: Int64] {
        try file.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT deployment, MIN(first_time) AS oldest FROM block GROUP BY deployment")
            return try rows.reduce(into: [:]) { $0[try $1.text("deployment")] = try $1.integer("oldest") }
        }
    }

    /// Forgets texts of a column that no stored row has.
    public func deleteCategories(_ codes: [Int32], of feature: String, deployment: String) throws(StoreFailure) {
        try file.write { database in
            for code in codes {
                try database.execute(
                    sql: "DELETE FROM column_category WHERE deployment = ? AND feature = ? AND code = ? AND pinned = 0",
                    arguments: [deployment, feature.data, code])
            }
        }
    }

    /// Forgets the texts of the time when a deployment had one dictionary, once no row of that time is stored any more.
    ///
    /// Columns that have used one since, or whose trainings did, have it as their own.
    public func deleteSharedCategories(before oldest: Int64, deployment: String) throws(StoreFailure) {
        try file.write { database in
            try database.execute(sql: "DELETE FROM category WHERE deployment = ? AND seen < ?", arguments: [deployment, oldest])
        }
    }

    /// A code keeps its text as long as any row may have it: those rows would otherwise change their meaning.
    static func insert(_ entry: CategoryEntry, _ deployment: String, _ database: Database) throws {
        let feature = entry.feature ?? ""
        try database.execute(
            sql: """
                INSERT INTO column_category (deployment, feature, code, text, pinned, seen) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (deployment, feature, code)
                DO UPDATE SET pinned = MAX(pinned, excluded.pinned), seen = MAX(seen, excluded.seen) WHERE text = excluded.text
                """,
            arguments: [deployment, feature.data, entry.code, entry.text.data, entry.isPinned, entry.seen])
        guard database.changesCount == 1 else { throw StoreFailure.conflict("category \(entry.code) of \(deployment), \(feature)") }
    }
}
