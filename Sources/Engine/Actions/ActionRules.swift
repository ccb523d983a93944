import Learning
import Monitoring
import Tabular

extension Action {
    /// Why this cannot be done now by somebody of that role; nil when it can.
    ///
    /// It says what the engine says, in the engine's words: both ask the same rule. What the snapshot does not hold is left to the engine.
    public func disabledReason(in snapshot: Snapshot, role who: Role) -> String? {
        if who < role { return "needs the role \(role.rawValue); yours is \(who.rawValue)" }
        return refusal(in: ActionWorld(self, in: snapshot))?.description
    }

    /// The one rule: why this cannot be done in that world; nil when it can.
    ///
    /// Arguments that can never be taken, such as a policy that is no TOML, are the engine's to refuse.
    func refusal(in world: ActionWorld) -> ActionFailure? {
        // An order may name a deployment that is to be made.
        if case .deploy(let order) = self { return Self.deployRefusal(order.name, world.deployment) }
        if case .missing(let failure) = world.deployment { return failure }
        if case .missing(let failure) = world.version { return failure }
        if case .missing(let failure) = world.job { return failure }
        if case .missing(let failure) = world.alert { return failure }
        let deployment = world.deployment.facts
        let version = world.version.facts
        switch self {
        case .deploy, .setPolicy, .note: return nil
        case .train: return deployment.flatMap(Self.trainRefusal)
        case .promote:
            return Self.both(version, deployment) { RollOutRules.promote($0, of: $1, world.freezes, world.asker) }
        case .rollback(_, nil): return deployment.flatMap { RollOutRules.rollback($0) }
        case .rollback, .rollbackToTime:
            return Self.both(version, deployment) { RollOutRules.rollback($1, to: $0, world.asker) }
        case .challenge(_, _, let plan):
            return Self.both(version, deployment) { RollOutRules.challenge($0, plan, of: $1, world.freezes, world.asker) }
        case .share(_, let number, let share):
            return deployment.flatMap { RollOutRules.share(number, share, of: $0, world.freezes, world.asker) }
        case .abort(_, let number): return deployment.flatMap { RollOutRules.abort($0, number) }
        case .publish: return deployment.flatMap(Self.publishRefusal)
        case .pause(_, let fallback): return deployment.flatMap { RollOutRules.pause($0, fallback) }
        case .resume: return deployment.flatMap { RollOutRules.resume($0, world.freezes) }
        case .archive: return Self.both(version, deployment) { RollOutRules.archive($0, of: $1, world.freezes, world.asker) }
        case .pin: return Self.both(version, deployment) { RollOutRules.pin($0, of: $1) }
        case .unpin: return Self.both(version, deployment) { RollOutRules.unpin($0, of: $1) }
        case .setThreshold(_, _, let value, let basis):
            return Self.both(version, deployment) {
                ThresholdRules.refusal(DecisionThreshold(value, basis), former: world.threshold, $0, of: $1, world.freezes, world.asker)
            }
        case .remove(let name):
            return world.freezes.first { $0.stops(.traffic, in: name) }.map {
                .refused(what: "\($0.scope.words) is frozen by \($0.by)", advice: "unfreeze it first")
            }
        case .freeze(let name, let scope): return Self.freezeRefusal(name, scope, world.freezes)
        case .unfreeze(let name, let scope): return Self.unfreezeRefusal(name, scope, world.freezes)
        case .cancelJob: return world.job.facts.flatMap(Self.cancelRefusal)
        case .retryJob: return world.job.facts.flatMap(Self.retryRefusal)
        case .raiseJob: return world.job.facts.flatMap(Self.raiseRefusal)
        case .acknowledge(let id, _, _):
            return world.alert.facts == .resolved ? .refused(what: "alert \(id) is resolved", advice: "nothing to do") : nil
        case .tune(_, let column, let change): return change.refusal(column, world.tuning, columns: world.columns)
        case .backup(let order): return order.refusal(world.backup)
        case .createToken(let order): return order.refusal(world.tokens)
        case .revokeToken(let name):
            guard let tokens = world.tokens, !tokens.contains(name) else { return nil }
            return .notFound(kind: "token", name: SafeText.escape(name), nearest: Names.nearest(to: name, in: tokens))
        case .stop: return world.isStopping ? .unavailable("engine: it is stopping already") : nil
        case .upgrade:
            guard !world.canBeReplaced else { return nil }
            return .refused(
                what: "this engine shares its process with a screen",
                advice: "stop it and start the new program: only what `flyball serve` started can be replaced")
        }
    }

