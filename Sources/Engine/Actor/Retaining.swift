import Dispatch
import Foundation
import Logging
import Monitoring
import Store
import Tabular

/// What may be deleted for its age: only by a date that can be.
extension EngineCore {
    /// Under which the registry keeps the latest date that was trusted.
    private static let dateKey = "trusted_date"
    /// An engine that is started so much later than it was last seen, milliseconds, has a wrong date, or has been away for long: a person says which.
    static let longestAbsence: Int64 = 7 * 86_400_000

    /// Whether nothing is deleted for its age.
    var isRetentionFrozen: Bool { freezes.contains { $0.scope == .retention } }

    /// Compares the date of this start with the last one that was trusted; one that cannot be stops the deletion by age until a person lifts that.
    func checkDate() {
        let current = now()
        let last: Int64?
        do throws(StoreFailure) { last = try stores.control.read { try $0.integer(Self.dateKey) } } catch {
            return logger.error("the date of the last engine cannot be read: \(error)")
        }
        guard let last, current.subtractingReportingOverflow(last).partialValue > Self.longestAbsence, !isRetentionFrozen else {
            return trustDate(current)
        }
        let days = (current - last) / 86_400_000
        let frozen = Freeze(deployment: nil, scope: .retention, by: Operator.engine.journalName, since: current)
        let change = Change(
            verb: .freeze, deployment: nil,
            summary:
                "froze retention of all deployments: the date is \(TimeText.rfc3339(current)), \(days) days after the engine was last seen: "
                + "if it is right, `flyball unfreeze --only retention`",
            reason: nil, details: [JournalledFreezes.scopeKey: FreezeScope.retention.rawValue])
        let kept = KeptChange(freezes: (freezes + [frozen]).filter { $0.row == nil })
        _ = commitEssential(change, by: .engine, leaving: kept) { try $0.setFreeze(frozen.record) }
        freezes.append(frozen)
        logger.warning("\(change.summary)")
    }

    /// Remembers a date for the next start, unless it waits for a person.
    func trustDate(_ current: Int64) {
        guard !isRetentionFrozen, journal.unwritten.isEmpty else { return }
        do { try stores.control.write { try $0.set(Self.dateKey, current) } } catch { noteControlFailure(error) }
    }

    /// Takes note of the machine's clock, which the engine's own time follows only a little.
    func followClock() {
        let away = clock.follow()
        guard pace.noteClock(away: away) else { return }
        isDirty = true
        if away == 0 {
            logger.notice("the machine's clock and flyball's time agree again")
        } else {
            logger.critical("\(StoreHealth.clockWords(away))")
        }
    }
}

/// What grows: measured once a minute, with when it will be full.
extension EngineCore {
    private nonisolated var sizeProbe: SizeProbe { SizeProbe(stores: stores, workspace: workspace) }

    /// Takes up how it grew before this start, and measures it for the first time.
    func restoreGrowth() { measureGrowth(at: now(), isFirst: true) }

    /// Measures elsewhere; what is found is taken in a later turn.
    func measureGrowth(at current: Int64, isFirst: Bool = false) {
        guard configuration.watchesLimits else { return }
        let (sizes, errands) = (sizeProbe, services.errands)
        errands.begin()
        maintenance.async {
            let history = isFirst ? sizes.history(from: current.subtractingClamped(GrowthLine.longest), until: current) : [:]
            let reading = sizes.read()
            Task {
                await self.take(reading, after: history, at: current)
                errands.end()
            }
        }
    }

    private func take(_ reading: GrowthWatch.Reading, after history: [GrowingThing: [GrowthLine.Point]], at current: Int64) {
        for (thing, points) in history { system.growth.restore(thing, points) }
        var reading = reading
        if let fill = entries.values.compactMap({ $0.categoryFill }).max(by: { $0.share < $1.share }) {
            let limits = CategoryLimits()
            reading.sizes[.categories] = Int64(fill.isPinned ? fill.pinnedTexts : fill.trafficTexts)
            reading.limits[.categories] = Int64(fill.isPinned ? limits.pinnedTexts : limits.trafficTexts)
        }
        let points = system.growth.take(reading, limits: workspace.configuration.limits, at: current)
        defer { publish() }
        if !points.isEmpty {
            let (sizes, logger) = (sizeProbe, logger)
            maintenance.async {
                do throws(StoreFailure) { try sizes.store(points, at: current) } catch { logger.error("sizes are not stored: \(error)") }
            }
        }
        guard configuration.runsPolicies, !isStopping else { return }
        let isOpen = alerts.open(Self.workspaceName, kind: .limits) != nil
        if let event = system.growth.event(isOpen: isOpen, at: current) { tell([event], of: Self.workspaceName) }
    }
}

/// What is over goes when there is too much of it, a bounded number in each minute.
extension EngineCore {
    /// Minutes between two looks at what is counted rather than measured.
    private static let retiringMinutes: Int64 = 5

