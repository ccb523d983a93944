import Foundation
public import Store
import Tabular

/// The order behind `flyball restore`.
public struct RestoreOrder: Sendable {
    /// The directory of the backups.
    public var directory: String
    /// The backup; nil: the newest good one.
    public var number: Int?
    /// The workspace that is to be: absolute; it must not be there, or be empty.
    public var workspace: String
    /// The point that it is returned to; nil: as the backup is.
    public var until: RestorePoint?
    /// Who asks.
    public var who: Operator
    /// Now, UTC milliseconds.
    public var time: Int64

    /// Makes an order.
    public init(directory: String, number: Int?, workspace: String, until: RestorePoint? = nil, who: Operator, time: Int64) {
        self.until = until
        self.directory = directory
        self.number = number
        self.workspace = workspace
        self.who = who
        self.time = time
    }
}

/// What was restored.
public struct RestoreReport: Codable, Sendable, Equatable {
    /// The backup's number.
    public var number: Int
    /// The moment that it holds, UTC milliseconds.
    public var madeAt: Int64
    /// What the workspace was called.
    public var name: String
    /// Where it is now.
    public var workspace: String
    /// Its files.
    public var files: Int
    /// Their bytes.
    public var bytes: Int64
    /// The journal's row up to which it goes, but for the one that tells of the restoring.
    public var journal: Int64
    /// Newer backups that were passed over, and why.
    public var passedOver: [String]
    /// What was returned to an earlier point, if that was asked for.
    public var returned: ReturnReport?
}

/// Makes a workspace of a backup: under another name, until everything is whole, on the disk, and as the backup says.
public enum WorkspaceRestore {
    /// So many starts of the engine may have followed the backup: prediction ids of theirs must not be given again.
    static let epochsPassedOver: Int64 = 1_024

    /// Restores; the workspace is whole or not there.
    ///
    /// Blocks.
    public static func run(_ order: RestoreOrder) throws(BackupFailure) -> RestoreReport {
        let target = try BackupTarget.open(reading: order.directory)
        try checkFree(order.workspace)
        let (manifest, passedOver) = try choose(target, order)
        let place = order.workspace + ".restoring"
        let descriptor = try claim(place)
        defer { close(descriptor) }
        var returned: ReturnReport?
        do throws(BackupFailure) {
            try BackupRestorer(target, manifest).write(into: place)
            _ = try RestoredStores.check(place + "/store", against: manifest)
            returned = try settle(place + "/store", manifest, order)
            try checkFree(order.workspace)
            guard rename(place, order.workspace) == 0 else {
                throw BackupFailure.unusable(
                    file: order.workspace, reason: "the restored workspace cannot take its place: \(String(cString: strerror(errno)))",
                    remedy: "name a directory that is not there yet, on the same file system as the one above it")
            }
        } catch {
            try? FileManager.default.removeItem(atPath: place)
            throw error
        }
        synchroniseParent(of: order.workspace)
        return RestoreReport(
            number: manifest.number, madeAt: manifest.madeAt, name: manifest.workspace, workspace: order.workspace,
            files: manifest.files.count, bytes: manifest.bytes, journal: manifest.marks.journal?.sequence ?? 0, passedOver: passedOver,
            returned: returned)
    }

    /// The backup that is restored: the newest good one; for a point in the past the oldest that goes as far, which has the most of what was there.
    private static func choose(
        _ target: BackupTarget, _ order: RestoreOrder
    ) throws(BackupFailure) -> (manifest: BackupManifest, passedOver: [String]) {
        guard let until = order.until, order.number == nil else { return try target.choose(order.number) }
        var newest: BackupManifest?
        for number in try target.numbers() {
            guard let manifest = try? target.manifest(number), manifest.isGood else { continue }
            newest = manifest
            let reaches =
                switch until {
                case .row(let row): manifest.marks.journal?.sequence ?? 0 >= row
                case .time(let time): manifest.madeAt >= time
                }
            if reaches { return (manifest, []) }
        }
        throw .none(
            file: target.directory,
            what: "none of its backups goes as far as \(until.words)"
                + (newest.map { ": the newest ends at row \($0.marks.journal?.sequence ?? 0), \(TimeText.rfc3339($0.madeAt))" } ?? ""))
    }

