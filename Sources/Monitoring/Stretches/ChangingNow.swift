/// The verdict `changing now`: a window against the sixteen before it, judged as the training's own consecutive stretches were.
///
/// It sees what `unlike training` cannot: a change inside of what the training knows (°C for °F in a mild spring), and a fault beside one
/// that stands. Every window becomes part of what the next one is compared with, so that the verdict ends by itself when a change has become usual.
package struct ChangingNow: Sendable {
    /// What a window weighs against the next one: together they weigh sixteen.
    static let keep = 15.0 / 16
    /// Windows before anything is said.
    static let silentWindows = 8
    /// Windows under alarm after which a column is silent until the next version: its training knows nothing of its new ways.
    static let patience = 48

    /// Counting noise of a stretch against the weighed ones before it.
    static func noise(_ rows: Double) -> Double { 1 / rows + (1 - keep) / rows }

    /// The weighed windows so far.
    private(set) var base: BinCounts
    /// Windows so far.
    private(set) var seen = 0
    /// Windows that each column has spent under alarm.
    private var alarmed: [Int]

    package init(_ profile: ReferenceProfile) {
        base = .empty(profile)
        alarmed = [Int](repeating: 0, count: profile.features.count)
    }

    /// Whether a column has been changing for so long that nothing more is said of it.
    func isSilent(_ column: Int) -> Bool { alarmed[column] >= Self.patience }

    /// PSI of each column against the windows before: shape, missing.
    package func psi(_ window: BinCounts) -> [(shape: Double, missing: Double)] {
        zip(window.columns, base.columns).map { current, before in
            (
                Stability.psi(current.bins, before.bins),
                Stability.psi(part: current.missing, of: window.rows, before.missing, of: base.rows)
            )
        }
    }

    /// The verdicts on a window, before it is merged; nil while nothing is said.
    ///
    /// Complexity: O(bins), and two tails a column.
    package func judge(_ window: BinCounts, _ psi: [(shape: Double, missing: Double)], by judge: StretchJudge, alpha: Double)
        -> [ChangeVerdict?]?
    {
        let table = judge.table
        guard seen >= Self.silentWindows, table.recentStretches > 1, window.rows > 0 else { return nil }
        let noise = Self.noise(window.rows)
        let training = BinCounts.training(judge.profile)
        let asked = judge.judged.filter { !isSilent($0) }
        var verdicts = [ChangeVerdict?](repeating: nil, count: table.columns.count)
        for index in asked {
            let df = Stability.degreesOfFreedom(training.columns[index].bins, rows: window.rows)
            func verdict(_ psi: Double, _ df: Int, _ excess: Excess) -> StatisticVerdict {
                let healthy = HealthySpread(df: df, noise: noise, excess: excess, stretches: Double(table.recentStretches))
                return StatisticVerdict(psi: psi, expected: healthy.mean, pValue: healthy.upperTail(psi), state: .ok)
            }
            verdicts[index] = ChangeVerdict(
                shape: verdict(psi[index].shape, df, table.columns[index].recentShape),
                missing: verdict(psi[index].missing, 1, table.columns[index].recentMissing))
        }
        let values = asked.compactMap { verdicts[$0]?.shape.pValue } + asked.compactMap { verdicts[$0]?.missing.pValue }
        let significant = Drift.benjaminiHochberg(values, alpha: alpha)
        for (rank, index) in asked.enumerated() {
            guard var verdict = verdicts[index] else { continue }
            verdict.shape.state = Drift.state(isSignificant: significant[rank], excess: verdict.shape.excess)
            verdict.missing.state = Drift.state(isSignificant: significant[asked.count + rank], excess: verdict.missing.excess)
            verdicts[index] = verdict
        }
        return verdicts
    }

    /// Merges a window, whatever was said of it.
    package mutating func merge(_ window: BinCounts) {
        base.add(window, weighing: Self.keep)
        seen += 1
    }

    /// Counts the windows under alarm of columns that are changing, and forgets them when the alarm is over.
    mutating func note(_ verdicts: [ChangeVerdict?]?, isRaised: Bool) {
        guard isRaised else {
            for index in alarmed.indices where !isSilent(index) { alarmed[index] = 0 }
            return
        }
        for (index, verdict) in (verdicts ?? []).enumerated() where verdict?.state == .drift { alarmed[index] += 1 }
    }
}
