import Tabular

/// A pass over all rows by a team of threads whose sums do not depend on their number.
///
/// The rows are cut into slabs, a slab into a fixed number of blocks, and block `i` of every slab is added to sum `i`, in order. The sums are
/// then added in order by the caller. Between slabs the team stops, so that a cancel is noticed and serving gets its turn.
struct RowBlocks {
    /// Sums that are kept apart.
    let sums: Int
    /// Rows of a block.
    let blockRows: Int

    /// For sums of `entries` numbers each: few sums where they are large, and short blocks, so that a slab takes well under a second.
    init(entries: Int) {
        sums = entries > 4_000_000 ? 1 : entries > 1_000_000 ? 2 : 4
        blockRows = min(max(4_000_000_000 / max(1, entries), 512), 8_192)
    }

    /// Calls `work` with a sum's number and the rows to add to it.
    func forEach(
        rows: Int, team: WorkerTeam, hooks: TrainingHooks, _ work: @escaping @Sendable (_ sum: Int, _ rows: Range<Int>) -> Void
    ) throws(LearningFailure) {
        let sums = sums
        let blockRows = blockRows
        let threads = team.count
        for slab in stride(from: 0, to: rows, by: sums * blockRows) {
            try hooks.checkpoint()
            team.run { thread in
                for sum in stride(from: thread, to: sums, by: threads) {
                    let start = slab + sum * blockRows
                    if start < rows { work(sum, start..<min(rows, start + blockRows)) }
                }
            }
        }
    }
}
