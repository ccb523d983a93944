import Crypto
import Foundation
import GRDB
import Tabular

/// A version's row.
public struct VersionRecord: Codable, Sendable, Equatable {
    /// The deployment.
    public var deployment: String
    /// 7 for `v7`.
    public var number: UInt32
    /// UTC milliseconds.
    public var createdAt: Int64
    /// The algorithm's name.
    public var algorithm: String
    /// The engine's word for its state.
    public var state: String
    /// Hex SHA-256 of the model's bytes.
    public var artefactHash: String?
    /// Hex SHA-256 of its drift reference.
    public var profileHash: String?
    /// Hex SHA-256 of what its training found, beside the figures in the payload.
    public var reportHash: String?
    /// Content hash of what it learnt from.
    public var dataHash: String
    /// Whether every gate passed.
    public var blessed: Bool
    /// The engine's own JSON.
    public var payload: String

    /// Makes a record.
    public init(
        deployment: String, number: UInt32, createdAt: Int64, algorithm: String, state: String, artefactHash: String?, profileHash: String?,
        reportHash: String? = nil, dataHash: String, blessed: Bool, payload: String
    ) {
        self.deployment = deployment
        self.number = number
        self.createdAt = createdAt
        self.algorithm = algorithm
        self.state = state
        self.artefactHash = artefactHash
        self.profileHash = profileHash
        self.reportHash = reportHash
        self.dataHash = dataHash
        self.blessed = blessed
        self.payload = payload
    }

    init(_ row: Row) throws(StoreFailure) {
        self.init(
            deployment: try row.text("deployment"), number: try row.narrow("number"), createdAt: try row.integer("created_at"),
            algorithm: try row.text("algorithm"), state: try row.text("state"), artefactHash: try row.optionalText("artefact_hash"),
            profileHash: try row.optionalText("profile_hash"), reportHash: try row.optionalText("report_hash"),
            dataHash: try row.text("data_hash"), blessed: try row.flag("blessed"),
            payload: try row.text("payload"))
        try row.checkIntact()
    }
}

extension ControlReader {
    /// A deployment's versions, oldest first.
    public func versions(of deployment: String) throws -> Salvage<VersionRecord> {
        let sql = try CheckedTable.version.select(database) + " WHERE deployment = ? ORDER BY number"
        let rows = try Row.fetchAll(database, sql: sql, arguments: [deployment])
        return salvage("version", rows, key: { RowKey.version($0) }) { row throws(StoreFailure) in try VersionRecord(row) }
    }

    /// One version.
    public func version(of deployment: String, number: UInt32) throws -> VersionRecord? {
        let sql = try CheckedTable.version.select(database) + " WHERE deployment = ? AND number = ?"
        return try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [deployment, number]).map { try VersionRecord($0) }
    }

    /// Where a version's model and its drift reference are, without the rest of its row; nil when there is no such version.
    public func places(of deployment: String, number: UInt32) throws -> (artefact: String?, profile: String?)? {
        let sql = try CheckedTable.version.select(database, "artefact_hash, profile_hash") + " WHERE deployment = ? AND number = ?"
        guard let row = try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [deployment, number]) else { return nil }
        try row.checkIntact()
        return (try row.optionalText("artefact_hash"), try row.optionalText("profile_hash"))
    }

    /// The highest number that a version of that name ever had, of those that are gone, cannot be read, or were of a removed deployment too;
    /// 0 before the first.
    public func lastVersionNumber(of deployment: String) throws -> UInt32 {
        let counted = try counter("version", deployment, of: "version")
        guard let number = UInt32(exactly: counted) else { throw StoreFailure.corrupt("counter version of \(deployment): \(counted)") }
        return number
    }

    /// The number of the next version: one that no version of that name ever had.
    public func nextVersionNumber(of deployment: String) throws -> UInt32 {
        let (next, overflow) = try lastVersionNumber(of: deployment).addingReportingOverflow(1)
        guard !overflow else { throw StoreFailure.full("versions of \(deployment): there are no more numbers") }
        return next
    }

    /// The bytes of an artefact, checked against their name.
    public func artefact(_ hash: String) throws -> [UInt8] {
        let find = try database.cachedStatement(sql: "SELECT bytes FROM artefact WHERE hash = ?")
        // A cursor's row is read where SQLite holds it: one copy less of what may be large.
        let rows = try Row.fetchCursor(find, arguments: [hash])
        guard let bytes = try rows.next()?.bytes("bytes") else { throw StoreFailure.notFound("artefact \(hash.prefix(12))") }
        guard HexText.encode(SHA256.hash(data: bytes)) == hash else {
            throw StoreFailure.corrupt("artefact \(hash.prefix(12)): its bytes do not match their SHA-256")
        }
        return bytes
    }
}

extension ControlTransaction {
    /// Largest artefact, bytes: SQLite holds no value of more than a billion.
    public static let artefactLimit = 900_000_000

