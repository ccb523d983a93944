import GRDB
public import Tabular

/// One logged prediction.
public struct LoggedPrediction: Sendable, Equatable {
    /// Which one it is, and when it was answered.
    public var mark: PredictionMark
    /// The number of the version that answered.
    public var version: UInt32
    /// Labels that the learner which answered it had learnt since that version; nil where the version answered at rest.
    public var learnt: UInt32?
    /// The part of the traffic that it belongs to.
    public var arm: Arm
    /// Time from decoded request to computed score, nanoseconds.
    public var latencyNanoseconds: UInt32
    /// 1 for two classes and numbers, else one a class.
    public var scores: [Double]
    /// Raw values in the order of the schema that it was answered by.
    public var features: [Double]
    /// The request's own id, if it had one.
    public var clientID: String?
    /// The trace that its request belongs to, if the caller said so; of a request's first row.
    public var trace: TraceID?

    /// A row of a block, which must exist.
    package init(_ block: TrafficBlock, row: Int) {
        mark = PredictionMark(time: block.times[row], id: block.ids[row])
        version = block.versions[row]
        learnt = block.learnt(row)
        arm = block.arms[row]
        latencyNanoseconds = block.latencies[row]
        scores = Array(block.scores[(row * block.outputs)..<((row + 1) * block.outputs)])
        features = Array(block.features[(row * block.width)..<((row + 1) * block.width)])
        clientID = block.clientIDs[row]
        trace = block.traces[row]
    }
}

extension TelemetryStore {
    /// Blocks beside those that hold the newest rows: so many event loops may have written at the same time.
    private static let overlap = 64

    /// The newest rows of a deployment, newest first; with a mark those that are not newer than it.
    ///
    /// Blocks of several event loops overlap in time, so reading ends only where no further block can hold a newer row than those found.
    /// Complexity: the decoding of the newest blocks that hold `limit` rows, however much is stored; O(blocks) index entries beyond a mark.
    public func newest(deployment: String, upTo mark: PredictionMark?, limit: Int) throws(StoreFailure) -> [LoggedPrediction] {
        guard limit > 0 else { return [] }
        let (wanted, overflow) = limit.addingReportingOverflow(Self.overlap)
        let numbers = try file.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT id, last_time FROM block WHERE deployment = ? AND first_time <= ?
                    ORDER BY last_time DESC, first_time DESC, id DESC LIMIT ?
                    """,
                arguments: [deployment, mark?.time ?? .max, overflow ? limit : wanted]
            ).map { (number: try $0.integer("id"), lastTime: try $0.integer("last_time")) }
        }
        var blocks: [TrafficBlock] = []
        var found: [(mark: PredictionMark, block: Int, row: Int)] = []
        for (number, lastTime) in numbers {
            if found.count >= limit, lastTime < found[limit - 1].mark.time { break }
            // A short read for each block; one that retention has taken meanwhile is passed over.
            guard let block = try block(number, deployment: deployment) else { continue }
            for row in 0..<block.count {
                let own = PredictionMark(time: block.times[row], id: block.ids[row])
                if mark.map({ own <= $0 }) ?? true { found.append((own, blocks.count, row)) }
            }
            blocks.append(block)
            guard found.count >= limit else { continue }
            found.sort { $0.mark > $1.mark }
            found.removeSubrange(limit...)
        }
        found.sort { $0.mark > $1.mark }
        return found.map { LoggedPrediction(blocks[$0.block], row: $0.row) }
    }
}
