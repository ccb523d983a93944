import Engine
import Foundation
import Synchronization
import Tabular

/// What an operator holds still of the traffic log: the newest row that shows, and how many there were then.
struct HeldTail: Equatable, Sendable {
    var mark: PredictionMark
    /// Predictions since the deployment's creation at that moment.
    var predictions: Int64
}

/// Predictions of a deployment in pages, newest first: the live tail, or what stands still behind a held row.
struct PredictionRows: Sendable {
    /// What is known of the newest page.
    enum Condition: Equatable, Sendable {
        case ready
        case loading
        case failed(String)
    }

    /// Rows a page: more than a screen, few enough to be filtered at every key.
    static let page = 300

    let condition: Condition
    /// What the rows are made of; nil until a page has come.
    let schema: Schema?
    /// Rows that pass the filter, newest first.
    let rows: [PredictionRow]
    /// The newest row, whether the filter shows it or not.
    let newest: PredictionMark?
    /// How many rows the filter looked at.
    let looked: Int
    /// Whether there are older ones than those that were looked at.
    let hasOlder: Bool

    /// The first page, and the next one behind each full page that has come, up to so many.
    static func queries(_ deployment: String, _ held: HeldTail?, pages count: Int, in pages: Pages) -> [HistoryQuery] {
        var queries = [query(deployment, held?.mark)]
        while queries.count < count, let last = queries.last, let page = content(pages[last]), page.hasOlder, let row = page.rows.last {
            queries.append(query(deployment, row.mark))
        }
        return queries
    }

    private static func query(_ deployment: String, _ mark: PredictionMark?) -> HistoryQuery {
        .predictions(deployment: deployment, upTo: mark, limit: page)
    }

    private static func content(_ state: PageState) -> PredictionPage? {
        guard case .ready(let page) = state, case .predictions(let content) = page.content else { return nil }
        return content
    }

    init(_ deployment: String, _ held: HeldTail?, depth: Int, _ filter: RowFilter, _ context: ScreenContext) {
        let queries = Self.queries(deployment, held, pages: depth, in: context.pages)
        var all: [PredictionRow] = []
        var newest: PredictionPage?
        var oldest: PredictionPage?
        for query in queries {
            guard let page = Self.content(context.pages[query]) else { break }
            // A page begins with the row that the one before ends with.
            all += page.rows.first?.id == all.last?.id ? page.rows.dropFirst() : page.rows[...]
            newest = newest ?? page
            oldest = page
        }
        var condition = Condition.ready
        if newest == nil {
            condition = Self.condition(context.pages[queries[0]])
            // The live tail stands in for the held one until that has come: its rows are the same.
            if let held, let live = Self.content(context.pages[Self.query(deployment, nil)]) {
                condition = .ready
                (newest, oldest) = (live, live)
                all = live.rows.filter { $0.mark <= held.mark }
            }
        }
        if context.isPast { all.removeAll { $0.time > context.asOf } }
        self.condition = condition
        schema = newest?.schema
        self.newest = all.first?.mark
        looked = all.count
        hasOlder = oldest?.hasOlder ?? false
        guard filter.isActive, let schema else {
            rows = all
            return
        }
        let zone = context.timeZone
        rows = all.filter { filter.accepts(PredictionTable.searchTexts($0, schema, zone: zone)) }
    }

    private static func condition(_ state: PageState) -> Condition {
        guard case .ready(let page) = state else { return .loading }
        if case .failed(let reason) = page.content { return .failed(reason) }
        return .failed("the engine gave another answer than the one that was asked for")
    }

    /// The rows by identity.
    ///
    /// Complexity: O(rows) to find one.
    var order: RowOrder<RowID> {
        let rows = rows
        return RowOrder(
            count: rows.count, id: { rows.indices.contains($0) ? rows[$0].id : nil }, index: { id in rows.firstIndex { $0.id == id } })
    }

    /// The row of an id.
    func row(_ id: RowID?) -> PredictionRow? { id.flatMap { id in rows.first { $0.id == id } } }
}

/// The last answer: a frame asks several times, and a filter over thousands of rows takes milliseconds.
///
/// Not part of a screen's value: it only remembers what a pure function said.
final class PredictionMemory: Sendable {
    private struct Key: Equatable {
        var held: HeldTail?
        var depth: Int
        var filter: RowFilter
        var zone: TimeZone
        /// The time that is shown, where that cuts rows off.
        var past: Int64?
        /// When each page was true; 0 for one that has not come.
        var pages: [Int64]
    }

    private let last = Mutex<(key: Key, rows: PredictionRows)?>(nil)

    func rows(_ deployment: String, _ held: HeldTail?, depth: Int, _ filter: RowFilter, _ context: ScreenContext) -> PredictionRows {
        var queries = PredictionRows.queries(deployment, held, pages: depth, in: context.pages)
        if held != nil { queries += PredictionRows.queries(deployment, nil, pages: 1, in: context.pages) }
        let times = queries.map { query -> Int64 in
            guard case .ready(let page) = context.pages[query] else { return 0 }
            return page.asOf
        }
        let key = Key(
            held: held, depth: depth, filter: filter, zone: context.timeZone, past: context.isPast ? context.asOf : nil, pages: times)
        return last.withLock { last in
            if let last, last.key == key { return last.rows }
            let rows = PredictionRows(deployment, held, depth: depth, filter, context)
            last = (key, rows)
            return rows
        }
    }
}
