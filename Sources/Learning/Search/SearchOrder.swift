/// How long and how widely settings are searched.
public struct SearchOrder: Codable, Sendable, Equatable {
    /// Fewest and most trials.
    public static let trialRange = 2...1_000
    /// Shortest and longest time, seconds.
    public static let secondsRange = 1.0...604_800
    /// The time when nobody says otherwise, seconds.
    public static let standardSeconds = 600.0

    /// Settings that are tried, the ones that it starts with among them.
    public var trials: Int
    /// Time of all trials, seconds; the winner's training comes after it.
    public var seconds: Double
    /// Searched settings that the first trial takes in the place of the defaults: the champion's.
    public var start: [String: String]

    /// Makes an order.
    public init(trials: Int, seconds: Double = standardSeconds, start: [String: String] = [:]) {
        self.trials = trials
        self.seconds = seconds
        self.start = start
    }

    /// Only `trials` has to be there.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        trials = try values.decode(Int.self, forKey: .trials)
        seconds = try values.decodeIfPresent(Double.self, forKey: .seconds) ?? Self.standardSeconds
        start = try values.decodeIfPresent([String: String].self, forKey: .start) ?? [:]
    }

    /// Refuses numbers out of range.
    func check() throws(LearningFailure) {
        guard Self.trialRange.contains(trials) else {
            let range = Self.trialRange
            throw .badSetting(
                name: "search", value: "\(trials)", allowed: "a number of trials from \(range.lowerBound) to \(range.upperBound)")
        }
        guard Self.secondsRange.contains(seconds) else {
            throw .badSetting(name: "search-time", value: "\(seconds) s", allowed: "from a second to a week")
        }
    }
}
