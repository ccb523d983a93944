import Foundation
import Tabular

/// Whether a card payment is fraudulent: rare, quick, and dependent on a score that another company delivers.
enum CardFraud {
    /// The feature that the upstream fault takes away.
    static let faultyFeature = "device_score"

    static let deployment = SimulatedDeployment(
        name: "card-fraud", summary: "is the payment fraudulent?", target: "fraud", task: .binary,
        columns: [
            .numeric("amount"), .categorical("merchant"), .categorical("country"), .boolean("card_present"), .integer("hour"),
            .numeric("km_from_home"), .integer("payments_24h"), .integer("account_age_days"), .numeric(faultyFeature),
            .boolean("new_device"),
        ], algorithm: "boosted-trees", trainingRows: 12_000, requestsPerSecond: 60, labelDelayMilliseconds: 6_000,
        policy: DemoPolicy.automatic, draw: draw)

    private static let merchants: [(name: String, weight: Double, effect: Double, median: Double)] = [
        ("grocery", 30, -0.8, 38), ("fuel", 14, -0.3, 45), ("restaurant", 18, -0.5, 32), ("electronics", 8, 1.0, 210),
        ("travel", 7, 0.5, 340),
        ("gaming", 6, 1.3, 25), ("fashion", 12, 0.1, 75), ("giftcards", 5, 1.9, 100),
    ]
    private static let countries: [(name: String, weight: Double, effect: Double)] = [
        ("ES", 62, -0.2), ("FR", 12, 0), ("DE", 9, 0), ("PT", 7, 0), ("GB", 6, 0.3), ("US", 4, 0.8),
    ]

    private static func draw(_ random: inout SeededGenerator, shift: Double) -> Sample {
        let merchant = merchants[random.pick(merchants.map { $0.weight * ($0.effect > 0.9 ? 1 + 3 * shift : 1) })]
        let country = countries[random.pick(countries.map(\.weight))]
        let amount = merchant.median * exp(random.normal(0, 0.75))
        let isPresent = random.chance(merchant.name == "gaming" || merchant.name == "giftcards" ? 0.08 : 0.68 - 0.3 * shift)
        let hour = random.pick([2, 1, 1, 1, 1, 1, 2, 4, 6, 6, 6, 7, 8, 8, 7, 6, 6, 7, 8, 8, 7, 5, 4, 3])
        let distance = random.exponential(mean: country.name == "ES" ? 14 : 900)
        let payments = Int(random.exponential(mean: 2.6))
        let age = 20 + Int(random.exponential(mean: 900))
        let isNewDevice = random.chance(0.09)
        // Nobody sees the intent; the device score is a noisy look at it.
        let intent = random.normal()
        let device = 50 + 14 * intent + random.normal(0, 9) + (isNewDevice ? 6 : 0)

        var logit = -4.9 + merchant.effect + country.effect + 1.25 * intent + 0.45 * log(amount / merchant.median)
        logit += isPresent ? -0.9 : 0.5
        logit += (hour < 6 ? 0.9 : 0) + 0.11 * Double(min(payments, 12)) - 0.35 * log(Double(age) / 400)
        logit += (isNewDevice ? 0.9 : 0) + 0.0006 * min(distance, 2_000)
        return Sample(
            [
                .decimal(amount, 2), .word(merchant.name), .word(country.name), .truth(isPresent), .whole(hour), .decimal(distance),
                .whole(payments),
                .whole(age), .decimal(min(max(device, 0), 100)).orGap(random.chance(0.02)), .truth(isNewDevice),
            ], isPositive: random.chance(logit: logit + shift))
    }
}
