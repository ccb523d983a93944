public import Tabular

/// How a version gets a part of the traffic beside the champion.
public struct ArmPlan: Codable, Sendable, Equatable {
    /// What is done with its part.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// It answers a slice of the requests, drawn one by one.
        case canary
        /// It answers the requests of a part of the keys; a key stays where it is while the share changes.
        case ab = "a/b"
        /// It scores a part of what the champion has answered; nobody gets its scores.
        case shadow

        /// The arm that its requests are counted in.
        public var arm: Arm {
            switch self {
            case .canary: .canary
            case .ab: .ab
            case .shadow: .shadow
            }
        }
    }

    /// What is done with its part.
    public var kind: Kind
    /// Its part, 0…1: of the requests, of the keys, of the answered requests.
    public var share: Double
    /// What keys of an A/B are: a column, `id` (the request's own) or `header` (`Flyball-Key`); nil for the others.
    public var key: String?
    /// The shares that follow by themselves, each after `bake`; behind a share of 1 the version is promoted, after one bake more.
    public var steps: [Double]
    /// How long each share is held before the next, milliseconds; nil: only a person goes on.
    public var bake: Int64?

    /// Makes a plan.
    public init(_ kind: Kind, share: Double, key: String? = nil, steps: [Double] = [], bake: Int64? = nil) {
        self.kind = kind
        self.share = share
        self.key = key
        self.steps = steps
        self.bake = bake
    }

    /// The longest bake, a year.
    static let longestBake: Int64 = 366 * 86_400_000
    /// Steps that a plan may have.
    static let maximumSteps = 20

    /// The part in a few words: `canary 5 %`, `a/b 50 % by customer_id`.
    public var part: String {
        "\(kind.rawValue) \(Self.percent(share))" + (key.map { " by \(SafeText.escape($0))" } ?? "")
    }

    /// What follows by itself: `25 %, 100 % after 30m 00s each`; nil where nothing does.
    public var then: String? {
        guard let bake, !steps.isEmpty else { return nil }
        return "\(steps.map(Self.percent).joined(separator: ", ")) after \(DurationText.text(bake)) each"
    }

    /// Both: `canary 5 %, then 25 %, 100 % after 30m 00s each`.
    public var words: String { then.map { "\(part), then \($0)" } ?? part }

    /// `5 %`, `0.5 %`.
    public static func percent(_ share: Double) -> String {
        let value = (share * 10_000).rounded() / 100
        return value == value.rounded() ? "\(Int(value)) %" : "\(value) %"
    }

    /// What can never be taken of it; nil where all can.
    ///
    /// - Parameter columns: the deployment's; nil: not known here.
    func flaw(columns: [String]?) -> ActionFailure? {
        func invalid(_ what: String, _ advice: String) -> ActionFailure { .invalid(what: what, advice: advice) }
        for share in [share] + steps where !(share >= 0 && share <= 1) {
            return invalid("share \(share * 100)", "give a percentage from 0 to 100")
        }
        guard steps.count <= Self.maximumSteps, zip([share] + steps, steps).allSatisfy({ $0 < $1 }) else {
            return invalid("steps of the share", "let each be greater than the one before it, \(Self.maximumSteps) at most")
        }
        guard steps.isEmpty || kind != .shadow else { return invalid("steps of a shadow", "give its share alone: nobody gets its answers") }
        guard steps.isEmpty ? bake == nil || share == 1 : bake != nil else {
            return invalid("bake without further steps, or steps without a bake", "give both")
        }
        if let bake, bake < 1_000 || bake > Self.longestBake {
            return invalid("bake of \(DurationText.text(bake))", "give from 1s to 366d")
        }
        guard (key != nil) == (kind == .ab) else {
            return invalid(
                kind == .ab ? "an A/B without a key" : "a key of a \(kind.rawValue)",
                kind == .ab ? "name a column, id or header" : "only an A/B goes by a key")
        }
        if let key, let columns, SplitKey(key, columns: columns) == nil {
            let nearest = Names.nearest(to: key, in: columns).map { ": nearest: \($0)" } ?? ""
            return invalid("no column \(SafeText.escape(key))\(nearest)", "name a column, id (the request's own) or header (Flyball-Key)")
        }
        return nil
    }
}

/// A version that has a part of the traffic beside the champion.
public struct Challenger: Codable, Sendable, Equatable {
    /// The version's number.
    public var version: UInt32
    /// Its part.
    public var plan: ArmPlan
    /// Since when it has this share, UTC milliseconds.
    public var since: Int64
    /// Who gave it the share.
    public var by: String

    /// Makes a challenger.
    public init(version: UInt32, plan: ArmPlan, since: Int64, by: String) {
        self.version = version
        self.plan = plan
        self.since = since
        self.by = by
    }

    /// Challengers that one deployment may have at once.
    public static let limit = 8

    /// `v13 canary 5 %`.
    public var words: String { "v\(version) \(plan.words)" }

    /// Whether clients get its answers.
    public var answers: Bool { plan.kind != .shadow }
}

extension [Challenger] {
    /// The one that answers a part of the requests, if any.
    public var answering: Challenger? { first { $0.answers } }

    /// The one of that version.
    public func of(_ version: UInt32) -> Challenger? { first { $0.version == version } }
}
