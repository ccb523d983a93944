import GRDB

extension TelemetryStore {
    /// Blocks deleted in one transaction: the writer of the traffic log never waits long.
    private static let step = 64
    /// Blocks that one run deletes for their age.
    private static let mostByAge = 2_048
    /// Free pages that are kept for the next blocks rather than given back.
    private static let sparePages: Int64 = 1_024
    /// How long points of one minute are kept before they become points of one hour, milliseconds.
    static let minuteMilliseconds: Int64 = 48 * 3_600_000

    /// Deletes what is older than the retention allows, then the oldest until the store is small enough; makes hours of old minutes; gives
    /// room back to the file system.
    ///
    /// Returns the blocks deleted.
    ///
    /// - Parameter byAge: whether the date may be trusted so far that rows are deleted for being old; those that the size leaves no room for go
    ///   whatever the date is.
    public func enforceRetention(now: Int64, byAge: Bool = true) throws(StoreFailure) -> Int {
        let limit = now.subtractingReportingOverflow(retention.maxAgeMilliseconds)
        let oldest = limit.overflow ? Int64.min : limit.partialValue
        var deleted = 0
        // A bound for each run: what goes wrong goes wrong slowly, and somebody may see it.
        while byAge, deleted < Self.mostByAge {
            let count = try deleteOldest(before: oldest, bytes: .max)
            deleted += count
            if count < Self.step { break }
        }
        while true {
            let excess = try file.usedBytes() - retention.maxBytes
            if excess <= 0 { break }
            let count = try deleteOldest(before: .max, bytes: excess)
            if count == 0 { break }
            deleted += count
        }
        try file.write { database in
            guard byAge else { return }
            try Self.rollUp(database, before: now - Self.minuteMilliseconds)
            for resolution in [SeriesRow.minute, SeriesRow.hour] {
                try database.execute(sql: "DELETE FROM series WHERE resolution = ? AND time < ?", arguments: [resolution, oldest])
            }
        }
        try giveBack()
        return deleted
    }

    /// Deletes the oldest blocks that end before a time, as many as give back so many bytes, in one short transaction.
    private func deleteOldest(before time: Int64, bytes wanted: Int64) throws(StoreFailure) -> Int {
        try file.write { database in
            let oldest = try Row.fetchAll(
                database, sql: "SELECT id, LENGTH(bytes) AS size FROM block WHERE last_time < ? ORDER BY last_time, id LIMIT ?",
                arguments: [time, Self.step])
            var count = 0
            var freed: Int64 = 0
            for row in oldest where freed < wanted {
                let id = try row.integer("id")
                try database.execute(sql: "DELETE FROM client WHERE block = ?", arguments: [id])
                try database.execute(sql: "DELETE FROM block WHERE id = ?", arguments: [id])
                freed += try row.integer("size")
                count += 1
            }
            return count
        }
    }

    private static func pragma(_ database: Database, _ name: String) throws -> Int64 {
        try Row.fetchOne(database, sql: "PRAGMA \(name)")?.integer(at: 0) ?? 0
    }

    /// Replaces whole hours of old one-minute points by one-hour points: weighted mean, least, greatest, sum of weights.
    private static func rollUp(_ database: Database, before time: Int64) throws {
        let end = time - time % 3_600_000
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO series (deployment, metric, resolution, time, mean, low, high, n)
                SELECT deployment, metric, ?1, time - time % 3600000 AS hour, SUM(mean * n) / SUM(n), MIN(low), MAX(high), SUM(n)
                FROM series WHERE resolution = ?2 AND time < ?3 AND \(CheckedTable.series.intact(database))
                GROUP BY deployment, metric, hour HAVING SUM(n) > 0
                """,
            arguments: [SeriesRow.hour, SeriesRow.minute, end])
        try database.execute(sql: "DELETE FROM series WHERE resolution = ? AND time < ?", arguments: [SeriesRow.minute, end])
    }

    private func giveBack() throws(StoreFailure) {
        try file.writeOutsideTransaction { database in
            let free = try Self.pragma(database, "freelist_count")
            guard free > Self.sparePages else { return }
            try database.execute(sql: "PRAGMA incremental_vacuum(\(free - Self.sparePages))")
        }
    }
}
