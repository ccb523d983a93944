import Learning
import Monitoring
import Tabular

/// Answered rows that a shadow scores, where they stand in the log, and what came of it.
///
/// Gathered on an event loop, scored on a thread that counts for less, taken back by the lane, and used again: whoever has it has it alone, and in the
/// steady state nothing is allocated on either side. A value.
public struct ShadowRows: Sendable {
    /// Who scores them.
    public private(set) var version: LoadedVersion
    /// Row-major `[count, width]` raw values.
    private var rows: [Double] = []
    /// Rows.
    public private(set) var count = 0
    /// Requests that they came in.
    public private(set) var requests = 0
    /// The first score of each row, as it was answered.
    private var answered: [Double] = []
    /// Which of them stand where in the log; rows that the log had no room for are in none.
    private(set) var runs: [LoggedRun] = []
    /// Row-major `[count, outputs]`, once they are scored.
    private(set) var scores: [Double] = []
    private(set) var findings: ShadowFindings

    /// Makes an empty batch.
    public init(version: LoadedVersion) {
        self.version = version
        findings = ShadowFindings(window: WindowCounts(version.profile, start: 0))
    }

    /// Values of the rows: what they take of a queue's room.
    public var values: Int { rows.count }

    /// Appends a request's rows.
    ///
    /// - Parameters:
    ///   - rows: row-major `[count, width]`.
    ///   - scores: row-major `[count, outputs]`, as answered.
    ///   - first: where the first of them was logged; the others follow it.
    public mutating func append(
        rows: UnsafePointer<Double>, width: Int, scores: UnsafePointer<Double>, outputs: Int, count: Int, first: LoggedPlace?
    ) {
        self.rows.append(contentsOf: UnsafeBufferPointer(start: rows, count: count * width))
        for row in 0..<count { answered.append(scores[row * outputs]) }
        if let first { note(first, count) }
        self.count += count
        requests += 1
    }

    private mutating func note(_ first: LoggedPlace, _ rows: Int) {
        if let last = runs.last, last.block == first.block, last.row + last.count == first.row, last.start + last.count == count {
            runs[runs.count - 1].count += rows
        } else {
            runs.append(LoggedRun(block: first.block, row: first.row, start: count, count: rows))
        }
    }

    /// Has the rows scored, and folds them into counts of their own; a row with a score that is no finite number is a failure.
    ///
    /// - Parameter nanoseconds: monotonic time.
    public mutating func score(_ nanoseconds: () -> UInt64) {
        let predictor = version.predictor
        let outputs = predictor.outputs
        let (count, rows) = (count, rows)
        let started = nanoseconds()
        scores.removeAll(keepingCapacity: true)
        scores.append(contentsOf: repeatElement(.nan, count: count * outputs))
        rows.withUnsafeBufferPointer { rows in
            scores.withUnsafeMutableBufferPointer { scores in
                guard let rows = rows.baseAddress, let scores = scores.baseAddress else { return }
                predictor.predict(rows: rows, count: count, into: scores)
            }
        }
        findings.nanoseconds = nanoseconds() &- started
        rows.withUnsafeBufferPointer { rows in
            guard let rows = rows.baseAddress else { return }
            for row in 0..<count {
                guard isScored(row, outputs) else {
                    findings.failed += 1
                    continue
                }
                let score = scores[row * outputs]
                findings.distanceSum += abs(score - answered[row])
                findings.window.add(rows + row * predictor.width, score: score)
            }
        }
    }

    func isScored(_ row: Int, _ outputs: Int) -> Bool {
        for output in 0..<outputs where !scores[row * outputs + output].isFinite { return false }
        return true
    }

    /// Empties it for the rows of another version, or of the same one; its memory stays.
    public mutating func reuse(for version: LoadedVersion) {
        if version.profile === self.version.profile {
            findings.clear()
        } else {
            findings = ShadowFindings(window: WindowCounts(version.profile, start: 0))
        }
        self.version = version
        rows.removeAll(keepingCapacity: true)
        answered.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
        scores.removeAll(keepingCapacity: true)
        count = 0
        requests = 0
    }
}

/// What a shadow's scores of a batch come to.
struct ShadowFindings: Sendable {
    /// The rows that were scored, against the version's training reference.
    var window: WindowCounts
    /// Rows with a score that is no finite number.
    var failed = 0
    /// Sum of the distances between its first score and the one that was answered.
    var distanceSum = 0.0
    /// What the scoring took, all rows together.
    var nanoseconds: UInt64 = 0

    mutating func clear() {
        window.reset(start: 0)
        failed = 0
        distanceSum = 0
        nanoseconds = 0
    }
}

/// Where a row stands in a lane's log.
public struct LoggedPlace: Sendable, Equatable {
    /// The block, by its number in the lane.
    var block: UInt64
    /// Its place in the block.
    var row: Int
}

/// Rows of a batch that stand behind one another in a block.
struct LoggedRun: Sendable, Equatable {
    var block: UInt64
    /// The first one's place in the block.
    var row: Int
    /// The first one's place in the batch.
    var start: Int
    var count: Int
}

/// Blocks of a lane that are full or old, until they are harvested; one whose rows a shadow is still scoring waits a little.
struct FilledBlocks {
    /// How long a block waits for scores of shadows, milliseconds.
    static let patience: Int64 = 2_000

    private struct Filled {
        var number: UInt64
        var block: TrafficBlock
        var closedAt: Int64
    }

    private var filled: [Filled] = []
    /// Rows that shadows are scoring, by block.
    private var awaited: [UInt64: Int] = [:]

    var count: Int { filled.count }
    var isEmpty: Bool { filled.isEmpty }

    mutating func append(_ block: TrafficBlock, number: UInt64, at milliseconds: Int64) {
        filled.append(Filled(number: number, block: block, closedAt: milliseconds))
    }

    func row(_ id: RowID) -> LoggedRow? {
        for filled in filled.reversed() {
            if let index = filled.block.position(of: id) { return LoggedRow(filled.block, at: index) }
        }
        return nil
    }

    /// Shadows have begun to score rows of that block.
    mutating func expect(_ rows: Int, of number: UInt64) { awaited[number, default: 0] += rows }

    /// They have done, or have given up.
    mutating func settle(_ rows: Int, of number: UInt64) {
        guard let left = awaited[number].map({ $0 - rows }) else { return }
        awaited[number] = left > 0 ? left : nil
    }

    /// Adds scores to a block that has not been harvested; false for one that has.
    mutating func add(_ scores: FurtherScores, to number: UInt64) -> Bool {
        guard let index = filled.firstIndex(where: { $0.number == number }) else { return false }
        filled[index].block.add(scores)
        return true
    }

    /// Takes what nothing is awaited of, or has been for too long; all of it when `flushing`.
    mutating func take(flushing: Bool, at milliseconds: Int64) -> [TrafficBlock] {
        var taken: [TrafficBlock] = []
        filled.removeAll { filled in
            guard flushing || awaited[filled.number] == nil || milliseconds - filled.closedAt >= Self.patience else { return false }
            taken.append(filled.block)
            awaited[filled.number] = nil
            return true
        }
        return taken
    }
}

extension TrafficBlock {
    /// Adds scores by another version, beside those of it that are there.
    mutating func add(_ scores: FurtherScores) {
        guard let index = further.firstIndex(where: { $0.version == scores.version }) else { return further.append(scores) }
        further[index].rows += scores.rows
        further[index].scores += scores.scores
    }
}
