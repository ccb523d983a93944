import GRDB

/// The control store as somebody with a database tool opens it, behind the engine's back.
enum ControlDatabase {
    /// A connection that waits for its turn: an engine, running or just stopped, may be writing.
    static func open(_ directory: String, _ store: String = "control") throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: directory + "/store/\(store).db", configuration: configuration)
    }
}
