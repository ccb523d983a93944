import Logging
import Monitoring
import Store
import Tabular

/// Reading records back: one that cannot be read fails closed, is shown, and is left as it is; the others serve.
extension EngineCore {
    /// Takes up what was found of a table, in place of what was known of it, and keeps it from being replaced.
    func note(_ found: [DamagedRecord], of table: String, in file: String) {
        let former = damage
        damage.replace(file: file, table: table, with: found)
        stores.control.keep(found)
        tell(former)
    }

    /// Takes up what was found, beside what is known.
    func note(_ found: [DamagedRecord]) {
        let former = damage
        damage.note(found)
        stores.control.keep(found)
        tell(former)
    }

    private func tell(_ former: DamageBook) {
        for record in damage.records where !former.records.contains(record) {
            logger.error("cannot be read, left as it is: \(record.text)")
        }
        if damage.records != former.records { isDirty = true }
    }

    /// Says what was done before the stores could be used.
    func journal(_ opening: EngineStores.Opening) {
        if let backup = opening.backup { journalBackup(backup) }
        if let migration = opening.migration { journal(migration) }
        for damage in opening.logs { journal(damage) }
        for aside in opening.aside {
            logger.critical("\(aside.text)")
            note([aside.record])
            let change = Change(
                verb: .setAside, deployment: nil, summary: aside.text, reason: nil, details: ["store": aside.store, "file": aside.file])
            do { _ = try commit(change, by: .engine) { _ in } } catch { logger.error("\(aside.store): not journalled: \(error)") }
        }
    }

    /// A champion whose model is damaged gives way to the version that a roll back returns to, by itself, through the one door.
    ///
    /// One that this release does not understand does not: it is whole, and the release that wrote it will serve it.
    func fallBack(_ entry: DeploymentEntry) async {
        guard let failure = entry.loadFailure, let broken = entry.record.champion, entry.record.lastKnownGood != nil,
            await loader.isDamaged(entry.name, broken)
        else { return }
        let name = entry.name
        if let freeze = Asker(isAutomatic: true, hasReason: true).freeze(freezes, of: name) {
            return logger.error("\(name): v\(broken) is damaged, and \(freeze.scope.words) is frozen by \(freeze.by): a person rolls back")
        }
        let request = ActionRequest(
            .rollback(deployment: name, to: nil), expected: ExpectedState(champion: broken), reason: "the model of v\(broken) is damaged")
        switch await perform(request, by: .engine) {
        case .success(let receipt):
            let title = "v\(broken) is damaged: \(receipt.version.map { "v\($0)" } ?? "another version") answers instead: \(failure)"
            raiseAlert(name, Finding(kind: AlertKind.champion, severity: .critical, title: title, reasons: [], onset: now()))
        case .failure(let refusal): logger.error("\(name): v\(broken) is damaged, and nothing can take its place: \(refusal)")
        }
    }

    /// Says what of a store may be lost; what the registry's log has lost may have been a freeze, so that everything automatic waits for a person.
    private func journal(_ damage: LogDamage) {
        logger.critical("\(damage.text)")
        note([damage.record])
        let isRegistry = damage.store == "control"
        let frozen = Freeze(deployment: nil, scope: .all, by: Operator.engine.journalName, since: now())
        let isFrozen = freezes.contains { $0.deployment == nil && $0.scope == .all }
        guard isRegistry, !isFrozen else {
            let change = Change(verb: .setAside, deployment: nil, summary: damage.text, reason: nil, details: ["store": damage.store])
            do { _ = try commit(change, by: .engine) { _ in } } catch { logger.error("\(damage.store): not journalled: \(error)") }
            return
        }
        let change = Change(
            verb: .freeze, deployment: nil,
            summary: "froze everything of all deployments: \(damage.text): when it is seen to, `flyball unfreeze`", reason: nil,
            details: [JournalledFreezes.scopeKey: FreezeScope.all.rawValue])
        let kept = KeptChange(freezes: (freezes + [frozen]).filter { $0.row == nil })
        _ = commitEssential(change, by: .engine, leaving: kept) { try $0.setFreeze(frozen.record) }
        freezes.append(frozen)
    }

    /// Says in the journal that the stores have another format now.
    private func journal(_ migration: WorkspaceFormat.Migration) {
        logger.notice("\(migration.text)")
        let change = Change(
            verb: .migrate, deployment: nil, summary: migration.text, reason: nil,
            details: ["from": "\(migration.from)", "to": "\(migration.to)", "aside": migration.aside])
        // Refused, it is in the log all the same; the stores' own steps say what was done.
        do { _ = try commit(change, by: .engine) { _ in } } catch { logger.error("migration: not journalled: \(error)") }
    }

