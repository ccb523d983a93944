package import GRDB

/// For whoever writes into a store beside the engine and means it: what such a connection writes adds up, as what the engine writes does.
package enum SummedConnection {
    /// To be called for a connection that writes, before it does.
    package static func prepare(_ database: Database, store: String) throws {
        try RowChecksum.register(database)
        guard !database.configuration.readonly else { return }
        try CheckedTable.maintain(store, database)
    }
}
