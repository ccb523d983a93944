/// The service light: errors and latency of the last minute.
public enum ServiceSignal {
    /// Requests below which nothing is said.
    public static let minimum = 20
    /// Requests below which a 99th percentile is the slowest answer alone: it warns, but does not alert.
    public static let minimumForPercentile = 100
    /// Shares of failing requests that warn and alert.
    public static let warnShare = 0.005
    /// See `warnShare`.
    public static let alertShare = 0.02

    /// The name of the failing share's reason.
    public static let errorRate = "error rate"
    /// The name of the slow answers' reason.
    public static let p99 = "p99"

    /// Judges a minute.
    ///
    /// A share counts as above a threshold only when the lower end of its 95 % Wilson interval is.
    ///
    /// - Parameters:
    ///   - p99Milliseconds: nil without answers.
    ///   - budgetMilliseconds: p99 above it warns, above twice it alerts.
    public static func evaluate(
        requests: Int, errors: Int, p99Milliseconds: Double?, budgetMilliseconds: Double
    ) -> (light: Light, reasons: [HealthReason]) {
        guard requests >= minimum else {
            return (
                .unknown,
                [
                    HealthReason(
                        signal: "requests", light: .unknown, value: Double(requests), threshold: Double(minimum), unit: "", n: requests,
                        since: 0,
                        text: "not enough data: \(requests) requests in the last minute, \(minimum) needed")
                ]
            )
        }
        let share = Double(errors) / Double(requests)
        let sure = Proportion.wilson(errors, of: requests).lower
        let errorLight: Light = sure >= alertShare ? .alert : sure >= warnShare ? .warn : .ok
        let threshold = errorLight == .alert ? alertShare : warnShare
        var reasons = [
            HealthReason(
                signal: Self.errorRate, light: errorLight, value: share * 100, threshold: threshold * 100, unit: "%", n: requests, since: 0,
                text: "error rate \(Figures.short(share * 100)) % of \(requests) requests (threshold \(Figures.short(threshold * 100)) %)")
        ]
        if let p99 = p99Milliseconds {
            let worst: Light = requests >= minimumForPercentile ? .alert : .warn
            let light: Light = p99 > 2 * budgetMilliseconds ? worst : p99 > budgetMilliseconds ? .warn : .ok
            let limit = light == .alert ? 2 * budgetMilliseconds : budgetMilliseconds
            reasons.append(
                HealthReason(
                    signal: Self.p99, light: light, value: p99, threshold: limit, unit: "ms", n: requests, since: 0,
                    text: "p99 \(Figures.short(p99)) ms (budget \(Figures.short(budgetMilliseconds)) ms)"))
        }
        return (reasons.map(\.light).max() ?? .unknown, reasons)
    }
}

/// The data light: missing values and drift.
public enum DataSignal {
    /// The name of a reason of the verdict `unlike training`.
    public static let psi = "PSI"
    /// The name of a reason of the verdict `changing now`.
    public static let changing = "changing now"
    /// Columns that are named.
    private static let most = 8

    /// What stands raised beside the last window.
    public struct Raised: Sendable, Equatable {
        /// Whether two of three windows were unlike training; a single bad window only warns.
        public var isUnlike: Bool
        /// Whether two of three windows were changing.
        public var isChanging: Bool

        /// Makes it; nothing is raised by default.
        public init(isUnlike: Bool = false, isChanging: Bool = false) {
            self.isUnlike = isUnlike
            self.isChanging = isChanging
        }
    }

