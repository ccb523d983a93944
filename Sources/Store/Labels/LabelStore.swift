import Foundation
import GRDB
import Synchronization
public import Tabular

/// Labels by prediction id.
///
/// WAL with `synchronous = FULL`: what `commit` returned from survives power loss.
public final class LabelStore: Sendable {
    /// How long a label waits for its prediction, milliseconds.
    public static let pendingMilliseconds: Int64 = 86_400_000
    /// Pending labels looked at in one settling.
    static let settleLimit = 20_000

    let file: StoreFile
    /// Where the last settling ended, so that labels which never settle do not stand in front of the others for a day.
    private let settled = Mutex<Int64>(0)
    private let synced = Atomic(0)
    /// The sequence number of the newest label of which somebody was told.
    private let newest = Atomic<Int64>(0)

    /// Opens or makes `labels.db` in the directory.
    ///
    /// - Parameter isCramped: whether it must do without a free byte on the disk.
    public init(directory: String, isCramped: Bool = false) throws(StoreFailure) {
        file = try StoreFile(
            name: "labels", directory: directory, durability: .full, migrator: Self.migrator, isCramped: isCramped)
        newest.store(try file.read { try Self.newestSequence($0) }, ordering: .relaxed)
    }

    /// Looks at both ends of what there is: enough to tell a damaged file from a sound one without reading all of it.
    ///
    /// - Throws: `corrupt`.
    public func checkReadable() throws(StoreFailure) {
        try file.touch([
            "SELECT * FROM tally", "SELECT * FROM label ORDER BY sequence LIMIT 1", "SELECT * FROM label ORDER BY sequence DESC LIMIT 1",
            "SELECT 1 FROM label ORDER BY deployment, sequence LIMIT 1", "SELECT 1 FROM label WHERE pending = 1 LIMIT 1",
            "SELECT * FROM correction LIMIT 1",
        ])
    }

    /// The highest sequence number that a label ever had.
    static func newestSequence(_ database: Database) throws -> Int64 {
        try Row.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'label'")?.integer(at: 0) ?? 0
    }

