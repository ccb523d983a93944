import Synchronization

/// The dictionary of one column: category text ↔ small integer code.
///
/// Raw rows hold categories as codes, so that any version, also a later one, can be trained on them or rehearsed with them. Two kinds of text
/// have codes. Those that a training used are *pinned*: they keep theirs for good. Those that only traffic brought have room of their own;
/// where it is used up, a new text is `otherCode`. A text that only traffic brought is given up when no stored row has it any more, and its
/// code stands for another text only once no row under way can have it either. Readers take an immutable `CategoryTable`.
public final class CategoryDictionary: Sendable {
    /// The code of every text that has none of its own.
    public static let otherCode: Int32 = 65_535
    /// By how much the stored time of a text's newest row may lag, milliseconds.
    package static let seenLag: Int64 = 3_600_000
    /// How long a code that was given up rests before another text may have it, milliseconds.
    package static let restMilliseconds: Int64 = 600_000
    /// Sweeps that a text outlives which no stored row has: its rows may be on their way.
    private static let sweepsUnstored = 3

    /// The column's name; nil in what columns are made from.
    let feature: String?
    private let limits: CategoryLimits
    /// Whether it belongs to a table, all of whose texts are there to be learnt from.
    private let isOfTable: Bool
    private let state: Mutex<State>

    /// What is known of a text that only traffic brought.
    private struct Passing {
        /// Time of the newest stored row that has it.
        var seen: Int64?
        /// The same as it is stored.
        var saved: Int64?
        var sweeps = 0
        /// Every column had it when a deployment had one dictionary; it takes no room until a row of this column has it.
        var isInherited = false
    }

    private struct Resting {
        var codes: [Int32]
        var since: Int64
        var sweeps = 0
    }

    private struct State {
        var table = CategoryTable()
        var passing: [Int32: Passing] = [:]
        var inherited = 0
        var trafficBytes = 0
        var pinnedTexts = 0
        var pinnedBytes = 0
        /// Pinned codes that are not stored as such.
        var unsaved: Set<Int32> = []
        var resting: [Resting] = []
        var free: [Int32] = []
        var turnedAway: Int64 = 0
        var refusedPins = 0

        var trafficTexts: Int { passing.count - inherited }

        mutating func takeCode() -> Int32 { free.popLast() ?? table.next }
    }

    private init(feature: String?, limits: CategoryLimits, isOfTable: Bool, state: State) {
        self.feature = feature
        self.limits = limits
        self.isOfTable = isOfTable
        self.state = Mutex(state)
    }

    /// An empty dictionary.
    convenience init(limits: CategoryLimits, isOfTable: Bool) {
        self.init(feature: nil, limits: limits, isOfTable: isOfTable, state: State())
    }

    /// The same texts and codes under a name, independent from now on.
    func copy(for feature: String?) -> CategoryDictionary {
        var copied = state.withLock { $0 }
        copied.turnedAway = 0
        copied.refusedPins = 0
        return CategoryDictionary(feature: feature, limits: limits, isOfTable: isOfTable, state: copied)
    }

    // MARK: Codes

    /// The dictionary as it is now.
    ///
    /// Complexity: O(1).
    public var table: CategoryTable { state.withLock { $0.table } }

    /// The text of a code; nil when it has none.
    public func name(of code: Int32) -> String? { state.withLock { $0.table.name(of: code) } }

    /// The code of a text that traffic brings: a new one where there is room, else `otherCode`.
    ///
    /// Complexity: O(1) amortised; a table held elsewhere makes the next new text copy.
    public func intern(_ text: String) -> Int32 {
        if isOfTable { return pin(text) }
        return state.withLock { state in
            if let code = state.table.code(of: text) { return code }
            let bytes = text.utf8.count
            guard bytes <= limits.longestTrafficText, state.trafficTexts < limits.trafficTexts,
                state.trafficBytes + bytes <= limits.trafficBytes
            else {
                state.turnedAway += 1
                return Self.otherCode
            }
            let code = state.takeCode()
            state.table.set(code, text)
            state.passing[code] = Passing()
            state.trafficBytes += bytes
            return code
        }
    }

    /// The code of a text that a training used, which it keeps for good.
    ///
    /// The room that traffic has does not count. `otherCode`, and `refusedPins` grows, when trainings have used up theirs.
    @discardableResult
    public func pin(_ text: String) -> Int32 {
        state.withLock { state in
            let known = state.table.code(of: text)
            if let known, state.passing[known] == nil { return known }
            let bytes = text.utf8.count
            guard state.pinnedTexts < limits.pinnedTexts, state.pinnedBytes + bytes <= limits.pinnedBytes else {
                state.refusedPins += 1
                return Self.otherCode
            }
            state.pinnedTexts += 1
            state.pinnedBytes += bytes
            let code = known ?? state.takeCode()
            if let passing = state.passing.removeValue(forKey: code) {
                if passing.isInherited { state.inherited -= 1 } else { state.trafficBytes -= bytes }
            } else {
                state.table.set(code, text)
            }
            if !isOfTable { state.unsaved.insert(code) }
            return code
        }
    }

