import Foundation
import Learning
package import Tabular

/// A labelled answer as the arms are judged by it.
package struct ArmRow: Sendable, Equatable {
    /// The version that answered.
    package var version: UInt32
    /// The answer and its truth.
    package var row: JudgedRow
    /// What other versions gave the same row, by version.
    package var beside: [UInt32: [Double]]

    package init(version: UInt32, row: JudgedRow, beside: [UInt32: [Double]] = [:]) {
        self.version = version
        self.row = row
        self.beside = beside
    }
}

/// The newest labelled answers of each challenger and of its champion in the same time.
///
/// It begins anew with every change of a share, as `ArmWatch` does. Memory is bounded by `window` rows an arm.
package struct ArmTruths: Sendable, Equatable {
    /// Rows of an arm that are judged together.
    package static let window = 4_000
    /// Rows of both below which nothing is said.
    package static let minimum = 50
    /// New rows after which is judged again.
    package static let step = 25

    private struct Tally: Sendable, Equatable {
        var challenger: Challenger
        var champion: UInt32
        var own: [JudgedRow] = []
        var other: [JudgedRow] = []
        /// Rows that came since it was judged last.
        var fresh = 0
        var found: ArmQuality?

        /// Takes an answer that one of the two has given; of a shadow both have scored the row.
        mutating func take(_ answer: ArmRow) {
            guard answer.row.time >= challenger.since else { return }
            if challenger.plan.kind == .shadow {
                guard answer.version == champion, let scores = answer.beside[challenger.version] else { return }
                var row = answer.row
                row.scores = scores
                own.append(row)
                other.append(answer.row)
                fresh += 1
            } else if answer.version == challenger.version {
                own.append(answer.row)
                fresh += 1
            } else if answer.version == champion {
                other.append(answer.row)
                fresh += 1
            }
        }

        mutating func trim() {
            own = own.suffix(ArmTruths.window)
            other = other.suffix(ArmTruths.window)
        }
    }

    private var tallies: [Tally] = []

    /// Watches nobody yet.
    package init() {}

    /// Whether anybody is watched.
    package var isEmpty: Bool { tallies.isEmpty }

    /// Takes up what the challengers are now; those whose part has changed begin anew.
    package mutating func follow(_ challengers: [Challenger], champion: UInt32?) {
        guard let champion else { return tallies = [] }
        guard tallies.map(\.challenger) != challengers || tallies.contains(where: { $0.champion != champion }) else { return }
        tallies = challengers.map { challenger in
            tallies.first { $0.challenger == challenger && $0.champion == champion } ?? Tally(challenger: challenger, champion: champion)
        }
    }

    /// Takes rows whose truth has come.
    package mutating func take(_ rows: [ArmRow]) {
        for index in tallies.indices {
            for row in rows { tallies[index].take(row) }
            tallies[index].trim()
        }
    }

    /// Compares each challenger of which enough is new with its champion.
    ///
    /// Complexity: O(n log n) an arm.
    package mutating func judge(task: PredictionTask, classes: [String]) {
        for index in tallies.indices where tallies[index].fresh >= Self.step {
            tallies[index].fresh = 0
            let tally = tallies[index]
            tallies[index].found =
                tally.challenger.plan.kind == .shadow
                ? Self.paired(tally.own, tally.other, task) : Self.apart(tally.own, tally.other, task, classes)
        }
    }

    /// Keeps what was found of those that still have the part that it was found for.
    package mutating func keep(_ judged: ArmTruths) {
        for index in tallies.indices {
            guard
                let same = judged.tallies.first(where: {
                    $0.challenger == tallies[index].challenger && $0.champion == tallies[index].champion
                })
            else { continue }
            if same.fresh == 0 { tallies[index].fresh = 0 }
            tallies[index].found = same.found
        }
    }

    /// What is known of a version's answers; nil before there are labels enough.
    package func quality(of version: UInt32) -> ArmQuality? { tallies.first { $0.challenger.version == version }?.found }

    // MARK: Figures

    /// Two arms that answered different requests: their difference has the sum of their variances, each widened for dependence.
    private static func apart(_ own: [JudgedRow], _ other: [JudgedRow], _ task: PredictionTask, _ classes: [String]) -> ArmQuality? {
        let n = min(own.count, other.count)
        guard n >= minimum else { return nil }
        let (mine, its) = (
            QualityFigures(inTime(own), task: task, classes: classes), QualityFigures(inTime(other), task: task, classes: classes)
        )
        let error = (mine.primaryError * mine.primaryError + its.primaryError * its.primaryError).squareRoot()
        guard let second = mine.metrics.first, let first = its.metrics.first, first.name == second.name, error > 0 else { return nil }
        let (difference, half) = (second.value - first.value, error * factor(n))
        let figure = PairedFigure(
            name: first.name, first: first.value, second: second.value, lower: difference - half, upper: difference + half,
            higherIsBetter: first.higherIsBetter)
        return ArmQuality(figure: figure, rows: own.count, championRows: other.count)
    }

    /// A shadow has scored the champion's own rows.
    private static func paired(_ own: [JudgedRow], _ other: [JudgedRow], _ task: PredictionTask) -> ArmQuality? {
        let n = own.count
        guard n >= minimum else { return nil }
        let figures = Evaluation.paired(
            first: other.flatMap(\.scores), second: own.flatMap(\.scores), targets: own.map(\.target), task: task)
        guard var figure = figures.first, figure.name == Evaluation.primary(task) else { return nil }
        // The interval of one look, widened to one of all looks.
        let widening = factor(n) / 1.959_963_984_540_054
        let difference = figure.difference
        figure.lower = difference - (difference - figure.lower) * widening
        figure.upper = difference + (figure.upper - difference) * widening
        return ArmQuality(figure: figure, rows: n, championRows: n)
    }

    private static func inTime(_ rows: [JudgedRow]) -> [JudgedRow] {
        rows.indices.sorted { (rows[$0].time, $0) < (rows[$1].time, $1) }.map { rows[$0] }
    }

    /// The row count for which the interval is made narrowest.
    private static let narrowest = 1_000.0

    /// Standard errors to each side of a mean of n rows that hold it at every n at once, in 95 of 100 roll-outs.
    ///
    /// The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and
    /// asymptotic confidence sequences", 2024, theorem 2.2: √(2 (nρ² + 1) / (nρ²) · ln(√(nρ² + 1) / α)), with ρ for the narrowest interval at
    /// `narrowest` rows, equation 25. At 1,000 rows 3.0, where one look takes 1.96.
    package static func factor(_ n: Int) -> Double {
        let level = 0.05
        let rho = (-2 * log(level) + log(-2 * log(level)) + 1) / narrowest
        let spread = Double(max(1, n)) * rho
        return (2 * (spread + 1) / spread * log((spread + 1).squareRoot() / level)).squareRoot()
    }
}
