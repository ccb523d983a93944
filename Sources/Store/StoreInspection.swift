import GRDB

/// Looks into stores without opening them for writing and without bringing them up to date; an engine may have them open.
public enum StoreInspection {
    /// Reads of the registry as it stands; nil when there is none.
    ///
    /// Each call is one consistent view: keep it short.
    public static func control<T>(directory: String, _ body: (ControlReader) throws -> T) throws(StoreFailure) -> T? {
        try read("control", directory) { try body(ControlReader($0)) }
    }

    /// Rows of `labels.db` that cannot be read, the oldest.
    ///
    /// Complexity: reads all labels.
    public static func damagedLabels(directory: String, limit: Int) throws(StoreFailure) -> [DamagedRecord] {
        try read("labels", directory) { database in
            try LabelStore.damagedLabels(database, limit: limit) + LabelStore.counts(database).damaged
        } ?? []
    }

    /// Rows that do not add up, of the tables that no other walk reads row by row; the first so many of each.
    ///
    /// Complexity: reads these tables whole.
    package static func damagedRows(_ name: String, directory: String, limit: Int) throws(StoreFailure) -> [DamagedRecord] {
        try read(name, directory) { database in
            try CheckedTable.walkedBySum(of: name).flatMap { try $0.damaged(database, file: "\(name).db", limit: limit) }
        } ?? []
    }

    static func read<T>(_ name: String, _ directory: String, _ body: (Database) throws -> T) throws(StoreFailure) -> T? {
        let path = "\(directory)/\(name).db"
        guard StoreDirectory.size(path) > 0 else { return nil }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { try RowChecksum.register($0) }
            return try DatabaseQueue(path: path, configuration: configuration).read(body)
        } catch { throw StoreFailure(error, store: name, path: path) }
    }
}
