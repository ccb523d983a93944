import Dispatch
import Foundation
import Store
import Tabular

/// Deletes data snapshots that no recent version was trained on: every turn of the loop leaves one behind.
extension EngineCore {
    /// Versions of a deployment, the newest, whose data is kept, so that they can be made again bit for bit.
    static let reproducibleVersions = 20
    /// A snapshot that is younger may belong to a training that has not registered its version yet, seconds.
    private static let youngestSeconds = 3_600.0

    /// Complexity: O(files and versions); the deleting is done elsewhere.
    func pruneSnapshots() {
        // What cannot be read may need any of them.
        guard !damage.hidesReferences else { return }
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
        let limit = Date(timeIntervalSinceNow: -Self.youngestSeconds)
        DispatchQueue.global(qos: .utility).async { [kept] in
            let manager = FileManager.default
            for name in (try? manager.contentsOfDirectory(atPath: directory)) ?? [] where name.hasSuffix(".fbd") {
                let path = directory + "/" + name
                guard !kept.contains(VersionLine.beginning(name)),
                    let written = try? manager.attributesOfItem(atPath: path)[.modificationDate] as? Date, written < limit
                else { continue }
                try? manager.removeItem(atPath: path)
            }
        }
    }
}
