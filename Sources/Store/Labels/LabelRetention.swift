import GRDB

extension LabelStore {
    /// Labels deleted in one transaction: nobody who sends labels waits long.
    private static let step = 2_000
    /// Transactions of one run: what goes wrong goes wrong slowly, and somebody may see it.
    private static let mostSteps = 10
    /// Under which those are counted that were accepted once and have gone.
    static let retired = "retired"

    /// Deletes labels that learning does not need any more, the oldest first: those of a certain age, and as many as the size leaves no room for.
    ///
    /// A label whose row may still be in the log of traffic stays, and so does one that awaits its prediction. What goes is counted as retired, so that
    /// what was accepted and what is there still add up.
    ///
    /// - Parameters:
    ///   - needed: since when rows of a deployment are logged: labels that came later stay. Deployments that are not named keep all.
    ///   - before: labels that came before go for their age; nil: none does.
    ///   - excess: bytes too many.
    /// - Returns: how many went.
    public func retire(needed: [String: Int64], before: Int64?, excess: Int64) throws(StoreFailure) -> Int {
        var retired = 0
        var left = excess
        for _ in 0..<Self.mostSteps {
            let used = try file.usedBytes()
            var deleted = 0
            for (deployment, since) in needed.sorted(by: { $0.key < $1.key }) where left > 0 || before != nil {
                // Too large: whatever nobody needs may go. Else only what is old.
                let limit = left > 0 ? since : min(since, before ?? .min)
                deleted += try retire(deployment, before: limit)
            }
            retired += deleted
            if deleted == 0 { break }
            left -= max(0, used - (try file.usedBytes()))
        }
        return retired
    }

    /// Looks at the oldest labels of a deployment, and deletes those of them that came before a time.
    private func retire(_ deployment: String, before time: Int64) throws(StoreFailure) -> Int {
        let oldest = try file.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT sequence FROM (SELECT sequence, received, pending FROM label WHERE deployment = ?1 ORDER BY sequence LIMIT ?2)
                    WHERE pending = 0 AND typeof(received) = 'integer' AND received < ?3
                    """, arguments: [deployment, Self.step, time]
            ).map { try $0.integer("sequence") }
        }
        guard !oldest.isEmpty else { return 0 }
        return try file.write { database in
            let delete = try database.cachedStatement(sql: "DELETE FROM label WHERE sequence = ? AND deployment = ? AND pending = 0")
            var count = 0
            for sequence in oldest {
                try delete.execute(arguments: [sequence, deployment])
                count += database.changesCount
            }
            try database.execute(
                sql: """
                    INSERT INTO tally (deployment, outcome, count) VALUES (?, ?, ?)
                    ON CONFLICT (deployment, outcome) DO UPDATE SET count = count + excluded.count
                    """,
                arguments: [deployment, Self.retired, count])
            return count
        }
    }
}

extension TelemetryStore {
    /// Since when rows of each deployment are logged.
    public func loggedSince() throws(StoreFailure) -> [String: Int64] {
        try file.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT deployment, MIN(first_time) AS first FROM block GROUP BY deployment")
            return Dictionary(try rows.map { (try $0.text("deployment"), try $0.integer("first")) }) { first, _ in first }
        }
    }

    /// Deletes the oldest of the rows that were learnt from before their block was stored, but for so many; a bounded number in one run.
    public func boundEarly(keeping count: Int64) throws(StoreFailure) -> Int {
        let excess = try earlyRows() - max(0, count)
        guard excess > 0 else { return 0 }
        return try file.write { database in
            try database.execute(
                sql: """
                    DELETE FROM early_row WHERE (deployment, base, row) IN
                    (SELECT deployment, base, row FROM early_row ORDER BY time LIMIT ?)
                    """, arguments: [min(excess, Self.earlyStep)])
            return database.changesCount
        }
    }

    private static var earlyStep: Int64 { 10_000 }
}
