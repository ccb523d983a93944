import GRDB

/// A point of the chain that was written down elsewhere.
public struct JournalCheckpoint: Codable, Sendable, Equatable {
    /// The row.
    public var sequence: Int64
    /// Its hash.
    public var hash: String

    /// Makes a checkpoint.
    public init(sequence: Int64, hash: String) {
        self.sequence = sequence
        self.hash = hash
    }
}

/// What a walk along the chain found.
public struct JournalVerdict: Codable, Sendable, Equatable {
    /// Rows walked.
    public var rows: Int64
    /// The first row that is wrong; nil when none is.
    public var firstBad: Int64?
    /// What is wrong with it.
    public var problem: String?
    /// What this result guarantees, and what it does not.
    public var guarantee: String
    /// The newest row, to be kept elsewhere.
    public var checkpoint: JournalCheckpoint?

    /// Whether nothing is wrong.
    public var isIntact: Bool { firstBad == nil }
}

/// Walks the journal's chain.
public enum JournalVerification {
    /// Checks every row's number, link and hash, and the checkpoint if one is given. Complexity: O(rows), in constant memory.
    public static func verify(store: ControlStore, checkpoint: JournalCheckpoint?) throws(StoreFailure) -> JournalVerdict {
        try store.read { try verify($0, checkpoint: checkpoint) }
    }

    private static func verify(_ reader: ControlReader, checkpoint: JournalCheckpoint?) throws -> JournalVerdict {
        var previous = JournalRow.genesis
        var expected: Int64 = 1
        var isCheckpointSeen = false
        let rows = try Row.fetchCursor(reader.database, sql: "SELECT * FROM journal ORDER BY sequence")
        while let raw = try rows.next() {
            let row = JournalRow(raw)
            if let problem = problem(row, expected: expected, previous: previous) { return bad(expected, problem, rows: expected - 1) }
            if let checkpoint, checkpoint.sequence == row.sequence {
                guard checkpoint.hash == row.hash else {
                    return bad(row.sequence, "its hash differs from the checkpoint's: the chain was rewritten", rows: row.sequence)
                }
                isCheckpointSeen = true
            }
            previous = row.hash
            expected += 1
        }
        if let checkpoint, !isCheckpointSeen {
            return bad(expected, "the checkpoint's row \(checkpoint.sequence) is missing: the end of the journal was cut off", rows: expected - 1)
        }
        let guarantee =
            checkpoint == nil
            ? "no row was edited, removed or inserted within the chain; a cut-off end or a wholly rewritten chain shows only against an exported checkpoint"
            : "no row up to the checkpoint was edited, removed, inserted or rewritten; later rows form one chain with it"
        return JournalVerdict(
            rows: expected - 1, firstBad: nil, problem: nil, guarantee: guarantee,
            checkpoint: expected > 1 ? JournalCheckpoint(sequence: expected - 1, hash: previous) : nil)
    }

    private static func problem(_ row: JournalRow, expected: Int64, previous: String) -> String? {
        if row.sequence != expected { return "it is missing: the next row is \(row.sequence)" }
        if row.previousHash != previous { return "it does not continue the row before it" }
        let right = JournalRow.hash(sequence: row.sequence, entry: row.entry, previousHash: previous)
        return row.hash == right ? nil : "its content does not match its hash"
    }

    private static func bad(_ sequence: Int64, _ problem: String, rows: Int64) -> JournalVerdict {
        JournalVerdict(
            rows: rows, firstBad: sequence, problem: problem, guarantee: "rows before \(sequence) form one chain; nothing is known of the others",
            checkpoint: nil)
    }
}
