/// What a threshold was chosen by.
public enum ThresholdBasis: Codable, Sendable, Equatable {
    /// One half, as where nobody chose.
    case standard
    /// Somebody said it.
    case value
    /// The best by a figure.
    case best(DecisionFigure)
    /// What the two kinds of mistakes cost, in any unit.
    case costs(falsePositive: Double, falseNegative: Double)
    /// At most this share of the rows is called positive, 0…1.
    case rate(Double)
    /// At most so many cases a day of so many rows a day.
    case capacity(cases: Double, rows: Double)
    /// At least this share of what is called positive is, 0…1.
    case precision(Double)
    /// At least this share of the positive rows is found, 0…1.
    case recall(Double)

    /// In a few words: `best f1`, `costs 1, 20`, `at most 5 % called`.
    public var words: String {
        switch self {
        case .standard: "the standard"
        case .value: "as said"
        case .best(let figure): "best \(figure.rawValue)"
        case .costs(let positive, let negative): "costs \(Self.short(positive)) a false alarm, \(Self.short(negative)) a miss"
        case .rate(let share): "at most \(Self.short(share * 100)) % called"
        case .capacity(let cases, let rows): "\(Self.short(cases)) cases a day of \(Self.short(rows)) rows"
        case .precision(let share): "precision of \(Self.short(share)) or more"
        case .recall(let share): "recall of \(Self.short(share)) or more"
        }
    }

    /// What is wrong with its numbers; nil when nothing is.
    public var problem: String? {
        switch self {
        case .standard, .value, .best: nil
        case .costs(let positive, let negative):
            positive.isFinite && negative.isFinite && positive >= 0 && negative >= 0 && positive + negative > 0
                ? nil : "costs: two numbers from 0 on, not both 0"
        case .rate(let share): share > 0 && share <= 1 ? nil : "rate: a share above 0, up to 1"
        case .capacity(let cases, let rows):
            cases > 0 && rows > 0 && cases.isFinite && rows.isFinite ? nil : "capacity: more than 0 cases a day, of more than 0 rows a day"
        case .precision(let share): share > 0 && share <= 1 ? nil : "precision: a share above 0, up to 1"
        case .recall(let share): share > 0 && share <= 1 ? nil : "recall: a share above 0, up to 1"
        }
    }
}

extension ThresholdBasis {
    /// A number with at most four decimals.
    fileprivate static func short(_ value: Double) -> String {
        let rounded = (value * 10_000).rounded() / 10_000
        return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
    }
}

/// A threshold that somebody chose for a version of two classes: from it on a score is called positive.
public struct DecisionThreshold: Codable, Sendable, Equatable {
    /// Where nobody chose.
    public static let standard = 0.5
    /// What it can be.
    public static let range = 0.0...1.0

    /// 0…1.
    public var value: Double
    /// What it was chosen by.
    public var basis: ThresholdBasis

    /// Makes one.
    public init(_ value: Double, _ basis: ThresholdBasis) {
        self.value = value
        self.basis = basis
    }
}

/// Why no threshold does what was asked for.
public enum DecisionFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What the numbers must be.
    case invalid(String)
    /// The rows of the largest score alone are a larger share than that.
    case tooFew(wanted: Double, least: Double)
    /// None has that precision; the most that one has.
    case tooPrecise(wanted: Double, most: Double)

    /// What, and what there is instead.
    public var description: String {
        func short(_ value: Double) -> String { ThresholdBasis.short(value) }
        return switch self {
        case .invalid(let problem): problem
        case .tooFew(let wanted, let least):
            "no threshold calls at most \(short(wanted * 100)) % of the rows: the largest score alone is \(short(least * 100)) % of them"
        case .tooPrecise(let wanted, let most):
            "no threshold has a precision of \(short(wanted)): the most on the held-out rows is \(short(most))"
        }
    }
}
