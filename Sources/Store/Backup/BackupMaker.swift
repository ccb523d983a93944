import Crypto
import Foundation
import GRDB
import Tabular

/// What a backup is made from.
package struct BackupInput: Sendable {
    /// A file beside the stores.
    package struct Entry: Sendable {
        /// Its place in the workspace.
        var path: String
        var source: Source

        /// Where its bytes are.
        package enum Source: Sendable {
            /// In a file; what is named by the hash of its content never changes.
            case file(String, contentHash: String?)
            /// Here: it changes, and this is what it was at the moment.
            case bytes([UInt8])
        }

        package init(path: String, source: Source) {
            self.path = path
            self.source = source
        }
    }

    /// What the workspace is called.
    package var workspace: String
    /// The product version.
    package var version: String
    /// The moment, UTC milliseconds.
    package var time: Int64
    /// Where the stores stood at the moment.
    package var marks: BackupManifest.Marks
    /// Everything but the stores.
    package var entries: [Entry]

    package init(workspace: String, version: String, time: Int64, marks: BackupManifest.Marks, entries: [Entry]) {
        self.workspace = workspace
        self.version = version
        self.time = time
        self.marks = marks
        self.entries = entries
    }
}

/// What came of a backup.
public struct BackupReport: Codable, Sendable, Equatable {
    /// The target.
    public var directory: String
    /// Its number there.
    public var number: Int
    /// Bytes of the workspace in it.
    public var bytes: Int64
    /// Bytes that the target lacked.
    public var added: Int64
    /// The journal's row up to which it goes.
    public var journal: Int64
    /// What was damaged already; empty for a good one.
    public var flaws: [String]
}

