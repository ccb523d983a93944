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

    private(set) var condition: Condition
    /// What the rows are made of; nil until a page has come.
    private(set) var schema: Schema?
    /// Rows that pass the filter, newest first.
    private(set) var rows: [PredictionRow] = []
    /// The newest row, whether the filter shows it or not.
    private(set) var newest: PredictionMark?
    /// How many rows the filter looked at.
    private(set) var looked = 0
    /// Whether there are older ones than those that were looked at.
    private(set) var hasOlder = false
    private var oldest: RowID?

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

    /// - Parameter passing: the rows of a page that the filter keeps.
    init(
        _ deployment: String, _ held: HeldTail?, depth: Int, _ context: ScreenContext,
        passing: (HistoryQuery, HistoryPage, PredictionPage) -> [PredictionRow]
    ) {
        var queries = Self.queries(deployment, held, pages: depth, in: context.pages)
        condition = Self.condition(of: queries[0], in: context.pages)
        if condition != .ready, held != nil {
            // The live tail stands in for the held one until that has come: its rows are the same.
            queries = Self.queries(deployment, nil, pages: 1, in: context.pages)
            condition = Self.condition(of: queries[0], in: context.pages)
        }
        func shows(_ row: PredictionRow) -> Bool {
            (held.map { row.mark <= $0.mark } ?? true) && !(context.isPast && row.time > context.asOf)
        }
        for query in queries {
            guard case .ready(let page) = context.pages[query], let content = Self.content(.ready(page)) else { break }
            // A page begins with the row that the one before ends with.
            let seam = oldest
            let own = content.rows.filter { shows($0) && $0.id != seam }
            rows += passing(query, page, content).filter { shows($0) && $0.id != seam }
            looked += own.count
            newest = newest ?? own.first?.mark
            oldest = content.rows.last?.id ?? oldest
            hasOlder = content.hasOlder
            schema = schema ?? content.schema
        }
    }

    private static func condition(of query: HistoryQuery, in pages: Pages) -> Condition {
        guard case .ready(let page) = pages[query] else { return .loading }
        switch page.content {
        case .predictions: return .ready
        case .failed(let reason): return .failed(reason)
        default: return .failed("the engine gave another answer than the one that was asked for")
        }
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

/// What was said last: a frame asks several times, and a filter over a page takes milliseconds.
///
/// Not part of a screen's value: it only remembers what pure functions said.
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

    private struct State {
        var last: (key: Key, rows: PredictionRows)?
        var filter = RowFilter()
        var zone = TimeZone.gmt
        /// By page: when it was true, and which of its rows pass.
        var passing: [HistoryQuery: (asOf: Int64, rows: [PredictionRow])] = [:]
    }

    private let state = Mutex(State())

    func rows(_ deployment: String, _ held: HeldTail?, depth: Int, _ filter: RowFilter, _ context: ScreenContext) -> PredictionRows {
        var queries = PredictionRows.queries(deployment, held, pages: depth, in: context.pages)
        if held != nil { queries += PredictionRows.queries(deployment, nil, pages: 1, in: context.pages) }
        let times = queries.map { query -> Int64 in
            guard case .ready(let page) = context.pages[query] else { return 0 }
            return page.asOf
        }
        let zone = context.timeZone
        let key = Key(held: held, depth: depth, filter: filter, zone: zone, past: context.isPast ? context.asOf : nil, pages: times)
        return state.withLock { state in
            if let last = state.last, last.key == key { return last.rows }
            if state.filter != filter || state.zone != zone { (state.filter, state.zone, state.passing) = (filter, zone, [:]) }
            let known = state.passing
            state.passing = [:]
            let rows = PredictionRows(deployment, held, depth: depth, context) { query, page, content in
                guard filter.isActive else { return content.rows }
                if let passing = known[query], passing.asOf == page.asOf {
                    state.passing[query] = passing
                    return passing.rows
                }
                let cell = filter.cell(of: content.schema)
                let passing = content.rows.filter { row in
                    filter.accepts(row, cell) { PredictionTable.searchTexts(row, content.schema, zone: zone) }
                }
                state.passing[query] = (page.asOf, passing)
                return passing
            }
            state.last = (key, rows)
            return rows
        }
    }
}
