import Crypto
import GRDB
import Tabular

/// A part of a store that was read and checked: where the next part begins, and what is wrong.
package struct StorePart<Place: Sendable>: Sendable {
    /// Where to go on; nil at the end.
    package var next: Place?
    /// Rows that were read.
    package var rows = 0
    /// Those that are not what they were.
    package var damaged: [DamagedRecord] = []
}

/// Walks over what is large and seldom read: models, labels, traffic.
///
/// A part at a time, in a view of its own, so that no writer waits. `doctor` takes them one after the other, the engine's scrub a few a minute.
enum StoreWalks {
    /// Artefacts after a hash: their bytes against their names.
    static func artefacts(_ database: Database, after: String, limit: Int) throws -> StorePart<String> {
        let rows = try Row.fetchAll(
            database, sql: "SELECT hash, bytes FROM artefact WHERE hash > ? ORDER BY hash LIMIT ?", arguments: [after, limit])
        var part = StorePart<String>(rows: rows.count)
        for row in rows {
            let hash = try row.text("hash")
            part.next = hash
            if HexText.encode(SHA256.hash(data: try row.bytes("bytes"))) == hash { continue }
            part.damaged.append(
                DamagedRecord(
                    file: ControlStore.fileName, table: "artefact", key: String(hash.prefix(12)),
                    reason: "its bytes do not match their SHA-256"))
        }
        return part
    }

