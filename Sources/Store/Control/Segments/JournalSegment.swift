import Crypto
import Foundation
import GRDB
import Tabular

/// A stretch of the journal that stands in a file of its own, `store/journal/NNNNNN.jsonl.gz`: older rows, of one chain with the others.
///
/// A line is a row as JSON: `sequence`, `time` (UTC milliseconds), `actor`, `uid`, `role`, `verb`, `deployment`, `summary`, `reason`, `details`,
/// `hash`, `previousHash`; absent is what the row does not have. The file is written once, and never changed.
public struct JournalSegment: Codable, Sendable, Equatable {
    /// Its number, from 1.
    public var number: Int64
    /// Its first row.
    public var first: Int64
    /// Its last row.
    public var last: Int64
    /// The hash of its last row.
    public var hash: String
    /// The SHA-256 of its file.
    public var fileHash: String
    /// Size of its file.
    public var bytes: Int64
    /// When its rows were moved there, UTC milliseconds.
    public var sealedAt: Int64
    /// The deployments that its rows tell of.
    public var deployments: [String]

    /// The file's name in `store/journal/`.
    public var fileName: String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".jsonl.gz"
    }

    /// Bytes of the text of one segment's rows, about: a longer stretch is cut.
    static let textLimit = 32 << 20
    /// A file whose text is longer is none of ours: the last row may be as long as an entry can be.
    private static let readLimit = textLimit * 8

    init(
        number: Int64, rows: ArraySlice<JournalRow>, file: [UInt8], sealedAt: Int64
    ) {
        self.number = number
        first = rows.first?.sequence ?? 0
        last = rows.last?.sequence ?? 0
        hash = rows.last?.hash ?? ""
        fileHash = Self.hash(of: file)
        bytes = Int64(file.count)
        self.sealedAt = sealedAt
        deployments = Set(rows.compactMap(\.entry.deployment)).sorted()
    }

    init(_ row: Row) throws {
        number = try row.integer("number")
        first = try row.integer("first")
        last = try row.integer("last")
        hash = try row.text("hash")
        fileHash = try row.text("file_hash")
        bytes = try row.integer("bytes")
        sealedAt = try row.integer("sealed_at")
        let names = try row.text("deployments")
        guard let deployments = try? JSONDecoder().decode([String].self, from: Data(names.utf8)) else {
            throw StoreFailure.corrupt("control.db, journal_segment \(number): its deployments cannot be read")
        }
        self.deployments = deployments
    }

    static func hash(of bytes: [UInt8]) -> String { HexText.encode(SHA256.hash(data: bytes)) }

    // MARK: Lines

    private struct Line: Codable {
        var sequence: Int64
        var time: Int64
        var actor: String
        var uid: UInt32?
        var role: String
        var verb: String
        var deployment: String?
        var summary: String
        var reason: String?
        var details: String
        var hash: String
        var previousHash: String

        init(_ row: JournalRow) {
            sequence = row.sequence
            time = row.entry.time
            actor = row.entry.actor
            uid = row.entry.uid
            role = row.entry.role
            verb = row.entry.verb
            deployment = row.entry.deployment
            summary = row.entry.summary
            reason = row.entry.reason
            details = row.entry.details
            hash = row.hash
            previousHash = row.previousHash
        }

        var row: JournalRow {
            JournalRow(
                sequence: sequence,
                entry: JournalEntry(
                    time: time, actor: actor, uid: uid, role: role, verb: verb, deployment: deployment, summary: summary, reason: reason,
                    details: details), hash: hash, previousHash: previousHash)
        }
    }

    /// Rows as the bytes of a file; nil for want of memory.
    static func encode(_ rows: ArraySlice<JournalRow>) -> [UInt8]? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text: [UInt8] = []
        for row in rows {
            guard let line = try? encoder.encode(Line(row)) else { return nil }
            text += line
            text.append(UInt8(ascii: "\n"))
        }
        return GzipBytes.pack(text)
    }

    /// The rows of a file's bytes, in order and of one chain; nil when they are not.
    static func decode(_ bytes: [UInt8]) -> [JournalRow]? {
        guard let text = GzipBytes.unpack(bytes, limit: readLimit) else { return nil }
        let decoder = JSONDecoder()
        var rows: [JournalRow] = []
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard let row = try? decoder.decode(Line.self, from: Data(line)).row else { return nil }
            rows.append(row)
        }
        return rows
    }
}