/// Makes a backup: copies of the stores, cut into pieces, of which the target is given those that it lacks.
///
/// Until its list has its name in `manifests/`, nothing of what was there before is changed: a backup that is killed at any point leaves the former ones
/// whole, and its pieces for the next one.
package struct BackupMaker {
    /// Room that is left on the target's disk, bytes.
    private static let spareBytes: Int64 = 16 << 20
    /// What is told of one backup's faults.
    private static let flawLimit = 100

    private let target: BackupTarget
    private let hold: BackupTarget.Hold
    private let pieces: BackupPieces
    private let former: BackupManifest?
    private let pace: BackupPace
    private var files: [BackupManifest.File] = []
    private var flaws: [String] = []

    /// Takes the target.
    ///
    /// - Parameter rechecks: whether pieces that are there are read before they are relied upon.
    package init(directory: String, rechecks: Bool, pace: BackupPace) throws(BackupFailure) {
        target = try BackupTarget.open(writing: directory)
        hold = try target.holdForWriting()
        pieces = BackupPieces(target: directory, rechecks: rechecks)
        former = try? target.choose(nil).manifest
        self.pace = pace
    }

    /// Copies everything as it was at the moment; closes that as soon as the last store is copied.
    package mutating func run(_ moment: StoreMoment, _ input: BackupInput) throws(BackupFailure) -> BackupReport {
        defer {
            moment.close()
            try? FileManager.default.removeItem(atPath: target.part)
        }
        try clearPart()
        let number = try nextNumber()
        var counts = BackupManifest.Counts(deployments: 0, versions: 0, labels: 0, blocks: 0)
        var format = WorkspaceFormat.current
        for name in ["control", "labels", "telemetry"] { pace.expect(moment.size(name)) }
        for name in ["control", "labels", "telemetry"] {
            let needed = moment.size(name) + Self.spareBytes
            let free = StoreDirectory.freeBytes(target.directory)
            guard free >= needed else { throw .noRoom(file: target.directory, needed: needed, free: free) }
            let copy = "\(target.part)/\(name).db"
            try moment.copy(name, to: copy, pace: pace)
            moment.close(name)
            try look(at: name, &counts, &format)
            try add("store/\(name).db", try PrivateFile.Reader(copy), contentHash: nil)
            unlink(copy)
        }
        for entry in input.entries.sorted(by: { $0.path < $1.path }) { try add(entry) }
        let manifest = BackupManifest(
            number: number, madeAt: input.time, workspace: input.workspace, version: input.version, storeFormat: format, marks: input.marks,
            counts: counts, files: files.sorted { $0.path < $1.path }, flaws: Array(flaws.prefix(Self.flawLimit)))
        try pieces.settle()
        try target.add(manifest)
        return BackupReport(
            directory: target.directory, number: number, bytes: manifest.bytes, added: pieces.added,
            journal: input.marks.journal?.sequence ?? 0,
            flaws: manifest.flaws)
    }

    private func clearPart() throws(BackupFailure) {
        let part = target.part
        if FileManager.default.fileExists(atPath: part) {
            do { try FileManager.default.removeItem(atPath: part) } catch {
                throw .unusable(file: part, reason: "what a former backup has left cannot be removed", remedy: "remove it")
            }
        }
        try BackupTarget.makePrivate(part)
    }

    private func nextNumber() throws(BackupFailure) -> Int {
        let numbers = try target.numbers()
        let (next, overflow) = (numbers.last ?? 0).addingReportingOverflow(1)
        guard numbers.count < BackupTarget.limit, !overflow else {
            throw .unusable(file: target.directory, reason: "it has \(numbers.count) backups", remedy: "name another directory")
        }
        return next
    }

    /// What of a store's copy is damaged already, and what is in it.
    private mutating func look(at name: String, _ counts: inout BackupManifest.Counts, _ format: inout Int) throws(BackupFailure) {
        let part = target.part
        do throws(StoreFailure) {
            switch name {
            case "control":
                flaws += try StoreInspection.integrity(name, directory: part).map { "control.db: \($0)" }
                for record in try StoreInspection.artefacts(directory: part).damaged { flaws.append(try Self.name(record, in: part)) }
                format = try WorkspaceFormat.read(directory: part).format ?? WorkspaceFormat.current
                counts.deployments = try Self.count("deployment", name, part)
                counts.versions = try Self.count("version", name, part)
            case "labels":
                flaws += try StoreInspection.integrity(name, directory: part).map { "labels.db: \($0)" }
                counts.labels = try Self.count("label", name, part)
            default: counts.blocks = try Self.count("block", name, part)
            }
        } catch {
            // What cannot even be read is kept as it is found.
            guard case .corrupt(let reason) = error else { throw .store(error) }
            flaws.append(reason)
        }
    }

    private static func count(_ table: String, _ store: String, _ directory: String) throws(StoreFailure) -> Int64 {
        try StoreInspection.read(store, directory) { try Row.fetchOne($0, sql: "SELECT COUNT(*) FROM \(table)")?.integer(at: 0) ?? 0 } ?? 0
    }

    /// A damaged artefact by the version that it belongs to.
    private static func name(_ record: DamagedRecord, in directory: String) throws(StoreFailure) -> String {
        // A store of an older format has no reports.
        let holder = try? StoreInspection.read("control", directory) { database in
            try Row.fetchOne(
                database,
                sql:
                    "SELECT deployment, number FROM version WHERE ?1 IN (substr(artefact_hash, 1, 12), substr(profile_hash, 1, 12), substr(report_hash, 1, 12)) LIMIT 1",
                arguments: [record.key]
            ).map { "\(try $0.text("deployment")) v\(try $0.integer("number"))" }
        }
        return record.text + ((holder ?? nil).map { ", of \($0)" } ?? "")
    }

    // MARK: Files

    private mutating func add(_ entry: BackupInput.Entry) throws(BackupFailure) {
        guard BackupManifest.isSafe(entry.path) else {
            throw .unusable(file: entry.path, reason: "a file of that name is not restored", remedy: "rename it")
        }
        switch entry.source {
        case .bytes(let bytes): try add(entry.path, bytes)
        case .file(let path, let contentHash):
            let reader = try PrivateFile.Reader(path)
            if contentHash != nil, let known = known(entry.path, bytes: reader.size) { return files.append(known) }
            pace.expect(reader.size)
            try add(entry.path, reader, contentHash: contentHash)
        }
    }

    /// The file as the former backup has it, when all its pieces are still there.
    private func known(_ path: String, bytes: Int64) -> BackupManifest.File? {
        guard let file = former?.files.first(where: { $0.path == path }), file.bytes == bytes else { return nil }
        let last = file.pieces.count - 1
        let isThere = file.pieces.enumerated().allSatisfy { index, hash in
            pieces.has(hash, bytes: index < last ? BackupManifest.pieceBytes : Int(bytes - Int64(last) * Int64(BackupManifest.pieceBytes)))
        }
        return isThere ? file : nil
    }

    private mutating func add(_ path: String, _ reader: PrivateFile.Reader, contentHash: String?) throws(BackupFailure) {
        var check = contentHash.map { SnapshotCheck(hash: $0) }
        var whole = SHA256()
        var file = BackupManifest.File(path: path, bytes: 0, hash: "", pieces: [])
        while true {
            let bytes = try reader.next(BackupManifest.pieceBytes)
            if bytes.isEmpty { break }
            check?.take(bytes)
            try add(bytes[...], to: &file, &whole)
        }
        file.hash = HexText.encode(whole.finalize())
        files.append(file)
        if let flaw = check?.flaw { flaws.append("\(path): \(flaw)") }
    }

    private mutating func add(_ path: String, _ bytes: [UInt8]) throws(BackupFailure) {
        var whole = SHA256()
        var file = BackupManifest.File(path: path, bytes: 0, hash: "", pieces: [])
        for start in stride(from: 0, to: bytes.count, by: BackupManifest.pieceBytes) {
            try add(bytes[start..<min(start + BackupManifest.pieceBytes, bytes.count)], to: &file, &whole)
        }
        file.hash = HexText.encode(whole.finalize())
        files.append(file)
    }

    private func add(_ bytes: ArraySlice<UInt8>, to file: inout BackupManifest.File, _ whole: inout SHA256) throws(BackupFailure) {
        bytes.withUnsafeBytes { whole.update(bufferPointer: $0) }
        let (hash, isNew) = try pieces.store(bytes)
        file.pieces.append(hash)
        file.bytes += Int64(bytes.count)
        try pace.spend(isNew ? bytes.count : 0)
    }
}
