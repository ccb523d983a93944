import Dispatch
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// Gives a live answer once more.
    nonisolated func replayAnswer(_ name: String, _ id: String, on queue: DispatchQueue) async -> HistoryContent {
        guard let wanted = RowID(id) else { return .failed("\(SafeText.escape(id)) is no id of a prediction") }
        let (telemetry, title) = (stores.telemetry, "\(name) \(wanted.text)")
        do {
            let found = try await onQueue(queue) { Result { try telemetry.rows(of: [wanted], deployment: name) } }.get()
            guard let row = found[wanted] else { return .failed("\(title) is not in the log") }
            guard let learnt = row.learnt else {
                return .failed("\(title) was answered by v\(row.version), at rest: no label went into it")
            }
            let replay = try await answerReplay(name, row)
            return await onQueue(queue) {
                do { return .replayedAnswer(try replay.run(answering: row, learnt: learnt, id: wanted)) } catch {
                    return .failed("\(title): \(error)")
                }
            }
        } catch { return .failed("\(title): \(error)") }
    }

    /// What is needed to come to the weights that answered a row.
    private func answerReplay(_ name: String, _ row: LoggedRow) throws(ActionFailure) -> OnlineReplay {
        let entry = try entry(name)
        guard let base = version(row.version, of: entry), let hash = base.artefactHash else {
            throw .refused(what: "v\(row.version), whose learner answered it, is not kept any more", advice: "pin versions to keep them")
        }
        // Where learning began from this version before the answer; a version that was learnt online is gone on from where it was taken.
        let start = entry.memory.online?.starts?.last { $0.base == row.version && $0.since <= row.time }
        guard let after = start?.after ?? base.online?.until else {
            throw .refused(
                what: "it is not remembered where learning from v\(row.version) began", advice: "the latest \(OnlineMemory.mostStarts) are")
        }
        return OnlineReplay(
            deployment: name, origin: OnlineOrigin(base: row.version, labels: 0, after: after, until: .max), baseHash: hash,
            categories: entry.categories, faults: try storable { () throws(StoreFailure) in try faults(name, until: now()) },
            stores: stores)
    }

    /// What is needed to learn a version's labels once more.
    func onlineReplay(_ name: String, _ number: UInt32) throws(ActionFailure) -> OnlineReplay {
        let entry = try entry(name)
        guard let version = version(number, of: entry) else {
            throw .notFound(kind: "version", name: "\(name) v\(number)", nearest: entry.versions.newestName)
        }
        guard let origin = version.online else {
            throw .refused(what: "\(name) v\(number) was not learnt online", advice: "train it once more")
        }
        guard let base = self.version(origin.base, of: entry)?.artefactHash else {
            throw .refused(
                what: "\(name) v\(number) went on from v\(origin.base), which is not kept any more",
                advice: "raise keep in the section [online] of its policy to keep more versions")
        }
        return OnlineReplay(
            deployment: name, origin: origin, baseHash: base, categories: entry.categories,
            faults: try storable { () throws(StoreFailure) in try faults(name, until: now()) }, stores: stores)
    }
}
