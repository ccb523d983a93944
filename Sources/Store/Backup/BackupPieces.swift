import Crypto
import Foundation

/// The pieces of a target, each in a file that has its SHA-256 for a name: `pieces/ab/abcd…`.
///
/// A piece is whole or absent: it is written under another name, put on the disk, then renamed. What a backup that was killed has left is taken up by the
/// next one.
final class BackupPieces {
    let directory: String
    /// Whether pieces that are there are read before they are relied upon.
    private let rechecks: Bool
    /// Folders with a new name in them that is not on the disk yet.
    private var unsettled: Set<String> = []
    /// Bytes that the target had not.
    private(set) var added: Int64 = 0

    /// - Parameter directory: the target's.
    init(target directory: String, rechecks: Bool = false) {
        self.directory = directory + "/pieces"
        self.rechecks = rechecks
    }

    static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
    }

    func path(_ hash: String) -> String { "\(directory)/\(hash.prefix(2))/\(hash)" }

    /// Whether a piece of that size is there.
    func has(_ hash: String, bytes: Int) -> Bool {
        var status = stat()
        let path = path(hash)
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == bytes else { return false }
        guard rechecks else { return true }
        return (try? read(hash, bytes: bytes)) != nil
    }

    /// Keeps a piece; its hash, and whether the target lacked it.
    func store(_ bytes: ArraySlice<UInt8>) throws(BackupFailure) -> (hash: String, isNew: Bool) {
        let hash = bytes.withUnsafeBytes { buffer in
            var hasher = SHA256()
            hasher.update(bufferPointer: buffer)
            return HexText.encode(hasher.finalize())
        }
        if has(hash, bytes: bytes.count) { return (hash, false) }
        let folder = "\(directory)/\(hash.prefix(2))"
        try BackupTarget.makePrivate(directory)
        try BackupTarget.makePrivate(folder)
        try PrivateFile.write(bytes, to: path(hash))
        unsettled.insert(folder)
        added += Int64(bytes.count)
        return (hash, true)
    }

    /// Puts the names of new pieces on the disk.
    func settle() throws(BackupFailure) {
        for folder in unsettled.union(unsettled.isEmpty ? [] : [directory]) { try PrivateFile.synchronise(folder) }
        unsettled = []
    }

    /// A piece, whose bytes are those of its name.
    func read(_ hash: String, bytes: Int) throws(BackupFailure) -> [UInt8] {
        let path = path(hash)
        let remedy = "move it away and make another backup, which writes it anew, or restore one that does not need it"
        let found: [UInt8]
        do throws(BackupFailure) { found = try PrivateFile.read(path, limit: BackupManifest.pieceBytes) } catch {
            guard case .unusable(_, let reason, _) = error else { throw error }
            throw .damaged(file: path, reason: reason, remedy: remedy)
        }
        guard found.count == bytes else {
            throw .damaged(file: path, reason: "it has \(found.count) bytes instead of \(bytes)", remedy: remedy)
        }
        guard HexText.encode(SHA256.hash(data: found)) == hash else {
            throw .damaged(file: path, reason: "its bytes do not match its name, which is their SHA-256", remedy: remedy)
        }
        return found
    }

    /// Deletes every piece that is none of these, and what is left of those that were never finished; the bytes that went.
    func remove(allBut kept: Set<String>) -> Int64 {
        let manager = FileManager.default
        var freed: Int64 = 0
        for folder in (try? manager.contentsOfDirectory(atPath: directory)) ?? [] {
            for name in (try? manager.contentsOfDirectory(atPath: "\(directory)/\(folder)")) ?? [] where !kept.contains(name) {
                let path = "\(directory)/\(folder)/\(name)"
                let size = StoreDirectory.size(path)
                if unlink(path) == 0 { freed += size }
            }
        }
        return freed
    }
}
