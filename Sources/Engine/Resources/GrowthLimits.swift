/// What everything that grows may come to: `[limits]` in `flyball.toml`.
public struct GrowthLimits: Sendable, Equatable {
    /// Largest size of each, in its unit; absent: what its own section or the machine says.
    private var most: [GrowingThing: Int64] = [
        .labels: 10 << 30, .data: 20 << 30, .checkpoints: 4 << 30, .artefacts: 20 << 30, .segments: 10 << 30, .aside: 20 << 30,
        .log: 64 << 20, .early: 1_000_000, .jobs: 20_000, .alerts: 100_000, .journal: 1_000_000,
    ]
    /// Labels older than this go as well, milliseconds; nil: none goes for its age.
    public var labelsAgeMilliseconds: Int64?
    /// So long before something is full somebody is told, milliseconds.
    public var warnMilliseconds: Int64 = 7 * 86_400_000

    /// The defaults.
    public init() {}

    /// The largest size of a thing.
    public subscript(_ thing: GrowingThing) -> Int64? {
        get { most[thing] }
        set { most[thing] = newValue }
    }

    /// Least limits that make sense: what is smaller would be full at once.
    static let least: [GrowingThing: Int64] = [
        .labels: 1 << 20, .data: 1 << 20, .checkpoints: 1 << 20, .artefacts: 1 << 20, .segments: 1 << 20, .aside: 1 << 20, .log: 256 << 10,
        .early: 1_000, .jobs: 100, .alerts: 100, .journal: 100,
    ]

    /// Reads the section.
    static func parse(_ reader: inout TOMLReader) throws(WorkspaceFailure) -> GrowthLimits {
        var result = GrowthLimits()
        for thing in GrowingThing.allCases {
            guard let least = least[thing] else { continue }
            switch thing.unit {
            case .bytes:
                guard let bytes = try reader.bytes(thing.rawValue) else { continue }
                guard bytes >= least else {
                    throw .configuration(key: "limits.\(thing.rawValue)", reason: "at least \(least >> 10)KiB is needed")
                }
                result[thing] = bytes
            case .rows:
                if let rows = try reader.integer(thing.rawValue, in: Int(least)...1_000_000_000) { result[thing] = Int64(rows) }
            }
        }
        result.labelsAgeMilliseconds = try reader.duration("labels_age")
        if let warn = try reader.duration("warn") { result.warnMilliseconds = warn }
        try reader.finish()
        return result
    }
}