    static var migrator: StoreMigrator {
        var migrator = StoreMigrator()
        migrator.registerMigration("1 labels") { database in
            try database.execute(
                sql: """
                    CREATE TABLE label (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT, deployment TEXT NOT NULL, base INTEGER NOT NULL, row INTEGER NOT NULL,
                        value REAL NOT NULL, received INTEGER NOT NULL, pending INTEGER NOT NULL, UNIQUE (deployment, base, row));
                    CREATE INDEX label_pending ON label (pending, sequence) WHERE pending = 1;
                    CREATE INDEX label_deployment ON label (deployment, sequence);
                    CREATE TABLE correction (
                        deployment TEXT NOT NULL, base INTEGER NOT NULL, row INTEGER NOT NULL, former REAL NOT NULL, value REAL NOT NULL,
                        received INTEGER NOT NULL);
                    CREATE TABLE tally (
                        deployment TEXT NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (deployment, outcome)) WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("2 checksums") { database in
            // Labels from before have none.
            try database.execute(sql: "ALTER TABLE label ADD COLUMN checksum INTEGER")
        }
        migrator.registerMigration("3 checksums of rows") { database in
            try LabelChecksum.adopt(database)
            try CheckedTable.adopt("labels", database)
        }
        return migrator
    }

    /// Takes labels in one synchronised transaction; the outcome of each, in order.
    ///
    /// A value that is not finite is `unknown` and not stored. One call is one sync of the disk: whoever has labels of several requests
    /// joins them before (the engine's intake does).
    public func commit(_ labels: [LabelRecord]) throws(StoreFailure) -> [LabelOutcome] {
        let (outcomes, sequence) = try file.write { database in
            let find = try database.cachedStatement(
                sql: "SELECT sequence, value, pending FROM label WHERE deployment = ? AND base = ? AND row = ?")
            let insert = try database.cachedStatement(
                sql: "INSERT INTO label (deployment, base, row, value, received, pending, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)")
            var tally: [String: [LabelOutcome: Int64]] = [:]
            var outcomes: [LabelOutcome] = []
            outcomes.reserveCapacity(labels.count)
            for label in labels {
                guard label.value.isFinite else {
                    outcomes.append(.unknown)
                    continue
                }
                let standing = try Row.fetchOne(find, arguments: [label.deployment, label.id.base.key, label.id.row])
                let outcome: LabelOutcome
                if let standing {
                    outcome = try Self.meet(label, standing: standing, insert: insert, database)
                } else {
                    try insert.execute(arguments: Self.arguments(label))
                    outcome = label.isPending ? .pending : .accepted
                }
                tally[label.deployment, default: [:]][outcome, default: 0] += 1
                outcomes.append(outcome)
            }
            for (deployment, counts) in tally {
                // Pending ones are counted when they settle.
                for (outcome, count) in counts where outcome != .pending { try Self.add(count, outcome, deployment, database) }
            }
            return (outcomes, try Self.newestSequence(database))
        }
        newest.max(sequence, ordering: .relaxed)
        synced.add(1, ordering: .relaxed)
        return outcomes
    }

    /// Transactions of labels that were synchronised since the store was opened.
    public var commits: Int { synced.load(ordering: .relaxed) }

    private static func meet(_ label: LabelRecord, standing: Row, insert: Statement, _ database: Database) throws -> LabelOutcome {
        let former = try standing.real("value")
        if former == label.value { return .duplicate }
        guard label.correct else { return .conflict }
        try database.execute(sql: "DELETE FROM label WHERE sequence = ?", arguments: [try standing.integer("sequence")])
        var successor = label
        successor.isPending = try standing.flag("pending")
        try insert.execute(arguments: arguments(successor))
        try database.execute(
            sql: "INSERT INTO correction VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [label.deployment, label.id.base.key, label.id.row, former, label.value, label.received])
        return .corrected
    }

    private static func arguments(_ label: LabelRecord) -> StatementArguments {
        [
            label.deployment, label.id.base.key, label.id.row, label.value, label.received, label.isPending,
            LabelChecksum.of(label.deployment, label.id, label.value, label.received),
        ]
    }

    private static func add(_ count: Int64, _ outcome: LabelOutcome, _ deployment: String, _ database: Database) throws {
        try database.execute(
            sql:
                "INSERT INTO tally (deployment, outcome, count) VALUES (?, ?, ?) ON CONFLICT (deployment, outcome) DO UPDATE SET count = count + excluded.count",
            arguments: [deployment, outcome.rawValue, count])
    }

    /// Joins pending labels whose prediction is in the log now, and gives up those that have waited for a day.
    ///
    /// - Parameter exists: whether the log has the prediction; nil when that cannot be told now, and the label waits on.
    /// - Returns: deployments whose counts have changed.
    public func settlePending(now: Int64, exists: (RowID, String) -> Bool?) throws(StoreFailure) -> Set<String> {
        let after = settled.withLock { $0 }
        let waiting = try file.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT sequence, deployment, base, row, received FROM label WHERE pending = 1 AND sequence > ? AND NOT (\(Self.isDamaged))
                        ORDER BY sequence LIMIT ?
                    """,
                arguments: [after, Self.settleLimit]
            ).map {
                (
                    sequence: try $0.integer("sequence"), deployment: try $0.text("deployment"), id: try RowID($0),
                    received: try $0.integer("received")
                )
            }
        }
        settled.withLock { $0 = waiting.count < Self.settleLimit ? 0 : waiting.last?.sequence ?? 0 }
        var joined: [(Int64, String)] = []
        var lost: [(Int64, String)] = []
        for label in waiting {
            guard let isLogged = exists(label.id, label.deployment) else { continue }
            if isLogged {
                joined.append((label.sequence, label.deployment))
            } else if now.subtractingReportingOverflow(label.received).partialValue > Self.pendingMilliseconds {
                lost.append((label.sequence, label.deployment))
            }
        }
        if joined.isEmpty, lost.isEmpty { return [] }
        return try file.write { database in
            for (sequence, deployment) in joined {
                try database.execute(sql: "UPDATE label SET pending = 0 WHERE sequence = ? AND pending = 1", arguments: [sequence])
                if database.changesCount == 1 { try Self.add(1, .accepted, deployment, database) }
            }
            for (sequence, deployment) in lost {
                try database.execute(sql: "DELETE FROM label WHERE sequence = ? AND pending = 1", arguments: [sequence])
                if database.changesCount == 1 { try Self.add(1, .unknown, deployment, database) }
            }
            return Set((joined + lost).map(\.1))
        }
    }

