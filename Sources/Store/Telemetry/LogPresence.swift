import GRDB
public import Tabular

/// Whether the log has a prediction.
public enum LogPresence: Sendable, Equatable {
    /// It is stored.
    case logged
    /// It is not stored, but may be on its way.
    case awaited
    /// It is not stored and will not be: it was never made, was not logged, or has gone with its age.
    case gone
}

extension TelemetryStore {
    /// Whether the log has a prediction, may still get it, or never will.
    ///
    /// A loop's blocks are stored in the order of their ids: what is not there below the newest of its loop never comes, nor does what an earlier
    /// start of the engine made. Complexity: as `contains`.
    ///
    /// - Parameter epoch: the engine's boot epoch.
    public func presence(of id: RowID, deployment: String, epoch: UInt32) throws(StoreFailure) -> LogPresence {
        // First how far the log is: what is stored meanwhile is then found.
        let newest = try newestBase(deployment: deployment, epoch: id.base.epoch, loop: id.base.loop)
        if try contains(id, deployment: deployment) { return .logged }
        if id.base.epoch < epoch { return .gone }
        return newest.map { id.base.sequence < $0.sequence } == true ? .gone : .awaited
    }

    private func newestBase(deployment: String, epoch: UInt32, loop: Int) throws(StoreFailure) -> PredictionID? {
        let first = PredictionID(epoch: epoch, loop: loop, sequence: 0)
        let last = PredictionID(epoch: epoch, loop: loop, sequence: .max)
        return try file.read { database in
            try Row.fetchOne(
                database,
                sql:
                    "SELECT last_base FROM block WHERE deployment = ? AND first_base BETWEEN ? AND ? ORDER BY first_base DESC, id DESC LIMIT 1",
                arguments: [deployment, first.key, last.key]
            ).map { PredictionID(key: try $0.integer("last_base")) }
        }
    }
}
