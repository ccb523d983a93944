package import Learning
package import Monitoring
package import Tabular

/// An answer with its truth.
package struct JudgedRow: Sendable, Equatable {
    /// When it was answered, UTC milliseconds.
    package var time: Int64
    /// When the truth came, UTC milliseconds.
    package var received: Int64
    /// What was answered, one value an output.
    package var scores: [Double]
    /// What was true.
    package var target: Double

    package init(time: Int64, received: Int64, scores: [Double], target: Double) {
        self.time = time
        self.received = received
        self.scores = scores
        self.target = target
    }
}

/// What the champion's answers are judged by.
package struct QualityPlan: Sendable {
    /// The champion.
    package var version: UInt32
    /// What is predicted.
    package var task: PredictionTask
    /// Names of its classes.
    package var classes: [String]
    /// The primary figure on the champion's hold-out.
    package var atPromotion: Metric?
    /// How far below it is tolerated: of an area, or as a share of an error.
    package var margin: Double

    package init(version: UInt32, task: PredictionTask, classes: [String], atPromotion: Metric?, margin: Double) {
        self.version = version
        self.task = task
        self.classes = classes
        self.atPromotion = atPromotion
        self.margin = margin
    }
}

/// Realized quality of one deployment: the newest answers of its champion whose truth has come, and what they say.
package struct QualityWatch: Sendable {
    /// Rows that are judged together.
    package static let window = 1_000
    /// Rows below which nothing is said.
    package static let minimum = 200
    /// New rows after which is judged again.
    package static let step = 250
    /// How far below the margin raises, in standard errors: one look in a thousand would by chance.
    package static let raiseSigmas = 3.09
    /// And warns: one in twenty.
    package static let warnSigmas = 1.645
    /// Looks inside of the margin, one after the other, that clear.
    package static let clearAfter = 2
    /// Tolerated drop where the policy names none.
    package static let standardMargin = 0.02

    /// Grows when another version is judged: what was read for an earlier one counts for nothing.
    package private(set) var epoch = 0
    /// Versions whose answers are judged: the champion, and those that it goes on from.
    package private(set) var versions: Set<UInt32> = []
    /// The last label that was looked at, by its sequence; nil: none yet.
    package var after: Int64?
    /// Whether labels are being read now.
    package var isReading = false
    /// Whether more labels wait than one reading takes.
    package var isBehind = false
    /// The newest judged rows, in the order of their labels.
    package private(set) var rows: [JudgedRow] = []
    private var fresh = 0
    private var calm = 0
    /// What was found last.
    package private(set) var status: QualityStatus?
    /// Since when the alarm is raised, UTC milliseconds.
    package private(set) var raisedSince: Int64?
    private var answers = MinuteCounts()
    /// The newest answers, whether their truth has come or not.
    package var estimate = EstimateWatch()

    package init() {}

    /// Begins anew with another champion.
    package mutating func begin(_ version: UInt32?) {
        let (counts, cursor, epoch) = (answers, after, epoch)
        self = QualityWatch()
        self.epoch = epoch + 1
        answers = counts
        after = cursor
        versions = version.map { [$0] } ?? []
    }

    /// Goes on with a version that learnt a little more than the last one.
    package mutating func follow(_ version: UInt32?) {
        guard let version else { return }
        // Those of a day of publishing every five minutes are more than the rows that are kept.
        if versions.count > 400 { versions = [] }
        versions.insert(version)
    }

    /// Counts answers of the champion, for the maturity.
    package mutating func count(answers count: Int, at now: Int64) { answers.add(answers: count, at: now) }

    // MARK: Judging

    /// Takes rows whose truth has come; whether it is time to judge.
    package mutating func take(_ new: [JudgedRow]) -> Bool {
        rows = Array((rows + new).suffix(Self.window))
        for row in new { answers.add(truths: 1, at: row.time) }
        fresh += new.count
        guard fresh >= Self.step, rows.count >= Self.minimum else { return false }
        fresh = 0
        return true
    }

    /// What the rows say, whatever was said before.
    ///
    /// Rows are put in the order of their answers first: that is the order in which they depend on each other. Complexity: O(n log n).
    package static func judge(_ rows: [JudgedRow], _ plan: QualityPlan) -> QualityStatus? {
        guard rows.count >= minimum, let outputs = rows.first?.scores.count, rows.allSatisfy({ $0.scores.count == outputs }) else {
            return nil
        }
        let sorted = rows.indices.sorted { (rows[$0].time, $0) < (rows[$1].time, $1) }.map { rows[$0] }
        let figures = QualityFigures(sorted, task: plan.task, classes: plan.classes)
        let delays = rows.map { $0.received - $0.time }.sorted()
        var status = QualityStatus(
            version: plan.version, realized: figures.metrics, n: rows.count, from: sorted[0].time, until: sorted[sorted.count - 1].time,
            maturity: nil, labelDelayMilliseconds: delays[delays.count / 2], atPromotion: plan.atPromotion, margin: plan.margin,
            sigmas: nil,
            since: nil)
        guard let base = plan.atPromotion, let own = figures.metrics.first, own.name == base.name else { return status }
        status.margin = base.higherIsBetter ? plan.margin : plan.margin * abs(base.value)
        let drop = base.higherIsBetter ? base.value - own.value : own.value - base.value
        let error = (figures.primaryError * figures.primaryError + standardError(base) * standardError(base)).squareRoot()
        status.sigmas = error > 0 ? (drop - status.margin) / error : nil
        return status
    }

    /// Of a figure with a 95 % interval.
    private static func standardError(_ metric: Metric) -> Double {
        guard let lower = metric.lower, let upper = metric.upper, upper > lower else { return 0 }
        return (upper - lower) / (2 * 1.959_963_984_540_054)
    }

    /// Takes a verdict: what it means for the alerts, and whether a drop is to be answered from now on.
    package mutating func note(_ found: QualityStatus, deployment: String, at now: Int64) -> (alerts: [AlertEvent], isChange: Bool) {
        var found = found
        found.maturity = answers.maturity(from: found.from, until: found.until)
        let sigmas = found.sigmas ?? 0
        var alerts: [AlertEvent] = []
        let was = raisedSince
        if sigmas > Self.raiseSigmas {
            calm = 0
            if raisedSince == nil { raisedSince = now }
        } else if sigmas <= 0 {
            calm += 1
            if calm >= Self.clearAfter { raisedSince = nil }
        } else {
            calm = 0
        }
        found.since = raisedSince
        status = found
        if raisedSince != nil, let reason = reason {
            // Found again and again: an open alert takes up its newest figures.
            if was == nil {
                alerts.append(
                    .found(
                        Finding(
                            kind: .quality, severity: .critical, title: "\(deployment): \(reason.text)", reasons: [reason],
                            onset: found.from)))
            }
        } else if calm >= Self.clearAfter {
            alerts.append(.over(.quality, because: "within the margin of its value at promotion on \(found.n) labels"))
        }
        return (alerts, (was == nil) != (raisedSince == nil))
    }

    // MARK: Without the truth

    /// Takes answers of the versions that are judged.
    package mutating func see(_ block: TrafficBlock) { estimate.see(block, versions: versions) }

    /// What the newest answers promise, beside the figure at promotion; nil where nothing is known.
    ///
    /// It lights nothing: it is blind to a changed relation between inputs and truth.
    package var estimatedReason: HealthReason? {
        guard let found = estimate.status, let own = found.primary else { return nil }
        return HealthReason(
            signal: "estimated \(own.name)", light: .unknown, value: own.value, threshold: status?.atPromotion?.value ?? 0, unit: "",
            n: found.n, since: 0,
            text:
                "estimated \(own.name) \(Figures.short(own.value)) on \(Figures.grouped(found.n)) answers, labels or not: \(found.calibration)"
        )
    }

    // MARK: Light

    /// The quality light.
    package var light: Monitoring.Light {
        guard let status, let sigmas = status.sigmas else { return .unknown }
        return raisedSince != nil ? .alert : sigmas > Self.warnSigmas ? .warn : .ok
    }

    /// Why the light is what it is; nil while nothing is known.
    package var reason: HealthReason? {
        guard let status, let own = status.primary, let base = status.atPromotion else { return nil }
        let sign = base.higherIsBetter ? -1.0 : 1
        let words =
            "realized \(own.name) \(Figures.short(own.value)) on \(Figures.grouped(status.n)) labels"
            + " (\(Figures.short(base.value)) at promotion, margin \(Figures.short(status.margin)))"
        return HealthReason(
            signal: "realized \(own.name)", light: light, value: own.value, threshold: base.value + sign * status.margin, unit: "",
            n: status.n, since: raisedSince ?? 0, text: words)
    }
}

