public import Tabular

/// The logged row of a prediction.
public struct LoggedRow: Sendable, Equatable {
    /// When it was answered, UTC milliseconds.
    public var time: Int64
    /// Raw values in the order of the schema that it was answered by.
    public var features: [Double]
    /// The version that answered it.
    public var version: UInt32
    /// What was answered, one value an output.
    public var scores: [Double]
}

extension TelemetryStore {
    /// The logged rows of those predictions that are in the log.
    ///
    /// Complexity: O(ids log blocks), and the decoding of each block that has one of them, once.
    public func rows(of ids: [RowID], deployment: String) throws(StoreFailure) -> [RowID: LoggedRow] {
        var wanted: [Int64: Set<RowID>] = [:]
        for id in ids {
            if let number = try blockNumber(of: id, deployment: deployment) { wanted[number, default: []].insert(id) }
        }
        var found: [RowID: LoggedRow] = [:]
        for (number, ids) in wanted {
            guard let block = try block(number, deployment: deployment) else { continue }
            for (index, id) in block.ids.enumerated() where ids.contains(id) {
                found[id] = LoggedRow(
                    time: block.times[index], features: Array(block.features[(index * block.width)..<((index + 1) * block.width)]),
                    version: block.versions[index], scores: Array(block.scores[(index * block.outputs)..<((index + 1) * block.outputs)]))
            }
        }
        return found
    }
}
