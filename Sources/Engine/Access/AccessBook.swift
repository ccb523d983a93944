import Monitoring
import Tabular

/// The tokens of a workspace, what they have been used for, and what was refused.
struct AccessBook {
    /// By name.
    private(set) var tokens: [AccessToken] = []
    private var uses: [String: TokenUse] = [:]
    /// Whether even this machine's own users need a token.
    var requiresTokens = false
    /// Accounts of this machine whose labels are taken without one; nil: all.
    var labelAccounts: LabelAccounts?
    /// What was refused.
    var watch = AccessWatch()

    /// Takes up the tokens that are stored.
    mutating func restore(_ stored: [AccessToken]) {
        tokens = stored.sorted { $0.name < $1.name }
        for token in tokens { uses[token.name] = TokenUse(lastUsed: token.lastUsed) }
    }

    /// The names, in order.
    var names: [String] { tokens.map(\.name) }

    /// A token is there from now on.
    mutating func add(_ token: AccessToken) {
        tokens = (tokens + [token]).sorted { $0.name < $1.name }
        uses[token.name] = TokenUse(lastUsed: nil)
    }

    /// A token is worth nothing from now on.
    mutating func remove(_ names: [String]) {
        tokens.removeAll { names.contains($0.name) }
        for name in names { uses[name] = nil }
    }

    /// What event loops judge by.
    var table: AccessTable {
        AccessTable(
            grants: tokens.compactMap { token in uses[token.name].flatMap { AccessGrant(token, $0) } }, requiresTokens: requiresTokens,
            labelAccounts: labelAccounts)
    }

    /// How coarsely the last use is stored, milliseconds.
    static let noteMilliseconds: Int64 = 60_000

    /// Tokens whose last use is to be stored anew, with it.
    func used() -> [AccessToken] {
        tokens.compactMap { token in
            guard let last = uses[token.name]?.lastUsed, last - (token.lastUsed ?? 0) >= Self.noteMilliseconds else { return nil }
            var token = token
            token.lastUsed = last
            return token
        }
    }

    /// What was stored of last uses.
    mutating func noted(_ stored: [AccessToken]) {
        for token in stored {
            if let index = tokens.firstIndex(where: { $0.name == token.name }) { tokens[index].lastUsed = token.lastUsed }
        }
    }

    /// As it is published.
    func status(at now: Int64) -> AccessStatus {
        AccessStatus(
            tokens: tokens.map { token in
                TokenStatus(token, lastUsed: uses[token.name]?.lastUsed ?? token.lastUsed, requests: uses[token.name]?.requests ?? 0)
            }, requiresTokens: requiresTokens, refused: watch.totals, refusedLastMinute: watch.lastMinute(at: now))
    }
}

/// What was refused of late: the tenth attempt in a minute is an alert.
package struct AccessWatch: Equatable {
    /// Attempts in a minute that are an alert.
    package static let alarming = 10
    private static let minute: Int64 = 60_000

    private struct Second: Equatable {
        var at: Int64
        var counts: [Int]
    }

    private var seconds: [Second] = []
    private var counts = [Int64](repeating: 0, count: AccessRefusal.Reason.allCases.count)
    private var isAlarming = false

    package init() {}

    /// Takes note of attempts that were refused.
    package mutating func count(_ reason: AccessRefusal.Reason, _ number: Int64 = 1, at now: Int64) {
        guard number > 0 else { return }
        counts[reason.rawValue] += number
        // Who asks too often has the right, and is told when to ask again: that is no attempt.
        guard reason != .rate else { return }
        if seconds.last?.at != now / 1_000 {
            seconds.append(Second(at: now / 1_000, counts: [Int](repeating: 0, count: counts.count)))
        }
        seconds[seconds.count - 1].counts[reason.rawValue] += Int(clamping: number)
    }

    /// Since the start, by the words that metrics have.
    package var totals: [String: Int64] {
        Dictionary(uniqueKeysWithValues: AccessRefusal.Reason.allCases.map { ($0.word, counts[$0.rawValue]) })
    }

    /// Attempts of the last minute.
    package func lastMinute(at now: Int64) -> Int {
        seconds.filter { $0.at > (now - Self.minute) / 1_000 }.reduce(0) { $0 + $1.counts.reduce(0, +) }
    }

    /// What it means for the workspace's alert; asked once a second.
    package mutating func events(at now: Int64) -> [AlertEvent] {
        seconds.removeAll { $0.at <= (now - Self.minute) / 1_000 }
        let sums = seconds.reduce(into: [Int](repeating: 0, count: counts.count)) { sums, second in
            for index in sums.indices { sums[index] += second.counts[index] }
        }
        let total = sums.reduce(0, +)
        if total >= Self.alarming {
            isAlarming = true
            let most = AccessRefusal.Reason.allCases.max { sums[$0.rawValue] < sums[$1.rawValue] } ?? .missing
            // Numbers grow with each look: it is no other alert for that.
            let title = "\(Self.alarming) attempts a minute or more are refused: mostly \(most.words)"
            return [.found(Finding(kind: .access, severity: .warning, title: title, onset: now))]
        }
        guard total == 0, isAlarming else { return [] }
        isAlarming = false
        return [.over(.access, because: "nothing has been refused for a minute")]
    }
}

/// Who may ask, as the present shows it.
public struct AccessStatus: Codable, Sendable, Equatable {
    /// The tokens, by name.
    public var tokens: [TokenStatus] = []
    /// Whether even this machine's own users need one.
    public var requiresTokens = false
    /// Attempts that were refused since the start, by reason.
    public var refused: [String: Int64] = [:]
    /// Attempts that were refused in the last minute.
    public var refusedLastMinute = 0
    /// The certificate that listeners show; nil without TLS.
    public var certificate: CertificateStatus?

    /// Makes a status.
    public init(
        tokens: [TokenStatus] = [], requiresTokens: Bool = false, refused: [String: Int64] = [:], refusedLastMinute: Int = 0
    ) {
        self.tokens = tokens
        self.requiresTokens = requiresTokens
        self.refused = refused
        self.refusedLastMinute = refusedLastMinute
    }
}

/// A token as it is shown: nothing of it that would let somebody in.
public struct TokenStatus: Codable, Sendable, Equatable {
    /// Its name.
    public var name: String
    /// What it allows.
    public var scopes: [TokenScope]
    /// The deployments that it is for; nil: all.
    public var deployments: [String]?
    /// When it was made, UTC milliseconds.
    public var createdAt: Int64
    /// Who made it.
    public var createdBy: String
    /// From when on it is worth nothing; nil: never.
    public var expiresAt: Int64?
    /// Requests a second at most; nil: as many as there are.
    public var perSecond: Int?
    /// When it was last used; nil: not yet.
    public var lastUsed: Int64?
    /// Requests since the engine's start.
    public var requests: Int64

    /// Makes a status.
    public init(_ token: AccessToken, lastUsed: Int64?, requests: Int64) {
        name = token.name
        scopes = token.scopes
        deployments = token.deployments
        createdAt = token.createdAt
        createdBy = token.createdBy
        expiresAt = token.expiresAt
        perSecond = token.perSecond
        self.lastUsed = lastUsed
        self.requests = requests
    }
}
