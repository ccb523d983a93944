import Foundation
import Store

/// Makes backups on a thread of its own, at low priority: neither serving nor the engine waits for it.
enum BackupWorker {
    /// Largest small file that goes along, bytes.
    private static let smallBytes = 4 << 20
    /// Themes that go along.
    private static let themeLimit = 200

    /// Opens what the three stores are looked at through.
    static func moment(_ workspace: Workspace) async -> Result<StoreMoment, BackupFailure> {
        await onThread("flyball.backup") {
            Result { () throws(BackupFailure) in try StoreMoment(directory: workspace.storeDirectory) }
        }
    }

    /// Copies what the moment shows.
    static func make(
        _ moment: StoreMoment, _ input: BackupInput, into directory: String, rechecks: Bool, pace: BackupPace
    ) async -> Result<BackupReport, BackupFailure> {
        await onThread("flyball.backup") {
            defer { moment.close() }
            return Result { () throws(BackupFailure) in
                var maker = try BackupMaker(directory: directory, rechecks: rechecks, pace: pace)
                return try maker.run(moment, input)
            }
        }
    }

    /// Deletes the oldest backups but for so many.
    static func keep(_ count: Int, in directory: String) async -> Result<BackupTarget.Removal, BackupFailure> {
        await onThread("flyball.backup") {
            Result { () throws(BackupFailure) in try BackupTarget.open(reading: directory).keep(count) }
        }
    }

    /// Makes a backup of stores that are about to be brought to another format, which nobody has open yet; nil where there is nothing to migrate, or no target.
    ///
    /// Blocks. One that cannot be made keeps no engine from starting: copies of the stores are set aside as well.
    static func beforeMigration(_ workspace: Workspace, version: String, time: Int64) -> Result<BackupReport, BackupFailure>? {
        guard let target = workspace.configuration.backup?.target,
            (try? WorkspaceFormat.plan(directory: workspace.storeDirectory))?.isBehind == true
        else { return nil }
        return Result { () throws(BackupFailure) in
            let moment = try StoreMoment(directory: workspace.storeDirectory)
            defer { moment.close() }
            let marks = try moment.take()
            let input = BackupInput(
                workspace: workspace.name, version: version, time: time, marks: marks, entries: try entries(workspace))
            var maker = try BackupMaker(directory: target, rechecks: false, pace: BackupPace())
            return try maker.run(moment, input)
        }
    }

    /// What goes along with the stores: the small files as they are now, the data by name.
    ///
    /// - Throws: `unusable` for a file of the workspace that cannot be read.
    static func entries(_ workspace: Workspace) throws(BackupFailure) -> [BackupInput.Entry] {
        var entries: [BackupInput.Entry] = []
        func add(_ path: String) throws(BackupFailure) {
            let place = workspace.directory + "/" + path
            guard FileManager.default.fileExists(atPath: place) else { return }
            entries.append(BackupInput.Entry(path: path, source: .bytes(try PrivateFile.read(place, limit: smallBytes))))
        }
        try add("flyball.toml")
        try add("store/journal.key")
        let side = workspace.storeDirectory + "/side-journal"
        if FileManager.default.fileExists(atPath: side) {
            // What of it is not used yet is zeros.
            let used = Array(try PrivateFile.read(side, limit: smallBytes).prefix { $0 != 0 })
            if !used.isEmpty { entries.append(BackupInput.Entry(path: "store/side-journal", source: .bytes(used))) }
        }
        // Written once, and there before the registry names them.
        for name in names(workspace.storeDirectory + "/journal") where name.hasSuffix(".jsonl.gz") && !name.hasPrefix(".") {
            let path = "store/journal/" + name
            entries.append(BackupInput.Entry(path: path, source: .file(workspace.directory + "/" + path, contentHash: nil)))
        }
        for name in names(workspace.directory + "/themes").filter({ $0.hasSuffix(".toml") }).prefix(themeLimit) {
            try add("themes/" + name)
        }
        for name in names(workspace.dataDirectory) where name.hasSuffix(".fbd") && !name.hasPrefix(".") {
            entries.append(
                BackupInput.Entry(
                    path: "data/" + name, source: .file(workspace.dataDirectory + "/" + name, contentHash: String(name.dropLast(4)))))
        }
        return entries
    }

    private static func names(_ directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }
}

/// Runs blocking work on a thread of its own, at the priority of trainings, and suspends until it is done.
package func onThread<T: Sendable>(_ name: String, _ body: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in
        let thread = Thread {
            // 0 names the calling thread: Linux keeps priorities by thread.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, TrainingThread.niceness)
            continuation.resume(returning: body())
        }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }
}