    /// What a label's row must not be; such rows are left as they are, and hold up no others.
    private static let isDamaged =
        "typeof(deployment) <> 'text' OR typeof(base) <> 'integer' OR typeof(row) <> 'integer' OR typeof(value) <> 'real' OR typeof(received) <> 'integer'"

    /// Rows of labels that cannot be read, the oldest.
    ///
    /// Complexity: reads the whole table.
    static func damagedLabels(_ database: Database, limit: Int) throws -> [DamagedRecord] {
        try Row.fetchAll(
            database, sql: "SELECT sequence, deployment FROM label WHERE \(isDamaged) ORDER BY sequence LIMIT ?", arguments: [limit]
        ).map { row in
            let key = RowKey.number(row, column: "sequence")
            return DamagedRecord(
                file: "labels.db", table: "label", key: key.text, deployment: key.deployment,
                reason: "a column holds a value of another type")
        }
    }

    /// Labels of a deployment after a sequence number, oldest first.
    public func labels(deployment: String, afterSequence: Int64, limit: Int) throws(StoreFailure) -> [StoredLabel] {
        try file.read { database in
            let isComplete = try LabelChecksum.isComplete(database)
            return try Row.fetchAll(
                database,
                sql:
                    "SELECT sequence, base, row, value, received, checksum FROM label WHERE deployment = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                arguments: [deployment, afterSequence, limit]
            ).map { row in
                try LabelChecksum.check(row, of: deployment, isComplete: isComplete)
                return StoredLabel(
                    sequence: try row.integer("sequence"), id: try RowID(row), value: try row.real("value"),
                    received: try row.integer("received"))
            }
        }
    }

    /// The sequence number after which a deployment has its newest `count` labels; 0 when it has no more than those.
    public func sequence(deployment: String, beforeNewest count: Int) throws(StoreFailure) -> Int64 {
        try file.read { database in
            try Row.fetchOne(
                database, sql: "SELECT sequence FROM label WHERE deployment = ? ORDER BY sequence DESC LIMIT 1 OFFSET ?",
                arguments: [deployment, count]
            )?.integer("sequence") ?? 0
        }
    }

    /// The standing label of a prediction.
    public func label(of id: RowID, deployment: String) throws(StoreFailure) -> Double? {
        try file.read { database in
            let isComplete = try LabelChecksum.isComplete(database)
            return try Row.fetchOne(
                database,
                sql: "SELECT sequence, base, row, value, received, checksum FROM label WHERE deployment = ? AND base = ? AND row = ?",
                arguments: [deployment, id.base.key, id.row]
            ).map { row in
                try LabelChecksum.check(row, of: deployment, isComplete: isComplete)
                return try row.real("value")
            }
        }
    }

    /// The standing labels of those predictions that have one.
    ///
    /// Complexity: O(ids log labels).
    public func labels(for ids: [RowID], deployment: String) throws(StoreFailure) -> [RowID: Double] {
        try file.read { database in
            let isComplete = try LabelChecksum.isComplete(database)
            let find = try database.cachedStatement(
                sql: "SELECT sequence, base, row, value, received, checksum FROM label WHERE deployment = ? AND base = ? AND row = ?")
            var values: [RowID: Double] = [:]
            for id in ids {
                guard let row = try Row.fetchOne(find, arguments: [deployment, id.base.key, id.row]) else { continue }
                try LabelChecksum.check(row, of: deployment, isComplete: isComplete)
                values[id] = try row.real("value")
            }
            return values
        }
    }

