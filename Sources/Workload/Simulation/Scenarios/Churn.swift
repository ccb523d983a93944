import Tabular

/// Whether a customer leaves within the month.
enum Churn {
    static let deployment = SimulatedDeployment(
        name: "churn", summary: "will the customer leave this month?", target: "churned", task: .binary,
        columns: [
            .integer("tenure_months"), .categorical("contract"), .categorical("payment"), .numeric("monthly_charge"),
            .integer("support_calls"),
            .numeric("data_gb"), .boolean("fiber"), .boolean("paperless"), .numeric("satisfaction"), .integer("late_payments"),
        ], algorithm: "logistic", trainingRows: 6_000, requestsPerSecond: 15, labelDelayMilliseconds: 8_000, policy: DemoPolicy.advising,
        draw: draw)

    private static let contracts: [(name: String, effect: Double)] = [("monthly", 0.9), ("one-year", -0.5), ("two-year", -1.4)]
    private static let payments: [(name: String, effect: Double)] = [("card", -0.2), ("transfer", 0), ("cheque", 0.4), ("wallet", 0.1)]

    private static func draw(_ random: inout SeededGenerator, shift: Double) -> Sample {
        let tenure = min(84, Int(random.exponential(mean: 26 - 10 * shift)))
        let contract = contracts[random.pick(tenure < 12 ? [75, 20, 5] : [40, 32, 28])]
        let payment = payments[random.pick([45, 30, 10, 15])]
        let hasFiber = random.chance(0.45)
        let charge = (hasFiber ? 74 : 42) + random.normal(0, 11) + 12 * shift
        let calls = Int(random.exponential(mean: 1.1 + 1.4 * shift))
        let usage = max(0, random.normal(hasFiber ? 310 : 120, 70))
        let satisfaction = min(10, max(0, random.normal(7.4 - 0.45 * Double(calls) - 0.012 * (charge - 55), 1.3)))
        let late = Int(random.exponential(mean: 0.5))

        var logit = -1.3 + contract.effect + payment.effect - 0.035 * Double(tenure) + 0.022 * (charge - 55)
        logit += 0.32 * Double(calls) - 0.38 * (satisfaction - 7) + 0.25 * Double(min(late, 4)) + (hasFiber ? 0.25 : 0)
        return Sample(
            [
                .whole(tenure), .word(contract.name), .word(payment.name), .decimal(charge, 2), .whole(calls),
                .decimal(usage).orGap(random.chance(0.03)), .truth(hasFiber), .truth(random.chance(0.6)),
                .decimal(satisfaction).orGap(random.chance(0.18)), .whole(late),
            ], isPositive: random.chance(logit: logit))
    }
}
