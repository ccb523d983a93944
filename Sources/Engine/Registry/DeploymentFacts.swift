import Monitoring
import Store
import Tabular

/// What is true of one deployment: its registry rows, its versions in memory, and what is measured of its traffic.
///
/// A value: parts that decide read it, and nothing that is published comes from anywhere else.
struct DeploymentFacts {
    /// The registry's row.
    var record: DeploymentRecord
    /// The rest of what is remembered.
    var memory: DeploymentMemory
    /// What the registry holds beside what can be read.
    var ledger: RegistryLedger
    /// Its versions: a line of each, and the whole of a few.
    var versions: VersionBook
    /// The number of its next version: above every number that a version of this name ever had.
    var nextNumber: UInt32
    /// Versions in memory, by number.
    var loaded: [UInt32: LoadedVersion] = [:]
    /// The rules of its loop.
    var policy: Policy
    /// What stands in its way.
    private var hindrances = Hindrances()
    /// Its online learning, where its champion's algorithm does so.
    var online = OnlineWatch()
    /// The last minute.
    var traffic = TrafficWindow()
    /// Drift: the open window, the rule, the last verdict, missing values.
    var drift: DriftWatch
    /// What is known of the truth of its answers.
    private var truth = Truth()
    /// How full the fullest of its categorical columns is, as of the last look.
    var categoryFill: CategoryFill?
    /// How it does.
    private var doing = Doing()
    /// What was done in the last hour.
    var markers = ChartMarkers()

    init(
        record: DeploymentRecord, memory: DeploymentMemory, versions: VersionBook, nextNumber: UInt32, ledger: RegistryLedger,
        policy: Policy, windowing: DriftWindowing, now: Int64
    ) {
        self.record = record
        self.memory = memory
        self.ledger = ledger
        self.versions = versions
        self.nextNumber = max(nextNumber, (versions.lines.last?.number ?? 0) + 1)
        self.policy = policy
        drift = DriftWatch(windowing: windowing, now: now)
    }

    /// What is known of the truth of a deployment's answers.
    private struct Truth {
        var refusals = RefusalWatch()
        var labels = LabelStatus()
        var quality = QualityWatch()
    }

    /// How a deployment does.
    private struct Doing {
        var lights = HealthWatch()
        var arms = ArmWatch()
        var truths = ArmTruths()
        var drifts = ArmDrifts()
    }

    /// The lights, and how long they have been what they are.
    var watch: HealthWatch {
        get { doing.lights }
        set { doing.lights = newValue }
    }

    /// What its challengers do beside its champion.
    var arms: ArmWatch {
        get { doing.arms }
        set { doing.arms = newValue }
    }

    /// How its challengers' inputs compare with their training.
    var armDrifts: ArmDrifts {
        get { doing.drifts }
        set { doing.drifts = newValue }
    }

    /// What the truth says of its challengers.
    var truths: ArmTruths {
        get { doing.truths }
        set { doing.truths = newValue }
    }

    /// Its challengers.
    var challengers: [Challenger] { memory.challengers ?? [] }

    /// Labels refused for their value.
    var refusals: RefusalWatch {
        get { truth.refusals }
        set { truth.refusals = newValue }
    }

    /// Labels since creation.
    var labels: LabelStatus {
        get { truth.labels }
        set { truth.labels = newValue }
    }

    /// How good its answers were where their truth has come.
    var quality: QualityWatch {
        get { truth.quality }
        set { truth.quality = newValue }
    }

    /// What stands in a deployment's way: nothing, where all is well.
    private struct Hindrances {
        var blocked: String?
        var loadFailure: String?
    }

    /// Why no automatic turn can start now, if so.
    var blocked: String? {
        get { hindrances.blocked }
        set { hindrances.blocked = newValue }
    }

    /// Set while the champion's artefact does not load: why.
    var loadFailure: String? {
        get { hindrances.loadFailure }
        set { hindrances.loadFailure = newValue }
    }

    /// Its name.
    var name: String { record.name }

    /// The last verdict on its lights.
    var health: Health { watch.health }

    /// How often the policy wants a new champion, and when this one was trained; nil where one of them is unknown.
    var age: (every: Int64, trained: Int64)? {
        guard let every = policy.every, let trained = championSummary?.createdAt else { return nil }
        return (every, trained)
    }

    /// Whether it answers.
    var state: DeploymentState {
        if failure != nil { return .failed }
        return DeploymentState(rawValue: record.state) ?? .failed
    }

    /// Why it cannot answer, if it should and cannot.
    var failure: String? { ledger.failure?.text ?? (record.champion == nil ? nil : loadFailure) }

    /// The version in memory that answers.
    var champion: LoadedVersion? { record.champion.flatMap { loaded[$0] } }

    /// Versions that answer or may have to at any moment: all of them stay in memory.
    var answering: [UInt32] {
        [record.champion, record.lastKnownGood, memory.pausedAnswer?.version].compactMap(\.self) + challengers.map(\.version)
    }

    /// What is known of the version that answers.
    var championSummary: VersionSummary? { record.champion.flatMap { versions.whole($0) } }

    /// The version by whose division later ones are divided: the champion, or the newest that was trained in one piece, if somebody ordered it.
    var orderedDivision: VersionSummary? {
        let trained = [championSummary, versions.newest].compactMap(\.self).first { $0.split != nil }
        return trained?.split?.rule.isOrdered == true ? trained : nil
    }

    /// The versions whose whole stays in memory beside the newest: who answers, what may answer next, and what is learnt on from.
    var roles: [UInt32?] {
        [record.champion, record.lastKnownGood, advised, memory.online?.base, memory.pausedAnswer?.version] + challengers.map(\.version)
    }

    /// The newest blessed candidate above the champion, if any; one that is the champion bit for bit is nothing to promote.
    var advised: UInt32? {
        let answering = record.champion.flatMap { versions.line($0)?.artefact }
        for line in versions.lines.reversed() {
            guard line.number > record.champion ?? 0 else { return nil }
            guard line.standing.state == .candidate, line.standing.isBlessed else { continue }
            if line.artefact != answering || answering == nil { return line.number }
        }
        return nil
    }
}
