import Foundation
import Learning
import Tabular

/// Where a job keeps what it has learnt so far: a file of its training and one of its search, each whole or absent.
///
/// They are not flushed to the disk: they are there for a process that dies, and what a dying machine leaves of them is passed over.
struct JobCheckpoint: Sendable {
    /// A larger one is not read back, and so not written either, bytes.
    private static let limit = 1 << 30
    /// Least seconds between two savings of a search, whose checkpoint is small.
    private static let searchSeconds = 1.0
    private static let prefix = "job-"
    private static let searchSuffix = "-search"

    private let directory: String
    private let path: String
    private let largest: (training: Int, search: Int)

    init(job: Int64, workspace: Workspace) {
        directory = workspace.checkpointDirectory
        path = directory + "/" + Self.prefix + "\(job)"
        let plan = workspace.configuration.resources
        largest = (Self.bounded(plan[.training].disk), Self.bounded(plan[.search].disk))
    }

    /// Of the training of the version itself.
    var training: TrainingCheckpoints { TrainingCheckpoints(load: { load(path) }, save: { save($0, path, atMost: largest.training) }) }

    /// Of the search for its settings.
    var search: TrainingCheckpoints {
        let path = path + Self.searchSuffix
        return TrainingCheckpoints(load: { load(path) }, save: { save($0, path, atMost: largest.search) }, seconds: Self.searchSeconds)
    }

    private static func bounded(_ disk: Int64?) -> Int { min(limit, disk.map { Int(clamping: $0) } ?? limit) }

    private func load(_ path: String) -> [UInt8]? {
        guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int, size <= Self.limit else { return nil }
        return FileManager.default.contents(atPath: path).map { Array($0) }
    }

    /// What cannot be kept is made again, with the same result: a full disk stops no training.
    private func save(_ bytes: [UInt8], _ path: String, atMost limit: Int) {
        guard bytes.count <= limit else { return }
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        _ = WholeWrite.replace(path, with: bytes)
    }

    /// The job has ended, one way or the other.
    func remove() {
        unlink(path)
        unlink(path + Self.searchSuffix)
    }

    /// Removes what jobs have left that are not open any more.
    static func removeAll(but open: Set<Int64>, workspace: Workspace) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: workspace.checkpointDirectory)) ?? []
        for name in names {
            let number = name.hasSuffix(searchSuffix) ? name.dropLast(searchSuffix.count) : name[...]
            if name.hasPrefix(prefix), let id = Int64(number.dropFirst(prefix.count)), open.contains(id) { continue }
            unlink(workspace.checkpointDirectory + "/" + name)
        }
    }
}
