import Foundation
import Monitoring
import Store
import Tabular

/// A point that a restored workspace is returned to.
public enum RestorePoint: Sendable, Equatable {
    /// What held after a row of the journal.
    case row(Int64)
    /// What held at a time, UTC milliseconds.
    case time(Int64)

    /// In a sentence.
    var words: String {
        switch self {
        case .row(let row): "row \(row) of the journal"
        case .time(let time): TimeText.rfc3339(time)
        }
    }
}

/// What was returned, and what was set aside for it.
public struct ReturnReport: Codable, Sendable, Equatable {
    /// The journal's row that the registry is as after.
    public var row: Int64
    /// Its time, UTC milliseconds: labels that came later are gone.
    public var time: Int64
    /// Where the stores are as they were in the backup, from the workspace.
    public var aside: String
    /// Rows of the journal that tell of what has been undone; they stay.
    public var undoneRows: Int64
    /// Labels that came later.
    public var labelsRemoved: Int
    /// Labels that have the value again that they had before somebody corrected it.
    public var labelsUncorrected: Int
    /// Versions that were registered later, `flights v3`.
    public var versionsRemoved: [String]
    /// Deployments that were made later.
    public var deploymentsRemoved: [String]
    /// Trainings that were ordered later and had not begun.
    public var jobsCancelled: Int
    /// What could not be brought back, and where it may be, a sentence each.
    public var notBroughtBack: [String]
}

/// Returns a restored registry to what it was after an earlier row of its journal: promotions, policies, pauses and freezes by what the journal says,
/// labels by when they came.
///
/// The journal itself stays whole, and a row is added that tells of the return. Traffic stays as it is in the backup.
enum PointInTime {
    private static let page = 1_000

    /// The row of the journal that a point names.
    static func row(_ point: RestorePoint, storeDirectory directory: String) throws(StoreFailure) -> JournalRow? {
        switch point {
        case .row(let row):
            return try StoreInspection.control(directory: directory) { reader in
                try reader.journal(before: row < .max ? row + 1 : row, after: row - 1, limit: 1, deployment: nil).first
            } ?? nil
        case .time(let time):
            var found: JournalRow?
            try walk(1...Int64.max, directory) { row in if row.entry.time <= time { found = row } }
            return found
        }
    }

    /// Returns the stores of a directory that nobody else has open.
    static func run(_ point: RestorePoint, _ target: JournalRow, directory: String, order: RestoreOrder) throws(StoreFailure)
        -> ReturnReport
    {
        let pasts = try read(target.sequence, directory)
        let aside = try WorkspaceFormat.setAside(
            ["control", "labels"], directory: directory, name: "until-\(target.sequence)", now: order.time)
        let control = try ControlStore(directory: directory)
        let end = try control.read { try $0.lastJournal()?.sequence } ?? 0
        var report = ReturnReport(
            row: target.sequence, time: target.entry.time, aside: "store/" + aside, undoneRows: end - target.sequence, labelsRemoved: 0,
            labelsUncorrected: 0, versionsRemoved: [], deploymentsRemoved: [], jobsCancelled: 0, notBroughtBack: [])
        let labels = try LabelStore(directory: directory).returnTo(target.entry.time)
        report.labelsRemoved = labels.removed
        report.labelsUncorrected = labels.uncorrected
        let draft = report
        return try control.write { transaction in
            var report = draft
            let stored = try transaction.deployments()
            if let damage = stored.damaged.first { throw StoreFailure.corrupt(damage.text) }
            for record in stored.records { try Self.settle(record, pasts.deployments[record.name], order.time, transaction, &report) }
            for (name, past) in pasts.deployments.sorted(by: { $0.key < $1.key }) where past.isThere {
                guard let row = past.removed else { continue }
                report.notBroughtBack.append("\(name) was removed by row \(row): an earlier backup has it, with its traffic and labels")
            }
            try transaction.replaceFreezes(
                pasts.freezes.standing.map { place, freeze in
                    FreezeRecord(deployment: place.deployment, scope: place.scope.rawValue, by: freeze.by, since: freeze.since)
                })
            report.jobsCancelled = try transaction.cancelJobs(
                createdAfter: target.entry.time, because: "the workspace was returned to \(point.words)", now: order.time)
            try Self.resolveAlerts(after: target.entry.time, at: order.time, transaction)
            _ = try transaction.deleteOrphanArtefacts()
            let change = Change(
                verb: .restore, deployment: nil,
                summary:
                    "returned to \(point.words): rows \(target.sequence + 1) to \(end) are undone; what they made is in \(report.aside)",
                reason: nil,
                details: [JournalPath.untilKey: "\(target.sequence)", "aside": report.aside])
            _ = try transaction.append(change.entry(by: order.who, at: order.time))
            return report
        }
    }

    // MARK: Reading the journal

