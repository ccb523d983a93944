import Foundation
import Learning
import Logging
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// The key under which the control store counts engine starts.
    static let epochKey = "boot_epoch"

    /// Raises the boot epoch durably: no prediction id can repeat one of an earlier start.
    static func raiseEpoch(_ control: ControlStore) throws(StoreFailure) -> UInt32 {
        try control.write { transaction in
            let next = (try transaction.integer(Self.epochKey) ?? 0) + 1
            try transaction.set(Self.epochKey, next)
            return UInt32(truncatingIfNeeded: next)
        }
    }

    /// Reads everything back: champions first, so that they answer before anything else is loaded.
    func restore() throws(StoreFailure) {
        let current = now()
        let state = try stores.control.read { reader in
            (
                deployments: try reader.deployments(), freezes: try reader.freezes(), alerts: try reader.openAlerts(),
                journal: try reader.journal(before: nil, after: nil, limit: Self.recentRows, deployment: nil)
            )
        }
        freezes = state.freezes.compactMap { Freeze($0) }
        alerts.restore(state.alerts.compactMap { Alert($0) })
        recent = state.journal
        for record in state.deployments { try restore(record, now: current) }
        for entry in entries.values { loadForService(entry, number: entry.record.champion) }
        for entry in entries.values {
            if let champion = entry.champion { entry.drift.begin(version: champion, now: current) }
        }
        _ = try stores.control.write { transaction in try transaction.requeueRunning(now: current) }
        try refreshJobs()
    }

    /// What can wait until the champions answer: last-known-good versions, label counts, the charts of the last day.
    func restoreRest() {
        for entry in entries.values { loadForService(entry, number: entry.record.lastKnownGood) }
        refreshLabelCounts(of: Set(entries.keys))
        for entry in entries.values { restoreSeries(entry) }
        restoreMarkers()
        isDirty = true
        publish()
    }

    private func restore(_ record: DeploymentRecord, now: Int64) throws(StoreFailure) {
        let (rows, policyText) = try stores.control.read { reader in
            (try reader.versions(of: record.name), try reader.policy(record.name))
        }
        let names = try stores.telemetry.categories(deployment: record.name)
        let dictionary = CategoryDictionary(names)
        writer.register(record.name, dictionary: dictionary, persisted: names.count)
        var policy = Policy()
        if let policyText {
            do { policy = try Policy.parse(policyText, deployment: record.name) } catch {
                logger.error("policy of \(record.name): \(error): the default policy stands in")
            }
        }
        entries[record.name] = DeploymentEntry(
            record: record, versions: rows.compactMap { VersionSummary($0) }, categories: dictionary, policy: policy,
            windowing: workspace.configuration.windowing, now: now)
    }

    /// Loads a version and keeps it, or logs why it cannot be loaded.
    ///
    /// A champion that does not load is shown as failed.
    func loadForService(_ entry: DeploymentEntry, number: UInt32?) {
        guard let number, entry.loaded[number] == nil else { return }
        do {
            entry.loaded[number] = try load(entry, number: number)
            if number == entry.record.champion { entry.loadFailure = nil }
        } catch {
            logger.error("\(entry.name) v\(number) does not load: \(error)")
            if number == entry.record.champion { entry.loadFailure = "\(error)" }
        }
        isDirty = true
    }

    /// Reads, verifies and binds a version: checksum, decoding, golden rows, drift reference.
    func load(_ entry: DeploymentEntry, number: UInt32) throws(ActionFailure) -> LoadedVersion {
        if let loaded = entry.loaded[number] { return loaded }
        guard let summary = entry.version(number), let hash = summary.artefactHash else {
            throw .notFound(kind: "version", name: "\(entry.name) v\(number)", nearest: entry.versions.last?.name)
        }
        let artefact: [UInt8]
        let profile: [UInt8]
        do {
            (artefact, profile) = try stores.control.read { reader in
                guard let row = try reader.version(of: entry.name, number: number), let profileHash = row.profileHash else {
                    throw StoreFailure.notFound("\(entry.name) v\(number)")
                }
                return (try reader.artefact(hash), try reader.artefact(profileHash))
            }
        } catch { throw .store("\(error)") }
        let (results, predictor) = Gates.load(artefact: artefact, categories: entry.categories)
        guard let predictor else {
            throw .refused(what: "\(entry.name) v\(number) does not load: \(results.last?.detail ?? "")", advice: "the champion stays")
        }
        guard let reference = decodeJSON(ReferenceProfile.self, String(decoding: profile, as: UTF8.self)) else {
            throw .refused(what: "\(entry.name) v\(number): its drift reference cannot be read", advice: "train a new version")
        }
        return LoadedVersion(number: number, predictor: predictor, profile: reference.bind(entry.categories.table), reference: reference)
    }

    private func restoreMarkers() {
        let oldest = now() - 3_600_000
        for row in recent.reversed() where row.entry.time >= oldest {
            guard let name = row.entry.deployment, let entry = entries[name], let letter = Self.markerLetters[row.entry.verb] else {
                continue
            }
            entry.mark(letter, row.entry.summary, at: row.entry.time)
        }
    }

    /// Chart marker of a journal verb.
    static let markerLetters = ["promote": "P", "rollback": "R", "pause": "S", "resume": "G", "trained": "T", "alert": "A"]

    private func restoreSeries(_ entry: DeploymentEntry) {
        let current = now()
        for metric in SeriesMetric.allCases {
            guard
                let rows = try? stores.telemetry.series(
                    deployment: entry.name, metric: metric.rawValue, resolution: SeriesRow.minute, from: current - 86_400_000,
                    until: current + 1)
            else { continue }
            for row in rows { entry.chart(metric, at: row.time, value: row.mean, weight: row.n) }
        }
    }

    /// Takes label counts from the store.
    func refreshLabelCounts(of names: Set<String>) {
        guard !names.isEmpty, let counts = try? stores.labels.counts() else { return }
        for name in names {
            guard let entry = entries[name], let count = counts[name] else { continue }
            entry.labels = LabelStatus(count)
            isDirty = true
        }
    }

    /// Takes the open jobs and the latest finished ones from the store.
    func refreshJobs() throws(StoreFailure) {
        jobs = try stores.control.read { reader in
            try reader.jobs(states: ["queued", "running"], limit: 1_000, before: nil)
                + reader.jobs(states: ["done", "failed", "cancelled", "parked"], limit: 50, before: nil)
        }
        isDirty = true
    }
}
