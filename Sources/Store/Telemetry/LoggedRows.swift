public import Tabular

extension TelemetryStore {
    /// The logged rows of those predictions that are in the log, or were kept before it.
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
                found[id] = LoggedRow(block, at: index)
            }
        }
        let missing = ids.filter { found[$0] == nil }
        if !missing.isEmpty { found.merge(try early(rows: missing, deployment: deployment)) { logged, _ in logged } }
        return found
    }
}
