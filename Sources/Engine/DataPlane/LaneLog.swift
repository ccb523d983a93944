import Tabular

/// The rows of a lane on their way to the log: the block that is being filled, and those that are full or old until they are harvested.
struct LaneLog {
    private var block: TrafficBlock
    private var started: Int64 = 0
    /// The number of the block that is being filled.
    private var number: UInt64 = 0
    private var filled = FilledBlocks()
    /// Where the rows of the newest request stand; nil where there was no room.
    private(set) var last: LoggedPlace?

    init(deployment: String, width: Int, outputs: Int) { block = TrafficBlock(deployment: deployment, width: width, outputs: outputs) }

    /// Appends a request's rows; false, and nothing is logged, when too many blocks wait to be harvested.
    ///
    /// - Parameters:
    ///   - rows: row-major `[count, width]`.
    ///   - scores: row-major `[count, outputs]`.
    mutating func append(
        id: PredictionID, key: ArmKey, learnt: UInt32?, rows: UnsafePointer<Double>, count: Int, clientID: String?, trace: TraceID?,
        scores: UnsafePointer<Double>, milliseconds: Int64, latency: UInt32
    ) -> Bool {
        guard filled.count < LoopState.waitingBlocks else {
            last = nil
            return false
        }
        if block.count == 0 { started = milliseconds }
        block.answering(learnt: learnt)
        last = LoggedPlace(block: number, row: block.count)
        if let clientID { block.clientIDs[block.count] = clientID }
        if let trace { block.traces[block.count] = trace }
        if count == 1 {
            block.ids.append(RowID(base: id, row: 0))
            block.times.append(milliseconds)
            block.versions.append(key.version)
            block.arms.append(key.arm)
            block.latencies.append(latency)
        } else {
            block.ids.append(contentsOf: (0..<count).lazy.map { RowID(base: id, row: UInt32(truncatingIfNeeded: $0)) })
            block.times.append(contentsOf: repeatElement(milliseconds, count: count))
            block.versions.append(contentsOf: repeatElement(key.version, count: count))
            block.arms.append(contentsOf: repeatElement(key.arm, count: count))
            block.latencies.append(contentsOf: repeatElement(latency, count: count))
        }
        block.scores.append(contentsOf: UnsafeBufferPointer(start: scores, count: count * block.outputs))
        block.features.append(contentsOf: UnsafeBufferPointer(start: rows, count: count * block.width))
        if block.count >= LoopState.blockRows { close(at: milliseconds) }
        return true
    }

    private mutating func close(at milliseconds: Int64) {
        let room = min(block.count, LoopState.blockRows)
        let empty = TrafficBlock(deployment: block.deployment, width: block.width, outputs: block.outputs, capacity: room)
        filled.append(block, number: number, at: milliseconds)
        block = empty
        number += 1
    }

    /// Takes blocks that are full or old; all of them when `flushing`.
    mutating func harvest(flushing: Bool, at milliseconds: Int64) -> [TrafficBlock] {
        if block.count > 0, flushing || milliseconds - started >= LoopState.blockAgeMilliseconds { close(at: milliseconds) }
        return filled.take(flushing: flushing, at: milliseconds)
    }

    /// A row that has not left yet.
    func row(_ id: RowID) -> LoggedRow? {
        if let index = block.position(of: id) { return LoggedRow(block, at: index) }
        return filled.row(id)
    }

    // MARK: Shadows

    /// Shadows have begun to score rows of the newest request.
    mutating func mirrored(_ rows: Int) { if let last { filled.expect(rows, of: last.block) } }

    /// Shadows have done with rows of a block, or have given them up.
    mutating func settle(_ rows: Int, of block: UInt64) { filled.settle(rows, of: block) }

    /// Puts scores beside the rows of a block that has not left yet.
    mutating func add(_ scores: FurtherScores, to block: UInt64) {
        guard !scores.rows.isEmpty else { return }
        if !filled.add(scores, to: block), block == number { self.block.add(scores) }
    }
}
