import Dispatch
import Logging
import Store

/// The lines of versions, read from the store: those that may be needed at once before champions answer, those of older ones afterwards.
///
/// A fleet of a thousand deployments has half a million of them, some tens of microseconds each.
extension EngineCore {
    /// Versions of a deployment whose lines are read before its champion answers, beside those that have a role.
    private static let linesAtStart = 8

    /// What a start needs to know of a deployment's versions; the newest ones, and those that have a role, whole.
    ///
    /// Blocks.
    nonisolated func firstLines(
        of record: DeploymentRecord, _ memory: DeploymentMemory
    ) throws(StoreFailure) -> (book: VersionBook, damaged: [DamagedRecord]) {
        let roles = [record.champion, record.lastKnownGood, memory.online?.base, memory.pausedAnswer?.version].compactMap(\.self)
        let others = roles + (memory.challengers ?? []).map(\.version)
        let rows = try stores.control.read { try $0.versionLines(of: record.name, newest: Self.linesAtStart, and: others) }
        let (lines, damaged) = try lines(rows.found, of: record.name)
        var book = VersionBook(lines, isWhole: rows.isAll, whole: [])
        // What cannot be read of the others is found once more, and said, when they are asked for.
        book.add(book.missing(roles: others).compactMap { try? whole(of: record.name, $0).get() })
        return (book, damaged)
    }

    /// Reads the lines of a deployment's older versions, unless they are here: whoever changes a deployment must see all of them.
    ///
    /// Complexity: O(versions), once.
    func bringLines(_ entry: DeploymentEntry) throws(StoreFailure) {
        guard !entry.versions.isWhole, entry.ledger.failure == nil else { return }
        try take(try stores.control.read { try $0.versionLines(of: entry.name) }, into: entry)
    }

    /// Reads the lines that a start has left, one deployment after the other, beside all else.
    func bringAllLines() async {
        let control = stores.control
        for entry in fleet.inOrder {
            guard !isStopping else { return }
            guard !entry.versions.isWhole, entry.ledger.failure == nil, entries[entry.name] === entry else { continue }
            let name = entry.name
            let found: Result<Salvage<VersionLineRecord>, StoreFailure> = await onQueue(.global(qos: .utility)) {
                Result { () throws(StoreFailure) in try control.read { try $0.versionLines(of: name) } }
            }
            // Somebody may have needed them meanwhile.
            guard !entry.versions.isWhole, entries[name] === entry else { continue }
            do throws(StoreFailure) { try take(try found.get(), into: entry) } catch {
                logger.error("\(name): its older versions cannot be read now: \(error): they are when somebody asks for one")
            }
        }
    }

    private func take(_ found: Salvage<VersionLineRecord>, into entry: DeploymentEntry) throws(StoreFailure) {
        let (lines, damaged) = try lines(found, of: entry.name)
        entry.write { $0.versions.take(lines) }
        lose(damaged.filter { $0.version.map { entry.ledger.unreadable[$0] == nil } ?? true }, of: entry)
        complete(entry)
        isDirty = true
    }

    private nonisolated func lines(
        _ found: Salvage<VersionLineRecord>, of name: String
    ) throws(StoreFailure) -> (lines: [VersionLine], damaged: [DamagedRecord]) {
        var damaged = found.damaged
        var lines: [VersionLine] = []
        for row in found.records {
            if let line = VersionLine(row) {
                lines.append(line)
                continue
            }
            // Not plainly a line: the whole of it says what it is, or what is wrong with it.
            switch try whole(of: name, row.number) {
            case .success(let version): lines.append(VersionLine(version))
            case .failure(let damage): damaged.append(damage)
            }
        }
        return (lines, damaged)
    }
}
