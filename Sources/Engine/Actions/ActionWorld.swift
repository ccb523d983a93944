import Learning
import Monitoring
import Tabular

/// What the rules of an action look at: made of the engine's own state before it acts, and of a snapshot before anybody asks.
struct ActionWorld: Sendable {
    /// What a name or a number leads to.
    enum Lookup<Facts: Sendable>: Sendable {
        case found(Facts)
        case missing(ActionFailure)
        /// Older than the snapshot holds: the engine judges.
        case beyond

        /// The facts, where there are any.
        var facts: Facts? {
            guard case .found(let facts) = self else { return nil }
            return facts
        }
    }

    /// What the rules need to know of a job.
    struct Job: Sendable, Equatable {
        var id: Int64
        var state: JobState
        var isCancelling: Bool
    }

    /// Who asks.
    var asker: Asker
    /// Freezes in force, anywhere.
    var freezes: [Freeze] = []
    /// Whether the engine is stopping.
    var isStopping = false
    /// Whether another program can take the engine's place.
    var canBeReplaced = false
    /// The deployment that the action names.
    var deployment = Lookup<RollOutFacts>.beyond
    /// The version that it names, or that answered at the time that it names.
    var version = Lookup<VersionFacts>.beyond
    /// The threshold that was chosen for that version; nil: none was.
    var threshold: DecisionThreshold?
    /// The job that it names.
    var job = Lookup<Job>.beyond
    /// The state of the alert that it names.
    var alert = Lookup<AlertState>.beyond
    /// The policy's text, where the engine asks.
    var policy: String?
    /// What was said of the deployment's columns.
    var tuning = DriftTuning()
    /// Its columns; nil before its first import.
    var columns: [String]?
    /// How the backups stand.
    var backup: BackupStatus?
    /// Names of the tokens; nil: not known here.
    var tokens: [String]?
}

extension Action {
    /// The version that it names.
    var version: UInt32? {
        switch self {
        case .promote(_, let version), .archive(_, let version), .pin(_, let version), .unpin(_, let version),
            .challenge(_, let version, _), .share(_, let version, _), .setThreshold(_, let version, _, _):
            version
        case .abort(_, let version): version
        case .rollback(_, let version): version
        case .deploy, .train, .rollbackToTime, .publish, .pause, .resume, .freeze, .unfreeze, .cancelJob, .retryJob, .raiseJob,
            .acknowledge, .setPolicy, .remove, .tune, .note, .backup, .createToken, .revokeToken, .stop, .upgrade:
            nil
        }
    }

    /// The job that it names.
    var job: Int64? {
        switch self {
        case .cancelJob(let id), .retryJob(let id), .raiseJob(let id): id
        case .deploy, .train, .promote, .rollback, .rollbackToTime, .publish, .pause, .resume, .archive, .pin, .unpin, .freeze, .unfreeze,
            .challenge, .share, .abort, .setThreshold, .acknowledge, .setPolicy, .remove, .tune, .note, .backup, .createToken, .revokeToken,
            .stop,
            .upgrade:
            nil
        }
    }

    /// No deployment of that name.
    static func noDeployment(_ name: String, among names: some Sequence<String>) -> ActionFailure {
        .notFound(kind: "deployment", name: SafeText.escape(name), nearest: Names.nearest(to: name, in: names.sorted()))
    }
}

extension ActionWorld {
    /// The world as a snapshot shows it.
    init(_ action: Action, in snapshot: Snapshot) {
        self.init(asker: Asker(isAutomatic: false, hasReason: true), freezes: snapshot.frozen)
        backup = snapshot.system.backup
        canBeReplaced = snapshot.engine.canBeReplaced == true
        tokens = snapshot.system.access.tokens.map(\.name)
        if let name = action.deployment {
            guard let status = snapshot.deployment(name) else {
                deployment = .missing(Action.noDeployment(name, among: snapshot.deployments.map(\.name)))
                return
            }
            let facts = RollOutFacts(status)
            deployment = .found(facts)
            version = Self.version(action, status, facts)
            threshold = action.version.flatMap { status.version($0)?.threshold }
            tuning = status.tuning ?? DriftTuning()
            columns = status.schema?.watched
        }
        if let id = action.job, let status = snapshot.jobs.first(where: { $0.id == id }) {
            job = .found(Job(id: id, state: status.state, isCancelling: status.isCancelling))
        }
        if case .acknowledge(let id, _, _) = action {
            let found = snapshot.alerts.first { $0.id == id }?.state
            alert = found.map { .found($0) } ?? .missing(.notFound(kind: "alert", name: "\(id)", nearest: nil))
        }
    }

    private static func version(_ action: Action, _ status: DeploymentStatus, _ facts: RollOutFacts) -> Lookup<VersionFacts> {
        if case .rollbackToTime(_, let time) = action {
            return status.versions.champion(at: time).map { .found(VersionFacts($0)) } ?? .beyond
        }
        guard let number = action.version else { return .beyond }
        if let summary = status.versions.first(where: { $0.number == number }) { return .found(VersionFacts(summary)) }
        // Numbers above the newest have never been; what lies below may be on another page.
        return number > facts.newest ?? 0 || number == 0 ? .missing(RollOut.missing(number, of: facts)) : .beyond
    }
}

extension RollOutFacts {
    init(_ status: DeploymentStatus) {
        self.init(
            name: status.name, state: status.state, champion: status.champion, lastKnownGood: status.lastKnownGood,
            learningBase: status.online?.base, newest: status.versions.map(\.number).max(),
            challengers: (status.challengers ?? []).map(\.challenger), columns: status.schema?.features.map(\.name),
            hasSchema: status.schema != nil,
            job: status.job, online: status.online,
            algorithm: status.algorithm, pausedAnswer: status.pausedAnswer, target: status.schema?.target,
            prior: status.version(status.champion)?.learnt(status.schema?.target.task, meanScore: status.referenceMeanScore))
    }
}

extension VersionFacts {
    init(_ summary: VersionSummary) {
        self.init(
            number: summary.number, state: summary.state, isBlessed: summary.blessed, refusal: summary.refusal,
            isPinned: summary.isPinned, hasServed: !summary.served.isEmpty)
    }
}

extension VersionSummary {
    /// The gate that refused it, with what it said.
    var refusal: String? { gates.first(where: \.refuses).map { "\($0.name): \($0.detail)" } }

    /// What its gates could not tell, the first of it.
    var doubt: String? { gates.first(where: \.undecided).map { "\($0.name): \($0.detail)" } }
}
