import Engine
import Store

/// The journal as one long list: the snapshot's newest rows, and older ones in pages as they come.
///
/// Rows are numbered without gaps from 1, so a row's place follows from its number, and no more of them are in memory than show. Pages begin at round
/// numbers: what is in them never changes.
struct JournalRows {
    /// The newest row that is shown; 0 without any.
    let newest: Int64
    private let recent: [JournalRow]
    private let pages: Pages

    /// Rows a page.
    static let page: Int64 = 200

    init(_ context: ScreenContext) {
        // A console that looks at the past sees what there was then.
        recent = context.isPast ? context.snapshot.recent.filter { $0.entry.time <= context.asOf } : context.snapshot.recent
        let oldest = context.snapshot.recent.last?.sequence ?? 1
        newest = recent.first?.sequence ?? max(0, oldest - 1)
        pages = context.pages
    }

    /// The oldest row of the snapshot; pages are needed for what stands before.
    private var oldestRecent: Int64 { recent.last?.sequence ?? newest + 1 }

    /// All rows in order, newest first.
    var order: RowOrder<Int64> {
        let newest = newest
        return RowOrder(
            count: Int(clamping: newest), id: { $0 >= 0 && Int64($0) < newest ? newest - Int64($0) : nil },
            index: { (1...max(1, newest)).contains($0) && newest > 0 ? Int(clamping: newest - $0) : nil })
    }

    /// What is known of a row.
    enum Found {
        case row(JournalRow)
        /// Its page has not come.
        case loading
        /// Its page came without it: somebody removed it.
        case missing
        /// Its page could not be read.
        case failed(String)
    }

    /// The row of a number.
    func row(_ sequence: Int64) -> Found {
        if sequence >= oldestRecent {
            // The snapshot's rows are newest first and without gaps, but a tampered journal need not be.
            let guess = Int(clamping: newest - sequence)
            if recent.indices.contains(guess), recent[guess].sequence == sequence { return .row(recent[guess]) }
            return recent.first { $0.sequence == sequence }.map(Found.row) ?? .missing
        }
        guard case .ready(let page) = pages[JournalRows.query(of: sequence)] else { return .loading }
        switch page.content {
        case .journal(let rows):
            if let row = rows.first(where: { $0.sequence == sequence }) { return .row(row) }
            // A page that is older than the row says nothing about it.
            return rows.contains { $0.sequence > sequence } ? .missing : .loading
        case .failed(let reason): return .failed(reason)
        default: return .missing
        }
    }

    /// The page that a row is in.
    static func query(of sequence: Int64) -> HistoryQuery {
        let index = max(0, sequence - 1) / page
        return .journal(before: index * page + page + 1, limit: Int(page), deployment: nil)
    }

    /// The pages needed to draw so many rows from a number downwards.
    func queries(from sequence: Int64, count: Int) -> [HistoryQuery] {
        let first = min(sequence, oldestRecent - 1)
        let last = max(1, sequence - Int64(max(0, count)))
        guard first >= last else { return [] }
        let indices = ((last - 1) / JournalRows.page)...((first - 1) / JournalRows.page)
        return indices.reversed().map { JournalRows.query(of: $0 * JournalRows.page + 1) }
    }

    /// The newest so many pages before the snapshot's rows: what a filter looks at.
    func olderQueries(pages count: Int) -> [HistoryQuery] {
        let first = oldestRecent - 1
        guard first >= 1 else { return [] }
        let index = (first - 1) / JournalRows.page
        return (0..<Int64(max(0, count))).compactMap { index - $0 >= 0 ? JournalRows.query(of: (index - $0) * JournalRows.page + 1) : nil }
    }

    /// Rows that a filter keeps among the snapshot's and the pages that have come, newest first; and how many it looked at.
    func filtered(_ filter: RowFilter, pages count: Int) -> (rows: [JournalRow], looked: Int) {
        var all = recent
        for query in olderQueries(pages: count) {
            guard case .ready(let page) = pages[query], case .journal(let rows) = page.content else { break }
            // A page that was asked for before it was full reaches into the one before.
            all += rows.filter { $0.sequence < all.last?.sequence ?? oldestRecent }
        }
        return (all.filter { filter.accepts(JournalRows.searchTexts($0.entry)) }, all.count)
    }

    /// What a filter looks at.
    static func searchTexts(_ entry: JournalEntry) -> [String] {
        [entry.actor, entry.verb, entry.deployment ?? "", entry.summary, entry.reason ?? ""]
    }
}
