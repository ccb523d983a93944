import Monitoring
import Store
import Tabular

/// Asks the watches of each deployment what they have to say, and takes it.
extension EngineCore {
    /// Tells what has lasted of missing values, and closes the drift window if it is full; returns whether the drift alarm was raised.
    func watchData(_ entry: DeploymentEntry, at current: Int64) -> Bool {
        if !entry.drift.isQuiet, let outcome = entry.write({ $0.drift.settle($0.name, at: current) }) { take(outcome, entry, at: current) }
        watchArms(entry, at: current)
        guard let champion = entry.champion else { return false }
        let facts = DriftWatch.Facts(
            deployment: entry.name, champion: champion,
            falseAlarmsPerDay: configuration.falseAlarmsPerDay, tuning: entry.memory.tuning ?? DriftTuning())
        if entry.drift.sensors.isDue {
            let categories = entry.categories
            let found = entry.write { $0.drift.sensors.settle(facts, categories, at: current) }
            if !found.isEmpty {
                isDirty = true
                tell(found, of: entry.name)
            }
        }
        guard entry.drift.isFull(at: current) else { return false }
        guard let outcome = entry.write({ $0.drift.closeWindow(facts, at: current) }) else { return false }
        take(outcome, entry, at: current)
        return outcome.isAlarm
    }

    /// Closes the windows of its challengers that are full.
    private func watchArms(_ entry: DeploymentEntry, at current: Int64) {
        let challenging = entry.challengers.compactMap { entry.loaded[$0.version] }
        guard !challenging.isEmpty else { return }
        let (tuning, rate, name) = (entry.memory.tuning ?? DriftTuning(), configuration.falseAlarmsPerDay, entry.name)
        let isAny = entry.write {
            $0.armDrifts.close(challenging, deployment: name, tuning: tuning, falseAlarmsPerDay: rate, at: current)
        }
        if isAny { isDirty = true }
    }

    private func take(_ outcome: WatchOutcome, _ entry: DeploymentEntry, at current: Int64) {
        isDirty = true
        if let report = outcome.report {
            entry.charts.add(report, at: current)
            if entry.memory.policy.backoff != nil {
                entry.memory.policy.backoff?.closed(isBad: report.features.contains { $0.state == .drift })
                entry.isMemoryDirty = true
            }
        }
        if outcome.isUnanswered {
            entry.memory.policy.answeredDrift = false
            entry.isMemoryDirty = true
        }
        tell(outcome.alerts, of: entry.name)
    }

    /// Judges the four lights of a deployment, with alerts for the service light.
    func judge(_ entry: DeploymentEntry, at current: Int64) {
        let facts = HealthWatch.Facts(
            deployment: entry.name, minute: entry.traffic.minute.answering(champion: entry.record.champion),
            budgetMilliseconds: workspace.configuration.latencyBudgetMilliseconds, isBroken: entry.loadFailure != nil,
            report: entry.drift.report, broken: Array(entry.drift.broken.values), raised: entry.drift.raised, quality: entry.quality.reason,
            estimated: entry.quality.estimatedReason, sensors: entry.drift.sensors.reasons,
            age: entry.age,
            open: alerts.openKinds(entry.name))
        var watch = entry.watch
        let events = watch.judge(facts, at: current)
        if watch.health != entry.health { isDirty = true }
        if watch != entry.watch { entry.watch = watch }
        tell(events, of: entry.name)
        watchCategories(entry, open: facts.open, at: current)
    }

    /// Looks how full the fullest column is.
    private func watchCategories(_ entry: DeploymentEntry, open: Set<AlertKind>, at current: Int64) {
        let fill = entry.categories.fills.first
        if fill != entry.categoryFill {
            entry.categoryFill = fill
            isDirty = true
        }
        let event = CategoryWatch.event(entry.name, fill, isOpen: open.contains(.categories), at: current)
        tell(event.map { [$0] } ?? [], of: entry.name)
    }
}
