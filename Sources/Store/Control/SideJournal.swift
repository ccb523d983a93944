import Crypto
import Foundation
import Synchronization
import Tabular

/// A change that holds although `control.db` refused it.
public struct SideRecord: Codable, Sendable, Equatable {
    /// Its number: above every number that such a change ever had.
    public var id: Int64
    /// The journal's entry for it.
    public var entry: JournalEntry
    /// The engine's own JSON: what it left behind.
    public var state: String

    /// Makes a record.
    public init(id: Int64, entry: JournalEntry, state: String) {
        self.id = id
        self.entry = entry
        self.state = state
    }
}

/// Roll backs, pauses and freezes that `control.db` refused, in a file beside it: each is on the disk before its receipt is given, and the next
/// start takes them up before anything answers.
///
/// One line a record: the SHA-256 of its JSON, the JSON. The file's room is taken when there is some, so that a full disk can still be told of;
/// what is not used yet is zeros.
final class SideJournal: Sendable {
    /// Room that is taken in advance, bytes: some hundred changes.
    static let reservedBytes: Int64 = 256 << 10
    static let fileName = "side-journal"

    let path: String
    private let end = Mutex<Int64>(0)

    init(directory: String) { path = "\(directory)/\(Self.fileName)" }

    /// Takes its room, if there is any; without it the first record asks for it.
    func reserve() {
        guard StoreDirectory.size(path) < Self.reservedBytes, let descriptor = try? open(O_RDWR | O_CREAT) else { return }
        defer { close(descriptor) }
        if posix_fallocate(descriptor, 0, off_t(Self.reservedBytes)) == 0 { fsync(descriptor) }
    }

    /// Adds a record, and returns when it is on the disk.
    func append(_ record: SideRecord) throws(StoreFailure) {
        let line = try Self.line(record)
        let descriptor = try open(O_RDWR | O_CREAT)
        defer { close(descriptor) }
        do {
            try end.withLock { end in
                guard WholeWrite.write(line, to: descriptor, at: end), fsync(descriptor) == 0 else { throw failure() }
                end += Int64(line.count)
            }
        } catch { throw StoreFailure(error, store: "control", path: path) }
    }

    /// What is in it, in order, and the lines that cannot be read; the next record comes after both.
    func read() -> Salvage<SideRecord> {
        var found = Salvage<SideRecord>()
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        let used = bytes.prefix { $0 != 0 }
        end.withLock { $0 = Int64(used.count) }
        for (index, line) in used.split(separator: UInt8(ascii: "\n")).enumerated() {
            if let record = Self.record(Data(line)) {
                found.records.append(record)
            } else {
                found.damaged.append(
                    DamagedRecord(
                        file: Self.fileName, table: "line", key: "line \(index + 1)", reason: "its content does not match its checksum"))
            }
        }
        return found
    }

    /// Forgets all, which is in `control.db` now; the room stays.
    func clear() throws(StoreFailure) {
        let former = end.withLock { $0 }
        guard former > 0 else { return }
        let descriptor = try open(O_RDWR)
        defer { close(descriptor) }
        let zeros = [UInt8](repeating: 0, count: Int(former))
        guard WholeWrite.write(zeros, to: descriptor, at: 0), fsync(descriptor) == 0 else { throw failure() }
        end.withLock { $0 = 0 }
    }

    /// Puts the file out of the way, as it is, and begins another.
    func setAside() throws(StoreFailure) {
        let target = (1...).lazy.map { "\(self.path).damaged-\($0)" }.first { !FileManager.default.fileExists(atPath: $0) }
        guard let target, rename(path, target) == 0 else { throw failure() }
        end.withLock { $0 = 0 }
        reserve()
    }

    private func open(_ flags: Int32) throws(StoreFailure) -> Int32 {
        let descriptor = Foundation.open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        return descriptor
    }

    private func failure() -> StoreFailure {
        let code = errno
        if code == ENOSPC || code == EDQUOT { return .diskFull(store: "control", path: path, freeBytes: StoreDirectory.freeBytes(path)) }
        return .cannotOpen(path: path, reason: String(cString: strerror(code)))
    }

    private static func line(_ record: SideRecord) throws(StoreFailure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let json = try encoder.encode(record)
            return Array(HexText.encode(SHA256.hash(data: json)).utf8) + [UInt8(ascii: " ")] + json + [UInt8(ascii: "\n")]
        } catch { throw .invalid("\(error)") }
    }

    private static func record(_ line: Data) -> SideRecord? {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
        guard parts.count == 2, String(decoding: parts[0], as: UTF8.self) == HexText.encode(SHA256.hash(data: parts[1])) else { return nil }
        return try? JSONDecoder().decode(SideRecord.self, from: parts[1])
    }
}

extension ControlStore {
    /// Keeps a change that this store has just refused beside it; on the disk when this returns.
    ///
    /// On a full disk the ballast is given up for it.
    ///
    /// - Returns: its number.
    public func keepAside(_ entry: JournalEntry, state: String) throws(StoreFailure) -> Int64 {
        let record = SideRecord(id: nextSide(), entry: entry, state: state)
        do throws(StoreFailure) { try side.append(record) } catch {
            guard case .diskFull = error, ballast.bytes > 0 else { throw error }
            ballast.release()
            defer { ballast.restore() }
            try side.append(record)
        }
        return record.id
    }

    /// What was kept beside the journal by an engine that ended before it could write it, in order, and what of it cannot be read.
    public func keptAside() throws(StoreFailure) -> Salvage<SideRecord> {
        let written = try read { try $0.integer(ControlTransaction.sideKey) } ?? 0
        var found = side.read()
        found.records.removeAll { $0.id <= written }
        noteSide(max(written, found.records.last?.id ?? 0))
        return found
    }

    /// Forgets what was kept beside the journal, when it is in it; what cannot be read is put out of the way as it is.
    public func forgetKept(hasDamage: Bool = false) throws(StoreFailure) { try hasDamage ? side.setAside() : side.clear() }
}

extension ControlTransaction {
    /// Under which the registry counts the changes that were kept beside the journal and are in it now.
    static let sideKey = "side_journal"

    /// Notes, with the rows that it writes, that everything which was kept beside the journal is in it: a start in between does it only once.
    public func noteKeptWritten(upTo id: Int64) throws { try set(Self.sideKey, id) }
}
