import Monitoring

/// The service and the data light, as functions of what was measured.
enum Lights {
    /// Errors and latency of the last minute.
    static func service(_ minute: LaneTotals, budgetMilliseconds: Double) -> (light: Light, reasons: [HealthReason]) {
        var histogram = LatencyHistogram()
        for latency in minute.latency.values { histogram.merge(latency) }
        let p99 = histogram.count == 0 ? nil : Double(histogram.quantile(0.99)) / 1e6
        return ServiceSignal.evaluate(
            requests: Int(clamping: minute.answered + minute.failed), errors: Int(clamping: minute.failed), p99Milliseconds: p99,
            budgetMilliseconds: budgetMilliseconds)
    }

    /// Missing values and drift.
    ///
    /// Drift is red only while its alarm is raised: one window alone is no verdict.
    static func data(report: DriftReport?, broken: [MissingChange], isRaised: Bool) -> (light: Light, reasons: [HealthReason]) {
        DataSignal.evaluate(report: report, broken: broken, isRaised: isRaised)
    }

    /// A drifting feature as a reason.
    static func reason(_ feature: FeatureDrift, window: DriftReport, since: Int64) -> HealthReason {
        DataSignal.reason(feature, window: window, since: since)
    }

    /// A jump of missing values as a reason.
    static func reason(_ change: MissingChange) -> HealthReason { DataSignal.reason(change) }
}
