import Logging
import Monitoring
import Store
import Tabular

/// Backups: ordered through the one door or by the schedule, made beside everything else.
extension EngineCore {
    /// Under which the registry keeps the journal's row of the newest good backup, and of the newest drill.
    private static let madeKey = "backup_row"
    private static let drillKey = "drill_row"
    /// What the workspace's own alert stands under, which no deployment can be called.
    static let workspaceName = "(workspace)"

    /// How the backups stand now.
    var backupStatus: BackupStatus { system.backup.present }

    /// Takes up what is known of earlier backups.
    func restoreBackups() {
        let plan = workspace.configuration.backup.map {
            BackupStatus.Plan(target: $0.target, everyMilliseconds: $0.everyMilliseconds, keep: $0.keep, verifies: $0.verifies)
        }
        var details: [[String: String]?] = []
        for key in [Self.madeKey, Self.drillKey] {
            let row = try? stores.control.read { reader in
                try reader.integer(key).flatMap { try reader.journal(before: $0 + 1, after: $0 - 1, limit: 1, deployment: nil).first }
            }
            details.append((row ?? nil).flatMap { try? decodeJSON([String: String].self, $0.entry.details) })
        }
        system.backup.restore(
            plan, last: details[0].flatMap { BackupStatus.Made($0) }, drill: details[1].flatMap { BackupStatus.Drill($0) }, at: now())
    }

    /// Has every champion, read anew, answer its golden rows; a deployment whose record cannot be read has failed.
    func proveChampions() async -> [(deployment: String, version: UInt32, proof: Result<Int, ActionFailure>)] {
        var proofs: [(deployment: String, version: UInt32, proof: Result<Int, ActionFailure>)] = []
        for entry in entries.values.sorted(by: { $0.name < $1.name }) {
            guard let number = entry.record.champion else { continue }
            proofs.append((entry.name, number, await loader.prove(VersionLoader.Order(entry, number))))
        }
        return proofs
    }

    /// Begins a backup; the receipt is given at once, the end is told in the journal and on System.
    func backUp(_ order: BackupOrder, _ request: ActionRequest, by who: Operator) throws(ActionFailure) -> Receipt {
        let planned = workspace.configuration.backup
        guard let target = order.target ?? planned?.target else {
            throw .refused(what: "no place for backups is named", advice: "set target in [backup] of flyball.toml")
        }
        let directory = try checked(target)
        let change = Change(
            verb: .backup, deployment: nil, summary: "began a backup into \(SafeText.escape(directory))", reason: request.reason,
            details: ["target": directory])
        // A store that refuses writes is all the more to be saved.
        let (row, nanoseconds) = commitEssential(change, by: who, leaving: KeptChange()) { _ in }
        let receipt = receipt(change, row: row, nanoseconds: nanoseconds)
        let share = resources.share(.backup)
        let pace = BackupPace(
            bytesPerSecond: order.bytesPerSecond ?? planned?.bytesPerSecond ?? BackupConfiguration.standardBytesPerSecond
        ) { share.breathe() }
        let rechecks = order.rechecks || system.backup.distrusts(directory)
        system.backup.begin(directory, pace: pace, at: receipt.at)
        isDirty = true
        Task { await self.runBackup(directory, rechecks: rechecks, pace: pace, by: who) }
        return receipt
    }

    /// The target's path, which must be none of the workspace's own.
    private func checked(_ target: String) throws(ActionFailure) -> String {
        guard target.hasPrefix("/"), target.utf8.count < 4_000, !target.contains("\0") else {
            throw .invalid(what: "backups go to an absolute path", advice: "name one")
        }
        let parts = target.split(separator: "/").filter { $0 != "." }
        guard !parts.contains(".."), !parts.isEmpty else {
            throw .invalid(what: "\(SafeText.escape(target))", advice: "name a plain path without ..")
        }
        let directory = "/" + parts.joined(separator: "/")
        guard directory != workspace.directory, !directory.hasPrefix(workspace.directory + "/") else {
            throw .refused(
                what: "\(SafeText.escape(directory)) is part of the workspace", advice: "name a directory elsewhere, best on another disk")
        }
        return directory
    }

    private func runBackup(_ directory: String, rechecks: Bool, pace: BackupPace, by who: Operator) async {
        // What the event loops hold, and what is only remembered, goes along.
        await flushTraffic()
        persistMemories()
        let result: Result<BackupReport, BackupFailure>
        var time = now()
        switch await BackupWorker.moment(workspace) {
        case .failure(let failure): result = .failure(failure)
        case .success(let moment):
            do throws(BackupFailure) {
                // Nothing of the registry is written between these lines: the actor is here.
                let marks = try moment.take()
                time = now()
                let input = BackupInput(
                    workspace: workspace.name, version: configuration.productVersion, time: time, marks: marks,
                    entries: try BackupWorker.entries(workspace))
                result = await BackupWorker.make(moment, input, into: directory, rechecks: rechecks, pace: pace)
            } catch {
                moment.close()
                result = .failure(error)
            }
        }
        switch result {
        case .success(let report): made(report, at: time, by: who)
        case .failure(let failure):
            let change = Change(
                verb: .backupFailed, deployment: nil, summary: "no backup into \(SafeText.escape(directory)): \(failure)", reason: nil,
                details: ["target": directory])
            logger.error("\(change.summary)")
            _ = try? commit(change, by: who) { _ in }
            system.backup.failed("\(failure)", at: now())
        }
        judgeBackups(at: now())
        publish()
    }

