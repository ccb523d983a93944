import Dispatch
import Logging
import Store

/// Versions of which only lines are in memory, read from the store.
extension EngineCore {
    /// The whole of a version, from memory or from the store; nil where there is none, or it cannot be read.
    func version(_ number: UInt32, of entry: DeploymentEntry) -> VersionSummary? {
        if let version = entry.versions.whole(number) { return version }
        guard let line = entry.versions.line(number) else { return nil }
        switch attempt(entry.name, number) {
        case .success(let version): return version.following(line.standing)
        case .failure(let damage):
            lose([damage], of: entry)
            return nil
        case nil: return nil
        }
    }

    /// Reads those versions into memory that are shown or may be needed at once, and gives up the others.
    func complete(_ entry: DeploymentEntry) {
        var found: [VersionSummary] = []
        var damaged: [DamagedRecord] = []
        for number in entry.versions.missing(roles: entry.facts.roles) {
            switch attempt(entry.name, number) {
            case .success(let version): found.append(version)
            case .failure(let damage): damaged.append(damage)
            case nil: break
            }
        }
        entry.write { facts in
            facts.versions.add(found)
            facts.versions.trim(roles: facts.roles)
        }
        lose(damaged, of: entry)
    }

    /// A version that turns out to be unreadable is one no longer: it is shown as such, not served, and left as it is.
    func lose(_ damaged: [DamagedRecord], of entry: DeploymentEntry) {
        guard !damaged.isEmpty else { return }
        note(damaged)
        entry.write { facts in
            for record in damaged {
                guard let number = record.version else { continue }
                facts.ledger.unreadable[number] = record
                facts.versions.lose(number)
            }
        }
    }

    /// Nil while the store cannot be read at all, which says nothing of the version.
    private func attempt(_ deployment: String, _ number: UInt32) -> Result<VersionSummary, DamagedRecord>? {
        do throws(StoreFailure) { return try whole(of: deployment, number) } catch {
            logger.error("\(deployment) v\(number) cannot be read now: \(error)")
            return nil
        }
    }

    /// Reads a version from the store, as it was written last, or what is wrong with its row.
    ///
    /// Blocks.
    nonisolated func whole(of deployment: String, _ number: UInt32) throws(StoreFailure) -> Result<VersionSummary, DamagedRecord> {
        func damage(_ reason: String) -> DamagedRecord {
            DamagedRecord(
                file: "control.db", table: "version", key: "\(deployment) v\(number)", deployment: deployment, version: number,
                reason: reason)
        }
        let row: VersionRecord?
        do throws(StoreFailure) { row = try stores.control.read { try $0.version(of: deployment, number: number) } } catch {
            guard case .corrupt(let reason) = error else { throw error }
            return .failure(damage(reason))
        }
        guard let row else { return .failure(damage("its row is gone: restore control.db from a backup")) }
        do throws(RecordFailure) { return .success(try VersionSummary(row)) } catch { return .failure(DamagedRecord(row, error)) }
    }

    /// A page of a deployment's versions, newest first.
    nonisolated func versions(_ name: String, before: UInt32?, limit: Int, on queue: DispatchQueue) async -> HistoryContent {
        let standings: [UInt32: RollOutVersion]
        do throws(ActionFailure) { standings = try await self.standings(name, before: before, limit: limit) } catch {
            return .failed("\(error)")
        }
        guard let oldest = standings.keys.min() else { return .versions([]) }
        let control = stores.control
        let page: Result<([VersionSummary], [DamagedRecord]), StoreFailure> = await onQueue(queue) {
            Result { () throws(StoreFailure) in
                let rows = try control.read { try $0.versions(of: name, from: oldest, before: before) }
                var damaged = rows.damaged
                var found: [VersionSummary] = []
                for row in rows.records {
                    guard let standing = standings[row.number] else { continue }
                    do throws(RecordFailure) { found.append(try VersionSummary(row).following(standing)) } catch {
                        damaged.append(DamagedRecord(row, error))
                    }
                }
                return (found, damaged)
            }
        }
        switch page {
        case .success((let found, let damaged)):
            if !damaged.isEmpty { await lose(damaged, of: name) }
            return .versions(found)
        case .failure(let failure): return .failed("\(failure)")
        }
    }

    private func standings(_ name: String, before: UInt32?, limit: Int) throws(ActionFailure) -> [UInt32: RollOutVersion] {
        let standings = try entry(name).versions.standings
        let page = before.map { before in standings.prefix { $0.number < before } } ?? standings[...]
        return Dictionary(page.suffix(limit).map { ($0.number, $0) }) { $1 }
    }

    private func lose(_ damaged: [DamagedRecord], of name: String) {
        guard let entry = entries[name] else { return }
        lose(damaged.filter { $0.version.map { entry.ledger.unreadable[$0] == nil } ?? false }, of: entry)
    }
}
