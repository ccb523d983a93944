import Synchronization
import Tabular

/// What a request is about, as far as authority goes.
public struct AccessNeed: Sendable, Equatable {
    /// Whose business it is.
    public enum Place: Sendable, Equatable {
        /// Nobody's in particular: a token for one deployment will do.
        case anywhere
        /// A deployment's.
        case deployment(String)
        /// All deployments': a token for some of them will not do.
        case everything
    }

    /// The scope; nil: any token will do.
    public var scope: TokenScope?
    /// Whose business it is.
    public var place: Place

    /// Makes a need.
    public init(_ scope: TokenScope?, _ place: Place) {
        self.scope = scope
        self.place = place
    }
}

/// Why a request is not admitted.
public enum AccessRefusal: Sendable, Equatable {
    /// No token came with it, and one is needed.
    case missing
    /// What came is no token of this engine.
    case unknown
    /// Its time is over.
    case expired(token: String)
    /// It does not allow this.
    case scope(TokenScope, token: String)
    /// It is not for that deployment; nil: only for some, and this is about all.
    case deployment(String?, token: String, of: [String])
    /// It has asked too often.
    case rate(token: String, perSecond: Int, retryAfterSeconds: Int)

    /// What is counted.
    public enum Reason: Int, Sendable, CaseIterable {
        case missing, unknown, expired, scope, deployment, rate
        /// A page of another origin, or a Host that is none of ours.
        case origin
        /// An operator's role is too low for what was asked over the socket, or an account has none.
        case role
        /// An account of this machine sent labels that are not taken from it.
        case account

        /// As metrics name it.
        public var word: String {
            switch self {
            case .missing: "no_token"
            case .unknown: "unknown_token"
            case .expired: "expired_token"
            case .scope: "scope"
            case .deployment: "deployment"
            case .rate: "rate"
            case .origin: "origin"
            case .role: "role"
            case .account: "account"
            }
        }

        /// In a sentence: `no token came`.
        var words: String {
            switch self {
            case .missing: "no token came"
            case .unknown: "the token was none of ours"
            case .expired: "the token had expired"
            case .scope: "the token lacked the scope"
            case .deployment: "the token was for other deployments"
            case .rate: "the token asked too often"
            case .origin: "a page of another origin asked"
            case .role: "the role was too low"
            case .account: "labels came from an account that may not teach"
            }
        }
    }

    /// What it is counted under.
    public var reason: Reason {
        switch self {
        case .missing: .missing
        case .unknown: .unknown
        case .expired: .expired
        case .scope: .scope
        case .deployment: .deployment
        case .rate: .rate
        }
    }

    /// The status of the answer: 401 where a token is wanted, 403 where this one will not do, 429 for too many.
    public var status: Int {
        switch self {
        case .missing, .unknown, .expired: 401
        case .scope, .deployment: 403
        case .rate: 429
        }
    }

    /// What `WWW-Authenticate` says (RFC 6750, 3); nil where no other token would help.
    public var challenge: String? {
        switch self {
        case .missing: "Bearer realm=\"flyball\""
        case .unknown, .expired: "Bearer realm=\"flyball\", error=\"invalid_token\""
        case .scope(let scope, _): "Bearer realm=\"flyball\", error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
        case .deployment, .rate: nil
        }
    }

    /// What, where, what to do; for whoever asked.
    public var text: String {
        switch self {
        case .missing: "a token is needed: send it as `Authorization: Bearer TOKEN`; `flyball token create` makes one"
        case .unknown: "the token is none of this engine's: it may have been revoked"
        case .expired(let token): "the token \(token) has expired: ask for another one"
        case .scope(let scope, let token): "the token \(token) has not the scope \(scope.rawValue)"
        case .deployment(let name?, let token, let known):
            "the token \(token) is for \(known.joined(separator: ", ")), not for \(SafeText.escape(String(name.prefix(64))))"
        case .deployment(nil, let token, let known):
            "the token \(token) is for \(known.joined(separator: ", ")) only, and this is about all"
        case .rate(let token, let rate, let seconds): "the token \(token) may ask \(rate) times a second: try again in \(seconds) s"
        }
    }
}

/// What a token has been used for: shared by all event loops, without a lock.
public final class TokenUse: Sendable {
    private let last: Atomic<Int64>
    private let count = Atomic<Int64>(0)
    /// When the next request is due if they come evenly, monotonic nanoseconds: the theoretical arrival time of the generic cell rate algorithm
    /// (ITU-T I.371).
    private let due = Atomic<UInt64>(0)

    init(lastUsed: Int64?) { last = Atomic(lastUsed ?? 0) }