    /// Labels after a sequence number: their checksums.
    static func labels(_ database: Database, after: Int64, limit: Int) throws -> StorePart<Int64> {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT sequence, deployment, base, row, value, received, checksum FROM label
                WHERE sequence > ? ORDER BY sequence LIMIT ?
                """, arguments: [after, limit])
        let isComplete = try LabelChecksum.isComplete(database)
        var part = StorePart<Int64>(rows: rows.count)
        for row in rows {
            let sequence = try row.integer("sequence")
            part.next = sequence
            // What holds values of another type is told of by another check.
            guard let deployment = try? row.text("deployment") else { continue }
            do throws(StoreFailure) { try LabelChecksum.check(row, of: deployment, isComplete: isComplete) } catch {
                guard error.bare.hasSuffix(LabelChecksum.mismatch) else { continue }
                part.damaged.append(
                    DamagedRecord(
                        file: "labels.db", table: "label", key: "\(sequence)", deployment: deployment, reason: LabelChecksum.mismatch))
            }
        }
        return part
    }

    /// Labels of each deployment that stand beside how many were counted as accepted.
    static func tallies(_ database: Database) throws -> [DamagedRecord] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT COALESCE(t.deployment, l.deployment) AS name, COALESCE(t.count, 0) AS told, COALESCE(l.n, 0) AS found
                FROM (SELECT deployment, SUM(CASE outcome WHEN 'accepted' THEN count ELSE -count END) AS count FROM tally
                      WHERE outcome IN ('accepted', '\(LabelStore.retired)') GROUP BY deployment) AS t
                FULL JOIN (SELECT deployment, COUNT(*) AS n FROM label WHERE pending = 0 GROUP BY deployment) AS l ON l.deployment = t.deployment
                WHERE COALESCE(t.count, 0) <> COALESCE(l.n, 0)
                """)
        return rows.compactMap { row in
            guard let name = try? row.text("name"), let told = try? row.integer("told"), let found = try? row.integer("found") else {
                return nil
            }
            return DamagedRecord(
                file: "labels.db", table: "tally", key: name, deployment: name,
                reason: "\(told) labels were taken, \(found) are there: some were removed or added behind the engine's back")
        }
    }

    /// Traffic blocks after a number: whether they inflate, add up, and hold what their rows say.
    static func blocks(_ database: Database, after: Int64, limit: Int) throws -> StorePart<Int64> {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT id, deployment, first_time, last_time, rows, first_base, last_base, bytes, ids FROM block
                WHERE id > ? ORDER BY id LIMIT ?
                """, arguments: [after, limit])
        var part = StorePart<Int64>(rows: rows.count)
        for row in rows {
            let id = try row.integer("id")
            part.next = id
            let deployment = try? row.text("deployment")
            guard let flaw = flaw(row, deployment ?? "") else { continue }
            part.damaged.append(
                DamagedRecord(file: "telemetry.db", table: "block", key: "\(id)", deployment: deployment, reason: flaw))
        }
        return part
    }

    private static func flaw(_ row: Row, _ deployment: String) -> String? {
        do {
            guard let block = BlockCodec.decode(try row.bytes("bytes"), ids: try row.bytes("ids"), deployment: deployment) else {
                return "its bytes are those of no block"
            }
            let bases = block.ids.map(\.base.key)
            let isSame =
                try Int64(block.count) == row.integer("rows") && block.times.min() == row.integer("first_time")
                && block.times.max() == row.integer("last_time") && bases.min() == row.integer("first_base")
                && bases.max() == row.integer("last_base")
            return isSame ? nil : "what stands beside its bytes is not what they hold"
        } catch { return (error as? StoreFailure)?.bare ?? "\(error)" }
    }
}

extension ControlStore {
    /// Checks some artefacts after a hash.
    package func checkArtefacts(after hash: String, limit: Int) throws(StoreFailure) -> StorePart<String> {
        try read { try StoreWalks.artefacts($0.database, after: hash, limit: limit) }
    }
}

extension LabelStore {
    /// Checks some labels after a sequence number.
    package func check(after sequence: Int64, limit: Int) throws(StoreFailure) -> StorePart<Int64> {
        try file.read { try StoreWalks.labels($0, after: sequence, limit: limit) }
    }
}

extension TelemetryStore {
    /// Checks some blocks after a number.
    package func check(after number: Int64, limit: Int) throws(StoreFailure) -> StorePart<Int64> {
        try file.read { try StoreWalks.blocks($0, after: number, limit: limit) }
    }
}

extension StoreInspection {
    /// What SQLite's own check finds in a store; empty when all is well, or there is none.
    ///
    /// Complexity: reads the whole file.
    package static func integrity(_ name: String, directory: String) throws(StoreFailure) -> [String] {
        try read(name, directory) { database in
            try Row.fetchAll(database, sql: "PRAGMA integrity_check(10)").map { try $0.text(at: 0) }.filter { $0 != "ok" }
        } ?? []
    }

    /// Walks over all artefacts.
    package static func artefacts(directory: String) throws(StoreFailure) -> StorePart<String> {
        try walk("control", directory, from: "", limit: 8) { try StoreWalks.artefacts($0, after: $1, limit: $2) }
    }

    /// Walks over all labels, and compares them with what was counted.
    package static func labels(directory: String) throws(StoreFailure) -> StorePart<Int64> {
        var part = try walk("labels", directory, from: Int64.min, limit: 5_000) { try StoreWalks.labels($0, after: $1, limit: $2) }
        part.damaged += try read("labels", directory) { try StoreWalks.tallies($0) } ?? []
        return part
    }

    /// Walks over all traffic.
    package static func blocks(directory: String) throws(StoreFailure) -> StorePart<Int64> {
        try walk("telemetry", directory, from: Int64.min, limit: 16) { try StoreWalks.blocks($0, after: $1, limit: $2) }
    }

    /// Walks along the journal's chain.
    package static func chain(directory: String, checkpoint: JournalCheckpoint? = nil) throws(StoreFailure) -> JournalVerdict? {
        guard StoreDirectory.size("\(directory)/control.db") > 0 else { return nil }
        return try JournalVerification.verify(checkpoint: checkpoint) { body throws(StoreFailure) in
            try read("control", directory, body) ?? []
        }
    }

    private static func walk<Place>(
        _ name: String, _ directory: String, from first: Place, limit: Int, _ body: (Database, Place, Int) throws -> StorePart<Place>
    ) throws(StoreFailure) -> StorePart<Place> {
        var whole = StorePart<Place>()
        var place = first
        while let part = try read(name, directory, { try body($0, place, limit) }) {
            whole.rows += part.rows
            whole.damaged += part.damaged
            guard let next = part.next else { break }
            place = next
        }
        return whole
    }
}
