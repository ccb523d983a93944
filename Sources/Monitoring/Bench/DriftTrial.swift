import Tabular

/// One deployment on a made-up stream: what today's rule (rows taken for independent) and the rule of healthy stretches say of its windows.
///
/// Windows of 1,000 rows, one an hour.
public struct DriftTrial: Sendable {
    /// Alarms of a rule.
    public struct Tally: Sendable, Equatable {
        /// Windows in which a feature drifted.
        public internal(set) var bad = 0
        /// Alarms raised.
        public internal(set) var alarms = 0
        /// Windows at whose end an alarm stood.
        public internal(set) var under = 0
    }

    private static let hour: Int64 = 3_600_000
    private static let windowRows = 1_000

    /// What the training left.
    public let reference: ReferenceProfile
    private let profile: BoundProfile
    private var stream: DriftStream
    private var judge: WindowJudge
    private var rules: DriftRules
    private var old: RaiseRule
    /// Windows so far.
    public private(set) var windows = 0
    /// `unlike training`.
    public private(set) var unlike = Tally()
    /// `changing now`.
    public private(set) var changing = Tally()
    /// Rows taken for independent.
    public private(set) var independent = Tally()

    /// Trains on the stream's first rows.
    public init(_ kind: DriftStream.Kind, columns: Int, trainingRows: Int, seed: UInt64, isShuffled: Bool = false) {
        stream = DriftStream(kind, columns: columns, seed: seed)
        let rows = stream.training(trainingRows, shuffled: isShuffled ? seed &+ 1 : nil)
        var reference = ReferenceProfile.build(rows: rows, scores: [])
        reference.stretches = StretchTable.learn(rows, profile: reference, windowRows: Self.windowRows)
        self.reference = reference
        profile = reference.bind(rows.categories)
        judge = WindowJudge(reference)
        rules = DriftRules(DriftWindowing())
        old = RaiseRule(DriftWindowing())
    }

    /// Days so far.
    public var days: Double { Double(windows) / 24 }

    /// Watches windows of healthy traffic.
    public mutating func watch(windows count: Int) { for _ in 0..<count { close(window(nil)) } }

    /// Watches windows with a fault in one column; whether an alarm stood at the end of the last one.
    ///
    /// A value: what it is asked of goes on as if nothing had happened.
    public func raises(_ fault: DriftStream.Fault, within count: Int = 2) -> Bool {
        var trial = self
        for _ in 0..<count { trial.close(trial.window(fault)) }
        return trial.rules.isRaised && trial.isNamed(fault)
    }

    /// The share of windows with a fault in which its column drifts.
    public func found(_ fault: DriftStream.Fault, windows count: Int) -> Double {
        var trial = self
        var hits = 0
        for _ in 0..<count {
            trial.close(trial.window(fault))
            if trial.isNamed(fault) { hits += 1 }
        }
        return Double(hits) / Double(count)
    }

    /// How long the verdicts of one window take.
    func verdictTime(_ clock: ContinuousClock) -> Duration {
        var trial = self
        let window = trial.window(nil)
        return clock.measure { _ = trial.judge.close(window, end: window.start + Self.hour) }
    }

    /// The last window's verdict.
    public private(set) var report: DriftReport?

    private func isNamed(_ fault: DriftStream.Fault) -> Bool {
        report?.features[fault == .newTexts ? stream.columns - 1 : 0].state == .drift
    }

    private mutating func window(_ fault: DriftStream.Fault?) -> WindowCounts {
        var window = WindowCounts(profile, start: Int64(windows) * Self.hour)
        var values = [Double](repeating: 0, count: stream.columns)
        var harvest = WindowCounts(profile, start: window.start)
        for index in 0..<Self.windowRows {
            stream.next(into: &values)
            if let fault { stream.spoil(&values, fault, index) }
            values.withUnsafeBufferPointer { if let row = $0.baseAddress { harvest.add(row, score: 0) } }
            guard harvest.n == OrderGuard.block else { continue }
            judge.take(harvest)
            _ = window.merge(harvest)
            harvest.reset(start: window.start)
        }
        return window
    }

    private mutating func close(_ window: WindowCounts) {
        let end = window.start + Self.hour
        let report = judge.close(window, end: end, changingSince: rules.changingSince)
        let before = (rules.isRaised, rules.changing.isRaised, old.isRaised)
        _ = rules.observe(report, at: end)
        let plain = Drift.report(reference: reference, window: window, end: end, alpha: report.alpha)
        let isPlainBad = plain.features.contains { $0.state == .drift }
        _ = old.observe(bad: isPlainBad, windowStart: window.start, at: end)
        Self.count(&unlike, bad: report.features.contains { $0.state == .drift }, before.0, rules.isRaised)
        Self.count(
            &changing, bad: report.features.contains { $0.verdict?.changing?.state == .drift }, before.1, rules.changing.isRaised)
        Self.count(&independent, bad: isPlainBad, before.2, old.isRaised)
        self.report = report
        windows += 1
    }

    private static func count(_ tally: inout Tally, bad: Bool, _ before: Bool, _ after: Bool) {
        if bad { tally.bad += 1 }
        if after { tally.under += 1 }
        if after, !before { tally.alarms += 1 }
    }
}
