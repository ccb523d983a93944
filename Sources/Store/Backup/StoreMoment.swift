import Foundation
import GRDB

/// The three stores as they were at one moment, for as long as it takes to copy them; their writers go on meanwhile.
///
/// Each store is looked at through a connection of its own, in a transaction that is open until `close`: it sees what was there when it began, whatever is
/// written since. What is written meanwhile stays in the store's log, which can be emptied only after that.
package final class StoreMoment: Sendable {
    private struct View: Sendable {
        var name: String
        var path: String
        var queue: DatabaseQueue
    }

    private let directory: String
    private let views: [View]

    /// Opens the connections; the moment has not come yet.
    package init(directory: String) throws(BackupFailure) {
        self.directory = directory
        var views: [View] = []
        for name in ["control", "labels", "telemetry"] {
            let path = "\(directory)/\(name).db"
            var configuration = Configuration()
            configuration.label = "flyball.backup.\(name)"
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            // A transaction stays open from one call to the next.
            configuration.allowsUnsafeTransactions = true
            configuration.prepareDatabase { try RowChecksum.register($0) }
            do { views.append(View(name: name, path: path, queue: try DatabaseQueue(path: path, configuration: configuration))) } catch {
                throw .store(StoreFailure(error, store: name, path: path))
            }
        }
        self.views = views
    }

    deinit { close() }

    /// The moment: from here on the copies are of now.
    ///
    /// To be called where nothing writes `control.db` meanwhile. The registry comes first, then labels, then traffic: whatever the registry tells of labels and
    /// rows is in the other two. Takes some hundred microseconds.
    package func take() throws(BackupFailure) -> BackupManifest.Marks {
        for view in views {
            try read(view) { database in
                try database.execute(sql: "BEGIN DEFERRED TRANSACTION")
                // The first read is what settles what is seen.
                _ = try Row.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master")
            }
        }
        let (journal, epoch) = try read(views[0]) { database in
            let row = try Row.fetchOne(database, sql: "SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1")
            let head = try row.map { JournalCheckpoint(sequence: try $0.integer("sequence"), hash: try $0.text("hash")) }
            return (head, try ControlReader(database).integer(ControlReader.bootEpochKey) ?? 0)
        }
        let label = try read(views[1]) { try LabelStore.newestSequence($0) }
        let block = try read(views[2]) {
            try Row.fetchOne($0, sql: "SELECT COALESCE(MAX(id), 0) FROM block")?.integer(at: 0) ?? 0
        }
        return BackupManifest.Marks(journal: journal, label: label, block: block, bootEpoch: epoch)
    }

    /// Bytes of a store's file, about; its copy needs as much.
    func size(_ name: String) -> Int64 {
        StoreDirectory.size("\(directory)/\(name).db") + StoreDirectory.size("\(directory)/\(name).db-wal")
    }

    /// Copies a store as it was at the moment, some pages at a time, into a file that must not be there yet.
    func copy(_ name: String, to path: String, pace: BackupPace) throws(BackupFailure) {
        guard let view = views.first(where: { $0.name == name }) else { throw .none(file: path, what: "there is no store \(name)") }
        var stopped: BackupFailure?
        do {
            var configuration = Configuration()
            configuration.label = "flyball.backup.copy"
            // The file counts for nothing until its pieces are on the disk.
            configuration.prepareDatabase { database in
                _ = try Row.fetchOne(database, sql: "PRAGMA journal_mode = OFF")
                try database.execute(sql: "PRAGMA synchronous = OFF")
            }
            let copy = try DatabaseQueue(path: path, configuration: configuration)
            try view.queue.inDatabase { source in
                let page = try Row.fetchOne(source, sql: "PRAGMA page_size")?.integer(at: 0) ?? 4_096
                try copy.writeWithoutTransaction { target in
                    var former: Int?
                    try source.backup(to: target, pagesPerStep: Self.pagesPerStep) { progress in
                        let moved = (former ?? progress.totalPageCount) - progress.remainingPageCount
                        former = progress.remainingPageCount
                        do throws(BackupFailure) { try pace.spend(max(0, moved) * Int(clamping: page)) } catch {
                            stopped = error
                            throw error
                        }
                    }
                    // One file, without a log beside it, that can be read where nothing can be written.
                    _ = try Row.fetchOne(target, sql: "PRAGMA journal_mode = DELETE")
                }
            }
            try copy.close()
        } catch {
            if let stopped { throw stopped }
            let failure = StoreFailure(error, store: name, path: view.path)
            // A disk that is full is said in several ways, and not by the store's own.
            let free = StoreDirectory.freeBytes((path as NSString).deletingLastPathComponent)
            let isFull = if case .diskFull = failure { true } else { free < Self.leastRoomBytes }
            if isFull { throw .noRoom(file: path, needed: size(name), free: free) }
            throw .store(failure)
        }
    }

    /// Less room than this is none.
    private static let leastRoomBytes: Int64 = 1 << 20

    /// Pages of one step: a quarter of a megabyte.
    private static let pagesPerStep: CInt = 64

    /// Lets the logs of the stores be emptied again, or of one.
    package func close(_ name: String? = nil) {
        for view in views where name == nil || view.name == name { try? view.queue.close() }
    }

    private func read<T>(_ view: View, _ body: (Database) throws -> T) throws(BackupFailure) -> T {
        do { return try view.queue.inDatabase(body) } catch { throw .store(StoreFailure(error, store: view.name, path: view.path)) }
    }
}
