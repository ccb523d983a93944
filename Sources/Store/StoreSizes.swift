import GRDB

/// How much of what grows there is, counted without reading it.
extension StoreFile {
    /// Bytes in use; the file is larger by the pages that wait to be used again.
    func usedBytes() throws(StoreFailure) -> Int64 {
        try read { database in
            func pragma(_ name: String) throws -> Int64 { try Row.fetchOne(database, sql: "PRAGMA \(name)")?.integer(at: 0) ?? 0 }
            return try (pragma("page_count") - pragma("freelist_count")) * pragma("page_size")
        }
    }
}

/// What grows in `control.db`.
public struct ControlSizes: Sendable, Equatable {
    /// Bytes of models, profiles and reports.
    public var artefactBytes: Int64
    /// Jobs that have ended.
    public var endedJobs: Int64
    /// Alerts that are resolved.
    public var resolvedAlerts: Int64
    /// Rows of the journal.
    public var journalRows: Int64
}

extension ControlStore {
    /// Counts what grows.
    ///
    /// Complexity: O(artefacts + ended jobs + resolved alerts), of each a word: SQLite tells the length of bytes without reading them.
    public func sizes() throws(StoreFailure) -> ControlSizes {
        try read { reader in
            func number(_ sql: String) throws -> Int64 { try Row.fetchOne(reader.database, sql: sql)?.integer(at: 0) ?? 0 }
            return ControlSizes(
                artefactBytes: try number("SELECT COALESCE(SUM(LENGTH(bytes)), 0) FROM artefact"),
                endedJobs: try number("SELECT COUNT(*) FROM job WHERE state NOT IN ('queued', 'running')"),
                resolvedAlerts: try number("SELECT COUNT(*) FROM alert WHERE state = 'resolved'"),
                // Without gaps: the ends tell it.
                journalRows: try number("SELECT COALESCE(MAX(sequence) - MIN(sequence) + 1, 0) FROM journal"))
        }
    }
}

extension LabelStore {
    /// Bytes in use.
    public func usedBytes() throws(StoreFailure) -> Int64 { try file.usedBytes() }
}

extension TelemetryStore {
    /// Bytes in use.
    public func usedBytes() throws(StoreFailure) -> Int64 { try file.usedBytes() }

    /// Rows that were learnt from before their block was stored.
    public func earlyRows() throws(StoreFailure) -> Int64 {
        try file.read { try Row.fetchOne($0, sql: "SELECT COUNT(*) FROM early_row")?.integer(at: 0) ?? 0 }
    }
}
