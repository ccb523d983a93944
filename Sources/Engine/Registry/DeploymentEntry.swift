import Learning
import Monitoring
import Store
import Tabular

/// One deployment inside the engine: what is true of it, and its status as it was published last.
///
/// Confined to the engine's actor. Its facts are read and written through it (`entry.record`, `entry.memory.loop`), and any writing makes the
/// published status stale: there is no other way to change them.
@dynamicMemberLookup
final class DeploymentEntry {
    /// What is true of it now.
    private(set) var facts: DeploymentFacts
    /// Grows whenever a fact may have changed.
    private var revision = 0
    /// The published status, and the revision that it was made from.
    private var published: (status: DeploymentStatus, revision: Int)?
    /// Codes of categories, column by column; never replaced while the engine runs.
    let categories: Categories
    /// What its charts show beside markers; not part of its status.
    var charts: DeploymentCharts
    /// The learner's copy that answers in the champion's place, where the deployment answers live.
    var live: LoadedVersion?
    /// What explains the scores of the version that was last asked about.
    var explainer: CachedExplainer?
    /// The constant that answers while it is paused, with what it was made of.
    private var fixed: (scores: [Double], champion: LoadedVersion, version: LoadedVersion)?
    /// Whether `memory` differs from what is stored.
    var isMemoryDirty = false

    init(
        record: DeploymentRecord, memory: DeploymentMemory, versions: VersionBook, nextNumber: UInt32,
        ledger: RegistryLedger = RegistryLedger(), categories: Categories, policy: Policy, windowing: DriftWindowing, now: Int64
    ) {
        facts = DeploymentFacts(
            record: record, memory: memory, versions: versions, nextNumber: nextNumber, ledger: ledger, policy: policy,
            windowing: windowing, now: now)
        self.categories = categories
        charts = DeploymentCharts(now: now)
    }

    subscript<Value>(dynamicMember path: KeyPath<DeploymentFacts, Value>) -> Value { facts[keyPath: path] }

    /// A fact is read as a copy and written as a whole: `entry.memory.loop?.ended = "\(entry.name) …"` touches all facts in one line, and must
    /// not trap.
    subscript<Value>(dynamicMember path: WritableKeyPath<DeploymentFacts, Value>) -> Value {
        get { facts[keyPath: path] }
        set { write { $0[keyPath: path] = newValue } }
    }

    /// Writes facts in place, for what is large and changes often; the body must not read this entry.
    func write<Result>(_ body: (inout DeploymentFacts) -> Result) -> Result {
        revision += 1
        return body(&facts)
    }

    /// Its measured present, made anew only when something has changed: a present of many idle deployments costs next to nothing.
    func status(at now: Int64) -> DeploymentStatus {
        // What fades by itself, such as the request rate, does so only while there is traffic.
        if let published, published.revision == revision, facts.traffic.isEmpty { return published.status }
        let status = DeploymentStatus(facts, at: now)
        published = (status, revision)
        return status
    }

    /// The route that event loops answer by; nil before the first import.
    var route: Route? {
        // One whose schema cannot be read is there all the same, and says that it cannot answer.
        let none = Schema(features: [], target: Target(name: "", task: .regression, classes: []))
        guard let schema = facts.record.schema ?? (facts.ledger.failure == nil ? nil : none) else { return nil }
        var route = Route(
            deployment: facts.name, schema: schema, state: facts.state, champion: facts.champion,
            resident: facts.loaded.values.sorted { $0.number < $1.number }, categories: categories)
        for number in facts.loaded.keys {
            if let threshold = facts.versions.whole(number)?.threshold { route.thresholds[number] = threshold.value }
        }
        if facts.state == .paused, let answer = facts.memory.pausedAnswer { route.fallback = fallback(answer, schema) }
        // Of another champion, or of none, it is no copy any more.
        if let live, facts.champion?.number == live.number { route.live = live }
        // One that is not in memory yet gets nothing.
        for challenger in facts.memory.challengers ?? [] {
            guard let version = facts.loaded[challenger.version], let routed = challenger.routed(version, facts.name, schema) else {
                continue
            }
            if challenger.answers { route.challenger = routed } else { route.shadows.append(routed) }
        }
        return route
    }

    /// What answers in place of the champion; nil while it is not in memory: then requests get 503.
    private func fallback(_ answer: PausedAnswer, _ schema: Schema) -> LoadedVersion? {
        if let version = answer.version { return facts.loaded[version] }
        guard let scores = answer.scores, let champion = facts.champion else { return nil }
        if let fixed, fixed.scores == scores, fixed.champion === champion { return fixed.version }
        let version = LoadedVersion(scores, width: schema.width, beside: champion)
        fixed = (scores, champion, version)
        return version
    }

    /// Keeps a marker for the charts, and forgets those older than an hour.
    func mark(_ kind: MarkerKind, _ text: String, at now: Int64) {
        self.markers.add(EventMarker(time: now, kind: kind, text: text), at: now)
    }

    /// Adds a point to a rollup series.
    func chart(_ metric: SeriesMetric, at now: Int64, value: Double, weight: Double = 1) {
        charts.add(metric, at: now, value: value, weight: weight)
    }
}

extension Challenger {
    /// Itself as event loops have it; nil where its key names nothing of the schema.
    fileprivate func routed(_ version: LoadedVersion, _ deployment: String, _ schema: Schema) -> RoutedChallenger? {
        let columns = schema.features.map(\.name)
        guard let key = plan.key.map({ SplitKey($0, columns: columns) }) ?? .request else { return nil }
        return RoutedChallenger(
            choice: ArmChoice(version: version, arm: plan.kind.arm),
            split: Split(deployment: deployment, version: version.number, share: plan.share, key: key))
    }
}
