/// One trial of a search.
public struct SearchTrial: Codable, Sendable, Equatable {
    /// How it ended.
    public enum State: String, Codable, Sendable {
        /// Better than all others: the version was trained with its settings.
        case best
        /// Judged on all rows of the search.
        case judged
        /// Left behind after fewer rows, since others did better on as many.
        case dropped
        /// Its training failed.
        case failed
        /// The time was over first.
        case unfinished
    }

    /// From 1, which is what the search starts with.
    public var number: Int
    /// The searched settings.
    public var settings: [String: String]
    /// What it was judged by.
    public var metric: String
    /// On the part of the training rows that judges, after its last training; nil without one.
    public var figure: Double?
    /// Share of the rows that its last training learnt from, 0…1; 0 without one.
    public var share: Double
    /// Seconds of all its trainings.
    public var seconds: Double
    /// How it ended.
    public var state: State
    /// Why it failed.
    public var error: String?

    /// A trial that has not begun.
    init(number: Int, settings: [String: String], metric: String) {
        self.number = number
        self.settings = settings
        self.metric = metric
        share = 0
        seconds = 0
        state = .unfinished
    }

    /// `leaves=31 trees=100`.
    public var settingsText: String { SearchText.settings(settings) }
}
