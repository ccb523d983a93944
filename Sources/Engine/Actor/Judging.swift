import Learning
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// How long a service signal stays in its bounds before its alert resolves, milliseconds.
    static let calmMilliseconds: Int64 = 30_000

    // MARK: Drift

    /// Closes a full drift window: charts it, raises or resolves the alert.
    ///
    /// Returns whether the alarm was raised.
    func closeWindow(_ entry: DeploymentEntry, at current: Int64) -> Bool {
        guard let champion = entry.champion,
            let (report, change) = entry.drift.close(
                champion: champion, now: current, rowsPerSecond: entry.traffic.requestsPerSecond(at: current),
                falseAlarmsPerDay: configuration.falseAlarmsPerDay)
        else { return false }
        isDirty = true
        if let worst = report.worst {
            entry.chart(.drift, at: current, value: worst.psi)
            entry.chart(.driftThreshold, at: current, value: worst.threshold)
        }
        for feature in report.features {
            entry.featureDrift[feature.feature, default: RollupSeries()].add(time: current, value: feature.psi, weight: 1)
        }
        switch change {
        case .raised(let onset):
            let drifting = report.features.filter { $0.state == .drift }.sorted { $0.excess > $1.excess }
            entry.memory.policy.answeredDrift = false
            entry.isMemoryDirty = true
            let names = drifting.prefix(3).map(\.feature).joined(separator: ", ")
            raiseAlert(
                entry.name,
                Finding(
                    kind: AlertKind.drift, severity: .warning,
                    title:
                        "\(entry.name): \(names.isEmpty ? "its data" : SafeText.escape(names)) drifted from what v\(champion.number) was trained on",
                    reasons: drifting.map { Lights.reason($0, window: report, since: onset) }, onset: onset))
        case .cleared:
            resolveAlert(entry.name, kind: AlertKind.drift, because: "\(workspace.configuration.windowing.clearAfter) clean windows")
            entry.memory.policy.answeredDrift = false
            entry.isMemoryDirty = true
        case nil: break
        }
        resolveInherited(entry)
        if case .raised = change { return true }
        return false
    }

    /// Resolves alerts that an earlier start of the engine raised, once this one has seen enough to say that they are over.
    private func resolveInherited(_ entry: DeploymentEntry) {
        if entry.drift.isClear {
            resolveAlert(entry.name, kind: AlertKind.drift, because: "\(workspace.configuration.windowing.clearAfter) clean windows")
        }
        if entry.drift.broken.isEmpty {
            resolveAlert(entry.name, kind: AlertKind.missing, because: "a whole window has its usual missing rates")
        }
    }

    /// Takes a jump of a feature's missing rate, or its end.
    func missingChanged(_ entry: DeploymentEntry, _ change: MissingChange, at current: Int64) {
        isDirty = true
        guard !entry.drift.broken.isEmpty else {
            resolveAlert(entry.name, kind: AlertKind.missing, because: "the missing rate of \(change.feature) is back to normal")
            entry.drift.forgetFault(now: current)
            entry.memory.policy.answeredDrift = false
            entry.isMemoryDirty = true
            resolveAlert(entry.name, kind: AlertKind.drift, because: "the upstream fault is over, drift is measured anew")
            return
        }
        let broken = entry.drift.broken.values.sorted { $0.rate > $1.rate }
        raiseAlert(
            entry.name,
            Finding(
                kind: AlertKind.missing, severity: .critical,
                title:
                    "\(entry.name): \(SafeText.escape(broken.map(\.feature).joined(separator: ", "))) is missing far more often than in training",
                reasons: broken.map { Lights.reason($0) }, onset: broken.map(\.since).min() ?? current))
    }

    // MARK: Lights

    /// Judges the four lights of a deployment, with alerts for the service light.
    func judge(_ entry: DeploymentEntry, at current: Int64) {
        let minute = entry.traffic.minute
        let service = Lights.service(minute, budgetMilliseconds: workspace.configuration.latencyBudgetMilliseconds)
        var health = Health(
            service: service.light, data: .unknown, quality: .unknown, freshness: freshness(entry, at: current), reasons: service.reasons)
        if entry.loadFailure != nil { health.service = .alert }
        let data = Lights.data(report: entry.drift.report, broken: Array(entry.drift.broken.values), isRaised: entry.drift.rule.isRaised)
        health.data = data.light
        health.reasons += data.reasons
        health.reasons = health.reasons.map { keepSince($0, entry, current) }
        // A reason that is gone and comes back later begins anew.
        let standing = Set(health.reasons.map(Self.sinceKey))
        entry.since = entry.since.filter { standing.contains($0.key) }
        if health != entry.health {
            entry.health = health
            isDirty = true
        }
        for (kind, signal) in [(AlertKind.errors, "error rate"), (AlertKind.latency, "p99")] {
            alarm(entry, kind, signal, bad: health.reasons.filter { $0.signal == signal && $0.light == .alert }, at: current)
        }
    }

    /// Raises a service alert at once, and resolves it after half a minute without cause: a figure that hovers at its bound is one alert.
    private func alarm(_ entry: DeploymentEntry, _ kind: String, _ signal: String, bad: [HealthReason], at current: Int64) {
        if let worst = bad.first {
            entry.calmSince[kind] = nil
            raiseAlert(
                entry.name,
                Finding(kind: kind, severity: .critical, title: "\(entry.name): \(worst.text)", reasons: bad, onset: worst.since))
        } else if alerts.open(entry.name, kind: kind) != nil {
            let since = entry.calmSince[kind] ?? current
            entry.calmSince[kind] = since
            guard current - since >= Self.calmMilliseconds else { return }
            entry.calmSince[kind] = nil
            resolveAlert(entry.name, kind: kind, because: "\(signal) is back in its bounds")
        }
    }

    /// A reason keeps its `since` for as long as its light stays the same.
    private func keepSince(_ reason: HealthReason, _ entry: DeploymentEntry, _ current: Int64) -> HealthReason {
        var reason = reason
        let key = Self.sinceKey(reason)
        if let since = entry.since[key] {
            reason.since = since
        } else {
            if reason.since == 0 { reason.since = current }
            entry.since[key] = reason.since
        }
        return reason
    }

    private static func sinceKey(_ reason: HealthReason) -> String {
        "\(reason.signal) \(reason.subject ?? "") \(reason.light.rawValue)"
    }

    /// Fresh while the champion is younger than the policy's period; unknown without one.
    private func freshness(_ entry: DeploymentEntry, at current: Int64) -> Light {
        guard let every = entry.policy.every, let number = entry.record.champion, let trained = entry.version(number)?.createdAt else {
            return .unknown
        }
        let age = current - trained
        return age <= every + every / 4 ? .ok : age <= 2 * every ? .warn : .alert
    }

    // MARK: Policies

    /// Decides for each deployment what is due, and does it through the one door.
    func runPolicies(at current: Int64) async {
        for entry in entries.values where entry.policy.automation != .manual && entry.record.champion != nil {
            let facts = PolicyFacts(
                now: current, isDrifting: entry.drift.rule.isRaised, brokenFeature: entry.drift.untrustworthy,
                labels: entry.labels.accepted, labelsAtLastTraining: entry.memory.policy.labelsAtLastTraining,
                lastTraining: entry.memory.policy.lastTraining,
                championTrained: entry.record.champion.flatMap { entry.version($0)?.createdAt },
                hasOpenJob: openJobs[entry.name] != nil,
                frozenBy: freezes.first { $0.stops(.learning, in: entry.name) }?.by, answeredDrift: entry.memory.policy.answeredDrift)
            switch entry.policy.decide(facts) {
            case .idle: setBlocked(nil, entry)
            case .blocked(let reason): setBlocked(reason, entry)
            case .train(let trigger):
                setBlocked(nil, entry)
                let order = TrainOrder(
                    deployment: entry.name,
                    training: TrainingRequest(
                        algorithm: entry.policy.algorithm, settings: [:], seed: UInt64(entry.versions.count), holdout: 0.2),
                    promoteWhenBlessed: entry.policy.automation == .auto, trigger: trigger)
                if case .failure(let failure) = await perform(ActionRequest(.train(order)), by: .policy(trigger)) {
                    setBlocked("\(failure)", entry)
                }
            }
        }
    }

    private func setBlocked(_ reason: String?, _ entry: DeploymentEntry) {
        if entry.blocked != reason {
            entry.blocked = reason
            isDirty = true
        }
    }

    /// Promotes what a policy trained, within its promotions a day, unless frozen.
    ///
    /// The version was compared with one champion; when another answers by now, a person decides.
    func promoteByPolicy(_ entry: DeploymentEntry, _ number: UInt32, comparedWith champion: UInt32?, trigger: String) async {
        let current = now()
        entry.memory.policy.promotions.removeAll { $0 < current - 86_400_000 }
        guard entry.memory.policy.promotions.count < entry.policy.promotionsPerDay else {
            entry.memory.loop?.ended = "v\(number) waits for a person: \(entry.policy.promotionsPerDay) automatic promotions today already"
            entry.isMemoryDirty = true
            return
        }
        guard entry.state == .live else {
            entry.memory.loop?.ended = "v\(number) waits for a person: \(entry.name) is \(entry.state.rawValue)"
            entry.isMemoryDirty = true
            return
        }
        let request = ActionRequest(
            .promote(deployment: entry.name, version: number), expected: ExpectedState(champion: champion), reason: "policy \(trigger)")
        switch await perform(request, by: .policy(trigger)) {
        case .success: entry.memory.policy.promotions.append(current)
        case .failure(let failure): entry.memory.loop?.ended = "v\(number) not promoted: \(failure)"
        }
        entry.isMemoryDirty = true
    }
}