    /// When it was last used, UTC milliseconds; nil: not yet.
    public var lastUsed: Int64? {
        let time = last.load(ordering: .relaxed)
        return time == 0 ? nil : time
    }

    /// Requests that were admitted since the start.
    public var requests: Int64 { count.load(ordering: .relaxed) }

    /// Takes one request into account; the time after which it may be tried again where it comes too early, nanoseconds.
    ///
    /// A second's worth may come at once.
    func take(perSecond: Int?, milliseconds: Int64, nanoseconds now: UInt64) -> UInt64? {
        if let perSecond {
            let interval = 1_000_000_000 / UInt64(max(1, perSecond))
            var found = due.load(ordering: .relaxed)
            while true {
                let start = max(found, now)
                // The last of a second's worth is `perSecond` intervals ahead of its time.
                let ahead = start - now
                if ahead > 1_000_000_000 - interval { return ahead - (1_000_000_000 - interval) }
                let (exchanged, original) = due.compareExchange(expected: found, desired: start + interval, ordering: .relaxed)
                if exchanged { break }
                found = original
            }
        }
        last.store(milliseconds, ordering: .relaxed)
        count.add(1, ordering: .relaxed)
        return nil
    }
}

/// A token as an event loop knows it.
public struct AccessGrant: Sendable {
    /// What it allows.
    public var token: AccessToken
    /// What it has been used for.
    public var use: TokenUse
    fileprivate let digest: [UInt8]

    init?(_ token: AccessToken, _ use: TokenUse) {
        guard let digest = TokenSecret.bytes(hash: token.hash) else { return nil }
        self.token = token
        self.use = use
        self.digest = digest
    }

    /// Whether a request may be answered; it counts as one if it may.
    ///
    /// - Parameters:
    ///   - milliseconds: now, UTC.
    ///   - nanoseconds: now, monotonic.
    public func refusal(_ need: AccessNeed, milliseconds: Int64, nanoseconds: UInt64) -> AccessRefusal? {
        if let end = token.expiresAt, milliseconds >= end { return .expired(token: token.name) }
        if let scope = need.scope, !token.allows(scope) { return .scope(scope, token: token.name) }
        if let known = token.deployments {
            switch need.place {
            case .anywhere: break
            case .deployment(let name): if !known.contains(name) { return .deployment(name, token: token.name, of: known) }
            case .everything: return .deployment(nil, token: token.name, of: known)
            }
        }
        guard let wait = use.take(perSecond: token.perSecond, milliseconds: milliseconds, nanoseconds: nanoseconds) else { return nil }
        let seconds = Int(clamping: (wait + 999_999_999) / 1_000_000_000)
        return .rate(token: token.name, perSecond: token.perSecond ?? 0, retryAfterSeconds: max(1, seconds))
    }
}

/// Who may ask what, as every event loop has it: part of its routing table, so that a change of tokens is one of the table's.
public struct AccessTable: Sendable {
    private var grants: [AccessGrant]
    /// Whether even this machine's own users need a token, for all but health.
    public var requiresTokens: Bool
    /// Accounts of this machine whose labels are taken without a token; nil: all.
    public var labelAccounts: LabelAccounts?

    /// Makes a table; without tokens by itself.
    public init(_ tokens: [AccessToken] = [], requiresTokens: Bool = false) {
        self.init(grants: tokens.compactMap { AccessGrant($0, TokenUse(lastUsed: $0.lastUsed)) }, requiresTokens: requiresTokens)
    }

    init(grants: [AccessGrant], requiresTokens: Bool, labelAccounts: LabelAccounts? = nil) {
        self.grants = grants
        self.requiresTokens = requiresTokens
        self.labelAccounts = labelAccounts
    }

    /// The token that a client has sent; nil for none of ours.
    ///
    /// Every hash is compared whole, so that the time it takes tells nothing of them. Complexity: O(tokens) and a SHA-256.
    public func grant(_ secret: some StringProtocol) -> AccessGrant? {
        guard secret.utf8.count <= TokenSecret.mostBytes else { return nil }
        let digest = TokenSecret.digest(secret)
        var found: Int?
        for index in grants.indices {
            var difference: UInt8 = 0
            for place in digest.indices { difference |= digest[place] ^ grants[index].digest[place] }
            if difference == 0 { found = index }
        }
        return found.map { grants[$0] }
    }

    /// The token in an `Authorization` header of the scheme Bearer (RFC 6750, 2.1); nil for another scheme, which is none of ours.
    public static func bearer(_ header: some StringProtocol) -> Substring? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return Substring(parts[1].drop { $0 == " " })
    }
}
