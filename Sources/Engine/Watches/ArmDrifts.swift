public import Monitoring
import Tabular

/// How a challenger's inputs compare with what it was trained on, over its last closed window.
public struct ArmDrift: Codable, Sendable, Equatable {
    /// The column that asks for most attention.
    public var feature: String
    /// What is said of it.
    public var state: DriftState
    /// The same in words.
    public var words: String
    /// Rows of the window.
    public var rows: Int
    /// When the window ended, UTC milliseconds.
    public var end: Int64

    init?(_ report: DriftReport) {
        guard let worst = report.worst else { return nil }
        feature = worst.feature
        state = worst.state
        words = worst.words(in: report)
        rows = report.n
        end = report.windowEnd
    }
}

/// The inputs of each challenger, apart from the champion's: against the challenger's own training, in windows of their own.
///
/// Shown, never alarmed: what the population does is told of the champion, and a challenger that was trained on other data than what comes in is
/// a matter for whoever promotes it. Complexity: O(columns) memory a challenger.
struct ArmDrifts {
    private var watches: [UInt32: DriftWatch] = [:]

    /// Takes up which challengers are in memory: one that is new, or loaded anew, begins anew.
    mutating func follow(_ loaded: [LoadedVersion], windowing: DriftWindowing, now: Int64) {
        guard !loaded.isEmpty || !watches.isEmpty else { return }
        let numbers = Set(loaded.map(\.number))
        watches = watches.filter { numbers.contains($0.key) }
        for version in loaded where watches[version.number] == nil {
            var watch = DriftWatch(windowing: windowing, now: now)
            watch.begin(version: version, now: now)
            watches[version.number] = watch
        }
    }

    /// Folds what a version has answered or scored as a challenger.
    mutating func fold(_ counts: WindowCounts, _ key: ArmKey, now: Int64) {
        guard key.arm == .canary || key.arm == .ab || key.arm == .shadow else { return }
        watches[key.version]?.fold(counts, version: key.version, now: now)
    }

    /// Closes the windows that are full; whether any was.
    mutating func close(_ loaded: [LoadedVersion], deployment: String, tuning: DriftTuning, falseAlarmsPerDay: Double, at now: Int64)
        -> Bool
    {
        var isAny = false
        for version in loaded where watches[version.number]?.isFull(at: now) == true {
            let facts = DriftWatch.Facts(
                deployment: deployment, champion: version, falseAlarmsPerDay: falseAlarmsPerDay, tuning: tuning)
            if watches[version.number]?.closeWindow(facts, at: now) != nil { isAny = true }
        }
        return isAny
    }

    /// What the last closed window of a challenger showed; nil before the first.
    func last(of version: UInt32) -> ArmDrift? { watches[version]?.report.flatMap(ArmDrift.init) }
}
