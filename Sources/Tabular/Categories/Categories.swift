import Synchronization

/// The dictionaries of a deployment or of a table: one for each categorical column, made when it is first asked for.
public final class Categories: Sendable {
    private struct State {
        var dictionaries: [String: CategoryDictionary] = [:]
    }

    /// What a column's dictionary begins as.
    private let beginning: CategoryDictionary
    private let state = Mutex(State())
    private let changes = Atomic<Int>(0)

    /// Dictionaries of a table, in each of which entry *i* of `texts` has code *i*; repeated texts are dropped.
    public init(_ texts: [String] = []) {
        beginning = CategoryDictionary(limits: CategoryLimits(), isOfTable: true)
        for text in texts { beginning.pin(text) }
    }

    /// Dictionaries of a deployment, with what is stored of them.
    public init(stored entries: [CategoryEntry], limits: CategoryLimits = CategoryLimits()) {
        beginning = CategoryDictionary(limits: limits, isOfTable: false)
        let inherited = entries.filter { $0.feature == nil }
        for (feature, own) in Dictionary(grouping: entries.filter { $0.feature != nil }, by: { $0.feature ?? "" }) {
            let dictionary = CategoryDictionary(limits: limits, isOfTable: false).copy(for: feature)
            // Its own first: a text that every column had and that this one has used since is its own.
            dictionary.restore(own + inherited)
            state.withLock { $0.dictionaries[feature] = dictionary }
        }
        beginning.restore(inherited)
    }

    private init(beginning: CategoryDictionary, dictionaries: [String: CategoryDictionary]) {
        self.beginning = beginning
        state.withLock { $0.dictionaries = dictionaries }
    }

    /// The dictionary of a column.
    ///
    /// Complexity: O(1); the first time a copy is made of what columns begin as.
    public subscript(feature: String) -> CategoryDictionary {
        state.withLock { state in
            if let dictionary = state.dictionaries[feature] { return dictionary }
            let dictionary = beginning.copy(for: feature)
            state.dictionaries[feature] = dictionary
            return dictionary
        }
    }

    /// The dictionaries as they are now, independent from now on: what is pinned in the copy is pinned there only.
    public func copy() -> Categories {
        let dictionaries = state.withLock { $0.dictionaries }
        return Categories(
            beginning: beginning.copy(for: nil), dictionaries: dictionaries.reduce(into: [:]) { $0[$1.key] = $1.value.copy(for: $1.key) })
    }

    /// The columns whose dictionaries have been asked for, by name.
    package var all: [CategoryDictionary] {
        state.withLock { $0.dictionaries }.sorted { $0.key < $1.key }.map(\.value)
    }

    /// How full each column is, the fullest first.
    public var fills: [CategoryFill] { all.map(\.fill).sorted { ($1.share, $0.feature) < ($0.share, $1.feature) } }

    /// How many texts of trainings found no room since these were made or copied, by column.
    package var refusedPins: [String: Int] {
        all.reduce(into: [:]) { counts, dictionary in
            if dictionary.refusedPins > 0 { counts[dictionary.feature ?? ""] = dictionary.refusedPins }
        }
    }

    /// The first column in which more texts of trainings found no room than `before`; nil when all found some.
    package func overfull(since before: [String: Int] = [:]) -> String? {
        refusedPins.filter { $0.value > before[$0.key, default: 0] }.keys.min()
    }

    /// Grows when texts are given up: whoever remembers codes forgets them then.
    public var generation: Int { changes.load(ordering: .acquiring) }

    /// Gives up what no stored row has any more.
    ///
    /// `deleting` removes the entries of a column from the store before they go here; when it throws, nothing goes.
    package func sweep<Failure: Error>(
        oldest: Int64, now: Int64, deleting: (_ feature: String, _ codes: [Int32]) throws(Failure) -> Void
    ) throws(Failure) {
        var gone = 0
        for dictionary in all {
            let codes = dictionary.unused(oldest: oldest)
            if !codes.isEmpty { try deleting(dictionary.feature ?? "", codes) }
            gone += dictionary.giveUp(codes, at: now)
        }
        let inherited = beginning.unused(oldest: oldest)
        if !inherited.isEmpty { _ = beginning.giveUp(inherited, at: now) }
        if gone > 0 { changes.add(1, ordering: .releasing) }
    }
}
