import Foundation
import GRDB
import Tabular

/// Moves older rows of the journal into segments: nothing is ever deleted.
extension ControlStore {
    /// Rows of a segment, at most.
    public static let segmentRows = 5_000

    /// Moves the oldest rows into a segment when there are more in the table than are to be kept there by a segment's worth; nil when there are not.
    ///
    /// The file is on the disk, and was read back, before the rows leave the table, in the transaction that names the segment: whatever happens in
    /// between, each row is there once. Rows that are not of one chain with those before stay where they are.
    ///
    /// Blocks. Complexity: O(rows of a segment).
    public func sealJournal(keeping count: Int64, at now: Int64) throws(StoreFailure) -> JournalSegment? {
        let most = Int64(min(Self.segmentRows, max(1, Int(clamping: count / 4))))
        let (archive, rows) = try read { reader -> (JournalArchive, [JournalRow]) in
            let archive = try JournalArchive(reader.database)
            let ends = try Row.fetchOne(reader.database, sql: "SELECT MIN(sequence) AS first, MAX(sequence) AS last FROM journal")
            guard let ends, let first: Int64 = ends["first"], let last: Int64 = ends["last"], last - first + 1 >= max(1, count) + most
            else {
                return (archive, [JournalRow]())
            }
            let rows = try Row.fetchAll(
                reader.database, sql: "SELECT * FROM journal ORDER BY sequence LIMIT ?", arguments: [most]
            ).map { try JournalRow($0) }
            return (archive, rows)
        }
        guard !rows.isEmpty else { return nil }
        let taken = Self.whole(rows)
        try Self.check(taken, after: archive)
        guard let bytes = JournalSegment.encode(taken) else {
            throw .full("a journal segment of \(taken.count) rows: there is no memory for it")
        }
        let segment = JournalSegment(number: (archive.segments.last?.number ?? 0) + 1, rows: taken, file: bytes, sealedAt: now)
        try store(bytes, segment)
        let names = String(decoding: (try? JSONEncoder().encode(segment.deployments)) ?? Data("[]".utf8), as: UTF8.self)
        try write { transaction in
            try transaction.database.execute(
                sql: "INSERT INTO journal_segment VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    segment.number, segment.first, segment.last, segment.hash, segment.fileHash, segment.bytes, segment.sealedAt, names,
                ])
            try transaction.database.execute(
                sql: "DELETE FROM journal WHERE sequence BETWEEN ? AND ?", arguments: [segment.first, segment.last])
            guard transaction.database.changesCount == taken.count else {
                throw StoreFailure.corrupt("journal segment \(segment.number): its rows have changed meanwhile")
            }
        }
        return segment
    }

    /// As many rows as one file should hold.
    private static func whole(_ rows: [JournalRow]) -> ArraySlice<JournalRow> {
        var (size, count) = (0, 0)
        for row in rows {
            let entry = row.entry
            size += entry.summary.utf8.count + (entry.reason?.utf8.count ?? 0) + entry.details.utf8.count + 400
            if size > JournalSegment.textLimit, count > 0 { break }
            count += 1
        }
        return rows.prefix(count)
    }

    private static func check(_ rows: ArraySlice<JournalRow>, after archive: JournalArchive) throws(StoreFailure) {
        var (sequence, previous) = (archive.end, archive.segments.last?.hash ?? JournalRow.genesis)
        for row in rows {
            guard row.sequence == sequence + 1, row.previousHash == previous,
                row.hash == JournalRow.hash(sequence: row.sequence, entry: row.entry, previousHash: previous)
            else {
                throw .corrupt(
                    "control.db, journal \(row.sequence): it does not continue the row before it: no row is moved into a segment")
            }
            (sequence, previous) = (row.sequence, row.hash)
        }
    }

    /// Writes the file, whole or not at all, and reads it back.
    private func store(_ bytes: [UInt8], _ segment: JournalSegment) throws(StoreFailure) {
        let folder = directory + "/" + JournalArchive.folder
        try StoreDirectory.prepare(folder)
        let path = folder + "/" + segment.fileName
        let part = path + ".part"
        unlink(part)
        let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(path: part, reason: String(cString: strerror(errno))) }
        let isWritten = WholeWrite.write(bytes, to: descriptor) && fsync(descriptor) == 0
        let reason = String(cString: strerror(errno))
        guard close(descriptor) == 0, isWritten else {
            unlink(part)
            throw .cannotOpen(path: path, reason: "it cannot be written: \(reason)")
        }
        guard FileManager.default.contents(atPath: part).map({ Array($0) }) == bytes else {
            unlink(part)
            throw .corrupt("\(path): the disk gives other bytes back than it was given")
        }
        // One that a kill has left without a row that names it is replaced.
        guard rename(part, path) == 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
        try StoreDirectory.synchronise(folder)
        try StoreDirectory.synchronise(directory)
    }
}
