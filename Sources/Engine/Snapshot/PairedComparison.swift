public import Learning

/// What a gate found of a version and another one on the same rows.
public struct PairedFigures: Codable, Sendable, Equatable {
    /// The other one: the champion of that time.
    public var against: UInt32
    /// Rows that neither has learnt.
    public var rows: Int
    /// The other one's figures, the version's, and the difference, the primary figure first.
    public var figures: [PairedFigure]

    /// Makes figures.
    public init(against: UInt32, rows: Int, figures: [PairedFigure]) {
        self.against = against
        self.rows = rows
        self.figures = figures
    }
}

/// Two versions, scored anew on the same rows, which neither has learnt.
public struct PairedComparison: Codable, Sendable, Equatable {
    /// The first version.
    public var first: UInt32
    /// The second one: differences are its figures less the first one's.
    public var second: UInt32
    /// Rows that both were scored on; 0 where there are none.
    public var rows: Int
    /// Which rows these are, in words.
    public var source: String
    /// The primary figure first; empty where there are no such rows.
    public var figures: [PairedFigure]
    /// Why nothing is compared; nil when it is.
    public var lack: String?

    /// Makes a comparison.
    public init(first: UInt32, second: UInt32, rows: Int = 0, source: String = "", figures: [PairedFigure] = [], lack: String? = nil) {
        self.first = first
        self.second = second
        self.rows = rows
        self.source = source
        self.figures = figures
        self.lack = lack
    }
}