    private static func read(_ target: Int64, _ directory: String) throws(StoreFailure) -> JournalledPasts {
        var path = JournalPath()
        var pasts = JournalledPasts(row: target)
        try walk(1...Int64.max, directory) { path.follow($0) }
        for stretch in path.stretches(upTo: target) { try walk(stretch, directory) { pasts.past($0) } }
        if target < .max { try walk((target + 1)...Int64.max, directory) { pasts.since($0) } }
        return pasts
    }

    private static func walk(_ rows: ClosedRange<Int64>, _ directory: String, _ body: (JournalRow) -> Void) throws(StoreFailure) {
        var after = rows.lowerBound - 1
        while after < rows.upperBound,
            let found = try StoreInspection.control(
                directory: directory, { try $0.journal(following: after, limit: page, deployment: nil) }),
            let last = found.last
        {
            for row in found where rows.contains(row.sequence) { body(row) }
            after = last.sequence
        }
    }

    // MARK: Deployments

    private static func settle(
        _ record: DeploymentRecord, _ past: JournalledPast?, _ now: Int64, _ transaction: ControlTransaction, _ report: inout ReturnReport
    ) throws {
        let name = record.name
        guard let past, past.isThere, past.removed == nil else {
            try transaction.removeDeployment(name, now: now)
            report.deploymentsRemoved.append(name)
            return
        }
        let versions = try transaction.versions(of: name)
        if let damage = versions.damaged.first { throw StoreFailure.corrupt(damage.text) }
        var state = RollOutState(deployment: name)
        var summaries: [UInt32: (summary: VersionSummary, record: VersionRecord)] = [:]
        for version in versions.records {
            do throws(RecordFailure) {
                let summary = try VersionSummary(version)
                summaries[version.number] = (summary, version)
                state.versions.append(RollOutVersion(summary))
            } catch { throw StoreFailure.corrupt(DamagedRecord(version, error).text) }
        }
        let then = past.rollOut(state)
        if let champion = then.champion, then.version(champion).map({ $0.state == .archived }) ?? true {
            throw StoreFailure.invalid(
                "\(name): v\(champion) answered then, and its model is gone"
                    + (past.archived[champion].map { ", archived by row \($0)" } ?? "") + ": restore an earlier backup")
        }
        for number in past.laterVersions.sorted() where summaries[number] != nil {
            try transaction.deleteVersion(of: name, number: number)
            report.versionsRemoved.append("\(name) v\(number)")
        }
        for (number, row) in past.archived.sorted(by: { $0.key < $1.key }) where past.versions[number] != nil {
            report.notBroughtBack.append("the model of \(name) v\(number) was archived by row \(row): an earlier backup has it")
        }
        for version in then.versions {
            guard let (summary, stored) = summaries[version.number] else { continue }
            var former = summary.following(version)
            if past.rethresholded.contains(version.number) { former.threshold = past.versions[version.number]?.threshold }
            guard former != summary else { continue }
            try transaction.update(try former.record(deployment: name, profileHash: stored.profileHash, reportHash: stored.reportHash))
        }
        if let challengers = try? DeploymentMemory(record).challengers, !challengers.isEmpty {
            report.notBroughtBack.append("\(name): versions beside the champion were taken out: begin them again")
        }
        try transaction.update(try deployment(record, then, report.time))
        if let policy = past.policy ?? past.formerPolicy { try transaction.setPolicy(name, policy) }
    }

    /// The deployment's row: what its policy remembers of later trainings is forgotten, and what is learnt label by label begins anew from the champion.
    private static func deployment(_ record: DeploymentRecord, _ state: RollOutState, _ time: Int64) throws -> DeploymentRecord {
        var record = record
        var memory: DeploymentMemory
        do throws(RecordFailure) { memory = try DeploymentMemory(record) } catch {
            throw StoreFailure.corrupt(DamagedRecord(record, "\(error)").text)
        }
        let promotions = memory.policy.promotions.filter { $0 <= time }
        if [memory.policy.lastTraining, memory.policy.quietSince].contains(where: { ($0 ?? time) > time }) {
            memory.policy = PolicyMemory()
        }
        memory.policy.promotions = promotions
        memory.online = nil
        memory.challengers = nil
        memory.pausedAnswer = state.pausedAnswer
        if let turn = memory.loop, [turn.detected, turn.queued, turn.promoted].contains(where: { ($0 ?? 0) > time }) { memory.loop = nil }
        record.champion = state.champion
        record.lastKnownGood = state.lastKnownGood
        record.state = state.state.rawValue
        record.payload = try memory.stored()
        return record
    }

    private static func resolveAlerts(after time: Int64, at now: Int64, _ transaction: ControlTransaction) throws {
        for record in try transaction.openAlerts().records {
            guard var alert = try? Alert(record), alert.raisedAt > time else { continue }
            alert.state = .resolved
            alert.resolvedAt = now
            try transaction.put(try alert.record())
        }
    }
}
