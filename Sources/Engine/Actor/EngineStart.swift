import Foundation
import Logging
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// The key under which the control store counts engine starts.
    static let epochKey = ControlReader.bootEpochKey

    /// Raises the boot epoch durably, also on a full disk: no prediction id can repeat one of an earlier start.
    ///
    /// Where the registry takes no writes at all, the room that was taken for changes beside it has some for this as well.
    static func raiseEpoch(_ control: ControlStore, now: Int64) throws(StoreFailure) -> UInt32 {
        let kept = try control.keptAside().records.compactMap { (try? KeptChange(stored: $0.state))?.epoch }.max() ?? 0
        let next = max(kept, try control.read { try $0.integer(Self.epochKey) } ?? 0) + 1
        do throws(StoreFailure) { try control.writeEssential { try $0.set(Self.epochKey, next) } } catch {
            let change = Change(verb: .note, deployment: nil, summary: "started although the registry took no writes", reason: "\(error)")
            _ = try control.keepAside(change.entry(by: .engine, at: now), state: try KeptChange(epoch: next).stored())
        }
        return UInt32(truncatingIfNeeded: next)
    }

    /// Reads everything back: champions first, so that they answer before anything else is loaded.
    func restore() async throws(StoreFailure) {
        let current = now()
        let state = try stores.control.read { reader in
            (
                deployments: try reader.deployments(), freezes: try reader.freezes(), open: try reader.openAlerts(),
                alerts: try reader.alerts(limit: AlertBook.resolvedKept),
                journal: try reader.latestJournal(limit: JournalState.recentRows),
                removals: try reader.removals(), tokens: try reader.tokens(), policies: try reader.policies()
            )
        }
        restore(state.tokens)
        restore(state.freezes)
        restore(open: state.open, latest: state.alerts, at: current)
        journal.restore(state.journal)
        fleet.removals = Set(state.removals)
        note(state.deployments.damaged)
        restore(try await read(state.deployments, state.policies), now: current)
        try takeUpKept()
        let serving = fleet.inOrder.compactMap { entry in servable(entry).map { (entry, $0) } }
        let loaded = await loader.load(serving.map { VersionLoader.Order($0.0, $0.1) })
        for ((entry, number), result) in zip(serving, loaded) {
            keep(result, of: entry, number: number)
            if let champion = entry.champion { entry.drift.begin(version: champion, now: current) }
            entry.quality.begin(entry.record.champion)
        }
        checkDate()
        restoreBackups()
        requeueOrphans(at: current)
        try refreshJobs()
        for (entry, _) in serving where entry.loadFailure != nil { await fallBack(entry) }
        // Before anybody can ask: a count of 0 would be a wrong one.
        await refreshLabelCounts(of: Set(entries.keys))
    }

    /// Running jobs lost their worker with the last engine: they begin again, or are parked when that was their last attempt.
    ///
    /// What they had stored for a version that never came goes too: no training runs yet that could be waiting for it.
    private func requeueOrphans(at current: Int64) {
        do {
            let orphans = try stores.control.write { transaction in
                let orphans = try transaction.requeueRunning(now: current)
                // A row that cannot be read may point to any of them.
                if !self.damage.hidesReferences { _ = try transaction.deleteOrphanArtefacts() }
                for job in orphans { try transaction.appendLog(job.id, time: current, line: "its engine ended: \(job.state)") }
                return orphans
            }
            for job in orphans where job.state == JobState.parked.rawValue { reportParked(job) }
            let open = try stores.control.read { try $0.jobs(states: JobState.open, limit: 1_000, before: nil) }
            JobCheckpoint.removeAll(but: Set(open.records.map(\.id)), workspace: workspace)
        } catch { logger.error("jobs of the last engine: \(error): they begin again when the store takes writes") }
    }

    /// What can wait until the champions answer: last-known-good versions, the charts of the last day.
    func restoreRest() async {
        // A table of all routes for each of a thousand versions would take longer than to load them.
        var loaded = 0
        for entry in fleet.inOrder {
            if let failure = entry.loadFailure { reportBrokenChampion(entry, failure) }
            loaded += await bringIn(entry)
            if loaded >= Self.broughtInTogether {
                loaded = 0
                _ = await installRouting()
            }
        }
        if loaded > 0 { _ = await installRouting() }
        await bringAllLines()
        for name in fleet.removals { await clearRemoved(name) }
        await finishDeploys()
        for entry in entries.values { await restoreSeries(entry) }
        restoreMarkers()
        restoreGrowth()
        isDirty = true
        publish()
    }

    /// Promotes first versions whose engine ended between their gates and their promotion.
    private func finishDeploys() async {
        for entry in fleet.inOrder where entry.record.champion == nil && entry.versions.count == 1 && entry.nextNumber == 2 {
            guard let first = entry.versions.newest, first.blessed, first.state == .candidate else { continue }
            await promoteFirst(entry, first.number, orderedBy: first.createdBy)
        }
    }

    /// Makes the first version of a deployment its champion, as whoever ordered the deployment wanted.
    func promoteFirst(_ entry: DeploymentEntry, _ number: UInt32, orderedBy who: String) async {
        let request = ActionRequest(.promote(deployment: entry.name, version: number), reason: "first version, as ordered by \(who)")
        if case .failure(let failure) = await perform(request, by: .engine) { logger.error("\(entry.name): \(failure)") }
    }

    // MARK: Loading

    /// Loads a version aside.
    ///
    /// What the caller saw before may have changed when this returns.
    func load(_ entry: DeploymentEntry, number: UInt32) async throws(ActionFailure) -> LoadedVersion {
        if let loaded = entry.loaded[number] { return loaded }
        if let damage = entry.ledger.unreadable[number] {
            throw .refused(what: "\(entry.name) v\(number) cannot be read", advice: damage.text)
        }
        guard entry.versions.line(number) != nil else {
            throw .notFound(kind: "version", name: "\(entry.name) v\(number)", nearest: entry.versions.newestName)
        }
        return try await loader.load(VersionLoader.Order(entry, number)).get()
    }

    /// Makes the version that a roll back returns to, and those with a part of the traffic, resident, so that none of them starts cold.
    func warm(_ entry: DeploymentEntry) async { if await bringIn(entry) > 0 { _ = await installRouting(of: entry.name) } }

    /// Versions that are brought into memory, while an engine starts, between two routing tables.
    private static let broughtInTogether = 100

    /// Loads them without routing anything to them; how many.
    private func bringIn(_ entry: DeploymentEntry) async -> Int {
        var count = 0
        for number in entry.answering where entry.loaded[number] == nil && entry.ledger.unreadable[number] == nil {
            if number == entry.record.champion { continue }
            let result = await loader.load(VersionLoader.Order(entry, number))
            guard entry.answering.contains(number) else { continue }
            keep(result, of: entry, number: number)
            count += 1
        }
        return count
    }

    /// Keeps a version that was loaded for service, or says why it was not.
    ///
    /// A champion that does not load is shown as failed.
    private func keep(_ result: Result<LoadedVersion, ActionFailure>, of entry: DeploymentEntry, number: UInt32) {
        switch result {
        case .success(let version):
            entry.loaded[number] = version
            if number == entry.record.champion { entry.loadFailure = nil }
        case .failure(let failure):
            logger.error("\(entry.name) v\(number) does not load: \(failure)")
            if number == entry.record.champion { entry.loadFailure = "\(failure)" }
        }
        isDirty = true
    }

    private func reportBrokenChampion(_ entry: DeploymentEntry, _ failure: String) {
        raiseAlert(
            entry.name,
            Finding(
                kind: AlertKind.champion, severity: .critical, title: "\(entry.name) answers nothing: \(failure)", reasons: [], onset: now()
            ))
    }

    // MARK: Charts and counts

    private func restoreMarkers() {
        for row in journal.recent.reversed() {
            guard let name = row.entry.deployment, let marker = EventMarker(row) else { continue }
            entries[name]?.markers.add(marker, at: now())
        }
    }

    private func restoreSeries(_ entry: DeploymentEntry) async {
        let until = now()
        let name = entry.name
        let telemetry = stores.telemetry
        let features = entry.champion?.reference.features.map(\.name) ?? []
        let logger = logger
        @Sendable func stored(_ metric: String) -> [SeriesRow] {
            do {
                return try telemetry.series(
                    deployment: name, metric: metric, resolution: SeriesRow.minute, from: until - 86_400_000, until: until)
            } catch {
                logger.error("\(name): the chart of \(metric) begins with this start: \(error)")
                return []
            }
        }
        let (metrics, drifts) = await onQueue(reading) {
            (SeriesMetric.allCases.map { ($0, stored($0.rawValue)) }, features.map { ($0, stored(DeploymentCharts.driftMetric($0))) })
        }
        for (metric, rows) in metrics where !rows.isEmpty { entry.charts.restore(metric, rows, at: now()) }
        for (feature, rows) in drifts where !rows.isEmpty { entry.charts.restore(feature: feature, rows, at: now()) }
    }

    /// Takes label counts from the store.
    func refreshLabelCounts(of names: Set<String>) async {
        guard !names.isEmpty else { return }
        let labels = stores.labels
        let found = await onQueue(reading) { Result { () throws(StoreFailure) in try labels.counts() } }
        let (counts, damaged): ([String: LabelCounts], [DamagedRecord])
        do throws(StoreFailure) { (counts, damaged) = try found.get() } catch {
            logger.error("labels are not counted: \(error)")
            note([DamagedRecord(file: "labels.db", table: "tally", key: "(all)", reason: "\(error)")], of: "tally", in: "labels.db")
            return
        }
        note(damaged, of: "tally", in: "labels.db")
        for name in names {
            guard let entry = entries[name], let count = counts[name] else { continue }
            entry.labels = LabelStatus(count)
            entry.labels.refused = entry.refusals.byReason
            isDirty = true
        }
    }

    /// Takes the open jobs and the latest finished ones from the store.
    func refreshJobs() throws(StoreFailure) {
        let rows = try stores.control.read { reader in
            try reader.jobs(states: JobState.open, limit: 1_000, before: nil)
                + reader.jobs(states: JobState.ended, limit: JobBook.endedKept, before: nil)
        }
        jobs.replace(rows.records.map { JobStatus($0) })
        note(rows.damaged + rows.records.compactMap { JobPayload.damage($0) }, of: "job", in: "control.db")
        isDirty = true
    }
}

extension VersionLoader.Order {
    init(_ entry: DeploymentEntry, _ number: UInt32) {
        self.init(deployment: entry.name, number: number, categories: entry.categories)
    }
}