    /// Pins texts, and lays values of theirs out by code: nil at codes of other texts.
    ///
    /// Of a text that stands there twice the first value counts; the list ends with the greatest code.
    package func binding<Value>(_ values: [Value], of texts: [String]) -> [Value?] {
        var byCode: [Value?] = []
        for (text, value) in zip(texts, values) {
            let code = Int(pin(text))
            if code == Int(Self.otherCode) { continue }
            while byCode.count <= code { byCode.append(nil) }
            if byCode[code] == nil { byCode[code] = value }
        }
        return byCode
    }

    /// How often a pin found no room since it was made or copied.
    package var refusedPins: Int { state.withLock { $0.refusedPins } }

    /// How full it is.
    ///
    /// Complexity: O(1).
    public var fill: CategoryFill {
        state.withLock { state in
            func share(_ count: Int, _ limit: Int) -> Double { limit > 0 ? min(1, Double(count) / Double(limit)) : 1 }
            let traffic = max(share(state.trafficTexts, limits.trafficTexts), share(state.trafficBytes, limits.trafficBytes))
            let pinned = max(share(state.pinnedTexts, limits.pinnedTexts), share(state.pinnedBytes, limits.pinnedBytes))
            return CategoryFill(
                feature: feature ?? "", trafficTexts: state.trafficTexts, pinnedTexts: state.pinnedTexts, share: max(traffic, pinned),
                isPinned: pinned > traffic, turnedAway: state.turnedAway)
        }
    }

    // MARK: What is stored

    /// Takes back what was stored; codes that nothing has are free from the start, since no row is under way.
    func restore(_ entries: [CategoryEntry]) {
        state.withLock { state in
            for entry in entries where entry.code >= 0 && entry.code != Self.otherCode && state.table.code(of: entry.text) == nil {
                if state.table.name(of: entry.code) != nil { continue }
                state.table.set(entry.code, entry.text)
                if entry.isPinned {
                    state.pinnedTexts += 1
                    state.pinnedBytes += entry.text.utf8.count
                } else {
                    let isInherited = entry.feature == nil
                    // Rows up to an hour newer may be stored.
                    state.passing[entry.code] = Passing(seen: entry.seen + Self.seenLag, saved: entry.seen, isInherited: isInherited)
                    if isInherited { state.inherited += 1 } else { state.trafficBytes += entry.text.utf8.count }
                }
            }
            state.free = state.table.names.indices.reversed().compactMap {
                state.table.names[$0] == nil && $0 != Int(Self.otherCode) ? Int32($0) : nil
            }
        }
    }

    /// What must be stored no later than rows of that time with those codes; and which of the codes have no text and must not be stored.
    package func needed(for codes: Set<Int32>, at time: Int64) -> (entries: [CategoryEntry], unknown: Set<Int32>) {
        state.withLock { state in
            var entries: [CategoryEntry] = []
            var unknown: Set<Int32> = []
            func add(_ code: Int32, _ isPinned: Bool, _ seen: Int64) {
                guard let text = state.table.name(of: code) else { return }
                entries.append(CategoryEntry(feature: feature, code: code, text: text, isPinned: isPinned, seen: seen))
            }
            for code in codes.sorted() where code != Self.otherCode {
                guard let text = state.table.name(of: code) else {
                    unknown.insert(code)
                    continue
                }
                guard var passing = state.passing[code] else { continue }
                let seen = max(passing.seen ?? .min, time)
                passing.seen = seen
                if passing.isInherited {
                    passing.isInherited = false
                    passing.saved = nil
                    state.inherited -= 1
                    state.trafficBytes += text.utf8.count
                }
                state.passing[code] = passing
                if passing.saved.map({ seen - $0 >= Self.seenLag }) ?? true { add(code, false, seen) }
            }
            for code in state.unsaved { add(code, true, time) }
            return (entries, unknown)
        }
    }

    /// Takes note that entries are stored.
    package func stored(_ entries: [CategoryEntry]) {
        state.withLock { state in
            for entry in entries {
                if entry.isPinned { state.unsaved.remove(entry.code) } else { state.passing[entry.code]?.saved = entry.seen }
            }
        }
    }

    /// Codes whose texts only traffic brought, and which no stored row has, the oldest stored row being of that time.
    package func unused(oldest: Int64) -> [Int32] {
        state.withLock { state in
            var codes: [Int32] = []
            for (code, passing) in state.passing {
                if let seen = passing.seen {
                    if seen < oldest { codes.append(code) }
                } else {
                    state.passing[code]?.sweeps += 1
                    if passing.sweeps >= Self.sweepsUnstored { codes.append(code) }
                }
            }
            return codes
        }
    }

    /// Gives texts up whose entries are stored no more, and says how many went.
    ///
    /// Those that a training has used meanwhile stay. Call it, also with no codes, with every sweep: codes that were given up rest for two of them and ten minutes.
    package func giveUp(_ codes: [Int32], at now: Int64) -> Int {
        state.withLock { state in
            for index in state.resting.indices { state.resting[index].sweeps += 1 }
            while let first = state.resting.first, first.sweeps > 2, now - first.since >= Self.restMilliseconds {
                state.free += first.codes
                state.resting.removeFirst()
            }
            var gone: [Int32] = []
            for code in codes {
                guard let passing = state.passing.removeValue(forKey: code), let bytes = state.table.remove(code) else { continue }
                if passing.isInherited { state.inherited -= 1 } else { state.trafficBytes -= bytes }
                gone.append(code)
            }
            if !gone.isEmpty { state.resting.append(Resting(codes: gone, since: now)) }
            return gone.count
        }
    }
}
