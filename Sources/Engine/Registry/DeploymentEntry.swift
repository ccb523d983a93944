import Monitoring
import Store
import Tabular

/// One deployment inside the engine: its registry rows, its versions in memory, and what is measured of its traffic.
///
/// Confined to the engine's actor.
final class DeploymentEntry {
    /// The registry's row.
    var record: DeploymentRecord { didSet { status = nil } }
    /// The rest of what is remembered.
    var memory: DeploymentMemory { didSet { status = nil } }
    /// Versions, ascending by number.
    var versions: [VersionSummary] {
        didSet {
            status = nil
            newestVersions = Self.newest(versions)
        }
    }
    /// As many as a snapshot shows, newest first.
    private(set) var newestVersions: [VersionSummary]
    /// The published status, for as long as nothing of it changes: a present of many idle deployments costs next to nothing.
    var status: DeploymentStatus?
    /// Versions in memory, by number.
    var loaded: [UInt32: LoadedVersion] = [:] { didSet { status = nil } }
    /// Codes of categories; never replaced while the engine runs.
    let categories: CategoryDictionary
    /// The rules of its loop.
    var policy: Policy { didSet { status = nil } }
    /// Why no automatic turn can start now, if so.
    var blocked: String? { didSet { status = nil } }
    /// Set while the champion's artefact does not load: why.
    var loadFailure: String? { didSet { status = nil } }

    /// Its online learning, where its champion's algorithm does so.
    var online = OnlineWatch() { didSet { status = nil } }

    /// The last minute.
    var traffic = TrafficWindow() { didSet { status = nil } }
    /// Rollups for the charts.
    var series: [SeriesMetric: RollupSeries] = [:]
    /// PSI by feature, one point a window.
    var featureDrift: [String: RollupSeries] = [:]
    /// Drift: the open window, the rule, the last verdict.
    var drift: DriftWatch { didSet { status = nil } }
    /// Labels since creation.
    var labels = LabelStatus() { didSet { status = nil } }
    /// Labels refused for their value since the start, and whether most are.
    var refusals = RefusalWatch()
    /// Labels accepted up to the last second, for the series.
    var labelsCharted: Int64 = 0
    /// The last health.
    var health = Health(service: .unknown, data: .unknown, quality: .unknown, freshness: .unknown, reasons: []) { didSet { status = nil } }
    /// When each light of a signal turned to what it is now.
    var since: [String: Int64] = [:]
    /// Since when a service signal with an open alert is back in its bounds.
    var calmSince: [String: Int64] = [:]
    /// Chart markers of the last hour.
    var markers: [EventMarker] = [] { didSet { status = nil } }
    /// Whether `memory` differs from what is stored.
    var isMemoryDirty = false
    /// Time of the last minute written to the telemetry store.
    var lastRollup: Int64

    init(
        record: DeploymentRecord, versions: [VersionSummary], categories: CategoryDictionary, policy: Policy, windowing: DriftWindowing,
        now: Int64
    ) {
        self.record = record
        memory = DeploymentMemory.decode(record.payload)
        self.versions = versions
        newestVersions = Self.newest(versions)
        self.categories = categories
        self.policy = policy
        drift = DriftWatch(windowing: windowing, now: now)
        lastRollup = now
    }

    private static func newest(_ versions: [VersionSummary]) -> [VersionSummary] {
        versions.suffix(DeploymentStatus.shownVersions).reversed()
    }

    /// Its name.
    var name: String { record.name }

    /// Whether it answers.
    var state: DeploymentState {
        if loadFailure != nil, record.champion != nil { return .failed }
        return DeploymentState(rawValue: record.state) ?? .empty
    }

    /// The version in memory that answers.
    var champion: LoadedVersion? { record.champion.flatMap { loaded[$0] } }

    /// The version of that number.
    ///
    /// Complexity: O(log n).
    func version(_ number: UInt32) -> VersionSummary? { index(of: number).map { versions[$0] } }

    /// The position of a version.
    ///
    /// Complexity: O(log n).
    func index(of number: UInt32) -> Int? {
        var low = 0
        var high = versions.count
        while low < high {
            let middle = (low + high) / 2
            if versions[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < versions.count && versions[low].number == number ? low : nil
    }

    /// The route that event loops answer by; nil before the first import.
    var route: Route? {
        guard let schema = record.schema else { return nil }
        return Route(
            deployment: name, schema: schema, state: state, champion: champion, resident: loaded.values.sorted { $0.number < $1.number },
            categories: categories)
    }

    /// The newest blessed candidate above the champion, if any; one that is the champion bit for bit is nothing to promote.
    var advised: UInt32? {
        let answering = record.champion.flatMap { version($0)?.artefactHash }
        return versions.last { version in
            version.state == .candidate && version.blessed && version.number > (record.champion ?? 0)
                && (version.artefactHash != answering || answering == nil)
        }?.number
    }

    /// Keeps a marker for the charts, and forgets those older than an hour.
    func mark(_ letter: String, _ text: String, at now: Int64) {
        markers.removeAll { $0.time < now - 3_600_000 }
        markers.append(EventMarker(time: now, letter: letter, text: text))
        if markers.count > 100 { markers.removeFirst(markers.count - 100) }
    }

    /// Adds a point to a rollup series.
    func chart(_ metric: SeriesMetric, at now: Int64, value: Double, weight: Double = 1) {
        series[metric, default: RollupSeries()].add(time: now, value: value, weight: weight)
    }
}
