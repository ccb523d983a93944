import Foundation
import GRDB
import Store

/// A second way into a workspace's stores.
enum ControlDatabase {
    /// A connection that waits for its turn: an engine, running or just stopped, may be writing.
    ///
    /// What it writes adds up.
    static func open(_ directory: String, _ store: String = "control") throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { try SummedConnection.prepare($0, store: store) }
        return try DatabaseQueue(path: directory + "/store/\(store).db", configuration: configuration)
    }
}
