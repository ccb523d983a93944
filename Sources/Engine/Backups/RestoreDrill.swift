import Foundation
import Logging
public import Store
import Tabular

/// What a restore drill found.
public struct DrillReport: Codable, Sendable, Equatable {
    /// A champion that answered its golden rows as when it was trained.
    public struct Champion: Codable, Sendable, Equatable {
        /// The deployment.
        public var deployment: String
        /// `v7`.
        public var version: String
        /// Golden rows that it answered bit for bit.
        public var goldenRows: Int
    }

    /// The target.
    public var directory: String
    /// The backup's number there.
    public var number: Int
    /// The moment that it holds, UTC milliseconds.
    public var madeAt: Int64
    /// Bytes that were put together and compared with their hashes.
    public var bytes: Int64
    /// Stored rows that were read.
    public var rows: Int
    /// The journal's row up to which its chain holds.
    public var journal: Int64
    /// Champions that answered.
    public var champions: [Champion]
    /// Why the backup restores nothing that could be relied upon; nil when it does.
    public var failure: String?

    /// Makes a report.
    package init(
        directory: String, number: Int, madeAt: Int64, bytes: Int64, rows: Int, journal: Int64, champions: [Champion],
        failure: String? = nil
    ) {
        self.directory = directory
        self.number = number
        self.madeAt = madeAt
        self.bytes = bytes
        self.rows = rows
        self.journal = journal
        self.champions = champions
        self.failure = failure
    }
}

/// Tries a backup by restoring it: into a scratch directory that is removed again.
public enum RestoreDrill {
    /// Tries a backup (nil: the newest good one).
    ///
    /// - Parameter scratch: where the scratch directory is made; nil: in the target, or where that takes no writes, in the temporary directory.
    /// - Throws: what kept it from being tried. A backup that was tried and is no good has its failure in the report.
    public static func run(
        directory: String, number: Int?, scratch: String? = nil, productVersion: String
    ) async throws(BackupFailure) -> DrillReport {
        let (manifest, place, hold) = try await onThread("flyball.drill") {
            Result { () throws(BackupFailure) in try begin(directory, number, scratch) }
        }.get()
        defer {
            try? FileManager.default.removeItem(atPath: place)
            withExtendedLifetime(hold) {}
        }
        var report = DrillReport(
            directory: directory, number: manifest.number, madeAt: manifest.madeAt, bytes: manifest.bytes, rows: 0, journal: 0,
            champions: [])
        do throws(BackupFailure) {
            let root = place + "/w"
            let (rows, journal) = try await onThread("flyball.drill") {
                Result { () throws(BackupFailure) in try read(directory, manifest, into: root) }
            }.get()
            report.rows = rows
            report.journal = journal
            report.champions = try await answer(root, manifest, productVersion)
        } catch {
            guard error.isDamage else { throw error }
            report.failure = "\(error)"
        }
        return report
    }

    /// Chooses the backup and makes the scratch directory.
    private static func begin(
        _ directory: String, _ number: Int?, _ scratch: String?
    ) throws(BackupFailure) -> (BackupManifest, place: String, ScratchHold) {
        let manifest = try BackupTarget.open(reading: directory).choose(number).manifest
        let parent = scratch ?? (access(directory, W_OK) == 0 ? directory : NSTemporaryDirectory())
        let place = try ScratchHold.make(in: (parent as NSString).standardizingPath)
        return (manifest, place.path, place)
    }

    /// Puts it together and reads every row of it.
    private static func read(
        _ directory: String, _ manifest: BackupManifest, into root: String
    ) throws(BackupFailure) -> (rows: Int, journal: Int64) {
        try BackupRestorer(BackupTarget.open(reading: directory), manifest).write(into: root)
        let verdict = try RestoredStores.check(root + "/store", against: manifest)
        let findings: RecordCheck.Findings
        do throws(StoreFailure) { findings = try RecordCheck.run(storeDirectory: root + "/store") } catch { throw .store(error) }
        if let first = findings.damaged.first {
            throw damaged(manifest, "\(findings.damaged.count) records cannot be relied upon, the first: \(first.text)")
        }
        return (findings.rows, verdict.rows)
    }

    /// Starts an engine on it, for itself: no HTTP, no policies, no jobs, nobody who is told of anything.
    private static func answer(
        _ root: String, _ manifest: BackupManifest, _ productVersion: String
    ) async throws(BackupFailure) -> [DrillReport.Champion] {
        let engine: Engine
        do {
            var configuration = EngineConfiguration(workspace: try Workspace.open(path: root, configuration: WorkspaceConfiguration()))
            configuration.watchesLimits = false
            configuration.productVersion = productVersion
            configuration.isSolitary = true
            configuration.runsPolicies = false
            configuration.runsJobs = false
            configuration.ticks = false
            var logger = Logger(label: "flyball.drill")
            logger.logLevel = .critical
            engine = try await Engine.start(configuration, logger: logger)
        } catch { throw damaged(manifest, "no engine starts on it: \(error)") }
        let proofs = await engine.proveChampions()
        await engine.shutdown()
        var champions: [DrillReport.Champion] = []
        for (deployment, version, proof) in proofs {
            switch proof {
            case .success(let rows):
                champions.append(DrillReport.Champion(deployment: deployment, version: "v\(version)", goldenRows: rows))
            case .failure(let failure): throw damaged(manifest, "\(deployment) v\(version) does not answer as it did: \(failure)")
            }
        }
        return champions
    }

    private static func damaged(_ manifest: BackupManifest, _ reason: String) -> BackupFailure {
        .damaged(file: "backup \(manifest.number)", reason: reason, remedy: "make another backup, and restore one that passes its drill")
    }
}

/// A scratch directory with a lock, so that what a drill that was killed has left can be told from one that runs.
private final class ScratchHold: Sendable {
    private static let prefix = "drill-"

    let path: String
    private let descriptor: Int32

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    static func make(in parent: String) throws(BackupFailure) -> ScratchHold {
        sweep(parent)
        let path = "\(parent)/\(prefix)\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        guard mkdir(path, 0o700) == 0 else {
            throw .unusable(
                file: parent, reason: "no scratch directory can be made: \(String(cString: strerror(errno)))",
                remedy: "name another place with --scratch")
        }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw .unusable(file: path, reason: String(cString: strerror(errno)), remedy: "name another place with --scratch")
        }
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
        return ScratchHold(path: path, descriptor: descriptor)
    }

    /// Removes what drills that were killed have left.
    private static func sweep(_ parent: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(prefix) {
            let path = parent + "/" + name
            let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: path) }
            close(descriptor)
        }
    }
}
