import Learning
import Store

/// A deployment as it was after a row of the journal, as far as that tells, and what has become of it since.
struct JournalledPast: Equatable {
    /// A version as it was.
    struct Version: Equatable {
        /// How often it had begun to answer, and how often that had ended.
        var begun = 0
        var ended = 0
        var isWithdrawn = false
        var isPinned = false
        var isArchived = false
        /// The threshold that was chosen for it last; nil: none had been.
        var threshold: DecisionThreshold?
    }

    /// Under which a journal row keeps the threshold that holds from then on.
    static let thresholdKey = "threshold"

    /// Whether it was there.
    var isThere = false
    var versions: [UInt32: Version] = [:]
    var champion: UInt32?
    var isPaused = false
    /// What requests got while it was paused; nil: 503.
    var pausedAnswer: PausedAnswer?
    /// The policy that was set last; nil: none had been.
    var policy: String?

    /// Versions that were registered since.
    var laterVersions: Set<UInt32> = []
    /// The row that took it away since.
    var removed: Int64?
    /// The rows that archived versions since.
    var archived: [UInt32: Int64] = [:]
    /// What the first policy that was set since stands in place of.
    var formerPolicy: String?
    /// Versions whose threshold has become another one since.
    var rethresholded: Set<UInt32> = []

    /// What of it held after a row.
    fileprivate mutating func past(_ verb: JournalVerb, _ details: [String: String]) {
        let version = Self.number(details["version"])
        switch verb {
        case .deploy: self = JournalledPast(isThere: true)
        case .promote: crown(version)
        case .rollback:
            if let champion {
                versions[champion, default: Version()].ended += 1
                versions[champion, default: Version()].isWithdrawn = true
            }
            champion = nil
            crown(version)
        case .trained, .publish:
            if let version { versions[version] = versions[version] ?? Version() }
            if let answering = Self.number(details["answering"]) { crown(answering) }
        case .archive: if let version { versions[version, default: Version()].isArchived = true }
        case .pin: if let version { versions[version, default: Version()].isPinned = true }
        case .unpin: if let version { versions[version, default: Version()].isPinned = false }
        case .pause:
            isPaused = true
            pausedAnswer = details[RollOut.answerKey].flatMap { try? decodeJSON(PausedAnswer.self, $0) }
        case .resume:
            isPaused = false
            pausedAnswer = nil
        case .policyApply: policy = details["policy"] ?? policy
        case .threshold: if let version { versions[version, default: Version()].threshold = Self.threshold(details[Self.thresholdKey]) }
        default: break
        }
    }

    private mutating func crown(_ version: UInt32?) {
        guard let version else { return }
        if let champion { versions[champion, default: Version()].ended += 1 }
        versions[version, default: Version()].begun += 1
        versions[version, default: Version()].isWithdrawn = false
        champion = version
    }

    /// What has become of it since.
    fileprivate mutating func since(_ verb: JournalVerb, _ details: [String: String], _ row: Int64) {
        // Another one of its name is none of it.
        guard isThere, removed == nil else { return }
        let version = Self.number(details["version"])
        switch verb {
        case .remove: removed = row
        case .trained, .publish: if let version, versions[version] == nil { laterVersions.insert(version) }
        case .archive: if let version { archived[version] = row }
        case .policyApply: formerPolicy = formerPolicy ?? details["former"]
        case .threshold: if let version { rethresholded.insert(version) }
        default: break
        }
    }

    /// The one that a row keeps; nil for the standard one.
    private static func threshold(_ text: String?) -> DecisionThreshold? {
        guard let found = text.flatMap({ try? decodeJSON(DecisionThreshold.self, $0) }), found.basis != .standard else { return nil }
        return found
    }

    private static func number(_ name: String?) -> UInt32? { name.flatMap { $0.hasPrefix("v") ? UInt32($0.dropFirst()) : nil } }
}

/// Every deployment as it was after a row of the journal.
struct JournalledPasts {
    /// The row that is returned to.
    let row: Int64
    private(set) var deployments: [String: JournalledPast] = [:]
    private(set) var freezes = JournalledFreezes()

    init(row: Int64) { self.row = row }

    /// Takes the next row of those that led to what held then.
    mutating func past(_ row: JournalRow) {
        freezes.follow(row)
        guard let (name, verb, details) = Self.read(row) else { return }
        if verb == .remove { return deployments[name] = nil }
        deployments[name, default: JournalledPast()].past(verb, details)
    }

    /// Takes the next row of those that were written since.
    mutating func since(_ row: JournalRow) {
        guard let (name, verb, details) = Self.read(row) else { return }
        deployments[name]?.since(verb, details, row.sequence)
    }

    private static func read(_ row: JournalRow) -> (String, JournalVerb, [String: String])? {
        guard let name = row.entry.deployment, let verb = row.entry.known,
            let details = try? decodeJSON([String: String].self, row.entry.details)
        else { return nil }
        return (name, verb, details)
    }
}

extension JournalledPast {
    /// What the roll-out machine's state was, made of what it is now.
    ///
    /// - Parameter now: without the versions that were registered since.
    func rollOut(_ now: RollOutState) -> RollOutState {
        var state = now
        state.versions.removeAll { laterVersions.contains($0.number) }
        for index in state.versions.indices {
            let past = versions[state.versions[index].number] ?? Version()
            state.versions[index].isPinned = past.isPinned
            if past.begun < state.versions[index].served.count {
                state.versions[index].served.removeLast(state.versions[index].served.count - past.begun)
            }
            let isOpen = past.begun > past.ended
            if isOpen, let last = state.versions[index].served.indices.last { state.versions[index].served[last].until = nil }
            if state.versions[index].state == .archived { continue }
            state.versions[index].state =
                isOpen
                ? .champion
                : past.begun == 0 ? (state.versions[index].isBlessed ? .candidate : .refused) : past.isWithdrawn ? .withdrawn : .retired
        }
        state.champion = champion
        state.state = champion == nil ? .empty : isPaused ? .paused : .live
        state.pausedAnswer = state.state == .paused ? pausedAnswer : nil
        state.lastKnownGood = state.newestFormer
        for index in state.versions.indices where state.versions[index].number == state.lastKnownGood {
            state.versions[index].state = .lastKnownGood
        }
        state.promotions = []
        state.challengers = []
        state.learningBase = nil
        return state
    }
}
