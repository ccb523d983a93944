import GRDB

/// A point of the chain that was written down elsewhere.
public struct JournalCheckpoint: Codable, Sendable, Hashable {
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
    /// The same with the workspace's signature.
    public var signed: SignedCheckpoint?

    /// Makes a verdict.
    public init(rows: Int64, firstBad: Int64?, problem: String?, guarantee: String, checkpoint: JournalCheckpoint?) {
        self.rows = rows
        self.firstBad = firstBad
        self.problem = problem
        self.guarantee = guarantee
        self.checkpoint = checkpoint
    }

    /// Whether nothing is wrong.
    public var isIntact: Bool { firstBad == nil }
}

/// Walks the journal's chain.
public enum JournalVerification {
    /// Rows read in one view: a walk along a long journal never holds up the writer's checkpoints.
    private static let page = 1_000

    /// Checks every row's number, link and hash, and the checkpoint if one is given.
    ///
    /// Complexity: O(rows), in constant memory.
    public static func verify(store: ControlStore, checkpoint: JournalCheckpoint?) throws(StoreFailure) -> JournalVerdict {
        try verify(checkpoint: checkpoint) { body throws(StoreFailure) in try store.read { try body($0.database) } }
    }

    /// A part of the chain: rows by their numbers, nil where what is stored cannot be read as one.
    typealias Page = [(sequence: Int64, row: JournalRow?)]

    /// - Parameter read: gives a view of the journal's file, once a page.
    static func verify(
        checkpoint: JournalCheckpoint?, read: ((Database) throws -> Page) throws(StoreFailure) -> Page
    ) throws(StoreFailure) -> JournalVerdict {
        var walk = JournalWalk(checkpoint: checkpoint)
        var after: Int64?
        var archive = try Self.archive(read)
        while true {
            // Older rows are in files; those of a table that was walked before they were moved are passed.
            while let segment = archive.segments.first(where: { $0.last >= walk.expected }) {
                if let verdict = step(&walk, along: segment, of: archive) { return verdict }
            }
            let position = after
            let rows = try read { database in
                try Row.fetchAll(
                    database, sql: "SELECT * FROM journal WHERE ?1 IS NULL OR sequence > ?1 ORDER BY sequence LIMIT ?2",
                    arguments: [position, page]
                ).map { raw in (sequence: try raw.integer("sequence"), row: try? JournalRow(unverified: raw)) }
            }
            if let first = rows.first, first.sequence > walk.expected {
                // Rows may have been moved since.
                let newer = try Self.archive(read)
                if newer.segments.count > archive.segments.count {
                    archive = newer
                    continue
                }
            }
            for (sequence, row) in rows {
                if let verdict = walk.step(sequence: sequence, row: row) { return verdict }
            }
            guard let last = rows.last else { return walk.end() }
            after = last.sequence
        }
    }

    private static func archive(_ read: ((Database) throws -> Page) throws(StoreFailure) -> Page) throws(StoreFailure) -> JournalArchive {
        var found: JournalArchive?
        _ = try read { database in
            found = try JournalArchive(database)
            return []
        }
        guard let found else { throw .notFound("control.db") }
        return found
    }

    /// Walks along the rows of a segment.
    private static func step(_ walk: inout JournalWalk, along segment: JournalSegment, of archive: JournalArchive) -> JournalVerdict? {
        guard segment.first <= segment.last, segment.first <= walk.expected else {
            return walk.bad(walk.expected, "it is missing: the next segment begins with row \(segment.first)")
        }
        let rows: [JournalRow]
        do throws(StoreFailure) { rows = try archive.rows(of: segment, isFresh: true) } catch { return walk.bad(segment.first, error.bare) }
        // The first of them may have been walked in the table before they were moved.
        for row in rows where row.sequence >= walk.expected {
            if let verdict = walk.step(sequence: row.sequence, row: row) { return verdict }
        }
        return nil
    }
}

/// The state of a walk along the chain.
///
/// Each step takes one row and returns the verdict when the walk is over.
private struct JournalWalk {
    let checkpoint: JournalCheckpoint?
    private var previous = JournalRow.genesis
    private(set) var expected: Int64 = 1
    private var isCheckpointSeen = false

    init(checkpoint: JournalCheckpoint?) { self.checkpoint = checkpoint }

    /// - Parameter row: nil when what is stored there cannot be read as one.
    mutating func step(sequence: Int64, row: JournalRow?) -> JournalVerdict? {
        if sequence > expected { return bad(expected, "it is missing: the next row is \(sequence)") }
        if sequence < expected { return bad(sequence, "no entry has this number: it was inserted") }
        guard let row else { return bad(sequence, "it holds values that no entry has") }
        if row.previousHash != previous { return bad(sequence, "it does not continue the row before it") }
        guard row.hash == JournalRow.hash(sequence: sequence, entry: row.entry, previousHash: previous) else {
            return bad(sequence, JournalRow.mismatch)
        }
        if let checkpoint, checkpoint.sequence == sequence {
            guard checkpoint.hash == row.hash else {
                return bad(sequence, "its hash differs from the checkpoint's: the chain was rewritten")
            }
            isCheckpointSeen = true
        }
        previous = row.hash
        expected += 1
        return nil
    }

    func end() -> JournalVerdict {
        if let checkpoint, !isCheckpointSeen {
            return bad(expected, "the checkpoint's row \(checkpoint.sequence) is missing: the end of the journal was cut off")
        }
        let guarantee =
            checkpoint == nil
            ? "no row was edited, removed or inserted within the chain; a cut-off end or a wholly rewritten chain shows only against an exported checkpoint"
            : "no row up to the checkpoint was edited, removed, inserted or rewritten; later rows form one chain with it, whose end may be cut off"
        return JournalVerdict(
            rows: expected - 1, firstBad: nil, problem: nil, guarantee: guarantee,
            checkpoint: expected > 1 ? JournalCheckpoint(sequence: expected - 1, hash: previous) : nil)
    }

    func bad(_ sequence: Int64, _ problem: String) -> JournalVerdict {
        JournalVerdict(
            rows: expected - 1, firstBad: sequence, problem: problem,
            guarantee: "the \(expected - 1) rows before form one chain; nothing is known of the others", checkpoint: nil)
    }
}
