import Crypto
import Foundation
import Tabular

/// What one backup is made of, and what it must be when it is restored.
///
/// On the disk: the line `flyball-backup 1 SHA-256 BYTES`, then so many bytes of JSON which have that hash.
public struct BackupManifest: Codable, Sendable, Equatable {
    /// What this release writes.
    public static let format = 1
    /// Bytes of a piece; the last one of a file has what is left.
    package static let pieceBytes = 1 << 20
    /// Largest manifest, bytes.
    static let limitBytes = 128 << 20
    /// Files in one backup, at most.
    static let fileLimit = 100_000

    /// A file of the workspace, as pieces that the target keeps by their hash.
    public struct File: Codable, Sendable, Equatable {
        /// Where it stands in the workspace: `store/control.db`.
        public var path: String
        /// Its size.
        public var bytes: Int64
        /// Hex SHA-256 of the whole of it.
        public var hash: String
        /// Hex SHA-256 of each piece, in order.
        public var pieces: [String]
    }

    /// Where the stores stood: all three at one moment.
    public struct Marks: Codable, Sendable, Equatable {
        /// The journal's newest row.
        public var journal: JournalCheckpoint?
        /// The number of the newest label.
        public var label: Int64
        /// The number of the newest block of traffic.
        public var block: Int64
        /// How often the engine had been started.
        public var bootEpoch: Int64
    }

    /// What is in it, for people.
    public struct Counts: Codable, Sendable, Equatable {
        /// Deployments.
        public var deployments: Int64
        /// Versions.
        public var versions: Int64
        /// Labels.
        public var labels: Int64
        /// Blocks of traffic.
        public var blocks: Int64
    }

    /// Its number in the target.
    public var number: Int
    /// The moment, UTC milliseconds.
    public var madeAt: Int64
    /// What the workspace is called.
    public var workspace: String
    /// The product version that made it.
    public var version: String
    /// The format of the stores.
    public var storeFormat: Int
    /// Where the stores stood.
    public var marks: Marks
    /// What is in it.
    public var counts: Counts
    /// Its files, by path.
    public var files: [File]
    /// What was damaged already when it was made; empty for a good one.
    public var flaws: [String]

    /// Whether nothing was damaged when it was made.
    public var isGood: Bool { flaws.isEmpty }
    /// Bytes of all files.
    public var bytes: Int64 { files.reduce(0) { $0.addingReportingOverflow($1.bytes).partialValue } }

    // MARK: Bytes

    /// The file's content.
    func sealed() throws(BackupFailure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(self), json.count <= Self.limitBytes else {
            throw .unusable(
                file: "manifest", reason: "the workspace is too large for one", remedy: "let the retention delete traffic first")
        }
        return Array("\(Self.head) \(Self.format) \(HexText.encode(SHA256.hash(data: json))) \(json.count)\n".utf8) + json
    }

    private static let head = "flyball-backup"
    /// The first line has fewer bytes than this.
    private static let headBytes = 160

    /// Reads a file's content.
    ///
    /// - Throws: `newer`, or `damaged` where one bit of it differs.
    static func unseal(_ content: [UInt8], file: String) throws(BackupFailure) -> BackupManifest {
        func damaged(_ reason: String) -> BackupFailure {
            .damaged(file: file, reason: reason, remedy: "restore another backup: see `flyball backup list`")
        }
        guard let end = content.prefix(headBytes).firstIndex(of: 0x0A), let line = String(validating: content[..<end], as: UTF8.self) else {
            throw damaged("it does not begin as a backup's list")
        }
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 4, words[0] == head, let format = Int(words[1]), format >= 1, let bytes = Int(words[3]) else {
            throw damaged("it does not begin as a backup's list")
        }
        guard format <= Self.format else { throw .newer(file: file, found: format, known: Self.format) }
        let json = Data(content[(end + 1)...])
        guard json.count == bytes else { throw damaged("it has \(json.count) bytes instead of \(bytes)") }
        guard HexText.encode(SHA256.hash(data: json)) == words[2] else { throw damaged("its content does not match its checksum") }
        guard let manifest = try? JSONDecoder().decode(BackupManifest.self, from: json) else { throw damaged("it cannot be read") }
        if let flaw = manifest.flaw { throw damaged(flaw) }
        return manifest
    }

    // MARK: What a manifest must be

    /// What of it no backup of ours has; nil when it is sound.
    private var flaw: String? {
        guard number > 0, files.count <= Self.fileLimit else { return "it lists \(files.count) files" }
        var seen: Set<String> = []
        var total: Int64 = 0
        for file in files {
            let name = SafeText.escape(String(file.path.prefix(100)))
            guard Self.isSafe(file.path), seen.insert(file.path).inserted else { return "it names the file \(name)" }
            let (sum, overflow) = total.addingReportingOverflow(file.bytes)
            guard file.bytes >= 0, !overflow else { return "\(name) would have \(file.bytes) bytes" }
            total = sum
            let wanted = file.bytes / Int64(Self.pieceBytes) + (file.bytes % Int64(Self.pieceBytes) == 0 ? 0 : 1)
            guard Int64(file.pieces.count) == wanted, BackupPieces.isHash(file.hash), file.pieces.allSatisfy(BackupPieces.isHash) else {
                return "\(name) does not add up"
            }
        }
        let stores = ["control", "labels", "telemetry"].map { "store/\($0).db" }
        return stores.first { !seen.contains($0) }.map { "\($0) is not in it" }
    }

    /// Whether a path may be written below a workspace: nothing of it leads out, and it is where flyball has files.
    static func isSafe(_ path: String) -> Bool {
        if path == "flyball.toml" { return true }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isBeside = parts.count == 2 && ["store", "data", "themes"].contains(parts[0])
        guard isBeside || parts.count == 3 && parts.prefix(2) == ["store", "journal"], let name = parts.last else { return false }
        return (1...200).contains(name.utf8.count) && !name.hasPrefix(".")
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
    }
}
