import Foundation
import GRDB
public import Tabular

/// Rows that were learnt from before the block that they stand in was stored.
///
/// A live learner takes rows from the event loops' memory. They are kept here before anything is learnt from them, so that whoever learns the
/// same labels once more, after a kill, finds the same rows. A row that its block has brought meanwhile goes.
extension TelemetryStore {
    /// Rows looked at in one sweep.
    private static let sweptTogether = 2_000

    /// Stores rows, and the texts that their codes need; a row that is there stays.
    public func append(
        early rows: [RowID: LoggedRow], deployment: String, categories: [CategoryEntry] = []
    ) throws(StoreFailure) {
        guard !rows.isEmpty else { return }
        try file.write { database in
            for entry in categories { try Self.insert(entry, deployment, database) }
            let insert = try database.cachedStatement(
                sql: "INSERT OR IGNORE INTO early_row (deployment, base, row, time, bytes) VALUES (?, ?, ?, ?, ?)")
            for (id, row) in rows.sorted(by: { ($0.key.base, $0.key.row) < ($1.key.base, $1.key.row) }) {
                try insert.execute(arguments: [deployment, id.base.key, id.row, row.time, Data(Self.encode(row))])
            }
        }
    }

    /// Those of the rows that are kept here.
    ///
    /// Complexity: O(ids log rows).
    public func early(rows ids: [RowID], deployment: String) throws(StoreFailure) -> [RowID: LoggedRow] {
        try file.read { database in
            var found: [RowID: LoggedRow] = [:]
            let find = try database.cachedStatement(
                sql: CheckedTable.earlyRow.select(database, "time, bytes") + " WHERE deployment = ? AND base = ? AND row = ?")
            for id in ids {
                guard let row = try Row.fetchOne(find, arguments: [deployment, id.base.key, id.row]) else { continue }
                guard try row.flag("is_intact"), let logged = Self.decode(try row.bytes("bytes"), time: try row.integer("time")) else {
                    throw StoreFailure.corrupt("early row \(id.text) of \(deployment)")
                }
                found[id] = logged
            }
            return found
        }
    }

    /// Until a row is this old its block may be on its way, milliseconds.
    private static let awaited: Int64 = 60_000

    /// Gives up rows that stand in a stored block by now, and those that are older than what is kept at all.
    ///
    /// Returns how many went.
    @discardableResult
    public func sweepEarly(at now: Int64) throws(StoreFailure) -> Int {
        let time = now.subtractingReportingOverflow(Self.awaited).partialValue
        let (limit, isOverflow) = now.subtractingReportingOverflow(retention.maxAgeMilliseconds)
        let oldest = isOverflow ? Int64.min : limit
        let candidates = try file.read { database in
            try Row.fetchAll(
                database, sql: "SELECT deployment, base, row, time FROM early_row WHERE time < ? ORDER BY time LIMIT ?",
                arguments: [time, Self.sweptTogether]
            ).map { (deployment: try $0.text("deployment"), id: try RowID($0), time: try $0.integer("time")) }
        }
        var gone: [(String, RowID)] = []
        for row in candidates {
            let isLogged = try contains(row.id, deployment: row.deployment)
            if isLogged || row.time < oldest { gone.append((row.deployment, row.id)) }
        }
        let settled = gone
        guard !settled.isEmpty else { return 0 }
        try file.write { database in
            for (deployment, id) in settled {
                try database.execute(
                    sql: "DELETE FROM early_row WHERE deployment = ? AND base = ? AND row = ?",
                    arguments: [deployment, id.base.key, id.row])
            }
        }
        return settled.count
    }

    private static let form: UInt8 = 1

    private static func encode(_ row: LoggedRow) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(form)
        writer.write(row.version)
        writer.write(row.learnt ?? .max)
        for values in [row.scores, row.features] {
            writer.write(UInt32(values.count))
            for value in values { writer.write(value.bitPattern) }
        }
        return writer.bytes
    }

    private static func decode(_ bytes: [UInt8], time: Int64) -> LoggedRow? {
        var reader = ByteReader(bytes[...])
        guard reader.integer(UInt8.self) == form, let version = reader.integer(UInt32.self), let learnt = reader.integer(UInt32.self),
            let outputs = reader.integer(UInt32.self), let scores = reader.words(Int(outputs), of: Double.self),
            let width = reader.integer(UInt32.self), let features = reader.words(Int(width), of: Double.self), reader.remaining == 0
        else { return nil }
        return LoggedRow(
            time: time, features: features, version: version, learnt: learnt == .max ? nil : learnt, scores: scores)
    }
}
