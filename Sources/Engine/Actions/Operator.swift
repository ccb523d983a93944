/// What an operator may do; each role includes the ones before it.
public enum Role: String, Codable, Sendable, Comparable, CaseIterable {
    /// Looks only.
    case viewer
    /// Runs the deployments: promote, roll back, pause, train, acknowledge.
    case `operator`
    /// Confirms what another person started.
    case approver
    /// Everything, policies and stopping the engine included.
    case admin

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .operator: 1
        case .approver: 2
        case .admin: 3
        }
    }

    /// Orders by power.
    public static func < (a: Role, b: Role) -> Bool { a.rank < b.rank }
}

/// Who asks for a change, as attested by the kernel (a socket peer's uid), known by a token, or named by the engine itself (a policy).
public struct Operator: Codable, Sendable, Equatable {
    /// Login name, or `policy:on_drift`, `engine`, `token:ci`, ….
    public var name: String
    /// The peer's uid; nil for the engine's own policies.
    public var uid: UInt32?
    /// What it may do.
    public var role: Role
    /// The token that asked over HTTP; nil for whoever the kernel attests, and for the engine itself.
    public var token: String?

    /// Makes an operator.
    public init(name: String, uid: UInt32?, role: Role) {
        self.name = name
        self.uid = uid
        self.role = role
    }

    /// Whoever has a token with the scope `admin`: it runs the deployments, and changes neither policies nor who may do what.
    public static func token(_ name: String) -> Operator {
        var who = Operator(name: "token:\(name)", uid: nil, role: .operator)
        who.token = name
        return who
    }

    /// The engine acting by itself, named by the policy that made it act.
    public static func policy(_ name: String) -> Operator { Operator(name: "policy:\(name)", uid: nil, role: .admin) }

    /// How the journal names it: `oncall (uid 1001)` or `policy:on_drift`.
    public var journalName: String { uid.map { "\(name) (uid \($0))" } ?? name }

    /// The name in a `journalName`, without the uid.
    ///
    /// Login names have neither blanks nor parentheses; those of policies and of the engine have no uid behind them.
    public static func shortName(_ journalName: String) -> String { String(journalName.prefix { $0 != " " }) }

    /// Whether this is the engine acting by itself.
    public var isAutomatic: Bool { uid == nil && token == nil }
}
