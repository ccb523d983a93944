import Foundation
import Tabular

/// A store's write-ahead log that was changed after it was written.
///
/// SQLite reads a log up to the first frame whose checksum does not follow from those before, since that is where a power loss may have left it: what stands behind
/// such a frame is passed over without a word, acknowledged or not. Whoever opens the store says so instead.
public struct LogDamage: Sendable, Equatable {
    /// `control`, `labels`, `telemetry`.
    public var store: String
    /// Where it no longer counts, bytes.
    public var position: Int64
    /// A copy of it as it was found, from the directory of the stores; nil where none could be made.
    public var copy: String?

    /// In a sentence.
    public var text: String {
        "the log of \(store).db is damaged at byte \(position): what was written last, and acknowledged, may be lost"
            + (copy.map { ": the log as it was found is store/\($0)" } ?? "")
    }

    /// As it is shown among what cannot be read.
    public var record: DamagedRecord {
        DamagedRecord(file: "\(store).db-wal", table: "log", key: "byte \(position)", reason: text)
    }

    /// Looks at a store's log before anybody opens the store; what was cut out of it on purpose is taken off.
    ///
    /// Nothing in this process has the files open. Complexity: O(bytes of the log).
    public static func check(_ name: String, in directory: String, now: Int64) throws(StoreFailure) -> LogDamage? {
        let path = "\(directory)/\(name).db"
        guard StoreDirectory.size(path + "-wal") > WriteAheadLog.headerBytes else { return nil }
        guard let log = try WriteAheadLog(path: path + "-wal") else {
            guard WriteAheadLog.isHeadless(path: path + "-wal", pageBytes: pageBytes(path)) else { return nil }
            return LogDamage(store: name, position: 0, copy: keep(name, directory, now))
        }
        // Frames behind a cut would look like damage as soon as others are written over the first of them.
        if let cut = log.cut { truncate(path + "-wal", off_t(cut)) }
        guard let broken = log.broken else { return nil }
        let damage = LogDamage(store: name, position: broken, copy: keep(name, directory, now))
        // What stands behind counts no more, is kept, and would be found again at each start.
        if damage.copy != nil { truncate(path + "-wal", off_t(broken)) }
        return damage
    }

    /// The page's size of a store, or the usual one.
    private static func pageBytes(_ path: String) -> Int {
        guard let handle = FileHandle(forReadingAtPath: path), let bytes = try? handle.read(upToCount: 18), bytes.count == 18 else {
            return 4_096
        }
        let stated = Int(bytes[16]) << 8 | Int(bytes[17])
        return stated == 1 ? 65_536 : max(512, stated)
    }

    private static func keep(_ name: String, _ directory: String, _ now: Int64) -> String? {
        let file = "aside/\(name)-\(TimeText.rfc3339(now).filter { $0 != "-" && $0 != ":" }).db-wal"
        guard (try? StoreDirectory.prepare(directory + "/aside")) != nil else { return nil }
        let isThere = FileManager.default.fileExists(atPath: "\(directory)/\(file)")
        if !isThere, (try? FileManager.default.copyItem(atPath: "\(directory)/\(name).db-wal", toPath: "\(directory)/\(file)")) == nil {
            return nil
        }
        return file
    }
}
