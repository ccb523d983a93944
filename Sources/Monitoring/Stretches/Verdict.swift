/// What is asked of a column in a window.
public enum DriftStatistic: String, Codable, Sendable, CaseIterable {
    /// Its whole shape: every bin.
    case shape
    /// Rows that the training cannot explain: new texts, numbers far out of its range.
    case new
    /// Rows without a value.
    case missing
}

/// One statistic of one column in one window.
public struct StatisticVerdict: Codable, Sendable, Equatable {
    /// Its PSI.
    public var psi: Double
    /// What a healthy window of this length has on average.
    public var expected: Double
    /// The chance of such a PSI among healthy windows.
    public var pValue: Double
    /// The verdict.
    public var state: DriftState

    /// PSI beyond what is expected.
    public var excess: Double { psi - expected }

    /// Makes a verdict.
    public init(psi: Double, expected: Double, pValue: Double, state: DriftState) {
        self.psi = psi
        self.expected = expected
        self.pValue = pValue
        self.state = state
    }
}

/// Whether a column is changing now: its window against the sixteen before it.
public struct ChangeVerdict: Codable, Sendable, Equatable {
    /// Its shape.
    public var shape: StatisticVerdict
    /// Its missing values.
    public var missing: StatisticVerdict
    /// When the first of the windows began that the alarm stands for, UTC milliseconds; nil while it is not raised.
    public var since: Int64?

    /// The worse of the two.
    public var state: DriftState { DriftState.worse(shape.state, missing.state) }

    /// The statistic that says so.
    public var worst: StatisticVerdict { missing.state == state && shape.state != state ? missing : shape }

    /// Makes a verdict.
    public init(shape: StatisticVerdict, missing: StatisticVerdict, since: Int64? = nil) {
        self.shape = shape
        self.missing = missing
        self.since = since
    }
}

/// The two verdicts on one column of a window, judged by how much the stretches of its training differed.
public struct ColumnVerdict: Codable, Sendable, Equatable {
    /// `unlike training`: shape.
    public var shape: StatisticVerdict
    /// `unlike training`: what the training cannot explain.
    public var new: StatisticVerdict
    /// `unlike training`: missing values.
    public var missing: StatisticVerdict
    /// Share of rows that the training cannot explain.
    public var newShare: Double
    /// Whether the column holds texts.
    public var isText: Bool
    /// The greatest PSI that is usual at this length: the line on charts.
    public var usual: Double
    /// Whether even a window wholly in a bin that training never had would stay below that line.
    public var isBlind: Bool
    /// Whether the stretches of the training differ by more than counting explains.
    public var isDependent: Bool
    /// `changing now`; nil while nothing is said yet.
    public var changing: ChangeVerdict?

    /// Makes a verdict.
    public init(
        shape: StatisticVerdict, new: StatisticVerdict, missing: StatisticVerdict, newShare: Double, isText: Bool, usual: Double,
        isBlind: Bool, isDependent: Bool, changing: ChangeVerdict? = nil
    ) {
        self.shape = shape
        self.new = new
        self.missing = missing
        self.newShare = newShare
        self.isText = isText
        self.usual = usual
        self.isBlind = isBlind
        self.isDependent = isDependent
        self.changing = changing
    }

    /// A statistic.
    public subscript(_ statistic: DriftStatistic) -> StatisticVerdict {
        get {
            switch statistic {
            case .shape: shape
            case .new: new
            case .missing: missing
            }
        }
        set {
            switch statistic {
            case .shape: shape = newValue
            case .new: new = newValue
            case .missing: missing = newValue
            }
        }
    }

    /// The worst state of the three.
    public var state: DriftState { DriftStatistic.allCases.map { self[$0].state }.reduce(.ok, DriftState.worse) }

    /// The statistic that says so: what explains most comes first.
    public var worst: DriftStatistic {
        let state = state
        return [.new, .missing, .shape].first { self[$0].state == state } ?? .shape
    }

    /// Whether the population has moved, and not its data source broken: only this is worth a training.
    public var isPopulation: Bool { shape.state == .drift && new.state != .drift && missing.state != .drift }
}

extension DriftState {
    /// How much attention it asks for.
    var rank: Int {
        switch self {
        case .ok: 0
        case .notEnoughData, .referenceTooSmall, .waiting, .calendar, .muted: 1
        case .warn: 2
        case .drift: 3
        }
    }

    /// The one that asks for more attention.
    static func worse(_ a: DriftState, _ b: DriftState) -> DriftState { a.rank >= b.rank ? a : b }
}
