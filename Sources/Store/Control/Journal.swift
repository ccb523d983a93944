import Crypto
import Foundation
import GRDB
import Tabular

/// What happened: who, when, what, why.
public struct JournalEntry: Codable, Sendable, Equatable {
    /// UTC milliseconds.
    public var time: Int64
    /// `oncall (uid 1001)`, `policy:on_drift`, `engine`.
    public var actor: String
    /// The kernel-attested uid; nil for the engine's own acts.
    public var uid: UInt32?
    /// The role that it acted in.
    public var role: String
    /// The verb.
    public var verb: String
    /// The deployment, if it is about one.
    public var deployment: String?
    /// One sentence.
    public var summary: String
    /// The operator's words.
    public var reason: String?
    /// More, as a JSON object of texts.
    public var details: String

    /// Makes an entry.
    public init(
        time: Int64, actor: String, uid: UInt32?, role: String, verb: String, deployment: String?, summary: String, reason: String?,
        details: String
    ) {
        self.time = time
        self.actor = actor
        self.uid = uid
        self.role = role
        self.verb = verb
        self.deployment = deployment
        self.summary = summary
        self.reason = reason
        self.details = details
    }
}

extension JournalEntry {
    /// Largest entry, bytes of text.
    public static let limitBytes = 1 << 20

    /// The entry as SQLite gives it back: U+0000 replaced, or else the stored row would not match its hash.
    func storable() throws(StoreFailure) -> JournalEntry {
        let size = [actor, role, verb, deployment ?? "", summary, reason ?? "", details].reduce(0) { $0 + $1.utf8.count }
        guard size <= Self.limitBytes else {
            throw .full("journal entry of \(size) bytes: at most \(Self.limitBytes): shorten it")
        }
        return JournalEntry(
            time: time, actor: actor.storable, uid: uid, role: role.storable, verb: verb.storable, deployment: deployment?.storable,
            summary: summary.storable, reason: reason?.storable, details: details.storable)
    }
}

/// A written entry: a link of the chain.
public struct JournalRow: Codable, Sendable, Equatable {
    /// Its number, without gaps from 1.
    public var sequence: Int64
    /// What happened.
    public var entry: JournalEntry
    /// Hex SHA-256 over the previous hash and this row's canonical bytes.
    public var hash: String
    /// The hash of the row before; 64 zeros for the first.
    public var previousHash: String

    /// Makes a row.
    public init(sequence: Int64, entry: JournalEntry, hash: String, previousHash: String) {
        self.sequence = sequence
        self.entry = entry
        self.hash = hash
        self.previousHash = previousHash
    }

    /// The row as it stands: whether its content matches its hash is for the walk along the chain to say.
    init(unverified row: Row) throws(StoreFailure) {
        self.init(
            sequence: try row.integer("sequence"),
            entry: JournalEntry(
                time: try row.integer("time"), actor: try row.text("actor"), uid: try row.optionalNarrow("uid"), role: try row.text("role"),
                verb: try row.text("verb"), deployment: try row.optionalText("deployment"), summary: try row.text("summary"),
                reason: try row.optionalText("reason"), details: try row.text("details")),
            hash: try row.text("hash"), previousHash: try row.text("previous_hash"))
    }

    init(_ row: Row) throws(StoreFailure) {
        try self.init(unverified: row)
        guard hash == Self.hash(sequence: sequence, entry: entry, previousHash: previousHash) else {
            throw .corrupt(Self.mismatch)
        }
    }

    /// The row, or one in its place that says what of it cannot be read: a page of the journal has no gaps.
    init(salvaging row: Row) throws(StoreFailure) {
        let sequence = try row.integer("sequence")
        do throws(StoreFailure) { try self.init(row) } catch {
            let key = RowKey.number(row, column: "sequence")
            let damage = DamagedRecord(
                file: ControlStore.fileName, table: "journal", key: key.text, deployment: key.deployment, reason: error.bare)
            let entry = JournalEntry(
                time: 0, actor: "engine", uid: nil, role: "engine", verb: Self.unreadableVerb, deployment: key.deployment,
                summary: "this entry cannot be read: \(damage.text): `flyball journal verify` tells more", reason: nil, details: "{}")
            self.init(sequence: sequence, entry: entry, hash: "", previousHash: "")
        }
    }

    /// What is wrong with a row whose content is another one than was written.
    package static let mismatch = "its content does not match its hash"

    /// The verb that stands in for an entry which cannot be read.
    public static let unreadableVerb = "unreadable"

