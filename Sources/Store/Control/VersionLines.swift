import GRDB

/// What decides what may become of a version, read from its row without the rest of its payload.
///
/// A fleet has hundreds of thousands of versions, each with kilobytes of figures: at a start their lines are read, not they.
public struct VersionLineRecord: Sendable {
    /// 7 for `v7`.
    public var number: UInt32
    /// The engine's word for its state.
    public var state: String
    /// Whether no gate spoke against it.
    public var blessed: Bool
    /// Hex SHA-256 of the model's bytes.
    public var artefactHash: String?
    /// Content hash of what it learnt from.
    public var dataHash: String
    /// The payload's own members `format`, `number` and `pinned`; nil where it has none, or is no JSON.
    public var format: Int64?
    /// The number that the payload gives itself.
    public var ownNumber: Int64?
    /// Whether the payload says that it is kept.
    public var isPinned: Bool
    /// The payload's member `served`, JSON; nil where it has none, or is no JSON.
    public var served: String?
    /// The first gate that refused it, with what it said.
    public var refusal: String?

    init(_ row: Row) throws(StoreFailure) {
        number = try row.narrow("number")
        state = try row.text("state")
        blessed = try row.flag("blessed")
        artefactHash = try row.optionalText("artefact_hash")
        dataHash = try row.text("data_hash")
        format = try row.optionalInteger("format")
        ownNumber = try row.optionalInteger("own")
        isPinned = try row.optionalInteger("pinned") == 1
        served = try row.optionalText("served")
        refusal = try row.optionalText("refusal")
        try row.checkIntact()
    }
}

extension ControlReader {
    /// The lines of a deployment's versions, oldest first.
    ///
    /// Complexity: O(bytes of the payloads), some microseconds each: SQLite parses them, nothing is copied out.
    public func versionLines(of deployment: String) throws -> Salvage<VersionLineRecord> {
        try lines("", [deployment])
    }

    /// The lines of a deployment's newest versions and of some others, oldest first; whether these are all that there are.
    ///
    /// Complexity: as many rows as are asked for.
    public func versionLines(
        of deployment: String, newest: Int, and others: [UInt32]
    ) throws -> (found: Salvage<VersionLineRecord>, isAll: Bool) {
        // One more: whether there is an older one.
        let bounds = try Row.fetchAll(
            database.cachedStatement(sql: "SELECT number FROM version WHERE deployment = ? ORDER BY number DESC LIMIT ?"),
            arguments: [deployment, newest + 1]
        ).map { $0[0] as DatabaseValue }
        guard bounds.count > newest else { return (try versionLines(of: deployment), true) }
        let wanted = others.map(String.init).joined(separator: ", ")
        return (try lines("AND (number >= ? OR number IN (\(wanted)))", [deployment, bounds[newest - 1]]), false)
    }

    private func lines(_ condition: String, _ arguments: StatementArguments) throws -> Salvage<VersionLineRecord> {
        let statement = try database.cachedStatement(
            sql: """
                SELECT deployment, number, state, blessed, artefact_hash, data_hash, is_intact,
                    CASE WHEN valid THEN json_extract(payload, '$.format') END AS format,
                    CASE WHEN valid THEN json_extract(payload, '$.number') END AS own,
                    CASE WHEN valid THEN json_extract(payload, '$.pinned') END AS pinned,
                    CASE WHEN valid AND json_type(payload, '$.served') = 'array' THEN json_extract(payload, '$.served') END AS served,
                    CASE WHEN valid AND blessed = 0 AND json_type(payload, '$.gates') = 'array' THEN (
                        SELECT json_extract(value, '$.name') || ': ' || json_extract(value, '$.detail') FROM json_each(payload, '$.gates')
                        WHERE type = 'object' AND json_extract(value, '$.passed') = 0
                            AND coalesce(json_extract(value, '$.undecided'), 0) = 0 ORDER BY key LIMIT 1) END AS refusal
                FROM (\(CheckedTable.version.select(database, "*, typeof(payload) = 'text' AND json_valid(payload) AS valid"))
                    WHERE deployment = ? \(condition))
                ORDER BY number
                """)
        let rows = try Row.fetchAll(statement, arguments: arguments)
        return salvage("version", rows, key: { RowKey.version($0) }) { row throws(StoreFailure) in try VersionLineRecord(row) }
    }

    /// A page of a deployment's versions, newest first: from a number on, before another.
    public func versions(of deployment: String, from oldest: UInt32, before number: UInt32?) throws -> Salvage<VersionRecord> {
        let rows = try Row.fetchAll(
            database,
            sql: CheckedTable.version.select(database) + " WHERE deployment = ? AND number >= ? AND number < ? ORDER BY number DESC",
            arguments: [deployment, oldest, number.map { Int64($0) } ?? .max])
        return salvage("version", rows, key: { RowKey.version($0) }) { row throws(StoreFailure) in try VersionRecord(row) }
    }
}