    /// Says what came of the backup that was made before the stores were brought to another format.
    func journalBackup(_ result: Result<BackupReport, BackupFailure>) {
        switch result {
        case .success(let report): made(report, at: now(), by: .engine, isTried: false)
        case .failure(let failure):
            let change = Change(
                verb: .backupFailed, deployment: nil, summary: "no backup before the stores changed their format: \(failure)", reason: nil)
            logger.error("\(change.summary)")
            _ = try? commit(change, by: .engine) { _ in }
            system.backup.failed("\(failure)", at: now())
        }
    }

    private func made(_ report: BackupReport, at time: Int64, by who: Operator, isTried: Bool = true) {
        let made = BackupStatus.Made(report, at: time)
        let place = "\(SafeText.escape(report.directory)) as number \(report.number)"
        let size = "\(report.bytes) bytes, \(report.added) of them new, the journal up to row \(report.journal)"
        var change = Change(
            verb: .backedUp, deployment: nil, summary: "backed up into \(place): \(size)", reason: nil, details: made.details)
        var flaw: String?
        if let first = report.flaws.first {
            flaw = "\(report.flaws.count) \(report.flaws.count == 1 ? "thing is" : "things are") damaged in the workspace: \(first)"
            change.verb = .backupFailed
            change.summary = "backed up into \(place), which replaces no good one: \(flaw ?? "")"
        }
        let isGood = flaw == nil
        _ = try? commit(change, by: who) { transaction in
            if isGood { try transaction.set(Self.madeKey, (try transaction.lastJournal()?.sequence ?? 0) + 1) }
        }
        if let flaw { logger.error("backup: \(flaw)") } else { logger.notice("\(change.summary)") }
        system.backup.made(made, flaw: flaw, at: now())
        guard isGood, isTried, configuration.runsPolicies, let plan = system.backup.status.plan, plan.verifies,
            plan.target == report.directory
        else {
            return
        }
        system.backup.beginDrill(report.directory, at: now())
        Task { await self.drill(report.directory, report.number, keeping: plan.keep) }
    }

    /// Tries a backup by restoring it; only when it passes, those go that nobody wants to keep.
    private func drill(_ directory: String, _ number: Int, keeping count: Int) async {
        let failure: String?
        do throws(BackupFailure) {
            failure = try await configuration.drill(directory, number).failure
        } catch { failure = "it could not be tried: \(error)" }
        let drill = BackupStatus.Drill(directory: directory, number: number, at: now(), failure: failure)
        let change = Change(
            verb: .drill, deployment: nil,
            summary: "restore drill of backup \(number): "
                + (failure.map { "it failed: \($0)" } ?? "it restores, and its champions answer"),
            reason: nil, details: drill.details)
        _ = try? commit(change, by: .engine) { try $0.set(Self.drillKey, (try $0.lastJournal()?.sequence ?? 0) + 1) }
        if failure == nil {
            switch await BackupWorker.keep(count, in: directory) {
            case .success(let removal):
                if !removal.numbers.isEmpty {
                    logger.notice("removed the backups \(removal.numbers.map(String.init).joined(separator: ", ")): \(removal.bytes) bytes")
                }
            case .failure(let failure): logger.error("old backups are not removed: \(failure)")
            }
        } else {
            logger.critical("\(change.summary)")
        }
        system.backup.drilled(drill)
        judgeBackups(at: now())
        publish()
    }

    /// Begins the backup that is due, and looks at how old the newest good one is.
    func tendBackups(at current: Int64) {
        guard configuration.runsPolicies, !isStopping else { return }
        judgeBackups(at: current)
        guard system.backup.isDue(at: current) else { return }
        Task {
            let request = ActionRequest(
                .backup(BackupOrder()), reason: "every \(DurationText.text(workspace.configuration.backup?.everyMilliseconds ?? 0))")
            if case .failure(let failure) = await perform(request, by: .policy("backup")) { system.backup.failed("\(failure)", at: now()) }
        }
    }

    private func judgeBackups(at current: Int64) {
        isDirty = true
        guard configuration.runsPolicies else { return }
        tell(system.backup.events(at: current), of: Self.workspaceName)
    }

    /// Stops the backup that is being made, and gives it two seconds to notice.
    func stopBackup() async {
        system.backup.cancel()
        for _ in 0..<40 where system.backup.isRunning { try? await Task.sleep(for: .milliseconds(50)) }
    }
}

extension BackupStatus.Made {
    init(_ report: BackupReport, at time: Int64) {
        self.init(
            directory: report.directory, number: report.number, at: time, bytes: report.bytes, added: report.added, journal: report.journal)
    }

    /// For the journal, from which the next engine takes it.
    var details: [String: String] {
        [
            "target": directory, "number": "\(number)", "at": "\(at)", "bytes": "\(bytes)", "added": "\(added)", "journal": "\(journal)",
        ]
    }

    init?(_ details: [String: String]) {
        func whole(_ key: String) -> Int64? { details[key].flatMap { Int64($0) } }
        guard let directory = details["target"], let number = whole("number").flatMap({ Int(exactly: $0) }), let at = whole("at"),
            let bytes = whole("bytes"), let added = whole("added"), let journal = whole("journal")
        else { return nil }
        self.init(directory: directory, number: number, at: at, bytes: bytes, added: added, journal: journal)
    }
}

extension BackupStatus.Drill {
    /// For the journal, from which the next engine takes it.
    var details: [String: String] {
        var details = ["target": directory, "number": "\(number)", "at": "\(at)"]
        details["failure"] = failure
        return details
    }

    init?(_ details: [String: String]) {
        guard let directory = details["target"], let number = details["number"].flatMap({ Int($0) }),
            let at = details["at"].flatMap({ Int64($0) })
        else { return nil }
        self.init(directory: directory, number: number, at: at, failure: details["failure"])
    }
}
