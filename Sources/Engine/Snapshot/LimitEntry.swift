import Tabular

extension StatusDocument {
    /// One thing that grows.
    public struct LimitEntry: Codable, Sendable, Equatable {
        /// What grows.
        public var thing: GrowingThing
        /// What it is counted in: `bytes`, `rows`.
        public var unit: GrowingThing.Unit
        /// How much of it there is.
        public var size: Int64
        /// How much there may be; absent where nobody says.
        public var limit: Int64?
        /// What happens then.
        public var atLimit: String
        /// Growth in a day; absent while there is too little to tell it from.
        public var growthPerDay: Double?
        /// When it is full, RFC 3339; absent when it does not grow, or that cannot be told yet.
        public var fullAt: String?
        /// How long it has been watched, seconds.
        public var watchedSeconds: Double

        /// Whether somebody should see to it.
        public var pressing: Bool

        init(_ status: GrowthStatus) {
            thing = status.thing
            unit = status.unit
            size = status.size
            limit = status.limit
            atLimit = status.atLimit
            growthPerDay = status.perDay
            fullAt = status.fullAt.map { TimeText.rfc3339($0) }
            pressing = status.isPressing
            watchedSeconds = Double(status.watchedMilliseconds) / 1_000
        }
    }
}