    /// What cannot be read stops all that it may have been meant to stop.
    func restore(_ stored: Salvage<FreezeRecord>) {
        var damaged = stored.damaged
        for record in stored.records {
            do throws(RecordFailure) { freezes.append(try Freeze(record)) } catch { damaged.append(DamagedRecord(record, error)) }
        }
        freezes += damaged.map { Freeze(unreadable: $0) }
        note(damaged)
    }

    func restore(open: Salvage<AlertRecord>, latest: Salvage<AlertRecord>, at current: Int64) {
        note(open.damaged + latest.damaged)
        func read(_ records: [AlertRecord]) -> [Alert] {
            records.compactMap { record in
                do throws(RecordFailure) { return try Alert(record) } catch {
                    let found = DamagedRecord(record, error)
                    note([found])
                    if !damage.alerts.contains(where: { $0.id == record.id }) {
                        damage.alerts.append(Alert(unreadable: record, found, foundAt: current))
                    }
                    return nil
                }
            }
        }
        alerts.restore(open: read(open.records), latest: read(latest.records))
    }

    /// Takes up what an earlier engine could not write: it holds before anything answers, and is written first.
    ///
    /// A line that cannot be read may have been a freeze, a pause or a roll back: everything automatic stands still until a person has looked.
    func takeUpKept() throws(StoreFailure) {
        let found = try stores.control.keptAside()
        guard !found.records.isEmpty || !found.damaged.isEmpty else { return }
        note(found.damaged)
        for record in found.records {
            let change: KeptChange?
            do throws(RecordFailure) { change = try KeptChange(stored: record.state) } catch {
                change = nil
                let damage = DamagedRecord(
                    file: "side-journal", table: "change", key: "\(record.entry.verb) \(record.id)", deployment: record.entry.deployment,
                    reason: "\(error)")
                note([damage])
                freezes.append(Freeze(unreadable: damage))
            }
            if let change { try take(change) }
            journal.unwritten.append(record.entry)
            journal.kept = record.id
        }
        freezes += found.damaged.map { Freeze(unreadable: $0) }
        logger.notice("\(found.records.count) changes of the last engine were not journalled: they hold, and are written now")
        if !found.damaged.isEmpty { try stores.control.forgetKept(hasDamage: true) }
        recoverUnjournalled()
    }

    private func take(_ kept: KeptChange) throws(StoreFailure) {
        if let set = kept.freezes { freezes = freezes.filter { $0.row != nil } + set }
        if let revoked = kept.revoked { plane.access.remove(revoked) }
        guard let answering = kept.answering, let entry = entries[answering.deployment], entry.ledger.failure == nil else { return }
        try bringLines(entry)
        let next = answering.following(entry.rollOut)
        do throws(StoreFailure) { entry.take(next, try entry.facts.stored(next).record, adding: nil) } catch {
            logger.error("\(entry.name): what the last engine could not write does not hold: \(error)")
        }
        complete(entry)
    }

    /// Takes up the deployments that were read.
    ///
    /// One whose own row cannot be read answers nothing and is changed by nobody.
    func restore(_ read: [StoredDeployment], now: Int64) {
        for stored in read {
            let (name, ledger) = (stored.record.name, stored.ledger)
            note(stored.damaged + [ledger.failure, ledger.policy?.damage].compactMap(\.self))
            if let categories = stored.categories { writer.register(name, categories: categories, schema: stored.record.schema) }
            let entry = DeploymentEntry(
                record: stored.record, memory: stored.memory, versions: stored.versions, nextNumber: stored.nextNumber, ledger: ledger,
                categories: stored.categories ?? Categories(stored: []), policy: stored.policy,
                windowing: workspace.configuration.windowing, now: now)
            entries[name] = entry
            complete(entry)
        }
    }

    /// The champion that is to be loaded, if it can be: else why not is kept.
    func servable(_ entry: DeploymentEntry) -> UInt32? {
        guard entry.ledger.failure == nil, let champion = entry.record.champion else { return nil }
        guard let damage = entry.ledger.unreadable[champion] else { return champion }
        entry.loadFailure = "its champion v\(champion) cannot be read: \(damage.text)"
        return nil
    }
}
