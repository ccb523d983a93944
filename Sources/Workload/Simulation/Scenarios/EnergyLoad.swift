import Foundation
import Tabular

/// The load of a regional grid in megawatts.
///
/// A shift is a heat wave, in which cooling answers the temperature more steeply.
enum EnergyLoad {
    static let deployment = SimulatedDeployment(
        name: "energy-load", summary: "how many megawatts will the region draw?", target: "load_mw", task: .regression,
        columns: [
            .numeric("temperature"), .numeric("humidity"), .integer("hour"), .categorical("day_type"), .numeric("cloud_cover"),
            .numeric("solar_mw"), .numeric("industry_index"), .categorical("zone"), .numeric("load_same_hour_yesterday"),
        ], algorithm: "boosted-trees", trainingRows: 8_000, requestsPerSecond: 32, labelDelayMilliseconds: 3_000,
        policy: DemoPolicy.automatic,
        draw: draw)

    private static let zones: [(name: String, base: Double, industry: Double)] = [
        ("coast", 2_600, 3), ("capital", 3_900, 6), ("north", 1_700, 9), ("south", 2_100, 2),
    ]
    private static let days: [(name: String, weight: Double, factor: Double)] = [
        ("workday", 5, 1), ("saturday", 1, 0.87), ("sunday", 1, 0.8), ("holiday", 0.3, 0.77),
    ]

    private static func draw(_ random: inout SeededGenerator, shift: Double) -> Sample {
        let zone = zones[random.pick([30, 34, 18, 18])]
        let day = days[random.pick(days.map(\.weight))]
        let hour = random.whole(0...23)
        let daylight = max(0, sin(.pi * (Double(hour) - 6) / 12))
        let temperature = random.normal(17 + 13 * shift, 6.5) + 4 * daylight
        let humidity = min(100, max(12, random.normal(62 - 1.1 * (temperature - 17), 11)))
        let clouds = min(1, max(0, random.normal(0.42 - 0.2 * shift, 0.28)))
        let solar = 520 * daylight * (1 - 0.75 * clouds)
        let industry = random.normal(100, 8)

        let profile = 0.82 + 0.16 * daylight + (hour >= 18 && hour <= 22 ? 0.14 : 0)
        let cooling = max(0, temperature - 22) * (28 + 45 * shift)
        let heating = max(0, 14 - temperature) * 26
        let expected = zone.base * profile * day.factor + cooling + heating + zone.industry * (industry - 100) - 0.6 * solar
        let yesterday = expected + random.normal(0, 150) - cooling * 0.6 * shift
        return Sample(
            [
                .decimal(temperature).orGap(random.chance(0.008)), .decimal(humidity).orGap(random.chance(0.02)), .whole(hour),
                .word(day.name),
                .decimal(clouds, 2), .decimal(solar), .decimal(industry), .word(zone.name), .decimal(yesterday).orGap(random.chance(0.01)),
            ], truth: ((expected + random.normal(0, 45)) * 10).rounded() / 10)
    }
}
