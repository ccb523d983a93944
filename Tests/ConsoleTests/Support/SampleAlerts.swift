import Engine
import Monitoring

/// Alerts in every state, open ones first.
enum SampleAlerts {
    private static let now = SampleSnapshot.now
    private static let minute = SampleSnapshot.minute

    static let all: [Alert] = [
        Alert(
            id: 34, deployment: "loan-default", kind: .champion, severity: .critical, state: .firing,
            title: "v5 does not load: its artefact does not match its hash", reasons: SampleDeployments.loanDefault.health.reasons,
            raisedAt: now - 4 * minute, onset: now - 4 * minute, runbook: AlertKind.champion.runbook),
        Alert(
            id: 33, deployment: "flight-delay", kind: .missing, severity: .critical, state: .firing,
            title: "wind_speed is missing in 96 % of rows since 13:41 (was 0.1 %)",
            reasons: Array(SampleDeployments.flightDelay.health.reasons.prefix(1)), raisedAt: now - 14 * minute, onset: now - 21 * minute,
            runbook: AlertKind.missing.runbook),
        Alert(
            id: 32, deployment: "flight-delay", kind: .drift, severity: .warning, state: .firing,
            title: "data drift: wind_speed PSI 0.41 at n 1,000",
            reasons: Array(SampleDeployments.flightDelay.health.reasons.suffix(1)), raisedAt: now - 20 * minute, onset: now - 21 * minute,
            runbook: AlertKind.drift.runbook),
        Alert(
            id: 31, deployment: "electricity-price", kind: .latency, severity: .warning, state: .acknowledged,
            title: "p99 61 ms is over the budget of 50 ms",
            reasons: SampleDeployments.electricityPrice.health.reasons, raisedAt: now - 10 * minute, onset: now - 11 * minute,
            acknowledgedBy: "ds (uid 1002)", acknowledgedUntil: now + 88 * minute, note: "known, the market was closed",
            runbook: AlertKind.latency.runbook),
        Alert(
            id: 30, deployment: "card-fraud", kind: .latency, severity: .warning, state: .resolved,
            title: "p99 72 ms is over the budget of 50 ms",
            reasons: [], raisedAt: now - 95 * minute, onset: now - 96 * minute, resolvedAt: now - 52 * minute,
            runbook: AlertKind.latency.runbook),
        Alert(
            id: 29, deployment: "flight-delay", kind: .gate, severity: .warning, state: .resolved,
            title: "v14 refused by the gate against the champion",
            reasons: [], raisedAt: now - 29 * minute, onset: now - 29 * minute, resolvedAt: now - 28 * minute,
            runbook: AlertKind.gate.runbook),
    ]
}
