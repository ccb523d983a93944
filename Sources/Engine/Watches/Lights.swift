import Monitoring

/// The service and the data light, as functions of what was measured.
enum Lights {
    /// Errors and latency of the last minute, as the champion answered it.
    static func service(_ minute: ArmTotals, budgetMilliseconds: Double) -> (light: Light, reasons: [HealthReason]) {
        let p99 = minute.latency.count == 0 ? nil : Double(minute.latency.quantile(0.99)) / 1e6
        return ServiceSignal.evaluate(
            requests: Int(clamping: minute.answered + minute.failed), errors: Int(clamping: minute.failed), p99Milliseconds: p99,
            budgetMilliseconds: budgetMilliseconds)
    }

    /// Missing values and drift.
    ///
    /// Drift is red only while its alarm is raised: one window alone is no verdict.
    static func data(
        report: DriftReport?, broken: [MissingChange], raised: DataSignal.Raised
    ) -> (light: Light, reasons: [HealthReason]) {
        DataSignal.evaluate(report: report, broken: broken, raised: raised)
    }

    /// Fresh while the champion is younger than the policy's period, milliseconds.
    static func freshness(age: Int64, every: Int64) -> Light { age <= every + every / 4 ? .ok : age <= 2 * every ? .warn : .alert }

    /// A drifting feature as a reason.
    static func reason(_ feature: FeatureDrift, window: DriftReport, since: Int64) -> HealthReason {
        DataSignal.reason(feature, window: window, since: since)
    }

    /// A jump of missing values as a reason.
    static func reason(_ change: MissingChange) -> HealthReason { DataSignal.reason(change) }
}
