import Dispatch
import Store
import Tabular

extension EngineCore {
    /// What a version's training found.
    ///
    /// One that does not match its hash is known as damaged from then on, as if the scrub had come by.
    func report(_ deployment: String, _ version: UInt32, on queue: DispatchQueue) async -> HistoryContent {
        let control = stores.control
        let found: Result<HistoryContent, DamagedReport> = await onQueue(queue) {
            do {
                return try control.read { reader in
                    let name = "\(SafeText.escape(deployment)) v\(version)"
                    guard let row = try reader.version(of: deployment, number: version) else {
                        return .success(.failed("no such version: \(name)"))
                    }
                    guard let hash = row.reportHash else {
                        return .success(.failed("\(name) has no report: it was trained by an earlier release"))
                    }
                    let key = String(hash.prefix(12))
                    do {
                        let text = String(decoding: try reader.artefact(hash), as: UTF8.self)
                        return .success(.report(try VersionReport(stored: text)))
                    } catch StoreFailure.corrupt(let what) {
                        return .failure(DamagedReport(name: name, key: key, reason: what))
                    } catch let error as RecordFailure {
                        return .failure(DamagedReport(name: name, key: key, reason: "\(error)"))
                    }
                }
            } catch { return .success(.failed("\(error)")) }
        }
        switch found {
        case .success(let content): return content
        case .failure(let damaged):
            note([
                DamagedRecord(
                    file: "control.db", table: "artefact", key: damaged.key, deployment: deployment,
                    reason: "the report of \(damaged.name): \(damaged.reason)")
            ])
            return .failed("the report of \(damaged.name) cannot be read: control.db, artefact \(damaged.key): \(damaged.reason)")
        }
    }
}

/// A report that cannot be read, and why.
private struct DamagedReport: Error {
    var name: String
    var key: String
    var reason: String
}