    /// Labels of a deployment that stand, those that await their prediction included.
    public func count(deployment: String) throws(StoreFailure) -> Int64 {
        try file.read { database in
            try Row.fetchOne(database, sql: "SELECT COUNT(*) FROM label WHERE deployment = ?", arguments: [deployment])?.integer(at: 0) ?? 0
        }
    }

    /// Counts of every deployment that ever had a label, and the rows of them that cannot be read.
    public func counts() throws(StoreFailure) -> (counts: [String: LabelCounts], damaged: [DamagedRecord]) {
        try file.read { try Self.counts($0) }
    }

    static func counts(_ database: Database) throws -> (counts: [String: LabelCounts], damaged: [DamagedRecord]) {
        var result: [String: LabelCounts] = [:]
        var damaged: [DamagedRecord] = []
        for row in try Row.fetchAll(database, sql: CheckedTable.tally.select(database, "deployment, outcome, count")) {
            do throws(StoreFailure) { try Self.count(row, into: &result) } catch {
                let key = RowKey.deployment(row, column: "deployment")
                damaged.append(
                    DamagedRecord(file: "labels.db", table: "tally", key: key.text, deployment: key.deployment, reason: error.bare))
            }
        }
        for row in try Row.fetchAll(database, sql: "SELECT deployment, COUNT(*) AS n FROM label WHERE pending = 1 GROUP BY deployment") {
            result[try row.text("deployment"), default: LabelCounts()].pending = try row.integer("n")
        }
        return (result, damaged)
    }

    private static func count(_ row: Row, into result: inout [String: LabelCounts]) throws(StoreFailure) {
        let count = try row.integer("count")
        let deployment = try row.text("deployment")
        let word = try row.text("outcome")
        let outcome = LabelOutcome(rawValue: word)
        // What no outcome is called is said as it is, before that it does not add up.
        if outcome != nil || word == retired { try row.checkIntact() }
        // Accepted once: they are counted there.
        if word == retired { return }
        switch outcome {
        case .accepted: result[deployment, default: LabelCounts()].accepted = count
        case .duplicate: result[deployment, default: LabelCounts()].duplicate = count
        case .conflict: result[deployment, default: LabelCounts()].conflict = count
        case .corrected: result[deployment, default: LabelCounts()].corrected = count
        case .unknown: result[deployment, default: LabelCounts()].unknown = count
        case .pending, nil: throw .corrupt("column outcome does not hold an outcome that is counted")
        }
    }

    /// Asks a store that refused a write whether it takes one again, seldomer after each refusal.
    ///
    /// After a failed sync its labels must end where they ended when somebody was last told so.
    public func probe(now: ContinuousClock.Instant = .now) -> StoreProbe {
        let told = newest.load(ordering: .relaxed)
        return file.probe(now: now) { database in
            let found = try Self.newestSequence(database)
            guard found == told else {
                throw StoreFailure.corrupt(
                    "labels store: its labels end at number \(found) on the disk, and at \(told) for whoever was told")
            }
        }
    }
    /// Why it takes no writes until it is opened anew, if that is so.
    public var readOnlyReason: String? { file.readOnlyReason }

    /// From now on every write meets this fault; nil: none.
    package func inject(_ fault: DiskFault?, after writes: Int = 0) { file.inject(fault, after: writes) }

    /// Size with the write-ahead log, bytes.
    public var sizeBytes: Int64 { file.sizeBytes }
    /// `FULL`, as asserted when it was opened.
    public var durability: String { file.durability.rawValue }
    /// What SQLite's integrity check finds; empty when all is well.
    public func integrityProblems() throws(StoreFailure) -> [String] { try file.integrityProblems() }
}

extension RowID {
    init(_ row: Row) throws(StoreFailure) {
        self.init(base: PredictionID(key: try row.integer("base")), row: try row.narrow("row"))
    }
}

extension PredictionID {
    /// As SQLite holds it: the same 64 bits, signed.
    package var key: Int64 { Int64(bitPattern: bits) }

    init(key: Int64) { self.init(bits: UInt64(bitPattern: key)) }
}
