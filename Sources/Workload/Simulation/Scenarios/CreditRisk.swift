import Foundation
import Tabular

/// Whether a loan will be in arrears within a year.
enum CreditRisk {
    static let deployment = SimulatedDeployment(
        name: "credit-risk", summary: "will the loan fall into arrears?", target: "arrears", task: .binary,
        columns: [
            .integer("age"), .integer("income"), .integer("loan_amount"), .integer("term_months"), .numeric("debt_ratio"),
            .categorical("employment"), .categorical("home"), .categorical("purpose"), .integer("delinquencies"), .integer("savings"),
        ], algorithm: "online-logistic", trainingRows: 5_000, requestsPerSecond: 8, labelDelayMilliseconds: 10_000,
        policy: DemoPolicy.learning,
        draw: draw)

    private static let employments: [(name: String, effect: Double, income: Double)] = [
        ("permanent", -0.4, 36_000), ("temporary", 0.4, 24_000), ("self-employed", 0.2, 33_000), ("retired", -0.3, 21_000),
        ("student", 0.6, 9_000),
    ]
    private static let homes: [(name: String, effect: Double)] = [("owner", -0.3), ("mortgage", -0.1), ("rent", 0.25)]
    private static let purposes: [(name: String, effect: Double, amount: Double)] = [
        ("car", -0.1, 14_000), ("renovation", -0.2, 18_000), ("education", 0.1, 8_000), ("consolidation", 0.55, 16_000),
        ("travel", 0.3, 5_000),
    ]

    private static func draw(_ random: inout SeededGenerator, shift: Double) -> Sample {
        let employment = employments[random.pick([58, 14, 14, 9, 5])]
        let age =
            employment.name == "retired"
            ? random.whole(63...82) : employment.name == "student" ? random.whole(18...29) : random.whole(21...64)
        let income = employment.income * exp(random.normal(-0.2 * shift, 0.42))
        let home = homes[random.pick(age > 45 ? [45, 33, 22] : [16, 36, 48])]
        let purpose = purposes[random.pick([30, 22, 12, 24 + 30 * shift, 12])]
        let amount = purpose.amount * exp(random.normal(0, 0.5))
        let term = [12, 24, 36, 48, 60][random.pick([10, 22, 30, 22, 16])]
        let debt = min(1.6, max(0, random.normal(0.31 + 0.15 * shift, 0.16)))
        let delinquencies = Int(random.exponential(mean: 0.45))
        let savings = income * exp(random.normal(-1.5, 1.0))

        var logit = -2.3 + employment.effect + home.effect + purpose.effect + 3.1 * (debt - 0.31)
        logit += 0.55 * Double(min(delinquencies, 5)) - 0.45 * log(income / 30_000) + 0.4 * log(amount / 12_000)
        logit += 0.008 * Double(term - 36) - 0.22 * log(savings / 6_000)
        return Sample(
            [
                .whole(age), .decimal(income, 0), .decimal(amount, 0), .whole(term), .decimal(debt, 3), .word(employment.name),
                .word(home.name),
                .word(purpose.name), .whole(delinquencies), .decimal(savings, 0).orGap(random.chance(0.12)),
            ], isPositive: random.chance(logit: logit))
    }
}
