/// What an accepted action did.
public struct Receipt: Codable, Sendable, Equatable {
    /// The journal row; nil when the store refused: the change holds, kept beside the journal until the store takes it.
    public var journalSequence: Int64?
    /// One sentence in the past tense: "v7 answers instead of v6".
    public var summary: String
    /// The job that was queued, if any.
    public var job: Int64?
    /// The deployment touched, if any.
    public var deployment: String?
    /// The version that answers now, if that is what changed.
    public var version: UInt32?
    /// Time of the durable commit, nanoseconds.
    public var commitNanoseconds: UInt64
    /// Time from the commit to the last event loop swapped, nanoseconds; nil when nothing was swapped.
    public var swapNanoseconds: UInt64?
    /// When, UTC milliseconds.
    public var at: Int64
    /// The action that would undo this one, where there is one.
    public var inverse: Action?

    /// Makes a receipt.
    public init(
        journalSequence: Int64?, summary: String, job: Int64? = nil, deployment: String? = nil, version: UInt32? = nil,
        commitNanoseconds: UInt64 = 0, swapNanoseconds: UInt64? = nil, at: Int64, inverse: Action? = nil
    ) {
        self.journalSequence = journalSequence
        self.summary = summary
        self.job = job
        self.deployment = deployment
        self.version = version
        self.commitNanoseconds = commitNanoseconds
        self.swapNanoseconds = swapNanoseconds
        self.at = at
        self.inverse = inverse
    }

    /// Whether the change is in the journal.
    public var isJournalled: Bool { journalSequence != nil }
}

/// Why an action was not done.
///
/// The description reads: what, where, what to do.
public enum ActionFailure: Error, Codable, Sendable, Equatable, CustomStringConvertible {
    /// The role is too low.
    case notAuthorised(verb: String, needs: Role, has: Role)
    /// No such deployment, version, job or alert.
    case notFound(kind: String, name: String, nearest: String?)
    /// The state is not what the operator saw.
    case changed(what: String, expected: String, found: String)
    /// A rule forbids it; `advice` says what to do.
    case refused(what: String, advice: String)
    /// The arguments cannot be taken.
    case invalid(what: String, advice: String)
    /// The store cannot take it.
    case store(String)
    /// The engine cannot be reached, or is stopping.
    case unavailable(String)

    /// What stands in the way, without what to do.
    var cause: String {
        switch self {
        case .refused(let what, _), .invalid(let what, _): what
        case .notAuthorised, .notFound, .changed, .store, .unavailable: description
        }
    }

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .notAuthorised(let verb, let needs, let has):
            "\(verb) needs the role \(needs.rawValue); yours is \(has.rawValue): ask the workspace's owner for an entry in [operators]"
        case .notFound(let kind, let name, let nearest):
            "no such \(kind): \(name)" + (nearest.map { ": did you mean \($0)?" } ?? "")
        case .changed(let what, let expected, let found):
            "\(what) changed meanwhile: you saw \(expected), now it is \(found): nothing was done; look again and repeat"
        case .refused(let what, let advice), .invalid(let what, let advice): "\(what): \(advice)"
        case .store(let text): text
        case .unavailable(let text): text
        }
    }
}
