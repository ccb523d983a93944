/// What stands in for a table of stretches when the training's rows came in no order: how much windows of the live traffic differ.
///
/// A shuffled file says that rows are independent, which its traffic may not be. Two things are learnt from traffic: whether neighbouring
/// blocks differ by more than counting explains (then verdicts wait), and how far windows lie from the sixteen before them (then verdicts must
/// hold against that as well).
struct OrderGuard: Sendable {
    /// Rows of a block.
    static let block = 125
    /// Windows over which blocks are compared.
    static let blockWindows = 3
    /// Windows that the base needs before its distance to the next one is kept.
    private static let leastBase = 4
    /// Distances from which they are a yardstick, and how many of the newest are kept.
    private static let least = 8
    private static let most = 64
    /// Bad windows in a row from which windows teach again, where rows depend on each other.
    private static let patience = 8
    /// Windows until verdicts need not wait any more.
    static let windowsToLearn = leastBase + least

    /// The sums of one column over the pairs of blocks.
    private struct Pairs: Sendable {
        var statistic = 0.0
        var degrees = 0
        var pairs = 0
    }

    private var first: BinCounts?
    private var open: BinCounts
    private var pairs: [Pairs]
    private var distances: [(shape: [Double], missing: [Double])]
    private var badInRow = 0
    /// Windows so far.
    private(set) var windows = 0

    init(_ profile: ReferenceProfile) {
        open = .empty(profile)
        pairs = profile.features.map { _ in Pairs() }
        distances = profile.features.map { _ in ([], []) }
    }

    /// Whether enough distances are known to judge by.
    var isReady: Bool { (distances.first?.shape.count ?? 0) >= Self.least }

    // MARK: Blocks

    /// Takes rows as they come, until three windows are over.
    mutating func take(_ counts: BinCounts, _ training: BinCounts) {
        guard windows < Self.blockWindows else { return }
        open.add(counts)
        guard open.rows >= Double(Self.block) else { return }
        defer { open.clear() }
        guard let before = first else {
            first = open
            return
        }
        first = nil
        let noise = 1 / before.rows + 1 / open.rows
        for index in pairs.indices {
            let df = Stability.degreesOfFreedom(training.columns[index].bins, rows: min(before.rows, open.rows))
            pairs[index].statistic += Stability.psi(before.columns[index].bins, open.columns[index].bins) / noise
            pairs[index].degrees += df
            pairs[index].pairs += 1
        }
    }

    /// Whether neighbouring blocks differ by more than counting explains, in any judged column.
    func blocksDiffer(_ judged: [Int]) -> Bool {
        let level = 1e-3 / Double(max(1, judged.count))
        return judged.contains { index in
            let column = pairs[index]
            guard column.pairs > 0, column.statistic >= 1.5 * Double(column.degrees) else { return false }
            return ChiSquared.upperTail(column.statistic, df: column.degrees) < level
        }
    }

    // MARK: Windows

    /// How the live windows before bear a PSI; nil while there are too few.
    private func spread(_ values: [Double]) -> HealthySpread? {
        guard values.count >= Self.least else { return nil }
        let (mean, variance) = Moments.of(values)
        let center = mean + 1e-12
        return HealthySpread(
            mean: center, shape: max(0.05, center * center / max(1e-12, HealthySpread.spread * variance)), stretches: Double(values.count))
    }

    /// Takes back what the live windows before do not bear out.
    func restrain(_ verdicts: inout [ColumnVerdict], _ judged: [Int], alpha: Double) {
        guard isReady else {
            guard blocksDiffer(judged) else { return }
            for index in judged {
                verdicts[index].shape.state = .waiting
                verdicts[index].missing.state = .waiting
            }
            return
        }
        for statistic in [DriftStatistic.shape, .missing] {
            let spreads = judged.map { spread(statistic == .shape ? distances[$0].shape : distances[$0].missing) }
            let values = zip(judged, spreads).map { $1?.upperTail(verdicts[$0][statistic].psi) ?? 1 }
            let significant = Drift.benjaminiHochberg(values, alpha: alpha)
            for (rank, index) in judged.enumerated() {
                let psi = verdicts[index][statistic].psi
                let live = Drift.state(isSignificant: significant[rank], excess: psi - (spreads[rank]?.mean ?? psi))
                verdicts[index][statistic].state = verdicts[index][statistic].state.atMost(live)
            }
        }
    }

    /// The same for `changing now`, of which a training without order knows nothing at all.
    func restrained(_ changes: [ChangeVerdict?], _ judged: [Int], alpha: Double) -> [ChangeVerdict?] {
        guard isReady else { return changes.map { _ in nil } }
        var changes = changes
        for index in judged {
            guard var change = changes[index] else { continue }
            let level = alpha / Double(max(1, 2 * judged.count))
            for (path, values) in [(\ChangeVerdict.shape, distances[index].shape), (\.missing, distances[index].missing)] {
                guard let spread = spread(values) else { continue }
                let psi = change[keyPath: path].psi
                let live = Drift.state(isSignificant: spread.upperTail(psi) <= level, excess: psi - spread.mean)
                change[keyPath: path].state = change[keyPath: path].state.atMost(live)
            }
            changes[index] = change
        }
        return changes
    }

    /// Learns from a window that was judged: what is called drift teaches nothing.
    mutating func learn(_ psi: [(shape: Double, missing: Double)], isBad: Bool, judged: [Int]) {
        badInRow = isBad ? badInRow + 1 : 0
        let teaches = badInRow == 0 || !isReady || (badInRow > Self.patience && blocksDiffer(judged))
        if teaches, windows >= Self.leastBase {
            for (index, value) in psi.enumerated() {
                distances[index].shape = Array((distances[index].shape + [value.shape]).suffix(Self.most))
                distances[index].missing = Array((distances[index].missing + [value.missing]).suffix(Self.most))
            }
        }
        windows += 1
        if windows >= Self.blockWindows { first = nil }
    }
}

extension DriftState {
    /// The lesser of two verdicts of which both must hold.
    func atMost(_ other: DriftState) -> DriftState {
        guard self == .drift || self == .warn else { return self }
        return other == .drift ? self : other == .warn ? .warn : .ok
    }
}