    /// Deletes artefacts that no version points to: a training stores its model before the version that it belongs to, which may never come.
    ///
    /// Nothing goes while a version's row cannot be relied on: it may be the one that points there.
    public func deleteOrphanArtefacts() throws -> Int {
        let orphans = try Row.fetchAll(
            database,
            sql: """
                SELECT hash FROM artefact WHERE hash NOT IN (SELECT artefact_hash FROM version WHERE artefact_hash IS NOT NULL)
                    AND hash NOT IN (SELECT profile_hash FROM version WHERE profile_hash IS NOT NULL)
                    AND hash NOT IN (SELECT report_hash FROM version WHERE report_hash IS NOT NULL)
                """
        ).map { try $0.text("hash") }
        // Every row's sum costs seconds where there are half a million of them, and mostly there is nothing to delete.
        guard !orphans.isEmpty, try !CheckedTable.version.isAnyDamaged(database) else { return 0 }
        for hash in orphans { try database.execute(sql: "DELETE FROM artefact WHERE hash = ?", arguments: [hash]) }
        return orphans.count
    }

    /// Adds a version; refused for a number that a version had before.
    public func insert(_ record: VersionRecord) throws {
        let last = try lastVersionNumber(of: record.deployment)
        guard record.number > last else { throw StoreFailure.conflict("v\(record.number) of \(record.deployment): v\(last) was there") }
        try setCounter("version", record.deployment, Int64(record.number))
        try database.execute(
            sql: """
                INSERT INTO version (deployment, number, created_at, algorithm, state, artefact_hash, profile_hash, data_hash, blessed, payload,
                    report_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                record.deployment, record.number, record.createdAt, record.algorithm, record.state, record.artefactHash, record.profileHash,
                record.dataHash, record.blessed, record.payload, record.reportHash,
            ])
    }

    /// Takes a version's model, drift reference and report away, where no other version has the same; its row stays.
    public func archiveVersion(of deployment: String, number: UInt32) throws {
        try checkReplaceable("version", "\(deployment) v\(number)")
        guard let record = try version(of: deployment, number: number) else { return }
        try database.execute(
            sql: "UPDATE version SET artefact_hash = NULL, profile_hash = NULL, report_hash = NULL WHERE deployment = ? AND number = ?",
            arguments: [deployment, number])
        try deleteUnheld([record.artefactHash, record.profileHash, record.reportHash])
    }

    /// Deletes the rows of archived versions but for the newest so many; the journal keeps what they did.
    public func forgetArchived(of deployment: String, state: String, keeping count: Int) throws {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT number FROM version WHERE deployment = ? AND state = ? AND \(CheckedTable.version.intact(database))
                ORDER BY number DESC LIMIT -1 OFFSET ?
                """,
            arguments: [deployment, state, count])
        for number in try rows.map({ try $0.integer(at: 0) }) where isReplaceable("version", "\(deployment) v\(number)") {
            try database.execute(sql: "DELETE FROM version WHERE deployment = ? AND number = ?", arguments: [deployment, number])
        }
    }

    /// Deletes a version's row; its number is never given again.
    package func deleteVersion(of deployment: String, number: UInt32) throws {
        try checkReplaceable("version", "\(deployment) v\(number)")
        try database.execute(sql: "DELETE FROM version WHERE deployment = ? AND number = ?", arguments: [deployment, number])
    }

    /// Deletes bytes that no version points to any more.
    func deleteUnheld(_ hashes: [String?]) throws {
        for hash in hashes.compactMap(\.self) {
            let isHeld = try Row.fetchOne(
                database, sql: "SELECT 1 FROM version WHERE ? IN (artefact_hash, profile_hash, report_hash) LIMIT 1", arguments: [hash])
            if isHeld == nil { try database.execute(sql: "DELETE FROM artefact WHERE hash = ?", arguments: [hash]) }
        }
    }

    /// Replaces a version's row.
    public func update(_ record: VersionRecord) throws {
        try checkReplaceable("version", "\(record.deployment) v\(record.number)")
        try database.execute(
            sql: "UPDATE version SET state = ?, blessed = ?, payload = ? WHERE deployment = ? AND number = ?",
            arguments: [record.state, record.blessed, record.payload, record.deployment, record.number])
        guard database.changesCount == 1 else { throw StoreFailure.notFound("\(record.deployment) v\(record.number)") }
    }
}

extension ControlStore {
    /// Stores bytes under their SHA-256, which is taken before the writer is held.
    public func storeArtefact(_ bytes: [UInt8]) throws(StoreFailure) -> String {
        let hash = try Self.artefactHash(bytes)
        let data = Data(bytes)
        try write { transaction in
            try transaction.database.execute(sql: "INSERT OR IGNORE INTO artefact VALUES (?, ?)", arguments: [hash, data])
        }
        return hash
    }

    static func artefactHash(_ bytes: [UInt8]) throws(StoreFailure) -> String {
        guard bytes.count <= ControlTransaction.artefactLimit else {
            throw .full("artefact of \(bytes.count) bytes: at most \(ControlTransaction.artefactLimit): train a smaller model")
        }
        return HexText.encode(SHA256.hash(data: bytes))
    }
}
