import Foundation
import Tabular

/// A damaged store that was put out of the way, whole: renamed, never deleted.
public struct StoreAside: Sendable, Equatable {
    /// `labels`, `telemetry`.
    public var store: String
    /// Where it is now, from the directory of the stores.
    public var file: String
    /// What was wrong with it.
    public var reason: String

    /// In a sentence.
    public var text: String {
        "\(store).db is damaged (\(reason)): it was set aside as store/\(file), and \(store) begin anew: restore it from a backup if you have one"
    }

    /// As it is shown among what cannot be read.
    public var record: DamagedRecord {
        DamagedRecord(file: "\(store).db", table: "file", key: "(all)", reason: "\(reason): set aside as store/\(file), begun anew")
    }

    /// Opens a store; one whose file is damaged is set aside, and another is begun.
    ///
    /// `body` opens it, and looks at it; nothing else has the file open.
    public static func opening<Store>(
        _ name: String, in directory: String, now: Int64, _ body: () throws(StoreFailure) -> Store
    ) throws(StoreFailure) -> (store: Store, aside: StoreAside?) {
        let failure: StoreFailure
        do throws(StoreFailure) { return (try body(), nil) } catch { failure = error }
        guard case .corrupt = failure else { throw failure }
        let aside = try move(name, in: directory, because: "\(failure.bare)", now: now)
        return (try body(), aside)
    }

    /// Sets a store aside whose first page says that it is none of ours, whose format cannot be read, or that was found damaged by whoever had it
    /// last; nil when it looks sound.
    ///
    /// SQLite itself names such a file in many ways, some of which are those of a sound file on a bad disk.
    public static func check(_ name: String, in directory: String, now: Int64) throws(StoreFailure) -> StoreAside? {
        let path = "\(directory)/\(name).db"
        if FileManager.default.fileExists(atPath: mark(path)) {
            return try move(name, in: directory, because: "it was found damaged when it was last used", now: now)
        }
        if let flaw = StoreHeader.flaw(path) { return try move(name, in: directory, because: flaw, now: now) }
        do throws(StoreFailure) {
            try WorkspaceFormat.check(name, directory: directory)
            return nil
        } catch {
            guard case .corrupt = error else { throw error }
            return try move(name, in: directory, because: error.bare, now: now)
        }
    }

    /// The file that says that a store was found damaged.
    static func mark(_ path: String) -> String { path + "-damaged" }

    private static func move(_ name: String, in directory: String, because reason: String, now: Int64) throws(StoreFailure) -> StoreAside {
        try StoreDirectory.prepare(directory + "/aside")
        let stamp = TimeText.rfc3339(now).filter { $0 != "-" && $0 != ":" }
        let free = (1...).lazy.map { $0 == 1 ? "aside/\(name)-\(stamp).db" : "aside/\(name)-\(stamp)-\($0).db" }
            .first { !FileManager.default.fileExists(atPath: "\(directory)/\($0)") }
        let file = free ?? "aside/\(name).db"
        for suffix in ["", "-wal", "-refused", "-damaged"] {
            guard rename("\(directory)/\(name).db\(suffix)", "\(directory)/\(file)\(suffix)") != 0, errno != ENOENT else { continue }
            throw .cannotOpen(
                path: "\(directory)/\(name).db\(suffix)",
                reason: "it is damaged, and cannot be set aside: \(String(cString: strerror(errno)))")
        }
        // What readers of the former file shared; it says nothing without them.
        unlink("\(directory)/\(name).db-shm")
        try StoreDirectory.synchronise(directory)
        return StoreAside(store: name, file: file, reason: reason)
    }
}

/// The first hundred bytes of a SQLite file.
///
/// Format: <https://www.sqlite.org/fileformat2.html#the_database_header>.
enum StoreHeader {
    /// What of it no store of ours has; nil when it looks sound, is empty, or is not there.
    ///
    /// Nothing in this process has the file open: closing it here would drop the locks of whoever has.
    static func flaw(_ path: String) -> String? {
        let size = StoreDirectory.size(path)
        guard size > 0 else { return nil }
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { return nil }
        guard count == bytes.count else { return "the file has \(size) bytes, which is no store" }
        guard Array(bytes[0..<16]) == Array("SQLite format 3\0".utf8) else { return "its first bytes are not those of a store" }
        let stated = Int64(bytes[16]) << 8 | Int64(bytes[17])
        let page = stated == 1 ? 65_536 : stated
        guard page >= 512, page & (page - 1) == 0 else { return "its pages would have \(page) bytes" }
        guard size % page == 0 else { return "its \(size) bytes are no whole number of pages of \(page) bytes" }
        guard (1...2).contains(bytes[18]), (1...2).contains(bytes[19]) else { return "its first page names a format that no SQLite has" }
        guard bytes[20] == 0, bytes[21] == 64, bytes[22] == 32, bytes[23] == 32 else { return "its first page is not that of a store" }
        let schema = bytes[44..<48].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let encoding = bytes[56..<60].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        // A file in which no table has been made yet has neither.
        guard schema <= 4, encoding <= 1 else { return "its first page names a format that no store of ours has" }
        return nil
    }
}
