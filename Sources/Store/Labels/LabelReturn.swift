import GRDB
import Tabular

extension LabelStore {
    /// Takes labels back to what they were at a time: those that came later go, those that were corrected later have their former value.
    ///
    /// When a corrected one had first come is not stored; it is taken to have come before.
    package func returnTo(_ time: Int64) throws(StoreFailure) -> (removed: Int, uncorrected: Int) {
        try file.write { database in
            // Of several corrections of one label, the first one's former value.
            let corrected = try Row.fetchAll(
                database,
                sql: """
                    SELECT deployment, base, row, former, MIN(rowid) AS first FROM correction WHERE received > ? GROUP BY deployment, base, row
                    """, arguments: [time])
            var uncorrected = 0
            for row in corrected {
                let (deployment, id, value) = (try row.text("deployment"), try RowID(row), try row.real("former"))
                try database.execute(
                    sql: """
                        UPDATE label SET value = ?, received = ?, checksum = ? WHERE deployment = ? AND base = ? AND row = ? AND received > ?
                        """,
                    arguments: [value, time, LabelChecksum.of(deployment, id, value, time), deployment, id.base.key, id.row, time])
                uncorrected += database.changesCount
            }
            try database.execute(sql: "DELETE FROM correction WHERE received > ?", arguments: [time])
            try database.execute(sql: "DELETE FROM label WHERE received > ?", arguments: [time])
            let removed = database.changesCount
            // What was counted must be what is there.
            try database.execute(sql: "DELETE FROM tally WHERE outcome IN ('accepted', '\(Self.retired)')")
            try database.execute(
                sql:
                    "INSERT INTO tally (deployment, outcome, count) SELECT deployment, 'accepted', COUNT(*) FROM label WHERE pending = 0 GROUP BY deployment"
            )
            return (removed, uncorrected)
        }
    }
}
