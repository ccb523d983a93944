import Monitoring
import Tabular

extension Action {
    /// Why this cannot be done now by somebody of that role; nil when it can.
    ///
    /// It says what the engine would say, before anybody asks it; the engine checks again.
    public func disabledReason(in snapshot: Snapshot, role who: Role) -> String? {
        if who < role { return "needs the role \(role.rawValue); yours is \(who.rawValue)" }
        switch self {
        case .deploy(let order): return deployReason(order, snapshot)
        case .train(let order): return trainReason(order, snapshot)
        case .promote(let name, let version): return onDeployment(name, snapshot) { promoteReason($0, version, snapshot) }
        case .rollback(let name, let version): return onDeployment(name, snapshot) { rollbackReason($0, version) }
        case .publish(let name): return onDeployment(name, snapshot) { publishReason($0) }
        case .pause(let name): return onDeployment(name, snapshot) { pauseReason($0) }
        case .resume(let name): return onDeployment(name, snapshot) { resumeReason($0, snapshot) }
        case .freeze(let name, let scope):
            return snapshot.frozen.first { $0.deployment == name && $0.scope == scope }.map { "frozen already by \($0.by)" }
        case .unfreeze(let name, let scope):
            let isFrozen = snapshot.frozen.contains { $0.deployment == name && (scope == .all || $0.scope == scope) }
            return isFrozen
                ? nil
                : "\(scope == .all ? "nothing" : scope.rawValue) of \(name ?? "all deployments") is \(scope == .all ? "" : "not ")frozen"
        case .cancelJob(let id): return onJob(id, snapshot) { cancelReason($0) }
        case .retryJob(let id):
            return onJob(id, snapshot) {
                $0.state.isOpen || $0.state == .done
                    ? "job \(id) is \($0.state.rawValue): only a failed, cancelled or parked one can be retried" : nil
            }
        case .raiseJob(let id):
            return onJob(id, snapshot) { $0.state == .queued ? nil : "job \(id) is \($0.state.rawValue): only a waiting one can move up" }
        case .acknowledge(let id, _, _): return acknowledgeReason(id, snapshot)
        case .setPolicy(let name, _): return onDeployment(name, snapshot) { _ in nil }
        case .note(let name, let text): return noteReason(name, text, snapshot)
        case .stop: return nil
        }
    }

    private func onDeployment(_ name: String, _ snapshot: Snapshot, _ check: (DeploymentStatus) -> String?) -> String? {
        guard let status = snapshot.deployment(name) else {
            let nearest = Names.nearest(to: name, in: snapshot.deployments.map(\.name))
            return "no such deployment: \(SafeText.escape(name))" + (nearest.map { ": did you mean \($0)?" } ?? "")
        }
        return check(status)
    }

    private func onJob(_ id: Int64, _ snapshot: Snapshot, _ check: (JobStatus) -> String?) -> String? {
        // An older job than the snapshot holds is left to the engine to judge.
        snapshot.jobs.first { $0.id == id }.flatMap(check)
    }

    private func promoteReason(_ status: DeploymentStatus, _ number: UInt32, _ snapshot: Snapshot) -> String? {
        if status.champion == number { return "v\(number) is the champion already" }
        if let version = status.versions.first(where: { $0.number == number }) {
            if version.state == .refused || !version.blessed {
                let gate = version.gates.first { !$0.passed }
                return "v\(number) was refused by the gate \(gate?.name ?? "load")" + (gate.map { ": \($0.detail)" } ?? "")
            }
        } else if status.holdsAllVersions {
            return "no such version: \(status.name) v\(number)"
        }
        return trafficFreeze(status.name, snapshot)
    }

    private func publishReason(_ status: DeploymentStatus) -> String? {
        guard let online = status.online else {
            return "\(status.name) does not learn online: "
                + (status.algorithm.map { "its champion is a \($0) version" } ?? "it has no champion yet")
        }
        if let held = online.held { return held }
        return online.fresh == 0 ? "no label has come since \(status.name) made its last version" : nil
    }

    private func rollbackReason(_ status: DeploymentStatus, _ wanted: UInt32?) -> String? {
        guard let champion = status.champion else { return "\(status.name) has no champion yet" }
        guard let wanted else {
            return status.lastKnownGood == nil || status.lastKnownGood == champion
                ? "no earlier version served and was not withdrawn: pause it, or promote another" : nil
        }
        if wanted == champion { return "v\(wanted) is the champion already" }
        if let version = status.versions.first(where: { $0.number == wanted }), version.served.isEmpty {
            return "v\(wanted) never served: promote it instead"
        }
        return nil
    }

    private func pauseReason(_ status: DeploymentStatus) -> String? {
        switch status.state {
        case .live: nil
        case .paused: "\(status.name) is paused already"
        case .empty, .failed: "\(status.name) answers nothing: it is \(status.state.rawValue)"
        }
    }

    private func resumeReason(_ status: DeploymentStatus, _ snapshot: Snapshot) -> String? {
        status.state == .paused ? trafficFreeze(status.name, snapshot) : "\(status.name) is \(status.state.rawValue), not paused"
    }

    private func trafficFreeze(_ name: String, _ snapshot: Snapshot) -> String? {
        snapshot.frozen.first { $0.stops(.traffic, in: name) }.map {
            "\($0.scope == .all ? "everything" : "traffic") is frozen by \($0.by): unfreeze it first"
        }
    }

    private func trainReason(_ order: TrainOrder, _ snapshot: Snapshot) -> String? {
        return onDeployment(order.deployment, snapshot) {
            $0.schema == nil ? "\($0.name) has no data yet: its first training must end first" : nil
        }
    }

    private func deployReason(_ order: DeployOrder, _ snapshot: Snapshot) -> String? {
        guard let status = snapshot.deployment(order.name) else { return nil }
        if let job = status.job { return "\(order.name) is being made by job \(job)" }
        // One whose first import never came about may be ordered anew.
        return status.schema == nil && status.versions.isEmpty ? nil : "\(order.name) exists already: train a version of it"
    }

    private func cancelReason(_ job: JobStatus) -> String? {
        if !job.state.isOpen { return "job \(job.id) is \(job.state.rawValue) already" }
        return job.isCancelling ? "job \(job.id) is being cancelled" : nil
    }

    private func acknowledgeReason(_ id: Int64, _ snapshot: Snapshot) -> String? {
        guard let alert = snapshot.alerts.first(where: { $0.id == id }) else { return "no such alert: \(id)" }
        return alert.state == .resolved ? "alert \(id) is resolved" : nil
    }

    private func noteReason(_ name: String?, _ text: String, _ snapshot: Snapshot) -> String? {
        if text.utf8.count > 4_000 { return "the note is longer than 4,000 bytes" }
        return name.flatMap { onDeployment($0, snapshot) { _ in nil } }
    }
}
