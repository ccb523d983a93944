import Dispatch
import Logging
import Monitoring
import Store
import Tabular

/// One change to be made durable: the rows it writes and the journal entry that goes with them.
package struct Change: Equatable {
    package var verb: JournalVerb
    package var deployment: String?
    package var summary: String
    package var reason: String?
    package var details: [String: String] = [:]

    func entry(by who: Operator, at time: Int64) -> JournalEntry {
        JournalEntry(
            time: time, actor: who.journalName, uid: who.uid, role: who.role.rawValue, verb: verb.rawValue, deployment: deployment,
            summary: summary, reason: reason, details: textsJSON(details))
    }
}

extension EngineCore {
    /// Writes a change and its journal row in one durable transaction.
    ///
    /// What holds in memory only goes first: the journal keeps the order in which things happened.
    func commit(
        _ change: Change, by who: Operator, _ body: (ControlTransaction) throws -> Void
    ) throws(ActionFailure) -> (row: JournalRow, nanoseconds: UInt64) {
        recoverUnjournalled()
        guard journal.unwritten.isEmpty else { throw .store(journal.failure ?? "the control store refuses writes") }
        let entry = change.entry(by: who, at: now())
        let started = clock.nanoseconds()
        do {
            let row = try stores.control.write { transaction in
                try body(transaction)
                return try transaction.append(entry)
            }
            journal.failure = nil
            remember(row)
            return (row, clock.nanoseconds() &- started)
        } catch {
            noteControlFailure(error)
            logger.error("\(change.verb.rawValue): not stored: \(error)")
            throw .store("\(error)")
        }
    }

    /// As `commit`, for roll back, pause and freeze: when the store refuses even with its ballast freed, the change holds all the same, is kept
    /// on the disk beside the store, is shown as not journalled, and is the first thing written on recovery, or by the next start.
    ///
    /// `row` is nil then.
    func commitEssential(
        _ change: Change, by who: Operator, leaving state: KeptChange, _ body: (ControlTransaction) throws -> Void
    ) -> (row: JournalRow?, nanoseconds: UInt64) {
        recoverUnjournalled()
        let entry = change.entry(by: who, at: now())
        let started = clock.nanoseconds()
        guard journal.unwritten.isEmpty else { return (hold(entry, state), clock.nanoseconds() &- started) }
        do {
            let row = try stores.control.writeEssential { transaction in
                try body(transaction)
                return try transaction.append(entry)
            }
            journal.failure = nil
            remember(row)
            return (row, clock.nanoseconds() &- started)
        } catch {
            journal.failure = "\(error)"
            logger.error("\(change.verb.rawValue): holds, and is not journalled: \(error)")
            return (hold(entry, state), clock.nanoseconds() &- started)
        }
    }

    /// Keeps an entry for later, in memory and beside the store; nil stands for its row.
    private func hold(_ entry: JournalEntry, _ state: KeptChange) -> JournalRow? {
        journal.unwritten.append(entry)
        isDirty = true
        do { journal.kept = try stores.control.keepAside(entry, state: try state.stored()) } catch {
            logger.critical("\(entry.verb): \(entry.summary): holds in memory only, and ends with this process: \(error)")
        }
        return nil
    }

    /// What goes into a row, or why it cannot: nothing is stored in its place.
    func storable<T>(_ body: () throws(StoreFailure) -> T) throws(ActionFailure) -> T {
        do throws(StoreFailure) { return try body() } catch { throw .store("\(error)") }
    }

    /// Remembers that the control store refuses writes.
    ///
    /// A change that was refused for a reason of its own says nothing about the store.
    func noteControlFailure(_ error: StoreFailure) {
        isDirty = true
        switch error {
        case .conflict, .full, .invalid, .notFound: return
        case .readOnly, .diskFull, .newerFormat, .corrupt, .durability, .cannotOpen, .database: journal.failure = "\(error)"
        }
    }

    /// What a store refused goes on by itself as soon as it takes writes again.
    ///
    /// Each is asked, seldomer after each refusal; what happens meanwhile asks it too.
    func recoverStores() {
        let instant = ProbeTime.instant(clock)
        probeControl(at: instant)
        let (intake, writer) = (intake, writer)
        if intake.status.failure != nil || writer.status.failure != nil {
            maintenance.async {
                intake.probe(at: instant)
                writer.probe(at: instant)
            }
        }
        recoverUnjournalled()
        storeAlerts()
    }

    /// A store that takes writes again has its banner taken down without waiting for the next change; what holds in memory only is written next.
    private func probeControl(at instant: ContinuousClock.Instant) {
        guard journal.failure != nil else { return }
        switch stores.control.probe(now: instant) {
        case .notDue: break
        case .refused(let failure): noteControlFailure(failure)
        case .writable:
            guard journal.unwritten.isEmpty else { return }
            journal.failure = nil
            isDirty = true
            logger.notice("the control store takes writes again")
        }
    }

    /// Tries to write what holds in memory only.
    ///
    /// Called each second while there is something, and before every other change.
    func recoverUnjournalled() {
        guard !journal.unwritten.isEmpty else { return }
        let pending = journal.unwritten
        // Of a deployment whose own row cannot be read nothing is written but its freezes.
        let touched = Set(pending.compactMap(\.deployment)).compactMap { entries[$0] }.filter { $0.ledger.failure == nil }
        let kept = journal.kept
        do {
            let rows = try stores.control.writeEssential { transaction in
                for entry in touched { try self.store(entry, in: transaction) }
                for name in pending.compactMap(\.revokedToken) { try transaction.deleteToken(name) }
                try transaction.replaceFreezes(self.freezes.filter { $0.row == nil }.map(\.record))
                if let kept {
                    try transaction.noteKeptWritten(upTo: kept)
                    try transaction.set(Self.epochKey, max(Int64(self.bootEpoch), try transaction.integer(Self.epochKey) ?? 0))
                }
                return try pending.map { try transaction.append($0) }
            }
            journal.unwritten.removeFirst(pending.count)
            journal.failure = nil
            for row in rows { remember(row) }
            logger.notice("\(rows.count) changes that were not journalled are in the journal now")
            // Left there it would be passed over: the store knows how far it was written.
            if kept != nil { do { try stores.control.forgetKept() } catch { logger.error("the side journal: \(error)") } }
        } catch {
            journal.failure = "\(error)"
        }
    }

    /// Writes a deployment's row and the mutable columns of its versions.
    func store(_ entry: DeploymentEntry, in transaction: ControlTransaction) throws {
        entry.record.payload = try entry.memory.stored()
        try transaction.update(entry.record)
        for standing in entry.versions.standings { try store(standing, of: entry.name, in: transaction) }
        entry.isMemoryDirty = false
    }

    /// Writes what became of a version.
    func store(_ standing: RollOutVersion, of deployment: String, in transaction: ControlTransaction) throws {
        guard let stored = try transaction.version(of: deployment, number: standing.number) else { return }
        let former: VersionSummary
        do throws(RecordFailure) { former = try VersionSummary(stored) } catch {
            throw StoreFailure.corrupt(DamagedRecord(stored, error).text)
        }
        let summary = former.following(standing)
        guard summary != former else { return }
        try transaction.update(try summary.record(deployment: deployment, profileHash: stored.profileHash, reportHash: stored.reportHash))
    }

    /// Keeps a journal row for the snapshot and the charts.
    func remember(_ row: JournalRow) {
        journal.remember(row)
        if let name = row.entry.deployment, let marker = EventMarker(row) { entries[name]?.markers.add(marker, at: marker.time) }
        isDirty = true
    }
}
