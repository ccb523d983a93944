import Tabular

/// Whether a flight arrives more than 15 minutes late.
///
/// A shift brings winter storms, in which carriers differ more than before.
enum FlightDelay {
    static let deployment = SimulatedDeployment(
        name: "flight-delay", summary: "will the flight arrive late?", target: "late", task: .binary,
        columns: [
            .categorical("carrier"), .categorical("origin"), .categorical("dest"), .integer("distance"), .integer("sched_hour"),
            .integer("weekday"), .numeric("temp"), .numeric("wind_speed"), .numeric("precip"), .numeric("visib"), .integer("turnaround"),
        ], algorithm: "boosted-trees", trainingRows: 9_000, requestsPerSecond: 45, labelDelayMilliseconds: 4_000,
        policy: DemoPolicy.automatic, draw: draw)

    private static let carriers: [(name: String, weight: Double, effect: Double, winter: Double)] = [
        ("UA", 18, 0.0, 0.2), ("B6", 17, 0.25, 0.9), ("EV", 16, 0.55, 1.4), ("DL", 15, -0.25, -0.4), ("AA", 10, -0.15, 0.1),
        ("MQ", 8, 0.35, 1.1), ("US", 6, -0.35, -0.2), ("9E", 6, 0.2, 0.8), ("WN", 4, 0.1, 0.0),
    ]
    private static let origins: [(name: String, effect: Double)] = [("EWR", 0.25), ("JFK", 0.0), ("LGA", 0.05)]
    private static let destinations: [(name: String, weight: Double, miles: Int, effect: Double)] = [
        ("ATL", 10, 757, 0.2), ("ORD", 10, 729, 0.3), ("LAX", 9, 2_468, -0.2), ("BOS", 9, 190, 0.0), ("MCO", 8, 945, 0.0),
        ("SFO", 7, 2_578, 0.1), ("CLT", 7, 538, 0.0), ("MIA", 7, 1_094, -0.1), ("FLL", 7, 1_069, 0.0), ("DFW", 5, 1_383, 0.1),
        ("IAD", 5, 225, 0.1), ("SEA", 3, 2_412, -0.1),
    ]

    private static func draw(_ random: inout SeededGenerator, shift: Double) -> Sample {
        let carrier = carriers[random.pick(carriers.map(\.weight))]
        let origin = origins[random.pick([37, 33, 30])]
        let destination = destinations[random.pick(destinations.map(\.weight))]
        let hour = 5 + random.pick([3, 9, 9, 8, 7, 6, 6, 6, 7, 7, 8, 8, 9, 8, 7, 5, 3, 1])
        let weekday = random.whole(1...7)
        let storminess = 0.12 + 0.45 * shift
        let isStorm = random.chance(storminess)
        let temperature = random.normal(57 - 27 * shift, 14)
        let wind = max(0, random.normal(isStorm ? 19 : 9, 4) + 3 * shift)
        let precipitation = isStorm ? random.exponential(mean: 0.18 + 0.25 * shift) : 0
        let visibility = isStorm ? random.uniform(0.5, 8) : min(10, random.uniform(8.5, 12))
        let turnaround = random.whole(30...95)

        var logit = -2.35 + carrier.effect + origin.effect + destination.effect + 0.13 * Double(hour - 5)
        logit += 0.045 * (wind - 9) + 2.2 * min(precipitation, 1) + 0.12 * (10 - visibility) - 0.02 * Double(turnaround - 60)
        if weekday == 4 || weekday == 5 { logit += 0.3 }
        // In winter the de-icing queue decides: carriers, and the cold itself, matter more than the hour.
        logit += shift * (1.6 * carrier.winter + (temperature < 30 ? 1.4 : -0.4) - 0.1 * Double(hour - 12))
        return Sample(
            [
                .word(carrier.name), .word(origin.name), .word(destination.name), .whole(destination.miles + random.whole(-4...4)),
                .whole(hour),
                .whole(weekday), .decimal(temperature).orGap(random.chance(0.01)), .decimal(wind).orGap(random.chance(0.01)),
                .decimal(precipitation, 2), .decimal(visibility), .whole(turnaround),
            ], isPositive: random.chance(logit: logit))
    }
}
