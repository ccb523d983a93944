/// One thing that grows, with its limit and when it will be there.
public struct GrowthStatus: Codable, Sendable, Equatable {
    /// What grows.
    public var thing: GrowingThing
    /// What it is counted in.
    public var unit: GrowingThing.Unit
    /// How much of it there is.
    public var size: Int64
    /// How much there may be; nil: nobody says.
    public var limit: Int64?
    /// What happens then.
    public var atLimit: String
    /// Growth in a day; nil while there is too little to tell it from.
    public var perDay: Double?
    /// When it is full, UTC milliseconds; nil when it does not grow, or that cannot be told yet.
    public var fullAt: Int64?
    /// How long it has been watched, milliseconds.
    public var watchedMilliseconds: Int64
    /// Whether somebody should see to it: it is near its limit, or will be, and nothing mends that by itself.
    public var isPressing = false

    /// Makes a status at a time.
    package init(_ thing: GrowingThing, size: Int64, limit: Int64?, line: GrowthLine = GrowthLine(), at now: Int64) {
        self.thing = thing
        unit = thing.unit
        self.size = size
        self.limit = limit
        atLimit = thing.atLimit
        perDay = line.perDay
        fullAt = limit.flatMap { GrowthLine.full(size: size, limit: $0, perDay: line.perDay, now: now) }
        watchedMilliseconds = line.span
    }

    /// From this share of a limit on somebody should see to it, however it grows.
    package static let fullShare = 0.9
    /// What pressed does so until it is below this share of its limit.
    package static let calmShare = 0.85
    /// Growth over a shorter time presses nobody, milliseconds: the first hour of anything is steep.
    package static let alarmMilliseconds: Int64 = 3_600_000

    /// Judges whether somebody should see to it.
    ///
    /// - Parameters:
    ///   - warn: so long before it is full, milliseconds.
    ///   - didPress: whether it was so before: that ends later than it begins, so that a line which trembles is one alert.
    package mutating func judge(warn: Int64, didPress: Bool, at now: Int64) {
        isPressing = false
        guard thing.needsPerson, limit != nil else { return }
        let ahead = didPress ? warn + warn / 4 : warn
        let isSoon = fullAt.map { $0.subtractingReportingOverflow(now).partialValue <= ahead } ?? false
        isPressing = share >= (didPress ? Self.calmShare : Self.fullShare) || isSoon && watchedMilliseconds >= Self.alarmMilliseconds
    }

    /// How full it is, 0…1 and beyond; 0 without a limit.
    public var share: Double { limit.map { $0 > 0 ? Double(size) / Double($0) : 0 } ?? 0 }

    /// In a sentence.
    public var words: String {
        var words = "\(thing.rawValue): \(Self.text(size, unit))"
        guard let limit else { return words }
        words += " of \(Self.text(limit, unit))"
        if let perDay, abs(perDay) >= 1 { words += ", \(perDay < 0 ? "-" : "+")\(Self.text(Self.whole(perDay), unit)) a day" }
        return words
    }

    private static func whole(_ value: Double) -> Int64 { Int64(min(max(value.isNaN ? 0 : value, -9e18), 9e18)) }

    /// A size for people.
    public static func text(_ size: Int64, _ unit: GrowingThing.Unit) -> String {
        let size = size.magnitude
        guard unit == .bytes else { return "\(size) rows" }
        var value = Double(size)
        for name in ["B", "KiB", "MiB", "GiB"] {
            if value < 1_024 { return name == "B" ? "\(size) B" : "\((value * 10).rounded() / 10) \(name)" }
            value /= 1_024
        }
        return "\((value * 10).rounded() / 10) TiB"
    }
}