    /// Deletes elsewhere what nobody needs, and moves older rows of the journal into a segment.
    func retire(at current: Int64) {
        guard configuration.watchesLimits, !isStopping else { return }
        let (stores, limits, logger) = (stores, workspace.configuration.limits, logger)
        let isWhole = current / 60_000 % Self.retiringMinutes == 0
        // Labels teach: what was frozen by a person, or by a date that cannot be trusted, is not deleted for their size either.
        let labels = isRetentionFrozen ? nil : LabelBound(limits, at: current)
        let errands = services.errands
        errands.begin()
        maintenance.async {
            var notes: [String] = []
            func attempt(_ what: String, _ body: () throws(StoreFailure) -> String?) {
                do throws(StoreFailure) { if let note = try body() { notes.append(note) } } catch { logger.error("\(what): \(error)") }
            }
            attempt("labels") { () throws(StoreFailure) -> String? in try labels?.retire(stores) }
            attempt("early rows") { () throws(StoreFailure) -> String? in
                if let most = limits[.early] { _ = try stores.telemetry.boundEarly(keeping: most) }
                return nil
            }
            if isWhole {
                attempt("alerts and jobs") { () throws(StoreFailure) -> String? in
                    let gone = try stores.control.retire(alerts: limits[.alerts] ?? .max, jobs: limits[.jobs] ?? .max)
                    guard gone.alerts + gone.jobs > 0 else { return nil }
                    return "deleted the oldest \(gone.alerts) resolved alerts and \(gone.jobs) ended jobs, beyond what is kept of them"
                }
            }
            attempt("journal") { () throws(StoreFailure) -> String? in
                guard let most = limits[.journal], let segment = try stores.control.sealJournal(keeping: most, at: current) else {
                    return nil
                }
                return "moved rows \(segment.first) to \(segment.last) of the journal into \(segment.fileName), \(segment.bytes) bytes"
            }
            let told = notes
            Task {
                await self.tellRetired(told)
                errands.end()
            }
        }
    }

    private func tellRetired(_ notes: [String]) {
        for note in notes {
            logger.notice("\(note)")
            _ = try? commit(Change(verb: .retired, deployment: nil, summary: note, reason: nil), by: .engine) { _ in }
        }
        if !notes.isEmpty { publish() }
    }
}

/// How many labels there may be, and of which age.
private struct LabelBound: Sendable {
    private let most: Int64?
    private let oldest: Int64?

    init(_ limits: GrowthLimits, at current: Int64) {
        most = limits[.labels]
        oldest = limits.labelsAgeMilliseconds.map { current.subtractingClamped($0) }
    }

    /// Deletes what nobody needs; returns what is to be said of it.
    func retire(_ stores: EngineStores) throws(StoreFailure) -> String? {
        let used = try stores.labels.usedBytes()
        let excess = most.map { max(0, used - $0) } ?? 0
        guard excess > 0 || oldest != nil else { return nil }
        let count = try stores.labels.retire(needed: try stores.telemetry.loggedSince(), before: oldest, excess: excess)
        return count > 0 ? "deleted the oldest \(count) labels, whose rows are not logged any more" : nil
    }
}

/// Deletes data snapshots that no recent version was trained on: every turn of the loop leaves one behind.
extension EngineCore {
    /// Versions of a deployment, the newest, whose data is kept, so that they can be made again bit for bit.
    static let reproducibleVersions = 20
    /// A file that is younger than the running training and so much may be its own, seconds.
    private static let youngestSeconds = 60.0

    /// Complexity: O(files and versions); the deleting is done elsewhere.
    func pruneSnapshots() {
        // What cannot be read may need any of them, and what is being backed up is still to be copied.
        guard !damage.hidesReferences, !system.backup.isRunning, entries.values.allSatisfy(\.versions.isWhole) else { return }
        var kept: Set<UInt64> = []
        for entry in entries.values {
            if let hash = entry.memory.importHash { kept.insert(VersionLine.beginning(hash)) }
            let standing = entry.versions.lines.filter { $0.standing.state != .archived }
            kept.formUnion(standing.suffix(Self.reproducibleVersions).map(\.data))
            kept.formUnion(standing.filter(\.standing.isPinned).map(\.data))
            for number in [entry.record.champion, entry.record.lastKnownGood] {
                if let number, let line = entry.versions.line(number) { kept.insert(line.data) }
            }
        }
        let directory = workspace.dataDirectory
        // By how long trainings run: the file system's time is another one than the engine's.
        let longest = jobs.all.filter { $0.state == .running }.compactMap { job in job.startedAt.map { now() - $0 } }.max() ?? 0
        let limit = Date(timeIntervalSinceNow: -Self.youngestSeconds - Double(max(0, longest)) / 1_000)
        let (most, must) = (workspace.configuration.limits[.data] ?? .max, necessaryData)
        DispatchQueue.global(qos: .utility).async { [kept] in
            DataFiles(directory: directory).prune(keeping: kept, must: must, atMost: most, writtenBefore: limit)
        }
    }

    /// Of which versions the data stays, however much there is of it.
    private var necessaryData: Set<UInt64> {
        var must: Set<UInt64> = []
        for entry in entries.values {
            if let hash = entry.memory.importHash { must.insert(VersionLine.beginning(hash)) }
            must.formUnion(entry.versions.lines.filter(\.standing.isPinned).map(\.data))
            for number in [entry.record.champion, entry.record.lastKnownGood] {
                if let number, let line = entry.versions.line(number) { must.insert(line.data) }
            }
        }
        return must
    }
}
