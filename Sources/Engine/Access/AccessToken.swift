import Crypto
import Store
import Tabular

/// What a token allows.
public enum TokenScope: String, Codable, Sendable, CaseIterable {
    /// Ask for predictions.
    case infer
    /// Send truths, which teach.
    case labels
    /// Ask why a prediction comes out as it does.
    case explain
    /// Read metrics, statistics and the status.
    case metrics
    /// All of that, and the verbs that change what answers.
    case admin
}

/// A bearer token as it is kept: what it allows, and a hash of it, never itself.
public struct AccessToken: Codable, Sendable, Equatable {
    /// What it is called: the journal names it so.
    public var name: String
    /// Hex SHA-256 of the token.
    public var hash: String
    /// What it allows.
    public var scopes: [TokenScope]
    /// The deployments that it is for; nil: all.
    public var deployments: [String]?
    /// When it was made, UTC milliseconds.
    public var createdAt: Int64
    /// Who made it.
    public var createdBy: String
    /// From when on it is worth nothing, UTC milliseconds; nil: never.
    public var expiresAt: Int64?
    /// Requests a second at most; nil: as many as there are.
    public var perSecond: Int?
    /// When it was last used, UTC milliseconds, to the minute; nil: not yet.
    public var lastUsed: Int64?

    /// Makes a token that has not been used yet.
    public init(
        name: String, hash: String, scopes: [TokenScope], deployments: [String]? = nil, createdAt: Int64 = 0, createdBy: String = "",
        expiresAt: Int64? = nil, perSecond: Int? = nil
    ) {
        self.name = name
        self.hash = hash
        self.scopes = scopes
        self.deployments = deployments
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.expiresAt = expiresAt
        self.perSecond = perSecond
    }

    /// Tokens that a workspace may have.
    static let limit = 200

    /// Whether it allows something: `admin` allows all.
    func allows(_ scope: TokenScope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }

    /// `infer, labels of flights until 2026-01-01T00:00:00Z, 200 requests a second`.
    public var words: String {
        scopes.map(\.rawValue).joined(separator: ", ") + (deployments.map { " of \($0.joined(separator: ", "))" } ?? "")
            + (expiresAt.map { " until \(TimeText.rfc3339($0))" } ?? "") + (perSecond.map { ", \($0) requests a second" } ?? "")
    }
}

/// The order behind `flyball token create`.
///
/// Whoever gives it has made the secret, and keeps it: only its hash is handed over.
public struct TokenOrder: Codable, Sendable, Equatable {
    /// The name.
    public var name: String
    /// Hex SHA-256 of the token.
    public var hash: String
    /// What it allows.
    public var scopes: [TokenScope]
    /// The deployments that it is for; nil: all.
    public var deployments: [String]?
    /// From when on it is worth nothing, UTC milliseconds; nil: never.
    public var expiresAt: Int64?
    /// Requests a second at most; nil: as many as there are.
    public var perSecond: Int?

    /// Makes an order.
    public init(
        name: String, hash: String, scopes: [TokenScope], deployments: [String]? = nil, expiresAt: Int64? = nil, perSecond: Int? = nil
    ) {
        self.name = name
        self.hash = hash
        self.scopes = scopes
        self.deployments = deployments
        self.expiresAt = expiresAt
        self.perSecond = perSecond
    }

    /// Requests a second that a token may be held to.
    static let rates = 1...1_000_000

    /// Why it cannot be made; nil when it can.
    ///
    /// - Parameter tokens: the names there are; nil: not known here.
    func refusal(_ tokens: [String]?) -> ActionFailure? {
        guard Names.isValid(name) else {
            return .invalid(what: "token name \(SafeText.escape(name))", advice: "use a-z, 0-9 and -, 63 at most, none of them - first")
        }
        if tokens?.contains(name) == true {
            return .refused(what: "the token \(name) exists already", advice: "revoke it first, or choose another name")
        }
        if (tokens?.count ?? 0) >= AccessToken.limit {
            return .refused(what: "there are \(AccessToken.limit) tokens", advice: "revoke those that nobody uses")
        }
        guard TokenSecret.bytes(hash: hash) != nil else {
            return .invalid(what: "the hash of token \(name)", advice: "give SHA-256 as 64 hexadecimal digits")
        }
        guard !scopes.isEmpty else {
            let all = TokenScope.allCases.map(\.rawValue).joined(separator: ", ")
            return .invalid(what: "a token without a scope", advice: "give one or more of \(all)")
        }
        if deployments?.isEmpty == true { return .invalid(what: "a token for no deployment", advice: "name one, or leave the list out") }
        guard perSecond.map(Self.rates.contains) ?? true else {
            return .invalid(
                what: "\(perSecond ?? 0) requests a second", advice: "give from \(Self.rates.lowerBound) to \(Self.rates.upperBound)")
        }
        return nil
    }
}

/// The text that a client sends: 256 random bits.
public enum TokenSecret {
    /// What every token begins with, so that one that has leaked is found.
    public static let prefix = "flyball_"
    private static let bits = SymmetricKeySize.bits256
    /// Bytes of a token that are looked at; a longer one is none of ours.
    static let mostBytes = 256

    /// A new one, from the system's generator.
    public static func make() -> String {
        prefix + SymmetricKey(size: bits).withUnsafeBytes { base64url(Array($0)) }
    }

    /// Hex SHA-256 of a token.
    public static func hash(_ secret: some StringProtocol) -> String { HexText.encode(digest(secret)) }

    static func digest(_ secret: some StringProtocol) -> [UInt8] { Array(SHA256.hash(data: Array(secret.utf8))) }

    /// The 32 bytes of a hash; nil for a text that is none.
    static func bytes(hash: String) -> [UInt8]? { hash.utf8.count == 64 ? HexText.decode(hash) : nil }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Base 64 for addresses (RFC 4648, 5), without padding.
    private static func base64url(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            held = held << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(held >> bits & 0x3F)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(held << (6 - bits) & 0x3F)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
