/// How much of one column a dictionary keeps.
///
/// Every bound is the column's own: what fills one harms no other. `docs/decisions/categories.md` says why they are what they are.
public struct CategoryLimits: Sendable, Equatable {
    /// Texts that only traffic brought.
    public var trafficTexts: Int
    /// Their bytes together.
    public var trafficBytes: Int
    /// The longest of them, bytes.
    public var longestTrafficText: Int
    /// Texts that trainings used.
    public var pinnedTexts: Int
    /// Their bytes together.
    public var pinnedBytes: Int

    /// Makes limits; the defaults are those of a deployment.
    public init(
        trafficTexts: Int = 16_384, trafficBytes: Int = 1 << 20, longestTrafficText: Int = 1_024, pinnedTexts: Int = 1 << 20,
        pinnedBytes: Int = 64 << 20
    ) {
        self.trafficTexts = trafficTexts
        self.trafficBytes = trafficBytes
        self.longestTrafficText = longestTrafficText
        self.pinnedTexts = pinnedTexts
        self.pinnedBytes = pinnedBytes
    }
}

/// How full one column's dictionary is.
public struct CategoryFill: Sendable, Codable, Equatable {
    /// The column.
    public var feature: String
    /// Texts that only traffic brought.
    public var trafficTexts: Int
    /// Texts that trainings used.
    public var pinnedTexts: Int
    /// The fullest of its bounds, 0...1.
    public var share: Double
    /// Whether it is the trainings' bound that is the fullest.
    public var isPinned: Bool
    /// Values since start that came as *other* because there was no room for their text.
    public var turnedAway: Int64

    /// Makes a fill.
    public init(feature: String, trafficTexts: Int, pinnedTexts: Int, share: Double, isPinned: Bool, turnedAway: Int64) {
        self.feature = feature
        self.trafficTexts = trafficTexts
        self.pinnedTexts = pinnedTexts
        self.share = share
        self.isPinned = isPinned
        self.turnedAway = turnedAway
    }
}

/// A text with its code, as it is stored.
public struct CategoryEntry: Sendable, Equatable {
    /// The column; nil for a code that every column of the deployment has, from the time when a deployment had one dictionary.
    public var feature: String?
    /// The code in rows.
    public var code: Int32
    /// The text.
    public var text: String
    /// Whether a training used it: it keeps its code for good.
    public var isPinned: Bool
    /// Time of the newest stored row that has it, UTC milliseconds, up to an hour less.
    public var seen: Int64

    /// Makes an entry.
    public init(feature: String?, code: Int32, text: String, isPinned: Bool, seen: Int64) {
        self.feature = feature
        self.code = code
        self.text = text
        self.isPinned = isPinned
        self.seen = seen
    }
}