    /// Refuses a workspace in use, or that holds anything.
    private static func checkFree(_ workspace: String) throws(BackupFailure) {
        var status = stat()
        guard lstat(workspace, &status) == 0 else {
            let parent = (workspace as NSString).deletingLastPathComponent
            guard access(parent, W_OK) == 0 else {
                throw .unusable(
                    file: parent, reason: String(cString: strerror(errno)),
                    remedy: "make the directory above the workspace, or name another place")
            }
            return
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .unusable(file: workspace, reason: "it is no directory", remedy: "name one that is not there yet")
        }
        if EngineInfo.isHeld(runDirectory: workspace + "/run") {
            throw .busy(
                file: workspace,
                what: "an engine runs there: nothing is restored over it: name another directory, or stop it and move it away")
        }
        let found = (try? FileManager.default.contentsOfDirectory(atPath: workspace)) ?? ["what cannot be read"]
        if let first = found.sorted().first {
            throw .unusable(
                file: workspace, reason: "it is not empty (\(first)): nothing is restored over what is there",
                remedy: "move it away, or name a directory that is not there yet")
        }
    }

    /// The directory that becomes the workspace, and its lock; what a restoring that was killed has left there goes.
    private static func claim(_ place: String) throws(BackupFailure) -> Int32 {
        let manager = FileManager.default
        for _ in 0..<2 {
            if mkdir(place, 0o700) != 0, errno != EEXIST {
                throw .unusable(
                    file: place, reason: String(cString: strerror(errno)), remedy: "make the directory above it, or name another place")
            }
            let descriptor = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else {
                throw .unusable(file: place, reason: String(cString: strerror(errno)), remedy: "move it away")
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw .busy(file: place, what: "another restoring is at work here")
            }
            if (try? manager.contentsOfDirectory(atPath: place))?.isEmpty == true { return descriptor }
            close(descriptor)
            try? manager.removeItem(atPath: place)
        }
        throw .unusable(file: place, reason: "what a former restoring has left cannot be removed", remedy: "remove it")
    }

    /// Writes into the restored registry what only the one who restores it knows: that it was, and that ids of lost starts are passed over.
    private static func settle(
        _ directory: String, _ manifest: BackupManifest, _ order: RestoreOrder
    ) throws(BackupFailure) -> ReturnReport? {
        let change = Change(
            verb: .restore, deployment: nil,
            summary: "restored from backup \(manifest.number) of \(order.directory), made at \(TimeText.rfc3339(manifest.madeAt))",
            reason: nil,
            details: ["backup": "\(manifest.number)", "target": order.directory, "journal": "\(manifest.marks.journal?.sequence ?? 0)"])
        do throws(StoreFailure) {
            // One of an older format is brought up to date here, as at any start.
            _ = try WorkspaceFormat.prepare(directory: directory, now: order.time)
            let control = try ControlStore(directory: directory)
            try control.write { transaction in
                let epoch = try transaction.integer(ControlReader.bootEpochKey) ?? 0
                try transaction.set(ControlReader.bootEpochKey, epoch + epochsPassedOver)
                _ = try transaction.append(change.entry(by: order.who, at: order.time))
            }
            guard let until = order.until else { return nil }
            guard let row = try PointInTime.row(until, storeDirectory: directory), row.sequence <= manifest.marks.journal?.sequence ?? 0
            else {
                throw StoreFailure.invalid("\(until.words) is not in backup \(manifest.number)")
            }
            return try PointInTime.run(until, row, directory: directory, order: order)
        } catch { throw .store(error) }
    }

    private static func synchroniseParent(of path: String) {
        let descriptor = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
