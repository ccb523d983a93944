import Tabular

extension TrafficBlock {
    /// The rows at those positions, in that order.
    ///
    /// Positions must exist.
    func selecting(_ positions: [Int]) -> TrafficBlock {
        var result = TrafficBlock(deployment: deployment, width: width, outputs: outputs, capacity: positions.count)
        for (target, row) in positions.enumerated() {
            if !liveRuns.isEmpty { result.answering(learnt: learnt(row)) }
            result.ids.append(ids[row])
            result.times.append(times[row])
            result.versions.append(versions[row])
            result.arms.append(arms[row])
            result.latencies.append(latencies[row])
            result.scores.append(contentsOf: scores[(row * outputs)..<((row + 1) * outputs)])
            result.features.append(contentsOf: features[(row * width)..<((row + 1) * width)])
            if let client = clientIDs[row] { result.clientIDs[target] = client }
            if let trace = traces[row] { result.traces[target] = trace }
        }
        if !further.isEmpty { result.further = further.compactMap { selecting(positions, of: $0) } }
        return result
    }

    private func selecting(_ positions: [Int], of scores: FurtherScores) -> FurtherScores? {
        let places = Dictionary(zip(scores.rows.map(Int.init), scores.rows.indices), uniquingKeysWith: { a, _ in a })
        var result = FurtherScores(version: scores.version, rows: [], scores: [])
        for (target, row) in positions.enumerated() {
            guard let place = places[row] else { continue }
            result.rows.append(UInt32(target))
            result.scores += scores.scores[(place * outputs)..<((place + 1) * outputs)]
        }
        return result.rows.isEmpty ? nil : result
    }

    /// The rows from a time on and before another; nil when there is none.
    ///
    /// Complexity: O(rows).
    func rows(from: Int64, until: Int64) -> TrafficBlock? {
        let positions = times.indices.filter { times[$0] >= from && times[$0] < until }
        if positions.count == count { return self }
        return positions.isEmpty ? nil : selecting(positions)
    }
}
