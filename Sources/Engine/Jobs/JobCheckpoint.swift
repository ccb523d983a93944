import Foundation
import Learning

/// Where a job keeps what it has learnt so far: one file a job, whole or absent.
///
/// It is not flushed to the disk: it is there for a process that dies, and what a dying machine leaves of it is passed over.
struct JobCheckpoint: Sendable {
    /// A larger one is not read back, bytes.
    private static let limit = 1 << 30

    private let directory: String
    private let path: String

    init(job: Int64, workspace: Workspace) {
        directory = workspace.checkpointDirectory
        path = directory + "/job-\(job)"
    }

    var place: TrainingCheckpoints { TrainingCheckpoints(load: { load() }, save: { save($0) }) }

    private func load() -> [UInt8]? {
        guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int, size <= Self.limit else { return nil }
        return FileManager.default.contents(atPath: path).map { Array($0) }
    }

    /// What cannot be kept is made again, with the same result: a full disk stops no training.
    private func save(_ bytes: [UInt8]) {
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let part = path + ".part"
        guard (try? Data(bytes).write(to: URL(fileURLWithPath: part))) != nil, rename(part, path) == 0 else {
            unlink(part)
            return
        }
    }

    /// The job has ended, one way or the other.
    func remove() { unlink(path) }

    /// Removes what jobs have left that are not open any more.
    static func removeAll(but open: Set<Int64>, workspace: Workspace) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: workspace.checkpointDirectory)) ?? []
        for name in names {
            if let id = Int64(name.dropFirst("job-".count)), open.contains(id) { continue }
            unlink(workspace.checkpointDirectory + "/" + name)
        }
    }
}