/// Answers and truths by the minute of the answer, for a day.
struct MinuteCounts: Sendable {
    private static let minutes = 1_440
    private var answers: [Int64: Int] = [:]
    private var truths: [Int64: Int] = [:]

    mutating func add(answers count: Int, at now: Int64) {
        let minute = now / 60_000
        if answers[minute] == nil, answers.count >= Self.minutes {
            answers = answers.filter { minute - $0.key < Int64(Self.minutes) }
            truths = truths.filter { minute - $0.key < Int64(Self.minutes) }
        }
        answers[minute, default: 0] += count
    }

    mutating func add(truths count: Int, at time: Int64) {
        let minute = time / 60_000
        if answers[minute] != nil { truths[minute, default: 0] += count }
    }

    /// The share of answers that have their truth; nil where a minute has not been counted.
    func maturity(from: Int64, until: Int64) -> Double? {
        let (first, last) = (from / 60_000, until / 60_000)
        guard last >= first, last - first < Int64(Self.minutes), let begun = answers.keys.min(), begun <= first else { return nil }
        let all = (first...last).reduce(0) { $0 + (answers[$1] ?? 0) }
        guard all > 0 else { return nil }
        return min(1, Double((first...last).reduce(0) { $0 + (truths[$1] ?? 0) }) / Double(all))
    }
}
