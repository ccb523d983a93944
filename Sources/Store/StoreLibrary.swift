import GRDB

/// The library beneath the stores.
public enum StoreLibrary {
    /// SQLite's version, such as `3.40.1`; `unknown` when it does not answer.
    public static var version: String {
        let answer = try? DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") }
        return (answer ?? nil) ?? "unknown"
    }
}
