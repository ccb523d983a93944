import Foundation
import Tabular

/// Minutes from an order to the door.
enum DeliveryTime {
    static let deployment = SimulatedDeployment(
        name: "delivery-time", summary: "how many minutes until the order is delivered?", target: "minutes", task: .regression,
        columns: [
            .numeric("distance_km"), .integer("items"), .categorical("vehicle"), .categorical("kitchen"), .integer("open_orders"),
            .boolean("rain"), .integer("hour"), .integer("courier_trips"), .numeric("traffic_index"), .boolean("new_building"),
        ], algorithm: "boosted-trees", trainingRows: 7_000, requestsPerSecond: 20, labelDelayMilliseconds: 5_000,
        policy: DemoPolicy.advising,
        draw: draw)

    private static let vehicles: [(name: String, minutesPerKilometre: Double, inRain: Double)] = [
        ("bicycle", 4.1, 1.5), ("scooter", 2.6, 1.25), ("car", 2.3, 1.05),
    ]
    private static let kitchens: [(name: String, minutes: Double)] = [
        ("pizza", 11), ("burger", 9), ("sushi", 15), ("indian", 16), ("bakery", 5), ("salads", 7),
    ]

    private static func draw(_ random: inout SeededGenerator, shift: Double) -> Sample {
        let distance = 0.4 + random.exponential(mean: 2.4 + 1.2 * shift)
        let vehicle = vehicles[random.pick(distance > 5 ? [5, 45, 50] : [42, 40, 18])]
        let kitchen = kitchens[random.pick([24, 22, 14, 14, 12, 14])]
        let hour = 11 + random.pick([3, 9, 10, 6, 3, 3, 4, 6, 10, 12, 9, 5])
        let isPeak = hour == 12 || hour == 13 || hour == 19 || hour == 20
        let orders = Int(random.exponential(mean: (isPeak ? 9 : 4) * (1 + shift)))
        let isRaining = random.chance(0.16 + 0.5 * shift)
        let items = 1 + Int(random.exponential(mean: 1.8))
        let trips = Int(random.exponential(mean: 420))
        let traffic = min(10, max(0, random.normal(isPeak ? 6.2 : 4.1, 1.5) + (isRaining ? 1.1 : 0)))
        let isNewBuilding = random.chance(0.12)

        var minutes = kitchen.minutes + 0.55 * Double(orders) + 0.8 * Double(items - 1)
        minutes +=
            distance * vehicle.minutesPerKilometre * (isRaining ? vehicle.inRain : 1)
            * (vehicle.name == "bicycle" ? 1 : 0.7 + 0.09 * traffic)
        minutes += (isNewBuilding ? 3.5 : 0) - 1.4 * log(1 + Double(trips) / 60)
        return Sample(
            [
                .decimal(distance, 2), .whole(items), .word(vehicle.name), .word(kitchen.name), .whole(orders), .truth(isRaining),
                .whole(hour),
                .whole(trips), .decimal(traffic).orGap(random.chance(0.05)), .truth(isNewBuilding),
            ], truth: (max(6, minutes * exp(random.normal(0, 0.11))) * 10).rounded() / 10)
    }
}