    /// The previous hash of the first row.
    public static let genesis = String(repeating: "0", count: 64)

    /// The hash that the row must have.
    ///
    /// Canonical bytes, integers as 8 bytes big-endian, a text as a presence byte (0: none, 1: there), its length, and its UTF-8:
    /// text of the previous hash · sequence · time · texts of actor, uid (decimal), role, verb, deployment, summary, reason, details.
    public static func hash(sequence: Int64, entry: JournalEntry, previousHash: String) -> String {
        var hasher = SHA256()
        func integer(_ value: Int64) { withUnsafeBytes(of: value.bigEndian) { hasher.update(bufferPointer: $0) } }
        func text(_ value: String?) {
            hasher.update(data: [value == nil ? 0 : 1])
            integer(Int64(value?.utf8.count ?? 0))
            hasher.update(data: Array((value ?? "").utf8))
        }
        text(previousHash)
        integer(sequence)
        integer(entry.time)
        let uid = entry.uid.map { "\($0)" }
        for field in [entry.actor, uid, entry.role, entry.verb, entry.deployment, entry.summary, entry.reason, entry.details] {
            text(field)
        }
        return HexText.encode(hasher.finalize())
    }
}

extension ControlReader {
    /// Journal rows, newest first: before or after a sequence number, all or of one deployment.
    public func journal(before: Int64?, after: Int64?, limit: Int, deployment: String?) throws -> [JournalRow] {
        var sql = "SELECT * FROM journal WHERE sequence < ? AND sequence > ?"
        var arguments: StatementArguments = [before ?? .max, after ?? 0]
        if let deployment {
            sql += " AND deployment = ?"
            arguments += [deployment]
        }
        sql += " ORDER BY sequence DESC LIMIT ?"
        arguments += [limit]
        let rows = try Row.fetchAll(database, sql: sql, arguments: arguments).map { try JournalRow(salvaging: $0) }
        guard rows.count < limit else { return rows }
        return rows
            + (try JournalArchive(database).rows(
                before: before ?? .max, after: after ?? 0, limit: limit - rows.count, deployment: deployment))
    }

    /// The newest rows that have not been moved into a segment, newest first: a damaged file of older ones keeps no engine from starting.
    public func latestJournal(limit: Int) throws -> [JournalRow] {
        try Row.fetchAll(database, sql: "SELECT * FROM journal ORDER BY sequence DESC LIMIT ?", arguments: [limit])
            .map { try JournalRow(salvaging: $0) }
    }

    /// Journal rows after a sequence number, oldest first, all or of one deployment.
    public func journal(following sequence: Int64, limit: Int, deployment: String?) throws -> [JournalRow] {
        let archived = try JournalArchive(database).rows(following: sequence, limit: limit, deployment: deployment)
        guard archived.count < limit else { return archived }
        var sql = "SELECT * FROM journal WHERE sequence > ?"
        var arguments: StatementArguments = [sequence]
        if let deployment {
            sql += " AND deployment = ?"
            arguments += [deployment]
        }
        sql += " ORDER BY sequence LIMIT ?"
        arguments += [limit - archived.count]
        return archived + (try Row.fetchAll(database, sql: sql, arguments: arguments).map { try JournalRow(salvaging: $0) })
    }

    /// The newest row.
    public func lastJournal() throws -> JournalRow? {
        try Row.fetchOne(database, sql: "SELECT * FROM journal ORDER BY sequence DESC LIMIT 1").map { try JournalRow($0) }
    }
}

extension ControlTransaction {
    /// Adds an entry to the chain, in the transaction of the change that it tells of.
    public func append(_ entry: JournalEntry) throws -> JournalRow {
        let entry = try entry.storable()
        // Only what the chain needs: an entry that cannot be read holds up no later one.
        let last = try Row.fetchOne(database, sql: "SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1")
        let sequence = (try last?.integer("sequence") ?? 0) + 1
        let previous = try last?.text("hash") ?? JournalRow.genesis
        let row = JournalRow(
            sequence: sequence, entry: entry, hash: JournalRow.hash(sequence: sequence, entry: entry, previousHash: previous),
            previousHash: previous)
        try database.execute(
            sql: "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                sequence, entry.time, entry.actor, entry.uid, entry.role, entry.verb, entry.deployment, entry.summary, entry.reason,
                entry.details,
                row.hash, previous,
            ])
        appended = JournalCheckpoint(sequence: sequence, hash: row.hash)
        return row
    }
}
