import Foundation
import Store
import Testing

/// Directories that are no good for backups, or stop being so.
@Suite("Backup targets")
struct BackupTargetTests {
    @Test("a target that is something else, that another backup writes, or that a newer flyball wrote is refused with what to do")
    func refused() throws {
        try BackupRig.run { rig in
            try FileManager.default.createDirectory(atPath: rig.target, withIntermediateDirectories: true)
            let stray = rig.target + "/holiday.jpg"
            try Data([1]).write(to: URL(filePath: stray))
            #expect(
                throws: BackupFailure.unusable(
                    file: rig.target, reason: "it holds something else already (holiday.jpg)",
                    remedy: "name an empty directory, or one of backups")
            ) { try rig.backUp() }
            try FileManager.default.removeItem(atPath: stray)
            let maker = try BackupMaker(directory: rig.target, rechecks: false, pace: BackupPace())
            #expect(throws: BackupFailure.busy(file: rig.target, what: "another backup is being made here")) { try rig.backUp() }
            withExtendedLifetime(maker) {}
        }
        try BackupRig.run { rig in
            try rig.backUp()
            let list = URL(filePath: rig.target + "/manifests/000001.backup")
            let text = String(decoding: try Data(contentsOf: list), as: UTF8.self)
            try Data(text.replacing("flyball-backup 1 ", with: "flyball-backup 2 ").utf8).write(to: list)
            #expect(throws: BackupFailure.newer(file: list.path, found: 2, known: 1)) { _ = try rig.restore(1) }
        }
    }

    /// Whether a small file system can be mounted for a test.
    static var canMount: Bool {
        geteuid() == 0
            && (try? Scratch.directory { run("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", $0]) && run("/bin/umount", [$0]) })
                == true
    }

    private static func run(_ path: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    private static func fill(_ disk: String) {
        let filler = fopen(disk + "/filler", "a")
        setvbuf(filler, nil, _IONBF, 0)
        let bytes = [UInt8](repeating: 1, count: 4_096)
        while fwrite(bytes, 1, bytes.count, filler) == bytes.count {}
        fclose(filler)
    }

    @Test(
        "a target that fills, before or while a backup is made, or that is read-only, keeps its former backup and says which it is",
        .enabled(if: canMount))
    func fullTarget() throws {
        try BackupRig.run { rig in
            try FileManager.default.createDirectory(atPath: rig.target, withIntermediateDirectories: true)
            try #require(Self.run("/bin/mount", ["-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", rig.target]))
            defer { _ = Self.run("/bin/umount", ["-l", rig.target]) }
            try rig.backUp()
            let rows = try BackupRig.rows(of: rig.store)
            let before = rig.files()
            try rig.go(on: 2)
            // Not among the backups: a file beside them is none of the target's.
            for limit in [0, 5, 15] {
                let steps = StepCounter()
                let target = rig.target
                let pace = BackupPace { if steps.next() == limit { Self.fill(target) } }
                let failure = #expect(throws: BackupFailure.self) { try rig.backUp(pace: pace) }
                #expect(failure.map { "\($0)" }?.contains("are free: make room") == true, "\(String(describing: failure))")
                try FileManager.default.removeItem(atPath: rig.target + "/filler")
                let now = rig.files()
                for (path, data) in before { #expect(now[path] == data, "\(path)") }
            }
            Self.fill(rig.target)
            guard case .noRoom = #expect(throws: BackupFailure.self, performing: { try rig.backUp() }) else {
                Issue.record("another failure")
                return
            }
            try FileManager.default.removeItem(atPath: rig.target + "/filler")
            try #require(Self.run("/bin/mount", ["-o", "remount,ro", rig.target]))
            let failure = #expect(throws: BackupFailure.self) { try rig.backUp() }
            #expect(failure.map { "\($0)" }?.contains("read-only") == true, "\(String(describing: failure))")
            #expect(try BackupRig.rows(of: try rig.restore() + "/store") == rows)
            try #require(Self.run("/bin/mount", ["-o", "remount,rw", rig.target]))
            #expect(try rig.backUp().number == 2)
        }
    }
}