    /// A rule on a version of a deployment; what is not known is left to whoever knows it.
    private static func both(
        _ version: VersionFacts?, _ deployment: RollOutFacts?, _ rule: (VersionFacts, RollOutFacts) -> ActionFailure?
    ) -> ActionFailure? {
        guard let version, let deployment else { return nil }
        return rule(version, deployment)
    }

    // MARK: Deployments

    /// One whose first import never came about may be ordered anew, with another file or other options.
    private static func deployRefusal(_ name: String, _ deployment: ActionWorld.Lookup<RollOutFacts>) -> ActionFailure? {
        guard case .found(let facts) = deployment else { return nil }
        if let job = facts.job {
            return .refused(what: "\(name) is being made by job \(job)", advice: "wait for it, or cancel it first")
        }
        return facts.hasSchema || facts.newest != nil
            ? .refused(what: "\(name) exists already", advice: "train a new version with `flyball train \(name)`") : nil
    }

    private static func trainRefusal(_ deployment: RollOutFacts) -> ActionFailure? {
        deployment.hasSchema
            ? nil
            : .refused(what: "\(deployment.name) has no data yet", advice: "its first training must end first: see `flyball jobs`")
    }

    private static func publishRefusal(_ deployment: RollOutFacts) -> ActionFailure? {
        let name = deployment.name
        guard let online = deployment.online else {
            return .refused(
                what: "\(name) does not learn online"
                    + (deployment.champion == nil ? "" : deployment.algorithm.map { ": its champion is a \($0) version" } ?? ""),
                advice: "train an online-logistic or online-linear version and promote it; its policy must be advise or auto")
        }
        if let held = online.held { return .refused(what: "\(name): \(held)", advice: "publish when that is over") }
        return online.fresh == 0
            ? .refused(what: "no label has come since \(name) made its last version", advice: "wait for more labels") : nil
    }

    // MARK: Freezes

    private static func freezeRefusal(_ name: String?, _ scope: FreezeScope, _ freezes: [Freeze]) -> ActionFailure? {
        if scope == .retention, let name {
            return .refused(what: "retention of \(name): there is one log for all deployments", advice: "freeze it without a name")
        }
        return freezes.first { $0.deployment == name && $0.scope == scope }.map {
            .refused(what: "\(scope.words) of \(name ?? "all deployments") is frozen already by \($0.by)", advice: "nothing to do")
        }
    }

    private static func unfreezeRefusal(_ name: String?, _ scope: FreezeScope, _ freezes: [Freeze]) -> ActionFailure? {
        // `unfreeze all` lifts whatever stands there.
        freezes.contains { $0.deployment == name && (scope == .all || $0.scope == scope) }
            ? nil
            : .refused(what: "\(scope.words) of \(name ?? "all deployments") is not frozen", advice: "see `flyball status` for what is")
    }

    // MARK: Jobs

    private static func cancelRefusal(_ job: ActionWorld.Job) -> ActionFailure? {
        if !job.state.isOpen { return .refused(what: "job \(job.id) is \(job.state.rawValue) already", advice: "nothing to do") }
        return job.isCancelling ? .refused(what: "job \(job.id) is being cancelled", advice: "nothing to do") : nil
    }

