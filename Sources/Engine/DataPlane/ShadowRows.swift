import Tabular

/// Answered rows that a shadow scores, and where they stand in the log.
///
/// Gathered on an event loop, scored elsewhere, taken back by the lane. A value.
public struct ShadowRows: Sendable {
    /// Who scores them.
    public let version: LoadedVersion
    /// Row-major `[count, width]` raw values.
    public private(set) var rows: [Double] = []
    /// Rows.
    public private(set) var count = 0
    /// Requests that they came in.
    public private(set) var requests = 0
    /// The first score of each row, as it was answered.
    private(set) var answered: [Double] = []
    /// The block that each row was logged in, and its place there; none for a row that the log had no room for.
    private(set) var places: [LoggedPlace?] = []

    /// Makes an empty batch.
    public init(version: LoadedVersion) { self.version = version }

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
        for row in 0..<count {
            answered.append(scores[row * outputs])
            places.append(first.map { LoggedPlace(block: $0.block, row: $0.row + row) })
        }
        self.count += count
        requests += 1
    }
}

/// Where a row stands in a lane's log.
public struct LoggedPlace: Sendable, Equatable {
    /// The block, by its number in the lane.
    var block: UInt64
    /// Its place in the block.
    var row: Int
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
