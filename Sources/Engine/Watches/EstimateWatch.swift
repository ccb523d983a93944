package import Learning
import Monitoring
package import Tabular

/// The newest answers of a champion, with or without their truth, and what they promise.
package struct EstimateWatch: Sendable {
    /// Answers that are kept.
    package static let most = 4_000
    /// Answers below which nothing is said.
    package static let minimum = 200
    /// New answers after which they are looked at again.
    package static let step = 500

    /// Scores, row-major, oldest first.
    private var scores: [Double] = []
    /// When each was made, UTC milliseconds.
    private var times: [Int64] = []
    private var outputs = 0
    private var fresh = 0
    /// What was found last.
    package var status: QualityEstimate?
    /// How well the champion's probabilities kept their word on its hold-out; nil: not read yet.
    package var heldOut: HeldOutCalibration?

    package init() {}

    /// Takes the rows of a block that some versions answered.
    ///
    /// Complexity: O(rows).
    package mutating func see(_ block: TrafficBlock, versions: Set<UInt32>) {
        guard block.outputs > 0 else { return }
        if block.outputs != outputs { (scores, times, outputs) = ([], [], block.outputs) }
        for row in max(0, block.count - Self.most)..<block.count where versions.contains(block.versions[row]) {
            scores.append(contentsOf: block.scores[(row * outputs)..<((row + 1) * outputs)])
            times.append(block.times[row])
            fresh += 1
        }
        // Moved seldom: a row at a time would move all of them each time.
        guard times.count > 2 * Self.most else { return }
        times.removeFirst(times.count - Self.most)
        scores.removeFirst(scores.count - times.count * outputs)
    }

    /// Whether enough has come to look again.
    package var isDue: Bool { fresh >= Self.step && times.count >= Self.minimum }

    /// What was there is about to be looked at.
    package mutating func begin() { fresh = 0 }

    /// What the newest answers promise; nil for numbers, which promise nothing, and for too few.
    ///
    /// Complexity: O(n log n).
    package func estimate(_ plan: QualityPlan, truths: [JudgedRow]) -> QualityEstimate? {
        guard plan.task != .regression, times.count >= Self.minimum else { return nil }
        let n = min(times.count, Self.most)
        let newest = Array(scores.suffix(n * outputs))
        let figures = plan.task == .binary ? ExpectedQuality.binary(newest) : ExpectedQuality.multiclass(newest, classes: outputs)
        guard !figures.isEmpty else { return nil }
        let rows = truths.filter { $0.scores.count == outputs }.enumerated().sorted {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }
        .map(\.element)
        let calibration = CalibrationVerdict(rows, heldOut: heldOut, plan: plan)
        let kept = times.suffix(n)
        return QualityEstimate(
            version: plan.version, estimated: figures, n: n, from: kept.min() ?? 0, until: kept.max() ?? 0,
            both: rows.count >= QualityWatch.minimum ? powered(rows, newest, plan.task) : [], labels: rows.count,
            isCalibrated: calibration.isCalibrated, calibration: calibration.words)
    }

    /// Figures that are means of rows, from promises and truths together.
    private func powered(_ rows: [JudgedRow], _ newest: [Double], _ task: PredictionTask) -> [QualityFigure] {
        let own = rows.flatMap(\.scores)
        let realized = Evaluation.influences(scores: own, targets: rows.map(\.target), task: task)
        let promised = ExpectedQuality.losses(own, outputs: outputs)
        let others = ExpectedQuality.losses(newest, outputs: outputs)
        return ["accuracy", "logLoss", "brier"].compactMap { name in
            guard let truths = realized[name], let estimates = promised[name], let rest = others[name],
                let found = PredictionPowered(truths: truths, estimates: estimates, others: rest)
            else { return nil }
            return QualityFigure(
                name: name, value: found.value, lower: max(0, found.value - found.halfWidth),
                upper: name == "logLoss" ? found.value + found.halfWidth : min(1, found.value + found.halfWidth))
        }
    }
}

/// How well a version's probabilities kept their word when it was trained.
package enum HeldOutCalibration: Sendable, Equatable {
    case known(excess: Double, error: Double)
    /// Why it is not known.
    case unknown(String)

    /// By a version's report.
    package init(_ report: CalibrationReport?, version: UInt32) {
        guard let report else {
            self = .unknown("v\(version) has no calibration curve")
            return
        }
        self = .known(excess: report.excess, error: report.errorAfter)
    }
}

extension CalibrationReport {
    /// How far groups of rows are from what was promised, beyond what chance allows (their 95 % intervals); the mean over rows.
    package var excess: Double {
        let rows = Double(max(1, points.reduce(0) { $0 + $1.n }))
        return points.reduce(0) { $0 + Double($1.n) / rows * max(0, $1.lower - $1.predicted, $1.predicted - $1.upper) }
    }
}

/// Whether probabilities keep their word: by the newest labels, where there are enough, else by the hold-out.
struct CalibrationVerdict {
    /// Beyond chance, up to which they do.
    private static let tolerated = 0.01

    var isCalibrated: Bool?
    var words: String

    init(_ rows: [JudgedRow], heldOut: HeldOutCalibration?, plan: QualityPlan) {
        let scores = rows.flatMap(\.scores)
        if rows.count >= QualityWatch.minimum,
            let report = CalibrationReport(method: "", before: scores, after: scores, targets: rows.map(\.target), task: plan.task)
        {
            isCalibrated = report.excess <= Self.tolerated
            words = Self.words(isCalibrated == true, report.errorAfter, "on the newest \(Figures.grouped(rows.count)) labels")
            return
        }
        switch heldOut {
        case .known(let excess, let error):
            isCalibrated = excess <= Self.tolerated
            words = Self.words(isCalibrated == true, error, "on its hold-out")
        case .unknown(let why): words = "whether scores are calibrated is not known: \(why)"
        case nil: words = "whether scores are calibrated is not known yet"
        }
    }

    private static func words(_ isCalibrated: Bool, _ error: Double, _ place: String) -> String {
        "scores are \(isCalibrated ? "" : "not ")calibrated \(place), error \(Figures.short(error))"
    }
}