    private static func retryRefusal(_ job: ActionWorld.Job) -> ActionFailure? {
        job.state.isOpen || job.state == .done
            ? .refused(
                what: "job \(job.id) is \(job.state.rawValue)", advice: "only a failed, cancelled or parked job can be queued again") : nil
    }

    private static func raiseRefusal(_ job: ActionWorld.Job) -> ActionFailure? {
        if !job.state.isOpen { return .refused(what: "job \(job.id) is \(job.state.rawValue) already", advice: "nothing to do") }
        return job.state == .queued
            ? nil : .refused(what: "job \(job.id) is running", advice: "only a waiting job can move to the front")
    }
}

extension Action {
    /// What would undo this in the state that it was done in; nil where nothing does.
    ///
    /// Who answered before answers again, what was frozen is frozen again, what was said before is said again.
    ///
    /// - Parameter job: the job that it queued, if it did.
    func inverse(before world: ActionWorld, job: Int64? = nil) -> Action? {
        let deployment = world.deployment.facts
        switch self {
        case .deploy, .train: return job.map { .cancelJob(id: $0) }
        case .promote(let name, let number):
            // A champion that does not load is nothing to return to.
            guard let deployment, let former = deployment.champion, deployment.state != .failed else { return nil }
            // These two change places again; a roll back would mark what stood behind the champion withdrawn.
            return number == deployment.lastKnownGood
                ? .promote(deployment: name, version: former) : .rollback(deployment: name, to: nil)
        case .rollback(let name, _), .rollbackToTime(let name, _):
            return deployment?.champion.map { .promote(deployment: name, version: $0) }
        case .challenge(let name, let number, _):
            guard let former = deployment?.challengers.of(number) else { return .abort(deployment: name, version: number) }
            return .challenge(deployment: name, version: number, plan: former.plan)
        case .share(let name, let number, _):
            return deployment?.challengers.of(number).map { .challenge(deployment: name, version: number, plan: $0.plan) }
        case .abort(let name, let number):
            // Several taken out at once are no single challenge.
            let gone = deployment?.challengers.filter { number == nil || $0.version == number } ?? []
            return gone.count == 1 ? gone.first.map { .challenge(deployment: name, version: $0.version, plan: $0.plan) } : nil
        case .pause(let name, _):
            // One that was paused already had another answer.
            return deployment?.state == .paused
                ? .pause(deployment: name, fallback: deployment?.pausedAnswer?.fallback ?? .unavailable) : .resume(deployment: name)
        case .resume(let name): return .pause(deployment: name, fallback: deployment?.pausedAnswer?.fallback ?? .unavailable)
        case .pin(let name, let version): return .unpin(deployment: name, version: version)
        case .unpin(let name, let version): return .pin(deployment: name, version: version)
        case .setThreshold(let name, let version, _, _):
            let former = world.threshold ?? DecisionThreshold(DecisionThreshold.standard, .standard)
            return .setThreshold(deployment: name, version: version, value: former.value, basis: former.basis)
        case .freeze(let name, let scope): return .unfreeze(deployment: name, scope: scope)
        case .unfreeze(let name, let scope):
            // Several freezes lifted at once are no single freeze.
            let lifted = world.freezes.filter { $0.deployment == name && (scope == .all || $0.scope == scope) }
            return lifted.count == 1 ? lifted.first.map { .freeze(deployment: name, scope: $0.scope) } : nil
        case .setPolicy(let name, _): return world.policy.map { .setPolicy(deployment: name, text: $0) }
        case .tune(let name, let column, let change):
            return .tune(deployment: name, column: column, change: change.inverse(world.tuning, column: column))
        case .cancelJob(let id): return .retryJob(id: id)
        case .retryJob(let id): return .cancelJob(id: id)
        // What it published may wait: where it answers, that is a promotion.
        case .publish: return nil
        case .createToken(let order): return .revokeToken(name: order.name)
        case .archive, .remove, .raiseJob, .acknowledge, .note, .backup, .revokeToken, .stop, .upgrade: return nil
        }
    }
}
