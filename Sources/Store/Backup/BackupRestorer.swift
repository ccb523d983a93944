import Crypto
import Foundation

/// Puts the files of a backup together again, in a directory that has nothing of them yet.
///
/// Every piece and every file is compared with its hash on the way; the first that is not what it was ends it.
package struct BackupRestorer {
    private static let spareBytes: Int64 = 16 << 20

    private let target: BackupTarget
    private let manifest: BackupManifest
    private let pieces: BackupPieces
    private let pace: BackupPace
    private let hold: BackupTarget.Hold?

    package init(_ target: BackupTarget, _ manifest: BackupManifest, pace: BackupPace = BackupPace()) throws(BackupFailure) {
        self.target = target
        self.manifest = manifest
        pieces = BackupPieces(target: target.directory)
        self.pace = pace
        hold = try target.holdForReading()
    }

    /// Writes the files into a directory, which is made.
    ///
    /// - Throws: `damaged`; what has been written by then is for the caller to remove.
    package func write(into directory: String) throws(BackupFailure) {
        try BackupTarget.makePrivate(directory)
        let free = StoreDirectory.freeBytes(directory)
        let needed = manifest.bytes.addingReportingOverflow(Self.spareBytes).partialValue
        guard free >= needed else { throw .noRoom(file: directory, needed: needed, free: free) }
        pace.expect(manifest.bytes)
        var folders: Set<String> = []
        for file in manifest.files {
            var folder = ""
            for part in file.path.split(separator: "/").dropLast() {
                folder += folder.isEmpty ? String(part) : "/\(part)"
                if folders.insert(folder).inserted { try BackupTarget.makePrivate("\(directory)/\(folder)") }
            }
            try write(file, to: "\(directory)/\(file.path)")
        }
        for folder in folders { try PrivateFile.synchronise("\(directory)/\(folder)") }
        try PrivateFile.synchronise(directory)
        withExtendedLifetime(hold) {}
    }

    private func write(_ file: BackupManifest.File, to path: String) throws(BackupFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(path, "it cannot be made") }
        defer { close(descriptor) }
        var whole = SHA256()
        var left = file.bytes
        for hash in file.pieces {
            let count = Int(min(left, Int64(BackupManifest.pieceBytes)))
            let bytes = try pieces.read(hash, bytes: count)
            bytes.withUnsafeBytes { whole.update(bufferPointer: $0) }
            try PrivateFile.append(bytes[...], to: descriptor, path)
            left -= Int64(count)
            try pace.spend(count)
        }
        guard HexText.encode(whole.finalize()) == file.hash else {
            throw .damaged(
                file: "\(target.directory), \(file.path) of backup \(manifest.number)", reason: "it does not match its checksum",
                remedy: "restore another backup: see `flyball backup list`")
        }
        guard fsync(descriptor) == 0 else { throw .system(path, "it cannot be put on the disk") }
    }
}

/// What a restored workspace must be before it is one.
package enum RestoredStores {
    /// Compares restored stores with what their backup says of them.
    ///
    /// Complexity: reads every store whole.
    package static func check(_ directory: String, against manifest: BackupManifest) throws(BackupFailure) -> JournalVerdict {
        let remedy = "restore another backup: see `flyball backup list`"
        do throws(StoreFailure) {
            for name in ["control", "labels", "telemetry"] {
                if let problem = try StoreInspection.integrity(name, directory: directory).first {
                    throw StoreFailure.corrupt("\(name).db: \(problem)")
                }
            }
            let verdict = try StoreInspection.chain(directory: directory, checkpoint: manifest.marks.journal)
            guard let verdict else { throw StoreFailure.corrupt("control.db is empty") }
            if let bad = verdict.firstBad { throw StoreFailure.corrupt("control.db, journal \(bad): \(verdict.problem ?? "it is wrong")") }
            guard verdict.checkpoint?.sequence == manifest.marks.journal?.sequence else {
                throw StoreFailure.corrupt(
                    "control.db: its journal ends at row \(verdict.checkpoint?.sequence ?? 0), not at \(manifest.marks.journal?.sequence ?? 0)"
                )
            }
            return verdict
        } catch {
            guard case .corrupt(let reason) = error else { throw .store(error) }
            throw .damaged(file: "backup \(manifest.number)", reason: reason, remedy: remedy)
        }
    }
}
