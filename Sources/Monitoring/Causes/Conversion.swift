/// A linear relation between what a column said and what it says now: another unit.
struct Conversion {
    /// In words: `Fahrenheit to Celsius`.
    var name: String
    /// Now = offset + factor · before.
    var offset: Double
    /// See `offset`.
    var factor: Double

    init(_ name: String, _ factor: Double, offset: Double = 0) {
        self.name = name
        self.factor = factor
        self.offset = offset
    }

    /// What a value was before.
    func undone(_ value: Double) -> Double { (value - offset) / factor }

    /// Units that sources are known to change.
    static let known: [Conversion] =
        [
            Conversion("times 1000", 1_000), Conversion("divided by 1000", 0.001), Conversion("times 100", 100),
            Conversion("divided by 100", 0.01), Conversion("times 10", 10), Conversion("divided by 10", 0.1),
            Conversion("times 1,000,000", 1e6), Conversion("divided by 1,000,000", 1e-6), Conversion("with the other sign", -1),
            Conversion("Fahrenheit to Celsius", 5.0 / 9, offset: -160.0 / 9), Conversion("Celsius to Fahrenheit", 1.8, offset: 32),
            Conversion("Celsius to Kelvin", 1, offset: 273.15), Conversion("Kelvin to Celsius", 1, offset: -273.15),
            Conversion("minutes to seconds", 60),
            Conversion("seconds to minutes", 1.0 / 60), Conversion("hours to seconds", 3_600), Conversion("seconds to hours", 1.0 / 3_600),
            Conversion("days to hours", 24), Conversion("hours to days", 1.0 / 24), Conversion("miles to km", 1.609_344),
            Conversion("km to miles", 1 / 1.609_344), Conversion("lb to kg", 0.453_592_37), Conversion("kg to lb", 1 / 0.453_592_37),
            Conversion("feet to m", 0.3048), Conversion("m to feet", 1 / 0.3048), Conversion("inches to cm", 2.54),
            Conversion("cm to inches", 1 / 2.54), Conversion("knots to km/h", 1.852), Conversion("km/h to knots", 1 / 1.852),
            Conversion("m/s to km/h", 3.6), Conversion("km/h to m/s", 1 / 3.6), Conversion("m/s to mph", 2.236_936),
            Conversion("mph to m/s", 1 / 2.236_936), Conversion("inHg to hPa", 33.863_9), Conversion("hPa to inHg", 1 / 33.863_9),
            Conversion("KiB to bytes", 1_024), Conversion("bytes to KiB", 1.0 / 1_024),
        ]

    /// How far a factor may be from what the spread of the values says, as a ratio: stretches of healthy traffic differ by that.
    private static let tolerance = 1.35

    /// Whether the middle and the spread of values have changed as this says.
    func fits(_ before: Quartiles, _ now: Quartiles) -> Bool {
        let spread = abs(factor) * before.range
        guard spread > 0, now.range > 0 else { return false }
        let ratio = now.range / spread
        return ratio < Self.tolerance && ratio > 1 / Self.tolerance && abs(now.middle - (offset + factor * before.middle)) < 0.6 * spread
    }
}

/// Where the middle half of numbers lies.
struct Quartiles {
    var lower: Double
    var middle: Double
    var upper: Double
    /// From the lower to the upper.
    var range: Double { upper - lower }

    /// Of numbers; nil for fewer than twenty that are finite.
    init?(_ values: [Double]) {
        let sorted = values.filter(\.isFinite).sorted()
        guard sorted.count >= 20 else { return nil }
        lower = sorted[sorted.count / 4]
        middle = sorted[sorted.count / 2]
        upper = sorted[sorted.count * 3 / 4]
    }

    /// Of what a training had, as far as its grid knows; nil for a column without numbers.
    init?(_ feature: FeatureReference) {
        let plain = feature.counts.dropLast(3)
        let total = plain.reduce(0, +)
        guard total > 0, feature.edges.count == plain.count else { return nil }
        func edge(_ share: Double) -> Double {
            var sum = 0
            for (bin, count) in plain.enumerated() {
                sum += count
                if Double(sum) >= share * Double(total) { return feature.edges[bin] }
            }
            return feature.edges[feature.edges.count - 1]
        }
        (lower, middle, upper) = (edge(0.25), edge(0.5), edge(0.75))
    }
}
