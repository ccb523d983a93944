import Foundation
import GRDB
import Synchronization
import Tabular

/// The segments of a journal, and their rows: beside the `control.db` that names them.
struct JournalArchive {
    /// The directory below that of the stores.
    static let folder = "journal"

    /// Where the files are.
    let directory: String
    /// In order; empty where all rows are in the table.
    let segments: [JournalSegment]

    /// What a registry names: its own, or a copy's.
    init(_ database: Database) throws {
        guard try database.tableExists("journal_segment") else {
            directory = ""
            segments = []
            return
        }
        segments = try Row.fetchAll(database, sql: "SELECT * FROM journal_segment ORDER BY number").map { try JournalSegment($0) }
        directory = try segments.isEmpty ? "" : Self.directory(database)
    }

    private static func directory(_ database: Database) throws -> String {
        let file = try Row.fetchAll(database, sql: "PRAGMA database_list").first { try $0.text("name") == "main" }?.text("file") ?? ""
        return (file as NSString).deletingLastPathComponent + "/" + folder
    }

    /// The last row that is in a segment; 0 where none is.
    var end: Int64 { segments.last?.last ?? 0 }

    /// The rows of a segment, as they were when they were moved there.
    ///
    /// - Parameter isFresh: whether the file is read though its rows are known: it may have changed since.
    /// - Throws: `corrupt` when the file is missing or one bit of it differs.
    func rows(of segment: JournalSegment, isFresh: Bool = false) throws(StoreFailure) -> [JournalRow] {
        let path = directory + "/" + segment.fileName
        if !isFresh, let known = Self.cache.withLock({ $0.rows(path, segment.fileHash) }) { return known }
        let name = "journal segment \(segment.number) (rows \(segment.first) to \(segment.last), \(segment.fileName))"
        let remedy = "restore it from a backup into store/journal"
        guard StoreDirectory.size(path) == segment.bytes, let data = FileManager.default.contents(atPath: path) else {
            throw .corrupt("\(name): its file is missing, or has another size: \(remedy)")
        }
        let bytes = Array(data)
        guard JournalSegment.hash(of: bytes) == segment.fileHash else {
            throw .corrupt("\(name): its bytes do not match their SHA-256: \(remedy)")
        }
        guard let rows = JournalSegment.decode(bytes), rows.first?.sequence == segment.first, rows.last?.sequence == segment.last,
            Int64(rows.count) == segment.last - segment.first + 1
        else { throw .corrupt("\(name): it holds other rows than it should: \(remedy)") }
        Self.cache.withLock { $0.keep(rows, path, segment.fileHash) }
        return rows
    }

    /// The segments that were read last: pages of one come one after the other.
    private struct Cache: Sendable {
        private static let kept = 2
        private var read: [(path: String, hash: String, rows: [JournalRow])] = []

        func rows(_ path: String, _ hash: String) -> [JournalRow]? { read.first { $0.path == path && $0.hash == hash }?.rows }

        mutating func keep(_ rows: [JournalRow], _ path: String, _ hash: String) {
            read.removeAll { $0.path == path }
            read.append((path, hash, rows))
            if read.count > Self.kept { read.removeFirst() }
        }
    }

    private static let cache = Mutex(Cache())

    // MARK: Pages

    /// Archived rows before and after a sequence number, newest first.
    func rows(before: Int64, after: Int64, limit: Int, deployment: String?) throws(StoreFailure) -> [JournalRow] {
        var found: [JournalRow] = []
        for segment in segments.reversed() where segment.first < before && segment.last > after && has(segment, deployment) {
            for row in try rows(of: segment).reversed()
            where row.sequence < before && row.sequence > after && (deployment == nil || row.entry.deployment == deployment) {
                guard found.count < limit else { return found }
                found.append(row)
            }
        }
        return found
    }

    /// Archived rows after a sequence number, oldest first.
    func rows(following sequence: Int64, limit: Int, deployment: String?) throws(StoreFailure) -> [JournalRow] {
        var found: [JournalRow] = []
        for segment in segments where segment.last > sequence && has(segment, deployment) {
            for row in try rows(of: segment) where row.sequence > sequence && (deployment == nil || row.entry.deployment == deployment) {
                guard found.count < limit else { return found }
                found.append(row)
            }
        }
        return found
    }

    private func has(_ segment: JournalSegment, _ deployment: String?) -> Bool {
        deployment.map { segment.deployments.contains($0) } ?? true
    }
}

extension ControlReader {
    /// The segments into which older rows of the journal were moved, in order.
    public func journalSegments() throws -> [JournalSegment] { try JournalArchive(database).segments }
}
