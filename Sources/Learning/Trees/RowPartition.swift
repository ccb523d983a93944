import COpenBLAS

/// The training rows in an order in which the rows of each leaf lie together, those of one leaf ascending.
final class RowPartition {
    private static let leastRows = 8_192

    let order: Buffer<Int32>
    private let scratch: Buffer<Int32>
    private let team: WorkerTeam

    init(rows: Int, team: WorkerTeam) {
        taken = rows
        order = Buffer(repeating: 0, count: rows)
        scratch = Buffer(repeating: 0, count: rows)
        self.team = team
    }

    /// Rows that the tree learns from: the first of the order.
    private(set) var taken: Int

    /// All rows in one leaf, or a sample of these, behind which the others come.
    func reset(_ sampling: TreeSampling, salt: UInt64) {
        guard sampling.rows >= 1 else {
            taken = sampling.order(order, salt: salt)
            return
        }
        let order = order
        team.divide(0..<order.count, least: Self.leastRows) { _, part in
            for row in part { order.base[row] = Int32(truncatingIfNeeded: row) }
        }
    }

    /// Parts a leaf's rows in place, those that go left first, and returns where the others begin.
    ///
    /// Each thread parts a share of the places; the shares are then moved together, so that the order is the same for any number of threads.
    func split(_ places: Range<Int>, column: UnsafeMutablePointer<UInt8>, goesLeft: [UInt8]) -> Int {
        let task = Task(order: order, scratch: scratch, goesLeft: goesLeft)
        // The levels are only read, by all threads; each writes its own share of the places.
        nonisolated(unsafe) let column = column
        guard team.count > 1, places.count > Self.leastRows else {
            let middle = task.part(places, column)
            (order.base + middle).update(from: scratch.base + places.lowerBound, count: places.upperBound - middle)
            return middle
        }
        let shares = (0..<team.count).map { WorkerTeam.part(places, $0, of: team.count) }
        let middles = Buffer(repeating: 0, count: team.count)
        team.run { thread in middles.base[thread] = task.part(shares[thread], column) }
        var end = places.lowerBound
        for (thread, share) in shares.enumerated() {
            let count = middles.base[thread] - share.lowerBound
            // The shares before this one have left room: what is overwritten has been moved.
            if end < share.lowerBound { (order.base + end).update(from: order.base + share.lowerBound, count: count) }
            end += count
        }
        var next = end
        for (thread, share) in shares.enumerated() {
            let count = share.upperBound - middles.base[thread]
            (order.base + next).update(from: scratch.base + share.lowerBound, count: count)
            next += count
        }
        return end
    }

    /// What the threads share.
    private struct Task: Sendable {
        let order: Buffer<Int32>
        let scratch: Buffer<Int32>
        /// 1 for the bins that go left.
        let goesLeft: [UInt8]

        /// Moves the rows that go left to the front of the places and the others to the scratch, from the places' start on.
        ///
        /// Both are written for every row and one of the two ends moves on: there is no branch to guess.
        func part(_ places: Range<Int>, _ column: UnsafeMutablePointer<UInt8>) -> Int {
            let (order, scratch) = (order.base, scratch.base)
            var left = places.lowerBound
            var right = places.lowerBound
            goesLeft.withUnsafeBufferPointer { goesLeft in
                for place in places {
                    let row = order[place]
                    let isLeft = Int(goesLeft[Int(column[Int(row)])])
                    order[left] = row
                    scratch[right] = row
                    left &+= isLeft
                    right &+= 1 &- isLeft
                }
            }
            return left
        }
    }
}
