/// When windows close and alarms raise.
public struct DriftWindowing: Codable, Sendable, Equatable {
    /// Rows that a window needs.
    public var rows = 1_000
    /// And the time that it needs, milliseconds.
    public var milliseconds: Int64 = 60_000
    /// Bad windows of the last three that raise.
    public var raiseAfter = 2
    /// Clean windows in a row that clear.
    public var clearAfter = 3
    /// Time after a clearing in which nothing is raised, milliseconds.
    public var cooldownMilliseconds: Int64 = 300_000

    /// The defaults.
    public init() {}
}

/// Two of three windows raise, three clean ones clear, a cooldown keeps it from flapping.
public struct RaiseRule: Sendable, Codable, Equatable {
    /// What a window changed.
    public enum Change: Sendable, Equatable {
        /// The alarm is on; the first of the bad windows began at `onset`, UTC milliseconds.
        case raised(onset: Int64)
        /// The alarm is off.
        case cleared
    }

    private let windowing: DriftWindowing
    private var last: [Window] = []
    private var clean = 0
    private var quietUntil = Int64.min
    /// Whether the alarm is on.
    public private(set) var isRaised = false

    private struct Window: Sendable, Codable, Equatable {
        var isBad: Bool
        var start: Int64
    }

    /// An alarm that is off.
    public init(_ windowing: DriftWindowing) { self.windowing = windowing }

    /// Takes a closed window.
    ///
    /// - Parameter clean: whether nothing in it keeps the alarm raised, by a level of its own: a shift that lasts stays raised, though a
    ///   window now and then is not bad enough to raise it. Nil: as it is not bad.
    public mutating func observe(bad: Bool, clean isClean: Bool? = nil, windowStart: Int64, at now: Int64) -> Change? {
        last.append(Window(isBad: bad, start: windowStart))
        if last.count > 3 { last.removeFirst() }
        clean = bad || !(isClean ?? true) ? 0 : clean + 1
        if isRaised {
            guard clean >= windowing.clearAfter else { return nil }
            isRaised = false
            quietUntil = now + windowing.cooldownMilliseconds
            last = []
            return .cleared
        }
        let wrong = last.filter(\.isBad)
        guard wrong.count >= windowing.raiseAfter, now >= quietUntil, let first = wrong.first else { return nil }
        isRaised = true
        return .raised(onset: first.start)
    }
}
