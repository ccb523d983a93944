import Foundation
import GRDB
import Store
import Tabular
import Testing

/// Backups of stores that somebody goes on writing.
@Suite("Backups")
struct BackupTests {
    /// A workspace's stores with a little in each, and a directory for backups.
    final class Rig {
        let root: String
        let control: ControlStore
        let labels: LabelStore
        let telemetry: TelemetryStore
        var model: [UInt8] = []
        var entries: [BackupInput.Entry] = []
        private var time: Int64 = 1_000

        var store: String { root + "/store" }
        var target: String { root + "/target" }

        init(_ root: String) throws {
            self.root = root
            try FileManager.default.createDirectory(atPath: root + "/store", withIntermediateDirectories: true)
            control = try ControlStore(directory: root + "/store")
            labels = try LabelStore(directory: root + "/store")
            telemetry = try TelemetryStore(
                directory: root + "/store", retention: Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40))
            model = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
            let hash = try control.storeArtefact(model)
            try control.write { transaction in
                try transaction.insert(
                    DeploymentRecord(
                        name: "d", createdAt: 1, schema: nil, state: "live", champion: 1, lastKnownGood: nil, dataHash: nil, payload: "{}"))
                try transaction.insert(
                    VersionRecord(
                        deployment: "d", number: 1, createdAt: 1, algorithm: "a", state: "champion", artefactHash: hash, profileHash: nil,
                        dataHash: "", blessed: true, payload: "{}"))
            }
            try go(on: 20)
        }

        /// Writes some rows to each store.
        func go(on count: Int) throws {
            for index in 0..<count {
                time += 1
                _ = try control.write { try $0.append(Scratch.entry("entry \(self.time)")) }
                _ = try labels.commit([
                    LabelRecord(
                        deployment: "d", id: Scratch.id(UInt64(time)), value: Double(index % 2), received: time, correct: false,
                        isPending: false)
                ])
                try telemetry.append([Scratch.block(first: UInt64(time) * 100, count: 50, time: time)])
            }
        }

        func moment() throws -> (StoreMoment, BackupInput) {
            let moment = try StoreMoment(directory: store)
            let marks = try moment.take()
            return (moment, BackupInput(workspace: "w", version: "1", time: time, marks: marks, entries: entries))
        }

        @discardableResult
        func backUp(rechecks: Bool = false, pace: BackupPace = BackupPace(), meanwhile: () throws -> Void = {}) throws -> BackupReport {
            let (moment, input) = try moment()
            try meanwhile()
            var maker = try BackupMaker(directory: target, rechecks: rechecks, pace: pace)
            return try maker.run(moment, input)
        }

        func open() throws -> BackupTarget { try BackupTarget.open(reading: target) }

        /// Restores a backup and compares it with what it says.
        func restore(_ number: Int? = nil) throws -> String {
            let target = try open()
            let manifest = try target.choose(number).manifest
            let place = root + "/restored-\(UUID().uuidString.prefix(8))"
            try BackupRestorer(target, manifest).write(into: place)
            _ = try RestoredStores.check(place + "/store", against: manifest)
            return place
        }

        /// The files of the target, without the locks.
        func files() -> [String: Data] {
            var result: [String: Data] = [:]
            let paths = FileManager.default.enumerator(atPath: target)?.allObjects as? [String] ?? []
            for path in paths where path != "lock" && path != "readers" {
                if let data = FileManager.default.contents(atPath: target + "/" + path) { result[path] = data }
            }
            return result
        }

