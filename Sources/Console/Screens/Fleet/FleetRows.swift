import Engine
import Synchronization

/// The fleet's rows in order: which deployments pass the filter, and where each is.
///
/// Indices are those of the snapshot's deployments.
struct FleetRows: Sendable {
    let snapshot: Snapshot
    let indices: [Int]

    /// The deployments in the order of a sort; the default is the worst first, then by name.
    ///
    /// Complexity: O(n) for the default order, O(n log n) for others.
    init(_ snapshot: Snapshot, filter: RowFilter, sort: TableSort) {
        self.snapshot = snapshot
        let all = snapshot.deployments
        var shown = filter.isActive ? all.indices.filter { filter.accepts(Self.fields(all[$0])) } : Array(all.indices)
        if sort.key == FleetColumns.healthKey {
            // The snapshot is sorted by name, so dealing the rows into heaps keeps the names in order.
            var heaps = [[Int]](repeating: [], count: 5)
            for index in shown { heaps[all[index].concern].append(index) }
            shown = (sort.ascending ? heaps : heaps.reversed()).flatMap(\.self)
        } else if sort.key == FleetColumns.nameKey {
            if !sort.ascending { shown.reverse() }
        } else {
            let keyed = shown.map { (index: $0, key: FleetColumns.value(all[$0], key: sort.key)) }
            // Rows without a figure stand at the end in both directions.
            shown = keyed.sorted { a, b in
                guard let left = a.key, let right = b.key else {
                    return a.key != nil && b.key == nil || (a.key == nil) == (b.key == nil) && a.index < b.index
                }
                return left == right ? a.index < b.index : (left < right) == sort.ascending
            }.map(\.index)
        }
        indices = shown
    }

    var count: Int { indices.count }

    subscript(row: Int) -> DeploymentStatus { snapshot.deployments[indices[row]] }

    /// Rows by name, for a cursor that stays on one.
    var order: RowOrder<String> {
        let rows = self
        return RowOrder(
            count: count, id: { rows.indices.indices.contains($0) ? rows[$0].name : nil },
            index: { name in rows.indices.firstIndex { rows.snapshot.deployments[$0].name == name } })
    }

    /// What a filter looks at: the name, the word of its health, its versions, its algorithm.
    private static func fields(_ status: DeploymentStatus) -> [String] {
        [status.name, status.healthWords, status.champion.map { "v\($0)" } ?? "", status.algorithm ?? "", status.policy.automation]
    }
}

/// The last answer, so that keys between two snapshots do not sort ten thousand rows again.
///
/// Not part of a screen's value: it only remembers what a pure function said.
final class FleetMemory: Sendable {
    private struct Key: Equatable {
        var generation: UInt64
        var asOf: Int64
        var count: Int
        var filter: RowFilter
        var sort: TableSort
    }

    private let last = Mutex<(key: Key, rows: FleetRows)?>(nil)

    func rows(_ snapshot: Snapshot, filter: RowFilter, sort: TableSort) -> FleetRows {
        let key = Key(generation: snapshot.generation, asOf: snapshot.asOf, count: snapshot.deployments.count, filter: filter, sort: sort)
        return last.withLock { last in
            if let last, last.key == key { return last.rows }
            let rows = FleetRows(snapshot, filter: filter, sort: sort)
            last = (key, rows)
            return rows
        }
    }
}
