import Monitoring
import Store
import Tabular

extension EngineCore {
    /// The world that an action's rule looks at, as it is now.
    func world(of action: Action, _ request: ActionRequest, by who: Operator) throws(ActionFailure) -> ActionWorld {
        var world = ActionWorld(asker: Asker(who, reason: request.reason), freezes: freezes, isStopping: isStopping)
        world.backup = system.backup.status
        world.canBeReplaced = configuration.successor != nil
        // One that cannot be read is there all the same, until somebody revokes it.
        world.tokens = plane.access.names + damage.records.filter { $0.table == "token" }.map(\.key)
        if let name = action.deployment {
            if entries[name] != nil {
                let entry = try entry(name)
                let facts = facts(entry)
                world.deployment = .found(facts)
                world.version = version(action, entry, facts)
                if case .setThreshold(_, let number, _, _) = action { world.threshold = version(number, of: entry)?.threshold }
                world.policy = entry.policy.text
                world.tuning = entry.memory.tuning ?? DriftTuning()
                world.columns = entry.record.schema?.watched
            } else {
                world.deployment = .missing(Action.noDeployment(name, among: entries.keys))
            }
        }
        if let id = action.job { world.job = try job(id) }
        if case .acknowledge(let id, _, _) = action {
            world.alert =
                damage.alerts.first { $0.id == id }.map { .missing(.refused(what: $0.title, advice: "see `flyball doctor`")) }
                ?? alerts.all.first { $0.id == id }.map { .found($0.state) }
                ?? .missing(.notFound(kind: "alert", name: "\(id)", nearest: nil))
        }
        return world
    }

    func facts(_ entry: DeploymentEntry) -> RollOutFacts {
        var facts = entry.rollOut.facts
        facts.state = entry.state
        // Versions that cannot be read are versions all the same: their deployment is not ordered anew.
        facts.hasSchema = entry.record.schema != nil || !entry.ledger.unreadable.isEmpty
        facts.columns = entry.record.schema?.features.map(\.name)
        facts.job = jobs.open[entry.name]
        facts.online = onlineStatus(entry)
        facts.algorithm = entry.championSummary?.algorithm
        facts.target = entry.record.schema?.target
        facts.prior = entry.championSummary?.learnt(facts.target?.task, meanScore: entry.champion?.reference.meanScore)
        return facts
    }

    private func version(
        _ action: Action, _ entry: DeploymentEntry, _ facts: RollOutFacts
    ) -> ActionWorld.Lookup<VersionFacts> {
        if case .rollbackToTime(_, let time) = action {
            return entry.rollOut.champion(at: time).map { .found($0.facts) }
                ?? .missing(RollOutRules.nothingThen(entry.name, time))
        }
        guard let number = action.version else { return .beyond }
        return entry.versions.line(number).map { .found($0.standing.facts) } ?? .missing(RollOut.missing(number, of: facts))
    }

    private func job(_ id: Int64) throws(ActionFailure) -> ActionWorld.Lookup<ActionWorld.Job> {
        let found: JobRecord?
        do { found = try stores.control.read { try $0.job(id) } } catch { throw .store("\(error)") }
        guard let found else { return .missing(.notFound(kind: "job", name: "\(id)", nearest: nil)) }
        let status = JobStatus(found)
        return .found(ActionWorld.Job(id: id, state: status.state, isCancelling: status.isCancelling))
    }
}