        func pieces() -> [String] { files().keys.filter { $0.hasPrefix("pieces/") }.sorted() }
    }

    static func run(_ body: (Rig) throws -> Void) throws { try Scratch.directory { try body(Rig($0)) } }

    /// Every row of a store, as texts.
    static func rows(_ path: String) throws -> [String: [String]] {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration).read { database in
            let tables = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%' ORDER BY name")
            return try Dictionary(
                uniqueKeysWithValues: tables.map { table in
                    (
                        table,
                        try Row.fetchAll(database, sql: "SELECT * FROM \"\(table)\"").map {
                            $0.map { "\($0.0)=\($0.1)" }.joined(separator: " ")
                        }.sorted()
                    )
                })
        }
    }

    static func rows(of store: String) throws -> [[String: [String]]] {
        try ["control", "labels", "telemetry"].map { try rows("\(store)/\($0).db") }
    }

    @Test("a backup holds every row of the three stores as they were at one moment, whatever is written while it is made")
    func moment() throws {
        try Self.run { rig in
            let before = try Self.rows(of: rig.store)
            let report = try rig.backUp { try rig.go(on: 10) }
            #expect(report.number == 1 && report.flaws.isEmpty && report.journal == 20 && report.added == report.bytes)
            #expect(try Self.rows(of: try rig.restore() + "/store") == before)
            #expect(try Self.rows(of: rig.store) != before)
        }
    }

    @Test("a second backup writes what the target lacks: nothing of the model and of old rows, and not a byte when nothing was written")
    func incremental() throws {
        try Self.run { rig in
            let first = try rig.backUp()
            #expect(first.added > 3_000_000)
            let second = try rig.backUp()
            // The first page of each store counts its changes.
            #expect(second.number == 2 && second.added <= 3 << 20 && second.added < first.added)
            try rig.go(on: 1)
            let after = try Self.rows(of: rig.store)
            #expect(try rig.backUp().added <= 4 << 20)
            #expect(try Self.rows(of: try rig.restore() + "/store") == after)
        }
    }

    @Test("data is copied once and compared with its name; a file that does not match it is a flaw")
    func data() throws {
        try Self.run { rig in
            let file = rig.root + "/wrong.fbd"
            try Data(Array("FBDSNAP1".utf8) + [3, 0, 0, 0, 0, 0, 0, 0] + Array("abc".utf8)).write(to: URL(filePath: file))
            let right = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            rig.entries = [BackupInput.Entry(path: "data/\(right).fbd", source: .file(file, contentHash: right))]
            #expect(try rig.backUp().flaws == [])
            // It is not read again: its name says what it holds.
            try Data(Array("FBDSNAP1".utf8) + [3, 0, 0, 0, 0, 0, 0, 0] + Array("abd".utf8)).write(to: URL(filePath: file))
            #expect(try rig.backUp().flaws == [])
            let other = String(right.reversed())
            rig.entries = [BackupInput.Entry(path: "data/\(other).fbd", source: .file(file, contentHash: other))]
            #expect(try rig.backUp().flaws == ["data/\(other).fbd: its content does not match its name, which is its SHA-256"])
        }
    }

    @Test("a damaged model in the workspace is said, by its version, and its backup is never taken by itself")
    func damagedSource() throws {
        try Self.run { rig in
            try rig.backUp()
            try Scratch.tamper(rig.store + "/control.db", "UPDATE artefact SET bytes = x'00'")
            let report = try rig.backUp()
            #expect(report.number == 2 && report.flaws.count == 1)
            #expect(report.flaws.first?.hasSuffix("its bytes do not match their SHA-256, of d v1") == true, "\(report.flaws)")
            let chosen = try rig.open().choose(nil)
            #expect(chosen.manifest.number == 1 && chosen.passedOver.count == 1)
            let restored = try rig.restore()
            let model = try StoreInspection.control(directory: restored + "/store") { reader in
                try reader.artefact(try reader.version(of: "d", number: 1)?.artefactHash ?? "")
            }
            #expect(model == rig.model)
        }
    }

    @Test("a backup that is stopped half-way leaves those before it byte for byte, and the next one takes up its pieces")
    func stopped() throws {
        try Self.run { rig in
            try rig.backUp()
            let before = rig.files()
            try rig.go(on: 3)
            let (moment, input) = try rig.moment()
            // Stops after so many steps; nothing is tidied up, as after a kill.
            for limit in [0, 1, 3, 7, 12] {
                let steps = Counter()
                let box = PaceBox()
                let pace = BackupPace { if steps.next() >= limit { box.pace?.cancel() } }
                box.pace = pace
                #expect(throws: BackupFailure.cancelled) {
                    var maker = try BackupMaker(directory: rig.target, rechecks: false, pace: pace)
                    _ = try maker.run(try StoreMomentAgain.take(rig.store), input)
                }
                let now = rig.files()
                for (path, data) in before { #expect(now[path] == data, "\(path)") }
                #expect(try rig.open().numbers() == [1])
            }
            moment.close()
            let rows = try Self.rows(of: rig.store)
            #expect(try rig.backUp().number == 2)
            #expect(try Self.rows(of: try rig.restore() + "/store") == rows)
        }
    }

    @Test("one bit that is flipped anywhere in a backup is found, and nothing is restored from it")
    func flipped() throws {
        try Self.run { rig in
            try rig.backUp()
            var generator = SystemRandomNumberGenerator()
            for path in rig.files().keys.sorted() where path != "flyball-backups" {
                let place = URL(filePath: rig.target + "/" + path)
                let whole = try Data(contentsOf: place)
                for _ in 0..<3 {
                    var bytes = whole
                    let position = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                    try bytes.write(to: place)
                    let failure = #expect(throws: BackupFailure.self, "\(path) \(position)") { _ = try rig.restore(1) }
                    let text = failure.map { "\($0)" } ?? ""
                    #expect(
                        text.contains(place.lastPathComponent) || text.contains("newer") || text.contains("format"),
                        "\(path) \(position): \(text)")
                }
                try whole.write(to: place)
            }
            _ = try rig.restore()
        }
    }

    @Test("a piece that is damaged or gone is written anew by a backup that rechecks, and the former ones restore again")
    func recheck() throws {
        try Self.run { rig in
            try rig.backUp()
            let files = rig.files()
            let largest = rig.pieces().max { files[$0]?.count ?? 0 < files[$1]?.count ?? 0 }
            let piece = URL(filePath: rig.target + "/" + (largest ?? ""))
            var bytes = try Data(contentsOf: piece)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: piece)
            #expect(throws: BackupFailure.self) { _ = try rig.restore(1) }
            try rig.backUp()
            try rig.backUp(rechecks: true)
            _ = try rig.restore(1)
            try FileManager.default.removeItem(at: piece)
            try rig.backUp()
            _ = try rig.restore(1)
        }
    }

    @Test("retention deletes the oldest and the pieces that no other needs; nothing while a list cannot be read or somebody reads")
    func retention() throws {
        try Self.run { rig in
            for _ in 0..<4 {
                try rig.backUp()
                try rig.go(on: 5)
            }
            let all = rig.pieces().count
            let target = try rig.open()
            do {
                let reader = try BackupRestorer(target, try target.manifest(2))
                #expect(try target.keep(2).numbers == [])
                withExtendedLifetime(reader) {}
            }
            let removal = try target.keep(2)
            #expect(removal.numbers.sorted() == [1, 2] && removal.bytes > 0)
            #expect(try target.numbers() == [3, 4])
            #expect(rig.pieces().count < all)
            for number in [3, 4] { _ = try rig.restore(number) }
            let list = URL(filePath: rig.target + "/manifests/000003.backup")
            var bytes = try Data(contentsOf: list)
            bytes[bytes.count - 5] ^= 1
            try bytes.write(to: list)
            #expect(throws: BackupFailure.self) { _ = try target.keep(1) }
            #expect(try target.numbers() == [3, 4])
            _ = try rig.restore(4)
        }
    }

    @Test("a target that is something else, that another backup writes, or that a newer flyball wrote is refused with what to do")
    func refused() throws {
        try Self.run { rig in
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
        try Self.run { rig in
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
        try Self.run { rig in
            try FileManager.default.createDirectory(atPath: rig.target, withIntermediateDirectories: true)
            try #require(Self.run("/bin/mount", ["-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", rig.target]))
            defer { _ = Self.run("/bin/umount", ["-l", rig.target]) }
            try rig.backUp()
            let rows = try Self.rows(of: rig.store)
            let before = rig.files()
            try rig.go(on: 2)
            // Not among the backups: a file beside them is none of the target's.
            for limit in [0, 5, 15] {
                let steps = Counter()
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
            #expect(try Self.rows(of: try rig.restore() + "/store") == rows)
            try #require(Self.run("/bin/mount", ["-o", "remount,rw", rig.target]))
            #expect(try rig.backUp().number == 2)
        }
    }

    @Test(
        "a list that leads out of the workspace, or does not add up, is no list",
        arguments: [
            "../evil", "/etc/passwd", "store/../../x", "data/a/b", "run/lock", "store/", "themes/.x", "store/a b", "store/\u{1}",
        ])
    func paths(_ path: String) throws {
        try Self.run { rig in
            rig.entries = [BackupInput.Entry(path: path, source: .bytes([1]))]
            #expect(throws: BackupFailure.self) { try rig.backUp() }
        }
    }
}

/// Counts, for a closure that many may call.
private final class Counter: @unchecked Sendable {
    // One thread makes a backup.
    private var count = -1

    func next() -> Int {
        count += 1
        return count
    }
}

/// The pace that its own closure stops.
private final class PaceBox: @unchecked Sendable {
    // Set before the backup begins.
    var pace: BackupPace?
}

private enum StoreMomentAgain {
    static func take(_ store: String) throws -> StoreMoment {
        let moment = try StoreMoment(directory: store)
        _ = try moment.take()
        return moment
    }
}