    /// Judges the last closed window and the features whose missing rate has jumped.
    public static func evaluate(report: DriftReport?, broken: [MissingChange], raised: Raised) -> (light: Light, reasons: [HealthReason]) {
        var reasons = broken.sorted { $0.rate > $1.rate }.map { reason($0) }
        guard let report else {
            if reasons.isEmpty {
                reasons.append(
                    HealthReason(
                        signal: psi, light: .unknown, value: 0, threshold: 0, unit: "", n: 0, since: 0,
                        text: "not enough data: no window has closed"))
            }
            return (reasons.map(\.light).max() ?? .unknown, reasons)
        }
        let names = Set(broken.map(\.feature))
        let others = report.features.filter { !names.contains($0.feature) }
        let bad = others.filter { $0.state == .drift || $0.state == .warn }.sorted {
            ($0.state.rank, $0.excess) > ($1.state.rank, $1.excess)
        }
        for feature in bad.prefix(most) {
            var entry = reason(feature, window: report, since: 0)
            entry.light = raised.isUnlike && feature.state == .drift ? .alert : .warn
            reasons.append(entry)
        }
        for long in report.long ?? [] { reasons.append(reason(long)) }
        let changing = others.filter { $0.verdict?.changing?.state == .drift }
        for feature in changing.prefix(most) {
            guard var entry = changingReason(feature) else { continue }
            entry.light = raised.isChanging ? .alert : .warn
            reasons.append(entry)
        }
        let calm = DriftReport(features: others, n: report.n, windowStart: 0, windowEnd: 0, alpha: report.alpha)
        if reasons.count == broken.count, let worst = calm.worst { reasons.append(reason(worst, window: report, since: 0)) }
        // A raised alarm stays on until three clean windows have cleared it.
        let floor: Light = raised.isUnlike || raised.isChanging ? .alert : .ok
        return (max(floor, reasons.map(\.light).max() ?? .ok), reasons)
    }

    /// A feature's verdict as a reason.
    public static func reason(_ feature: FeatureDrift, window: DriftReport, since: Int64) -> HealthReason {
        let light: Light =
            switch feature.state {
            case .ok, .calendar, .muted: .ok
            case .warn: .warn
            case .drift: .alert
            case .notEnoughData, .referenceTooSmall, .waiting: .unknown
            }
        var (value, threshold, unit) = (feature.psi, feature.threshold, "")
        if let verdict = feature.verdict, light > .unknown {
            switch verdict.worst {
            case .shape: break
            case .new: (value, threshold, unit) = (verdict.newShare * 100, 0, "%")
            case .missing: (value, threshold, unit) = (feature.missing * 100, feature.referenceMissing * 100, "%")
            }
        }
        return HealthReason(
            signal: psi, subject: feature.feature, light: light, value: value, threshold: threshold, unit: unit, n: feature.n,
            since: since, text: feature.feature + (feature.verdict == nil ? " " : ": ") + feature.words(in: window))
    }

    /// What a sum of windows found, as a reason.
    public static func reason(_ long: LongVerdict) -> HealthReason {
        let worst = long.columns.first
        return HealthReason(
            signal: psi, subject: worst?.name, light: .alert, value: worst?.verdict.shape.psi ?? 0, threshold: worst?.verdict.usual ?? 0,
            unit: "", n: long.rows, since: long.since, text: long.words)
    }

    /// A feature that is changing, as a reason; nil where it is not.
    public static func changingReason(_ feature: FeatureDrift) -> HealthReason? {
        guard let change = feature.verdict?.changing, let words = feature.changingWords else { return nil }
        return HealthReason(
            signal: changing, subject: feature.feature, light: change.state == .drift ? .alert : .warn, value: change.worst.psi,
            threshold: change.worst.expected, unit: "", n: feature.n, since: change.since ?? 0, text: "\(feature.feature): \(words)")
    }

    /// A jump of a feature's missing rate as a reason.
    public static func reason(_ change: MissingChange) -> HealthReason {
        HealthReason(
            signal: "missing rate", subject: change.feature, light: .alert, value: change.rate * 100, threshold: change.threshold * 100,
            unit: "%",
            n: change.n, since: change.since,
            text:
                "\(change.feature) is missing in \(Figures.short(change.rate * 100)) % of rows (was \(Figures.short(change.referenceRate * 100)) %)"
        )
    }
}

/// Numbers for sentences.
public enum Figures {
    /// Three significant digits without exponent for everyday magnitudes: `0.412`, `1.2`, `48`, `12300`, `<0.0001`.
    public static func short(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let size = abs(value)
        if size > 0, size < 0.0001 { return value > 0 ? "<0.0001" : "-<0.0001" }
        let digits = size >= 100 || value == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.001 ? 3 : 4
        var factor = 1.0
        for _ in 0..<digits { factor *= 10 }
        let rounded = (value * factor).rounded() / factor
        if digits == 0, size < 9e15 { return "\(Int64(rounded))" }
        var text = "\(rounded)"
        if text.hasSuffix(".0") { text.removeLast(2) }
        return text
    }
}
