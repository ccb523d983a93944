/// Sums of 4 and of 16 windows, one after the other: they find shifts that are too small for one window.
///
/// One bad one raises, at a fifth of its level; its next clean one clears. Only shapes count: an hour without values in one window makes the
/// sum of four remarkable, and has its own watch.
struct LongWindows: Sendable {
    /// Windows of a sum.
    static let factors = [4, 16]
    /// Stretches of its length that each half of the training must hold: with four, long memory raised 0.15 false alarms a day.
    static let fewest = 8
    /// The part of a sum's level that it may use.
    static let share = 0.2

    private struct Sum: Sendable {
        var factor: Int
        var counts: BinCounts
        var windows = 0
        var days = 0.0
        var span: TimeSpan?
        var raised: LongVerdict?
    }

    private var sums: [Sum]

    init(_ profile: ReferenceProfile) { sums = Self.factors.map { Sum(factor: $0, counts: .empty(profile)) } }

    /// What is raised now.
    var raised: [LongVerdict] { sums.compactMap(\.raised) }

    /// Adds a window, and judges the sums that are full.
    mutating func add(
        _ window: BinCounts, days: Double, span: TimeSpan?, start: Int64, by judge: StretchJudge, falseAlarmsPerDay: Double,
        tuning: ColumnTuning
    ) {
        for index in sums.indices {
            sums[index].counts.add(window)
            sums[index].windows += 1
            sums[index].days += days
            sums[index].span = TimeSpan.joined(sums[index].span, span)
            guard sums[index].windows >= sums[index].factor else { continue }
            conclude(&sums[index], start: start, by: judge, falseAlarmsPerDay: falseAlarmsPerDay, tuning)
            sums[index].counts.clear()
            sums[index].windows = 0
            sums[index].days = 0
            sums[index].span = nil
        }
    }

    /// What stands raised, without columns that somebody has muted since.
    func raised(_ names: [String], _ tuning: ColumnTuning) -> [LongVerdict] {
        let muted = Set(names.indices.filter { tuning.mute($0) != nil }.map { names[$0] })
        guard !muted.isEmpty else { return raised }
        return raised.compactMap { verdict in
            var verdict = verdict
            verdict.columns.removeAll { muted.contains($0.name) }
            verdict.isPopulation = verdict.columns.contains { $0.verdict.isPopulation }
            return verdict.columns.isEmpty ? nil : verdict
        }
    }

    private func conclude(
        _ sum: inout Sum, start: Int64, by judge: StretchJudge, falseAlarmsPerDay: Double, _ tuning: ColumnTuning
    ) {
        let rate = sum.span.map { judge.rate(rows: sum.counts.rows, $0) } ?? 1
        guard Double(judge.table.rows / 2) * rate >= Double(LongWindows.fewest) * sum.counts.rows else {
            sum.raised = nil
            return
        }
        let days = max(sum.days, sum.span?.days ?? 0)
        let alpha = Drift.alpha(days: days, falseAlarmsPerDay: falseAlarmsPerDay) * Self.share
        let verdicts = tuning.applied(to: judge.judge(sum.counts, StretchJudge.Occasion(alpha: alpha, rate: rate)))
        let bad = verdicts.indices.filter { verdicts[$0].shape.state == .drift }
        if bad.isEmpty {
            if judge.isClean(verdicts, tuning) { sum.raised = nil }
            return
        }
        sum.raised = LongVerdict(
            rows: Int(sum.counts.rows), windows: sum.factor, since: sum.raised?.since ?? start,
            isPopulation: bad.contains { verdicts[$0].isPopulation },
            columns: bad.sorted { verdicts[$0].shape.excess > verdicts[$1].shape.excess }.map {
                LongVerdict.Column(name: judge.profile.features[$0].name, verdict: verdicts[$0])
            })
    }
}

/// What a sum of windows found.
public struct LongVerdict: Codable, Sendable, Equatable {
    /// A column that it found.
    public struct Column: Codable, Sendable, Equatable {
        /// Its name.
        public var name: String
        /// What was found.
        public var verdict: ColumnVerdict
    }

    /// Rows.
    public var rows: Int
    /// Windows.
    public var windows: Int
    /// When its last window began at the first of the bad sums, UTC milliseconds.
    public var since: Int64
    /// Whether the population has moved in one of the columns.
    public var isPopulation: Bool
    /// The columns, worst first.
    public var columns: [Column]
}

/// The least and the greatest time that rows carry, UTC milliseconds.
public struct TimeSpan: Sendable, Equatable {
    /// The earliest.
    public var least: Double
    /// The latest.
    public var greatest: Double

    /// Its length in days.
    public var days: Double { max(0, greatest - least) / 86_400_000 }

    /// Makes a span.
    public init(least: Double, greatest: Double) {
        self.least = least
        self.greatest = greatest
    }

    /// The span of both.
    static func joined(_ a: TimeSpan?, _ b: TimeSpan?) -> TimeSpan? {
        guard let a, let b else { return a ?? b }
        return TimeSpan(least: min(a.least, b.least), greatest: max(a.greatest, b.greatest))
    }
}

extension StretchJudge {
    /// Live rows per unit of the data's own time, over the training's; 1 where one of them is not known.
    ///
    /// What an hour shares is shared by ten times the rows at ten times the rate: a window is compared with stretches of its duration.
    func rate(rows: Double, _ span: TimeSpan) -> Double {
        guard let training = table.rate, span.greatest > span.least, rows > 1 else { return 1 }
        return min(1e6, max(1e-6, rows / (span.greatest - span.least) / training))
    }
}
