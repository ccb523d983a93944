import Foundation
import GRDB
import Store

/// A workspace's stores with a little in each, and a directory for backups.
final class BackupRig {
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

extension BackupRig {
    static func run(_ body: (BackupRig) throws -> Void) throws { try Scratch.directory { try body(BackupRig($0)) } }

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
}

/// Counts, for a closure that many may call.
final class StepCounter: @unchecked Sendable {
    // One thread makes a backup.
    private var count = -1

    func next() -> Int {
        count += 1
        return count
    }
}
